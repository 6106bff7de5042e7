//go:build unix

package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/requesttest"
)

// openTestDatabase returns a connection to the database of an app.
func openTestDatabase(t *testing.T, database string) *sql.DB {
	t.Helper()
	db, err := openDatabase(database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statement string, values ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, values...); err != nil {
		t.Fatal(err)
	}
}

// Who deletes an account is out at once, in all browsers.
func TestDeletedAccounts(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		app := testApp(database)
		ada, eve := newUser(t, app, "ada"), newUser(t, app, "eve")
		elsewhere := newBrowser(t, app)
		elsewhere.submit("/login", "/login", account("ada", secret))
		copied := newBrowser(t, app)
		for _, cookie := range ada.Cookies("/") {
			copied.SetCookie(cookie)
		}
		db := openTestDatabase(t, database)
		execute(t, db, `delete from users where name = 'ada'`)
		for name, b := range map[string]browser{"the browser": ada, "another browser": elsewhere} {
			if resp := b.Get("/notes"); resp.Status != 302 || resp.Header.Get("Location") != "/login?return=%2Fnotes" {
				t.Errorf("%s: the notes of an account that is deleted: %d, want 302 to the login", name, resp.Status)
			}
			for _, cookie := range b.Cookies("/") {
				if cookie.Name == "session" {
					t.Errorf("%s: it has still the cookie %v", name, cookie)
				}
			}
		}
		if got := eve.Get("/notes").Status; got != 200 {
			t.Errorf("the notes of somebody else: %d, want 200", got)
		}
		if resp := ada.submit("/login", "/login", account("ada", secret)); resp.Status != 422 {
			t.Errorf("logging in to the account: %d, want 422", resp.Status)
		}
		newUser(t, app, "ada") // the name is free
		if got := copied.Get("/notes").Status; got != 302 {
			t.Errorf("a copy of the cookie of before, now that somebody else has the name: %d, want 302 to the login", got)
		}
	})
}

// A database that does not answer makes nobody a stranger.
func TestUsersOfADatabaseThatIsGone(t *testing.T) {
	database := engines["SQLite"](t)
	ada := newUser(t, testApp(database), "ada")
	db := openTestDatabase(t, database)
	execute(t, db, `alter table users rename to elsewhere`)
	for _, path := range []string{"/notes", "/login", "/notes/new"} {
		resp := ada.Get(path)
		if page := resp.Text(); resp.Status != 503 || !strings.Contains(page, errorTexts[503]) {
			t.Errorf("%s: %d, want 503 in\n%s", path, resp.Status, page)
		}
	}
	execute(t, db, `alter table elsewhere rename to users`)
	if got := ada.Get("/notes").Status; got != 200 {
		t.Errorf("the notes afterwards: %d, want 200", got)
	}
}

// A form of somebody who is not logged in any more is refused, with a page that leads to the login.
func TestFormsOfStrangers(t *testing.T) {
	b := newBrowser(t, testApp(engines["SQLite"](t)))
	for _, path := range []string{"/notes", "/notes/1", "/notes/1/delete"} {
		resp := b.Post(path, requesttest.With{Form: note("Cats", "")})
		if page := resp.Text(); resp.Status != 401 || !strings.Contains(page, errorTexts[401]) || len(resp.Cookies) > 0 {
			t.Errorf("POST %s: %d with cookies %v, want 401 without in\n%s", path, resp.Status, resp.Cookies, page)
		}
	}
	script := http.Header{"Accept": {"application/json"}, "Sec-Fetch-Mode": {"cors"}}
	resp := b.Get("/notes", requesttest.With{Header: script})
	if got := resp.Header.Get("Content-Type"); resp.Status != 401 || got != "application/problem+json" {
		t.Errorf("a script: %d, %s; want 401 as problem details", resp.Status, got)
	}
}

// A password whose hash is of an older kind is hashed anew when somebody logs in with it, and only then.
func TestOldHashes(t *testing.T) {
	// It is what Django keeps of the password "correct horse battery staple", and the salt is NaCl.
	const old = "pbkdf2_sha256$1000$NaCl$uuwqcgMlM7zuMJWkRwEwyGAqaK1CHhh6DL/vhktefMQ="
	onEach(t, func(t *testing.T, database string) {
		app := testApp(database)
		b := newUser(t, app, "eve")
		db := openTestDatabase(t, database)
		execute(t, db, `insert into users (id, name, hash) values ('1', 'ada', $1)`, old)
		hash := func() (hash string) {
			if err := db.QueryRow(`select hash from users where name = 'ada'`).Scan(&hash); err != nil {
				t.Error(err)
			}
			return hash
		}
		steps := []struct {
			description, password string
			want                  int
			wantAnew              bool
		}{
			{"a wrong password", "guess", 422, false},
			{"the password", secret, 303, true},
			{"the password again", secret, 303, false},
		}
		for _, step := range steps {
			before := hash()
			resp := b.submit("/login", "/login", account("ada", step.password))
			if after := hash(); resp.Status != step.want || (after != before) != step.wantAnew {
				t.Errorf("%s: %d, hashed anew: %t; want %d, %t", step.description, resp.Status, after != before, step.want, step.wantAnew)
			}
		}
		if got := hash(); !strings.HasPrefix(got, "$argon2id$") {
			t.Errorf("the hash is %q, want one of today", got)
		}
	})
}

// Who guesses too often waits, from many addresses, too. The owner of the account logs in all the same in a browser that
// has done so before.
func TestGuesses(t *testing.T) {
	app := testApp(engines["SQLite"](t))
	app.UseProxies([]string{"127.0.0.1", "::1"}) // so that a header says where a request comes from
	newUser(t, app, "ada")
	at := func(b browser, address string) browser { return browser{b.WithHeader("X-Forwarded-For", address)} }
	logIn := func(b browser, name, password string) *requesttest.Response {
		return b.submit("/login", "/login", account(name, password))
	}
	owner := newBrowser(t, app)
	logIn(at(owner, "198.51.100.1"), "ada", secret)

	for i := range 5 {
		b := at(newBrowser(t, app), fmt.Sprint("203.0.113.", i))
		for range 10 {
			if got := logIn(b, "ada", "guess").Status; got != 422 {
				t.Fatalf("a guess: %d, want 422", got)
			}
		}
		resp := logIn(b, "ADA", secret)
		if page := resp.Text(); resp.Status != 429 || resp.Header.Get("Retry-After") == "" || !strings.Contains(page, errorTexts[429]) {
			t.Errorf("after 10 guesses, with the password: %d, want 429 and when to try again in\n%s", resp.Status, page)
		}
		if got := logIn(b, "eve", secret).Status; got != 422 {
			t.Errorf("with another name: %d, want 422", got)
		}
	}
	tests := []struct {
		description string
		b           browser
		want        int
	}{
		{"a browser that ada has never used", newBrowser(t, app), 429},
		{"the browser of ada", owner, 303},
	}
	for _, test := range tests {
		if got := logIn(at(test.b, "198.51.100.9"), "ada", secret).Status; got != test.want {
			t.Errorf("after 50 guesses, %s: %d, want %d", test.description, got, test.want)
		}
	}
}
