//go:build unix

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// What a request has changed is taken back, unless it ends well, and the page says so.
func TestFailedRequestsChangeNothing(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		app := testApp(database)
		own := app.Group("/fail").Auth().IgnoreAntiForgery()
		soay.Post(own, "/error", func(req soay.Request, in Addition) (soay.Response, error) {
			resp, err := addNote(req, in)
			return resp, errors.Join(err, errors.New("later"))
		})
		soay.Post(own, "/panic", func(req soay.Request, in Addition) (soay.Response, error) {
			_, _ = addNote(req, in)
			panic("later")
		})
		soay.Post(own, "/commit", func(req soay.Request, in Addition) (soay.Response, error) {
			resp, err := addNote(req, in)
			_ = in.Notes.work.tx.Rollback() // as if the connection had gone
			return resp, err
		})
		ada := newUser(t, app, "ada")
		ada.Get("/notes") // shows the welcome
		for _, path := range []string{"/fail/error", "/fail/panic", "/fail/commit"} {
			resp := ada.Post(path, requesttest.With{Form: note("Lost", "")})
			if page := resp.Text(); resp.Status != 500 || !strings.Contains(page, "nothing is saved") {
				t.Errorf("POST %s: %d, want 500 in\n%s", path, resp.Status, page)
			}
			page := ada.Get("/notes").Text()
			if got := first(messageText, page); got != "" || !strings.Contains(page, "You have no notes yet.") {
				t.Errorf("after POST %s there are the message %q and notes in\n%s", path, got, page)
			}
		}
	})
}

// Nobody is logged in to an account that the database did not keep.
func TestFailedSignUp(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		app := testApp(database)
		soay.Post(app, "/fail", func(req soay.Request, in SignUp) (soay.Response, error) {
			resp, err := signUp(req, in)
			_ = in.Users.work.tx.Rollback() // as if the connection had gone
			return resp, err
		}).IgnoreAntiForgery()
		b := newBrowser(t, app)
		if got := b.Post("/fail", requesttest.With{Form: account("ada", secret)}).Status; got != 500 {
			t.Errorf("signing up: %d, want 500", got)
		}
		if got := b.Get("/notes").Status; got != 302 {
			t.Errorf("the notes: %d, want 302 to the login", got)
		}
		newUser(t, app, "ada") // the name is still free
	})
}

// Notes of somebody else are out of reach, whatever a handler asks for.
func TestNotesAreThoseOfTheUser(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		path := newUser(t, testApp(database), "ada").add(t, "Cats", "")
		id := strings.TrimPrefix(path, "/notes/")
		db, err := openDatabase(database)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var owner string
		if err := db.QueryRow(`select owner from notes where id = $1`, id).Scan(&owner); err != nil {
			t.Fatal(err)
		}
		for user, want := range map[string]error{owner: nil, "somebody else": errNoNote} {
			req := requesttest.Request("GET", "/")
			me, err := newIdentity(user, "")
			if err != nil {
				t.Fatal(err)
			}
			notes := newNotes(me, db, newWork(req, db))
			history, err := notes.History(t.Context(), id)
			if got := len(history) > 0; err != nil || got != (want == nil) {
				t.Errorf("%s sees the history %v, error %v", user, history, err)
			}
			for description, write := range map[string]func() error{
				"changing": func() error { return notes.Change(t.Context(), Note{ID: id, Title: "Dogs"}) },
				"deleting": func() error { return notes.Delete(t.Context(), id) },
			} {
				notes.work = newWork(req, db)
				if err := write(); !errors.Is(err, want) {
					t.Errorf("%s by %s: %v, want %v", description, user, err, want)
				}
				if err := notes.work.finish(response.Status(500)); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

func TestRequestsAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		ada := newUser(t, testApp(database), "ada").WithHeader("Sec-Fetch-Site", "same-origin")
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				resp, err := ada.Try("POST", "/notes", requesttest.With{Form: note(fmt.Sprint("note ", i), "")})
				if err != nil || resp.Status != 303 {
					t.Errorf("note %d: %v, %v", i, resp, err)
				}
			})
		}
		wg.Wait()
		if got := len(found(noteLink, ada.Get("/notes").Text())); got != 50 {
			t.Errorf("there are %d notes, want 50", got)
		}
	})
}

// Instances that start at once share the work, and one that starts later finds it done.
func TestMigrateAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		db, err := openDatabase(database)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for range 2 {
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					if err := migrate(t.Context(), db); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		var n int
		if err := db.QueryRow(`select count(*) from migrations`).Scan(&n); err != nil || n != 4 {
			t.Errorf("%d migrations, %v; want 4", n, err)
		}
	})
}

// A request that only reads has no transaction, and one that has ended begins none.
func TestTransactionsBeginWhenTheyAreNeeded(t *testing.T) {
	app := testApp(engines["SQLite"](t))
	var begun bool
	var late error
	app.Get("/work", func(req soay.Request) soay.Response {
		work, err := soay.Resolve[*Work](req)
		if err != nil {
			t.Error(err)
		}
		begun = work.tx != nil
		req.AfterResponse(func(request.Outcome) { _, late = work.Tx() })
		return response.NoContent()
	})
	if got := requesttest.New(t, app).Get("/work").Status; got != 204 || begun || !errors.Is(late, sql.ErrTxDone) {
		t.Errorf("status %d, begun %t, late use: %v; want 204, false and %v", got, begun, late, sql.ErrTxDone)
	}
}

func TestDatabaseThatIsNotThere(t *testing.T) {
	err := testApp("/nowhere/notes.db").Start(t.Context())
	if err == nil {
		t.Error("the app starts without a database")
	}
	for _, want := range []int{200, 503} {
		app := testApp(engines["SQLite"](t))
		app.OnStart(func(context.Context) error {
			db, err := soay.Service[*sql.DB](app)
			if err == nil && want == 503 {
				err = db.Close()
			}
			return err
		})
		if got := requesttest.New(t, app).Get("/health/ready").Status; got != want {
			t.Errorf("/health/ready: %d, want %d", got, want)
		}
	}
}
