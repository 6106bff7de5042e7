//go:build unix

package main

import (
	"fmt"
	"html"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
)

// kind is a place where sessions are kept, and what can be expected of it.
type kind struct {
	name       string
	storage    func(t testing.TB) storage // an empty place
	server     func() (*server, error)    // nil where there is none
	final      bool                       // signing out ends copies of the cookie as well
	counts     bool                       // users see how often they are signed in
	oneProcess bool                       // several instances cannot share it
}

var kinds = []kind{
	{
		name: "cookie",
		storage: func(t testing.TB) storage {
			return storage{store: "cookie", epochs: filepath.Join(t.TempDir(), "epochs")}
		},
	},
	{
		name:    "memory",
		storage: func(testing.TB) storage { return storage{store: "memory"} },
		final:   true, counts: true, oneProcess: true,
	},
	{name: "redis", storage: emptyRedis, server: sharedRedis, final: true, counts: true},
	{name: "postgres", storage: emptyPostgres, server: sharedPostgres, final: true, counts: true},
}

// withServer are the kinds whose sessions are on a server.
func withServer() []kind {
	return slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return k.server == nil })
}

func emptyRedis(t testing.TB) storage {
	s, err := sharedRedis()
	need(t, s, err)
	client := redis.NewClient(&redis.Options{Addr: s.addr})
	defer client.Close()
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return storage{store: "redis", redis: s.addr}
}

func emptyPostgres(t testing.TB) storage {
	s, err := sharedPostgres()
	need(t, s, err)
	database := fmt.Sprint("test", databases.Add(1))
	if err := s.query(t.Context(), "CREATE DATABASE "+database); err != nil {
		t.Fatal(err)
	}
	return storage{store: "postgres", postgres: s.dsn(database)}
}

var databases atomic.Int64

// each runs a test with all kinds of sessions. Apps that it makes have the same keys.
func each(t *testing.T, f func(t *testing.T, k kind)) { eachOf(t, kinds, f) }

func eachOf(t *testing.T, kinds []kind, f func(t *testing.T, k kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Setenv("APP_SECRET_1", soay.NewKey())
			f(t, k)
		})
	}
}

// people are hashed once for all tests.
var people = sync.OnceValues(func() (accounts, error) { return newAccounts(demo) })

func startApp(t *testing.T, k storage) *soay.App {
	t.Helper()
	accounts, err := people()
	if err != nil {
		t.Fatal(err)
	}
	app, err := newApp(accounts, k, soay.Options{Logger: slog.New(slog.DiscardHandler), Env: "production"})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// instances returns two apps that share sessions; where they cannot, one twice.
func (k kind) instances(t *testing.T) [2]*soay.App {
	t.Helper()
	place := k.storage(t)
	first := startApp(t, place)
	if k.oneProcess {
		return [2]*soay.App{first, first}
	}
	return [2]*soay.App{first, startApp(t, place)}
}

// browser is one that says nothing of where its requests come from, so that its forms need tokens.
type browser struct{ *requesttest.Client }

func newBrowser(t *testing.T, app *soay.App, cookies ...*http.Cookie) browser {
	t.Helper()
	b := browser{requesttest.New(t, app, requesttest.Options{OldBrowser: true}).WithHeader("Accept", "text/html")}
	for _, cookie := range cookies {
		b.SetCookie(cookie)
	}
	return b
}

// submit gets a page and sends a form of it.
func (b browser) submit(page, action string, form url.Values) *requesttest.Response {
	all := url.Values{antiforgery.DefaultFieldName: {token(b.Get(page).Text(), action)}}
	maps.Copy(all, form)
	return b.Post(action, requesttest.With{Form: all})
}

func (b browser) signIn(name, password string) *requesttest.Response {
	return b.submit("/login", "/login", url.Values{"username": {name}, "password": {password}})
}

// signedInBrowser returns one in which somebody has signed in and has seen the profile.
func signedInBrowser(t *testing.T, app *soay.App, name string) browser {
	t.Helper()
	b := newBrowser(t, app)
	if resp := b.signIn(name, demo[name]); resp.Status != http.StatusSeeOther {
		t.Fatalf("sign in as %s = %d", name, resp.Status)
	}
	b.Get("/profile")
	return b
}

// shown is what a page shows.
type shown struct{ User, Flash, Sessions, Nickname, Error string }

var (
	nicknameField = regexp.MustCompile(`name="nickname" value="([^"]*)"`)
	tokenField    = regexp.MustCompile(`name="` + antiforgery.DefaultFieldName + `" value="([^"]*)"`)
)

func read(page string) shown {
	return shown{
		User: text(page, "user"), Flash: text(page, "flash"), Sessions: text(page, "sessions"), Error: text(page, "error"),
		Nickname: first(nicknameField, page),
	}
}

// token returns that of the form with an action. The form to sign in has none: it is sent to the address of its page.
func token(page, action string) string {
	mark := ` action="` + action + `"`
	if path, _, _ := strings.Cut(action, "?"); path == "/login" {
		mark = ` id="login"`
	}
	_, form, _ := strings.Cut(page, mark)
	form, _, _ = strings.Cut(form, "</form>")
	return first(tokenField, form)
}

// text returns what stands in the element of an id.
func text(page, id string) string {
	_, rest, _ := strings.Cut(page, ` id="`+id+`"`)
	_, rest, _ = strings.Cut(rest, ">")
	text, _, _ := strings.Cut(rest, "<")
	return html.UnescapeString(text)
}

func first(re *regexp.Regexp, page string) string {
	if m := re.FindStringSubmatch(page); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// checkUser checks who is signed in.
func checkUser(t *testing.T, description string, b browser, want string) {
	t.Helper()
	if got := read(b.Get("/").Text()).User; got != want {
		t.Errorf("%s: signed in as %q, want %q", description, got, want)
	}
}
