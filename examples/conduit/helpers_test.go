package main

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions/keyring"
)

type (
	with   = requesttest.With
	object = map[string]any
)

// noon is when the clock of the tests starts.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// newClock returns a clock that is a second later each time that it is asked. The Store asks it with a mutex held.
func newClock() func() time.Time {
	now := noon
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func newTokens(t *testing.T) *Tokens {
	t.Helper()
	ring, err := keyring.FromKeys(soay.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return NewTokens(ring)
}

// newTestApp returns an app that logs nothing.
func newTestApp(store Store, tokens *Tokens) *soay.App {
	return newApp(store, tokens, soay.Options{Logger: slog.New(slog.DiscardHandler)})
}

// guest is a client of the API, with or without a token.
type guest struct {
	t      *testing.T
	client *requesttest.Client
}

// newGuest returns a client of a new app.
func newGuest(t *testing.T) guest {
	t.Helper()
	return guest{t, requesttest.New(t, newTestApp(NewMemory(newClock()), newTokens(t)))}
}

// withToken returns the client with a token.
func (g guest) withToken(token string) guest {
	return guest{g.t, g.client.WithHeader("Authorization", "Token "+token)}
}

// do sends a request, and a body unless it is nil.
func (g guest) do(method, path string, body any) *requesttest.Response {
	g.t.Helper()
	resp, err := g.try(method, path, body)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp
}

// try is do for goroutines of a test.
func (g guest) try(method, path string, body any) (*requesttest.Response, error) {
	return g.client.Try(method, "/api"+path, with{JSON: body})
}

// register makes a user with the address name@example.com and the password name+" password", and returns a client
// with the token of the user.
func (g guest) register(name string) guest {
	g.t.Helper()
	resp := g.do("POST", "/users", object{"user": object{
		"username": name, "email": name + "@example.com", "password": name + " password",
	}})
	return g.withToken(answer[OneUser](g.t, resp, http.StatusCreated).User.Token)
}

// write adds an article and returns it.
func (g guest) write(title string, tags ...string) Article {
	g.t.Helper()
	resp := g.do("POST", "/articles", object{"article": object{
		"title": title, "description": "About " + title, "body": "All of " + title, "tagList": tags,
	}})
	return answer[OneArticle](g.t, resp, http.StatusCreated).Article
}

// answer returns the JSON of an answer, which must have the status.
func answer[T any](t *testing.T, resp *requesttest.Response, wantStatus int) T {
	t.Helper()
	if resp.Status != wantStatus {
		t.Fatalf("status %d %s, want %d", resp.Status, resp.Text(), wantStatus)
	}
	var got T
	resp.JSON(&got)
	return got
}

// check compares the JSON of an answer with the status 200.
func check[T any](t *testing.T, description string, resp *requesttest.Response, want T) {
	t.Helper()
	if diff := cmp.Diff(want, answer[T](t, resp, http.StatusOK)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", description, diff)
	}
}

// refusal is a request and the error that answers it.
type refusal struct {
	description, method, path string
	body                      any
	wantStatus                int
	want                      map[string][]string
}

func (g guest) check(refusals []refusal) {
	for _, tt := range refusals {
		g.t.Run(tt.description, func(t *testing.T) {
			resp := g.do(tt.method, tt.path, tt.body)
			if diff := cmp.Diff(tt.want, answer[Errors](t, resp, tt.wantStatus).Errors); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// one returns an error with one message.
func one(what, message string) map[string][]string { return map[string][]string{what: {message}} }
