//go:build unix

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// engines are the databases that the tests use, each test one of its own.
var engines = map[string]func(t *testing.T) string{
	"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "notes.db") },
	"PostgreSQL": newPostgresDatabase,
}

// onEach runs a test with each database.
func onEach(t *testing.T, test func(t *testing.T, database string)) {
	for name, create := range engines {
		t.Run(name, func(t *testing.T) { test(t, create(t)) })
	}
}

func testApp(database string) *soay.App {
	return newApp(database, soay.Options{Logger: slog.New(slog.DiscardHandler)})
}

func noteOf(text string) requesttest.With {
	return requesttest.With{JSON: map[string]string{"text": text}}
}

// list returns what a path lists.
func list[T any](c *requesttest.Client, path string) (all []T) {
	c.Get(path).JSON(&all)
	return all
}

func TestNotes(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		c := requesttest.New(t, testApp(database))
		if got := c.Get("/notes").Text(); got != "[]" {
			t.Errorf("an empty database lists %s, want []", got)
		}
		added := c.Post("/notes", noteOf("feed the cats"))
		var note Note
		added.JSON(&note)
		if added.Status != 201 || note.Text != "feed the cats" || added.Header.Get("Location") != "/notes/"+note.ID {
			t.Fatalf("adding: %d %v at %s", added.Status, note, added.Header.Get("Location"))
		}
		if resp := c.Put("/notes/"+note.ID, noteOf("feed the dogs")); resp.Status != 200 {
			t.Errorf("changing: %d %s", resp.Status, resp.Text())
		}
		note.Text = "feed the dogs"
		if got := list[Note](c, "/notes"); !slices.Equal(got, []Note{note}) {
			t.Errorf("the notes are %v, want %v", got, note)
		}
		if got := list[string](c, "/notes/"+note.ID+"/history"); !slices.Equal(got, []string{"added", "changed"}) {
			t.Errorf("the history is %q", got)
		}
		var shown Note
		if c.Get("/notes/" + note.ID).JSON(&shown); shown != note {
			t.Errorf("it is shown as %v, want %v", shown, note)
		}
		if got := c.Get("/notes/none").Status; got != 404 {
			t.Errorf("a note that is not there: %d, want 404", got)
		}
	})
}

// What a request has changed is taken back, unless it ends well.
func TestFailedRequestsChangeNothing(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		app := testApp(database)
		soay.Post(app, "/error", func(req soay.Request, in Addition) (Note, error) {
			_, err := in.Notes.Add(req.Context(), in.Note.Text)
			return Note{}, errors.Join(err, errors.New("later"))
		})
		soay.Post(app, "/panic", func(req soay.Request, in Addition) (Note, error) {
			_, _ = in.Notes.Add(req.Context(), in.Note.Text)
			panic("later")
		})
		soay.Post(app, "/commit", func(req soay.Request, in Addition) (Note, error) {
			note, _ := in.Notes.Add(req.Context(), in.Note.Text)
			_ = in.Notes.work.tx.Rollback() // as if the connection had gone
			return note, nil
		})
		c := requesttest.New(t, app)
		for path, want := range map[string]int{"/error": 500, "/panic": 500, "/commit": 500} {
			if got := c.Post(path, noteOf("lost")).Status; got != want {
				t.Errorf("POST %s: %d, want %d", path, got, want)
			}
		}
		if got := c.Put("/notes/none", noteOf("lost")).Status; got != 404 {
			t.Errorf("changing a note that is not there: %d, want 404", got)
		}
		if notes, history := list[Note](c, "/notes"), list[string](c, "/notes/none/history"); len(notes)+len(history) > 0 {
			t.Errorf("there are the notes %v and the history %q, want neither", notes, history)
		}
	})
}

func TestRequestsAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		c := requesttest.New(t, testApp(database))
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				resp, err := c.Try("POST", "/notes", noteOf(fmt.Sprint("note ", i)))
				if err != nil || resp.Status != 201 {
					t.Errorf("note %d: %v, %v", i, resp, err)
				}
			})
		}
		wg.Wait()
		if got := len(list[Note](c, "/notes")); got != 50 {
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
		if err := db.QueryRow(`select count(*) from migrations`).Scan(&n); err != nil || n != 2 {
			t.Errorf("%d migrations, %v; want 2", n, err)
		}
	})
}

// A request that only reads has no transaction, and one that has ended begins none.
func TestTransactionsBeginWhenTheyAreNeeded(t *testing.T) {
	app := testApp(engines["SQLite"](t))
	var begun bool
	var late error
	app.Get("/", func(req soay.Request) soay.Response {
		work, err := soay.Resolve[*Work](req)
		if err != nil {
			t.Error(err)
		}
		begun = work.tx != nil
		req.AfterResponse(func(request.Outcome) { _, late = work.Tx() })
		return response.NoContent()
	})
	if got := requesttest.New(t, app).Get("/").Status; got != 204 || begun || !errors.Is(late, sql.ErrTxDone) {
		t.Errorf("status %d, begun %t, late use: %v; want 204, false and %v", got, begun, late, sql.ErrTxDone)
	}
}

func TestDatabaseThatIsNotThere(t *testing.T) {
	err := testApp("/nowhere/notes.db").Start(t.Context())
	if err == nil {
		t.Error("the app starts without a database")
	}
	var db *sql.DB
	app := testApp(engines["SQLite"](t))
	app.OnStart(func(context.Context) (err error) { db, err = soay.Service[*sql.DB](app); return err })
	c := requesttest.New(t, app)
	for _, want := range []int{204, 503} {
		if got := c.Get("/ready").Status; got != want {
			t.Errorf("/ready: %d, want %d", got, want)
		}
		db.Close()
	}
}
