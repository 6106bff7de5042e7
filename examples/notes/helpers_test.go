//go:build unix

package main

import (
	"html"
	"log/slog"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
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

// testApp is the app as in production, which logs nothing.
func testApp(database string) *soay.App {
	return newApp(config{database: database, key: soay.NewKey()},
		soay.Options{Logger: slog.New(slog.DiscardHandler), Env: "production"})
}

// browser is one that says nothing of where its requests come from, so that its forms need tokens.
type browser struct{ *requesttest.Client }

func newBrowser(t *testing.T, app *soay.App) browser {
	c := requesttest.New(t, app, requesttest.Options{OldBrowser: true})
	return browser{c.WithHeader("Accept", "text/html")}
}

// newUser is the browser of a user who has just signed up.
func newUser(t *testing.T, app *soay.App, name string) browser {
	t.Helper()
	b := newBrowser(t, app)
	if resp := b.submit("/signup", "/signup", account(name, secret)); resp.Status != 303 {
		t.Fatalf("signing up as %s: %d %s", name, resp.Status, resp.Text())
	}
	return b
}

const secret = "correct horse battery staple"

func account(name, password string) url.Values {
	return url.Values{"name": {name}, "password": {password}}
}

func note(title, text string) url.Values { return url.Values{"title": {title}, "text": {text}} }

// submit gets a page and sends the form of it that has this action.
func (b browser) submit(page, action string, form url.Values) *requesttest.Response {
	all := url.Values{antiforgery.DefaultFieldName: {token(b.Get(page).Text(), action)}}
	maps.Copy(all, form)
	return b.Post(action, requesttest.With{Form: all})
}

// token returns the token in the form of a page that has this action, and "" without one. The form to log in has none:
// it is sent to the address of its page.
func token(page, action string) string {
	begin := `<form method="post" action="` + action + `">`
	if path, _, _ := strings.Cut(action, "?"); path == "/login" {
		begin = `<form method="post">`
	}
	_, form, _ := strings.Cut(page, begin)
	form, _, _ = strings.Cut(form, "</form>")
	return first(tokenField, form)
}

var (
	tokenField  = regexp.MustCompile(`name="` + antiforgery.DefaultFieldName + `" value="(.*?)"`)
	messageText = regexp.MustCompile(`<p id="message" role="status">(.*?)</p>`)
	noteLink    = regexp.MustCompile(`<li><a href="(/notes/.*?)">(.*?)</a></li>`)
	errorText   = regexp.MustCompile(`<strong class="error">(.*?)</strong>`)
	historyItem = regexp.MustCompile(`<li>(\w+), <time`)
)

// first returns what an expression has in parentheses in a page, the first time, and "" if it is not there.
func first(re *regexp.Regexp, page string) string {
	for _, text := range found(re, page) {
		return text
	}
	return ""
}

// found returns what an expression has in its last parentheses, everywhere in a page.
func found(re *regexp.Regexp, page string) (all []string) {
	for _, m := range re.FindAllStringSubmatch(page, -1) {
		all = append(all, html.UnescapeString(m[len(m)-1]))
	}
	return all
}

// titles returns the titles of the notes that the list shows, one after the other.
func (b browser) titles() string { return strings.Join(found(noteLink, b.Get("/notes").Text()), ", ") }

// add writes a note, and returns the path of the first one in the list.
func (b browser) add(t *testing.T, title, text string) (path string) {
	t.Helper()
	if resp := b.submit("/notes/new", "/notes", note(title, text)); resp.Status != 303 {
		t.Fatalf("adding a note: %d %s", resp.Status, resp.Text())
	}
	return noteLink.FindStringSubmatch(b.Get("/notes").Text())[1]
}
