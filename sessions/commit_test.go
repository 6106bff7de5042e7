package sessions_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/sessions"
)

func TestCommitByStatus(t *testing.T) {
	for _, tt := range []struct {
		from, to int
		want     bool
	}{{200, 299, true}, {300, 399, true}, {400, 499, true}, {500, 599, false}} {
		for status := tt.from; status <= tt.to; status++ {
			app := newApp(sessions.Options{}, func(req soay.Request) soay.Response {
				req.Session.Set("n", 1)
				return response.Status(status)
			})
			w := ask(app)
			if got := w.Header()["Set-Cookie"] != nil; w.Code != status || got != tt.want {
				t.Errorf("status %d, Set-Cookie sent: %t; want %d, %t", w.Code, got, status, tt.want)
			}
		}
	}
}

type lostCat struct{ name string }

func (e lostCat) Error() string { return e.name + " is lost" }

func TestCommitByKindOfAnswer(t *testing.T) {
	teapot := problem.New(http.StatusTeapot, "short and stout")
	tests := []struct {
		description string
		answer      func() soay.Response
		wantStatus  int
		wantSaved   bool
	}{
		{"text", func() soay.Response { return response.Text("x") }, 200, true},
		{"stream", func() soay.Response { return response.Stream("text/plain", discard) }, 200, true},
		{"no content", response.NoContent, 204, true},
		{"redirect", func() soay.Response { return response.Redirect("/x") }, 302, true},
		{"redirect to another site", func() soay.Response { return response.Redirect("//evil.example") }, 400, true},
		{"not found", func() soay.Response { return response.NotFound() }, 404, true},
		{"unauthorized", func() soay.Response { return response.Unauthorized() }, 401, true},
		{
			"error with a status", func() soay.Response { return response.Error(fmt.Errorf("no: %w", teapot)) }, 418,
			true,
		},
		{"error that the app makes a 409", func() soay.Response { return response.Error(lostCat{"Tom"}) }, 409, true},
		{"error", func() soay.Response { return response.Error(errors.New("secret")) }, 500, false},
		{"value that is no JSON", func() soay.Response { return response.JSON(func() {}) }, 500, false},
		{"panic", func() soay.Response { panic("no") }, 500, false},
		{"panic with an error that has a status", func() soay.Response { panic(teapot) }, 500, false},
		{"panic with an error that the app makes a 409", func() soay.Response { panic(lostCat{"Tom"}) }, 409, false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			answer := func() soay.Response { return response.Text("x") }
			app := newApp(sessions.Options{}, func(req soay.Request) soay.Response {
				req.Session.Set("n", sessions.GetOr(req.Session, "n", 0)+1)
				return answer()
			})
			soay.HandleError(app, func(_ soay.Request, e lostCat) soay.Response {
				return response.Text(e.name).WithStatus(409)
			})
			cookie := pair(t, ask(app))
			answer = tt.answer
			w := ask(app, cookie)
			if got := len(w.Header()["Set-Cookie"]) == 1; w.Code != tt.wantStatus || got != tt.wantSaved {
				t.Errorf("status %d, saved: %t; want %d, %t", w.Code, got, tt.wantStatus, tt.wantSaved)
			}
		})
	}
}

func TestCommitWhereNoRouteMatches(t *testing.T) {
	app := newApp(sessions.Options{}, done(func(sessions.Session) {}))
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			req.Session.Set("misses", sessions.GetOr(req.Session, "misses", 0)+1)
			return next(req)
		}
	})
	tests := []struct {
		method, path string
		want         int
	}{{"GET", "/none", 404}, {"DELETE", "/", 405}, {"OPTIONS", "/", 204}, {"HEAD", "/", 200}}
	for _, tt := range tests {
		r, w := newExchange(tt.method, tt.path)
		app.ServeHTTP(w, r)
		if w.Code != tt.want || len(w.Header()["Set-Cookie"]) != 1 {
			t.Errorf("%s %s: status %d with Set-Cookie %q, want %d with one",
				tt.method, tt.path, w.Code, w.Header()["Set-Cookie"], tt.want)
		}
	}
}

func TestCommitOfMiddlewareThatAnswers(t *testing.T) {
	app := newApp(sessions.Options{}, func(soay.Request) soay.Response { panic("not reached") })
	app.Use(func(soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			req.Session.Set("attempts", 1)
			return response.Forbidden()
		}
	})
	if w := ask(app); w.Code != 403 || len(w.Header()["Set-Cookie"]) != 1 {
		t.Errorf("status %d with Set-Cookie %q, want 403 with one", w.Code, w.Header()["Set-Cookie"])
	}
}

func TestMiddlewareThatPanicsCommitsNothing(t *testing.T) {
	app := newApp(sessions.Options{}, done(func(s sessions.Session) { s.Set("a", 1) }))
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			next(req)
			panic("after the handler")
		}
	})
	if w := ask(app); w.Code != 500 || w.Header()["Set-Cookie"] != nil {
		t.Errorf("status %d with Set-Cookie %q, want 500 without", w.Code, w.Header()["Set-Cookie"])
	}
}

func TestCommitOfNetHTTPHandlers(t *testing.T) {
	tests := []struct {
		description string
		h           http.HandlerFunc
		wantSaved   bool
	}{
		{"short answer", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }, true},
		{"flush before the content", func(w http.ResponseWriter, _ *http.Request) {
			http.NewResponseController(w).Flush()
			io.WriteString(w, "x")
		}, true},
		{
			"long answer",
			func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 1<<20)) }, true,
		},
		{"error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "x", http.StatusBadGateway) }, false},
		{"panic", func(http.ResponseWriter, *http.Request) { panic("x") }, false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			v := newVisit(t, sessions.Options{})
			resp := v.answer(func(req soay.Request) soay.Response {
				req.Session.Set("a", 1)
				return soay.FromHTTP(tt.h)(req)
			})
			if got := len(resp.Cookies) == 1; got != tt.wantSaved {
				t.Errorf("saved: %t with status %d, want %t", got, resp.Status, tt.wantSaved)
			}
		})
	}
}

func TestCutConnectionCommitsNothing(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	v.do(func(s sessions.Session) { s.Set("user", "ann") })
	v.handler = func(req soay.Request) soay.Response {
		req.Session.Clear()
		panic(http.ErrAbortHandler)
	}
	if resp, err := v.Try("GET", "/"); err == nil {
		t.Fatalf("answer %d, want a cut connection", resp.Status)
	}
	if diff := cmp.Diff(map[string]any{"user": "ann"}, v.data()); diff != "" {
		t.Errorf("the next request finds (-want +got):\n%s", diff)
	}
}

// upgrade is a Body that switches protocols.
type upgrade struct{}

func (upgrade) WriteBody(w http.ResponseWriter, _ *http.Request, status int) error {
	w.WriteHeader(status)
	return nil
}

func TestSwitchingProtocolsCarriesTheCookie(t *testing.T) {
	app := newApp(sessions.Options{}, func(req soay.Request) soay.Response {
		req.Session.Set("a", 1)
		return response.Response{}.WithBody("", upgrade{}).WithStatus(101)
	})
	if w := ask(app); w.Code != 101 || len(w.Header()["Set-Cookie"]) != 1 {
		t.Errorf("status %d with Set-Cookie %q, want 101 with one", w.Code, w.Header()["Set-Cookie"])
	}
}

func TestDroppedChangesAreLogged(t *testing.T) {
	log := requesttest.Log{Level: slog.LevelDebug}
	v := newVisit(t, sessions.Options{Logger: log.Logger()})
	unavailable := response.Text("later").WithStatus(503)
	v.answer(func(req soay.Request) soay.Response { req.Session.Get("a"); return unavailable })
	if lines := log.Lines(slog.LevelWarn); len(lines) != 0 {
		t.Errorf("a read session on a 503 is logged: %q", lines)
	}
	v.answer(func(req soay.Request) soay.Response { req.Session.Set("a", "secret"); return unavailable })
	lines := log.Lines(slog.LevelWarn)
	if len(lines) != 1 || !strings.Contains(lines[0], "dropped") || strings.Contains(lines[0], "secret") {
		t.Errorf("log of a changed session on a 503 = %q, want one line that it was dropped", lines)
	}
}

func TestTwoUseSessionsAreOne(t *testing.T) {
	app := newApp(sessions.Options{}, done(func(s sessions.Session) { s.Set("a", 1) }))
	app.UseSessions(otherKey)
	err := app.Start(t.Context())
	if err == nil {
		t.Fatal("the app starts")
	}
	for _, want := range []string{"UseSessions", "helpers_test.go:", "commit_test.go:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Start = %v, want an error with %s", err, want)
		}
	}
}
