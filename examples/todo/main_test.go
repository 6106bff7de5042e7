package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
)

// noon is the time in all tests.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

type (
	with   = requesttest.With
	object = map[string]any
)

func newTestApp() *soay.App {
	quiet := soay.Options{Logger: slog.New(slog.DiscardHandler)}
	return newApp(soay.NewKey(), func() time.Time { return noon }, quiet)
}

// signIn returns a client of the app that has signed in.
func signIn(t *testing.T, app *soay.App, name string) *requesttest.Client {
	t.Helper()
	c := requesttest.New(t, app)
	if resp := c.Post("/session", with{JSON: object{"name": name}}); resp.Status != http.StatusOK {
		t.Fatalf("sign in = %d %s", resp.Status, resp.Text())
	}
	return c
}

// add adds something to do and returns its location.
func add(t *testing.T, c *requesttest.Client, todo object) string {
	t.Helper()
	resp := c.Post("/todos", with{JSON: todo})
	if resp.Status != http.StatusCreated {
		t.Fatalf("add %v = %d %s", todo, resp.Status, resp.Text())
	}
	return resp.Header.Get("Location")
}

func check[T any](t *testing.T, name string, resp *requesttest.Response, want T) {
	t.Helper()
	var got T
	resp.JSON(&got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestLifeOfATodo(t *testing.T) {
	c := signIn(t, newTestApp(), "ada")
	tomorrow := noon.Add(24 * time.Hour)
	location := add(t, c, object{"title": "feed the cats", "due": tomorrow, "tags": []string{"home"}})
	want := Todo{ID: 1, Title: "feed the cats", Due: &tomorrow, Tags: []string{"home"}, Added: noon}
	check(t, "shown", c.Get(location), want)

	want.Done = true
	check(t, "done, the rest as it was", c.Patch(location, with{JSON: object{"done": true}}), want)
	want.Due = nil
	check(t, "no time any more", c.Patch(location, with{JSON: object{"due": nil}}), want)
	want.Title, want.Tags = "feed all cats", nil
	check(t, "another title and no tags",
		c.Patch(location, with{JSON: object{"title": "feed all cats", "tags": []string{}}}), want)
	check(t, "nothing changed", c.Patch(location, with{JSON: object{}}), want)

	if got := c.Delete(location).Status; got != http.StatusNoContent {
		t.Errorf("delete = %d, want 204", got)
	}
	if got := c.Get(location).Status; got != http.StatusNotFound {
		t.Errorf("after the delete = %d, want 404", got)
	}
}

func TestFilter(t *testing.T) {
	c := signIn(t, newTestApp(), "ada")
	add(t, c, object{"title": "one", "tags": []string{"home", "cats"}})
	add(t, c, object{"title": "two", "tags": []string{"home"}})
	c.Patch(add(t, c, object{"title": "three"}), with{JSON: object{"done": true}})
	tests := []struct {
		name, query string
		want        []string
	}{
		{"all", "", []string{"one", "two", "three"}},
		{"done", "?done=true", []string{"three"}},
		{"not done", "?done=false", []string{"one", "two"}},
		{"a tag", "?tag=home", []string{"one", "two"}},
		{"two tags", "?tag=home&tag=cats", []string{"one"}},
		{"limited", "?limit=1", []string{"one"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var list []Todo
			c.Get("/todos" + test.query).JSON(&list)
			var got []string
			for _, todo := range list {
				got = append(got, todo.Title)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("titles (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	c := signIn(t, newTestApp(), "ada")
	location := add(t, c, object{"title": "one"})
	tests := []struct {
		name, method, path string
		with               with
		wantStatus         int
		want               []string // the violations, as place and rule
	}{
		{"no title", "POST", "/todos", with{JSON: object{}}, 422, []string{"/title required"}},
		{"everything wrong at once", "POST", "/todos",
			with{JSON: object{"title": "", "due": "tomorrow", "tags": []string{"a", "a", ""}}}, 400,
			[]string{"/due date-time", "/tags/2 min", "/title min"}},
		{"tags that are not different", "POST", "/todos", with{JSON: object{"title": "x", "tags": []string{"a", "a"}}}, 422,
			[]string{"/tags unique"}},
		{"an empty title", "PATCH", location, with{JSON: object{"title": ""}}, 422, []string{"/title min"}},
		{"a title of null", "PATCH", location, with{JSON: object{"title": nil}}, 400, []string{"/title string"}},
		{"a filter", "GET", "/todos?done=maybe&limit=0", with{}, 400, []string{"done boolean", "limit gte"}},
		{"a name", "POST", "/session", with{JSON: object{"name": "<ada>"}}, 422, []string{"/name alphanum"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			resp := c.Do(test.method, test.path, test.with)
			var problem struct {
				Errors []struct{ Pointer, Parameter, Rule string }
			}
			resp.JSON(&problem)
			var got []string
			for _, violation := range problem.Errors {
				got = append(got, violation.Pointer+violation.Parameter+" "+violation.Rule)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || resp.Status != test.wantStatus {
				t.Errorf("%d, want %d; violations (-want +got):\n%s", resp.Status, test.wantStatus, diff)
			}
		})
	}
	check(t, "what was there", c.Get(location), Todo{ID: 1, Title: "one", Added: noon})
}

func TestOnlyForThoseWhoSignedIn(t *testing.T) {
	app := newTestApp()
	stranger := requesttest.New(t, app)
	for _, request := range []struct{ method, path string }{
		{"GET", "/todos"}, {"POST", "/todos"}, {"GET", "/todos/1"}, {"PATCH", "/todos/1"}, {"DELETE", "/todos/x"},
		{"GET", "/session"},
	} {
		got := stranger.Do(request.method, request.path)
		if kind := got.Header.Get("Content-Type"); got.Status != http.StatusUnauthorized || kind != "application/problem+json" {
			t.Errorf("%s %s = %d, %s, %s, want 401 as problem details", request.method, request.path, got.Status, kind, got.Text())
		}
	}

	ada, bob := signIn(t, app, "ada"), signIn(t, app, "bob")
	location := add(t, ada, object{"title": "a secret"})
	check(t, "who is signed in", bob.Get("/session"), Account{Name: "bob"})
	check(t, "the list of another", bob.Get("/todos"), []Todo{})
	for _, method := range []string{"GET", "DELETE"} {
		if got := bob.Do(method, location).Status; got != http.StatusNotFound {
			t.Errorf("%s of another's = %d, want 404", method, got)
		}
	}
	if got := ada.Delete("/session").Status; got != http.StatusNoContent {
		t.Errorf("sign out = %d, want 204", got)
	}
	if got := ada.Get("/todos").Status; got != http.StatusUnauthorized {
		t.Errorf("after signing out = %d, want 401", got)
	}
}

func TestSigningInChangesTheSession(t *testing.T) {
	c := signIn(t, newTestApp(), "ada")
	first := c.Post("/session", with{JSON: object{"name": "bob"}}).Cookie("session")
	second := c.Post("/session", with{JSON: object{"name": "bob"}}).Cookie("session")
	if first == nil || second == nil || first.Value == second.Value {
		t.Errorf("cookies %v and %v, want two different ones", first, second)
	}
}

func TestManyAtOnce(t *testing.T) {
	const n = 50
	c := signIn(t, newTestApp(), "ada")
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			resp, err := c.Try("POST", "/todos", with{JSON: object{"title": fmt.Sprint("number ", i)}})
			if err != nil || resp.Status != http.StatusCreated {
				t.Errorf("add %d: %v, %v", i, resp, err)
			}
		})
	}
	wg.Wait()
	var list []Todo
	if c.Get("/todos?limit=100").JSON(&list); len(list) != n {
		t.Errorf("%d things to do, want %d", len(list), n)
	}
}

func TestDescription(t *testing.T) {
	c := requesttest.New(t, newTestApp())
	var document struct {
		Paths map[string]map[string]struct {
			Tags      []string
			Responses map[string]any
		}
	}
	c.Get("/openapi.json").JSON(&document)
	change := document.Paths["/todos/{id}"]["patch"]
	if diff := cmp.Diff([]string{"Things to do"}, change.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	for _, status := range []string{"200", "400", "401", "404", "413", "415", "422"} {
		if change.Responses[status] == nil {
			t.Errorf("the status %s of a change is not described", status)
		}
	}
}

// A route that lacks the rule, by oversight, gives strangers no account.
func TestAccountWithoutTheRule(t *testing.T) {
	app := newTestApp()
	soay.Get(app, "/who", func(_ soay.Request, in Who) (Account, error) { return *in.Account, nil })
	if got := requesttest.New(t, app).Get("/who"); got.Status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d %s, want 401", got.Status, got.Text())
	}
	check(t, "ada", signIn(t, app, "ada").Get("/who"), Account{Name: "ada"})
}
