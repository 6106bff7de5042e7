package soay_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
)

// installs are the calls that switch middleware on, in the order in which it runs.
var installs = []struct {
	phase string
	call  func(*soay.App)
}{
	{"request id", func(a *soay.App) { a.UseRequestID() }},
	{"access log", func(a *soay.App) { a.UseAccessLog() }},
	{"headers", func(a *soay.App) { a.UseHeaders(map[string]string{"X-Site": "cats"}) }},
	{"session", func(a *soay.App) { a.UseSessions(soay.NewKey()) }},
	{"use", func(a *soay.App) { a.Use(pass) }},
}

// permutations calls f with every order of n things.
func permutations(n int, f func([]int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var permute func(k int)
	permute = func(k int) {
		if k == n {
			f(slices.Clone(order))
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			permute(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	permute(0)
}

func TestPhasesWhateverTheOrder(t *testing.T) {
	want := []string{"recover", "request id", "access log", "headers", "conditional", "session", "use"}
	permutations(len(installs), func(order []int) {
		app, log := newApp()
		for _, i := range order {
			installs[i].call(app)
		}
		app.Get("/", func(req soay.Request) soay.Response {
			req.Session.Set("seen", true)
			return response.Text("hello")
		})
		var got []string
		for _, m := range app.Middleware() {
			got = append(got, m.Phase)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order %v (-want +got):\n%s", order, diff)
		}
		w := do(app, "GET", "/", "X-Request-Id", "abc")
		lines := log.Records("request")
		if w.Code != 200 || w.Header().Get("X-Request-Id") != "abc" || w.Header().Get("X-Site") != "cats" ||
			len(w.Result().Cookies()) != 1 || // the cookie of the session
			len(lines) != 1 || lines[0]["request_id"] != "abc" {
			t.Errorf("order %v: got %d %v, log %v", order, w.Code, w.Header(), lines)
		}
	})
}

func TestMiddlewareInfo(t *testing.T) {
	app, _ := newApp()
	app.Use(pass)
	app.UseRequestID()
	want := []soay.MiddlewareInfo{
		{Phase: "recover", Name: "recover", Source: "built in"},
		{Phase: "request id", Name: "request id", Source: here(-3)},
		{Phase: "conditional", Name: "conditional", Source: "built in"},
		{Phase: "use", Name: "github.com/soay-go/soay_test.pass", Source: here(-6)},
	}
	if diff := cmp.Diff(want, app.Middleware()); diff != "" {
		t.Errorf("Middleware (-want +got):\n%s", diff)
	}
}

// tracer makes middleware that writes a line before and after the next handler, and counts how often it was made.
type tracer struct {
	trace []string
	made  map[string]int
}

func (tr *tracer) mark(name string) soay.Middleware {
	return func(next soay.Handler) soay.Handler {
		tr.made[name]++
		return func(req soay.Request) soay.Response {
			tr.trace = append(tr.trace, name)
			resp := next(req)
			tr.trace = append(tr.trace, fmt.Sprint("/", name, " ", resp.Status()))
			return resp
		}
	}
}

func TestOrderOfMiddleware(t *testing.T) {
	tr := &tracer{made: map[string]int{}}
	app, _ := newApp()
	app.Use(tr.mark("app1"), tr.mark("app2"))
	outer := app.Group("/g", tr.mark("outer"))
	inner := outer.Group("/h", tr.mark("inner1"))
	inner.Get("/cat", hello).Use(tr.mark("route1"), tr.mark("route2"))
	inner.Get("/dog", hello)
	inner.Use(tr.mark("inner2")) // also for what was registered before
	app.Get("/plain", hello)
	app.Use(tr.mark("app3"))
	tests := []struct {
		name   string
		method string
		path   string
		want   string
	}{
		{"groups and routes", "GET", "/g/h/cat", "app1 app2 app3 outer inner1 inner2 route1 route2 " +
			"/route2 200 /route1 200 /inner2 200 /inner1 200 /outer 200 /app3 200 /app2 200 /app1 200"},
		{"another route of the group", "GET", "/g/h/dog",
			"app1 app2 app3 outer inner1 inner2 /inner2 200 /inner1 200 /outer 200 /app3 200 /app2 200 /app1 200"},
		{"no group", "GET", "/plain", "app1 app2 app3 /app3 200 /app2 200 /app1 200"},
		{"no route", "GET", "/none", "app1 app2 app3 /app3 404 /app2 404 /app1 404"},
		{"no route in a group", "GET", "/g/none", "app1 app2 app3 /app3 404 /app2 404 /app1 404"},
		{"the wrong method", "PUT", "/g/h/cat", "app1 app2 app3 /app3 405 /app2 405 /app1 405"},
		{"the built-in answer to OPTIONS", "OPTIONS", "/plain", "app1 app2 app3 /app3 204 /app2 204 /app1 204"},
		{"a path that is no text", "GET", "/%00", "app1 app2 app3 /app3 400 /app2 400 /app1 400"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr.trace = nil
			do(app, tt.method, tt.path)
			if got := strings.Join(tr.trace, " "); got != tt.want {
				t.Errorf("passed\n%s, want\n%s", got, tt.want)
			}
		})
	}
	// Two requests for two routes of one group have passed, and the app is stopped and started again.
	if err := app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(app, "GET", "/g/h/cat")
	for name, n := range tr.made {
		if n != 1 {
			t.Errorf("middleware %s was made %d times, want once", name, n)
		}
	}
	if len(tr.made) != 8 {
		t.Errorf("%d pieces of middleware were made, want 8", len(tr.made))
	}
}

// An error response has the headers of the outer phases, wherever the error comes from.
func TestErrorsPassTheWholeChain(t *testing.T) {
	taken := func(soay.Request) soay.Response { return response.Conflict("taken") }
	panics := func(soay.Request) soay.Response { panic("secret") }
	instead := func(h soay.Handler) soay.Middleware { return func(soay.Handler) soay.Handler { return h } }
	tests := []struct {
		name       string
		setUp      func(*soay.App)
		wantStatus int
	}{
		{"an error of the handler", func(a *soay.App) { a.Get("/", taken) }, 409},
		{"a panic of the handler", func(a *soay.App) { a.Get("/", panics) }, 500},
		{"an error of a route's middleware", func(a *soay.App) { a.Get("/", hello).Use(instead(taken)) }, 409},
		{"a panic of a route's middleware", func(a *soay.App) { a.Get("/", hello).Use(instead(panics)) }, 500},
		{"an error of a group's middleware", func(a *soay.App) { a.Group("/", instead(taken)).Get("/", hello) }, 409},
		{"a panic of a group's middleware", func(a *soay.App) { a.Group("/", instead(panics)).Get("/", hello) }, 500},
		{"an error of the app's middleware", func(a *soay.App) { a.Get("/", hello); a.Use(instead(taken)) }, 409},
		{"a panic of the app's middleware", func(a *soay.App) { a.Get("/", hello); a.Use(instead(panics)) }, 500},
		{"an error behind net/http", func(a *soay.App) {
			a.Get("/", hello)
			a.Use(soay.WrapHTTP(func(h http.Handler) http.Handler { return h }), instead(taken))
		}, 409},
		{"a panic behind net/http", func(a *soay.App) {
			a.Get("/", hello)
			a.Use(soay.WrapHTTP(func(h http.Handler) http.Handler { return h }), instead(panics))
		}, 500},
		{"an error of the fallback", func(a *soay.App) { a.Fallback(taken) }, 409},
		{"no route", func(*soay.App) {}, 404},
		{"the wrong method", func(a *soay.App) { a.Post("/", hello) }, 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newApp()
			app.Use(func(next soay.Handler) soay.Handler {
				return func(req soay.Request) soay.Response {
					req.Session.Set("seen", true)
					if middleware.RequestID(req) != "abc" {
						t.Error("the app's middleware runs before the request id is known")
					}
					return next(req)
				}
			})
			for _, i := range installs[:4] {
				i.call(app)
			}
			tt.setUp(app)
			w := do(app, "GET", "/", "X-Request-Id", "abc")
			if w.Code != tt.wantStatus || !strings.Contains(w.Body.String(), http.StatusText(tt.wantStatus)) ||
				strings.Contains(w.Body.String(), "secret") {
				t.Errorf("got %d %q, want a page for %d", w.Code, w.Body, tt.wantStatus)
			}
			if w.Header().Get("X-Request-Id") != "abc" || w.Header().Get("X-Site") != "cats" ||
				w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers are missing: %v", w.Header())
			}
			if cookies := len(w.Result().Cookies()); (cookies == 1) != (tt.wantStatus < 500) {
				t.Errorf("status %d came with %d cookies", w.Code, cookies)
			}
			if lines := log.Records("request"); len(lines) != 1 || lines[0]["status"] != float64(tt.wantStatus) ||
				lines[0]["error"] == nil {
				t.Errorf("access log %v, want the status and the error", lines)
			}
			if failed := len(log.Records("request failed")); (failed == 1) != (tt.wantStatus >= 500) {
				t.Errorf("%d lines about the failure:\n%s", failed, log)
			}
		})
	}
}

// Middleware right around the endpoint sees the error and the finished response.
func TestMiddlewareSeesErrors(t *testing.T) {
	app, _ := newApp()
	var status int
	var err error
	var bare bool
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			resp := next(req)
			status, err, bare = resp.Status(), resp.Err(), response.StateOf(resp).NeedsPage()
			return resp
		}
	})
	app.Get("/error", func(soay.Request) soay.Response { return response.Error(&catError{"Tom"}) })
	app.Get("/panic", func(soay.Request) soay.Response { panic(&catError{"Tom"}) })
	for _, path := range []string{"/error", "/panic", "/none"} {
		status, err, bare = 0, nil, false
		do(app, "GET", path)
		if status < 400 || err == nil || bare {
			t.Errorf("%s: middleware saw %d, error %v, without a page: %v", path, status, err, bare)
		}
	}
}

// When middleware of a group or a route fails, the middleware around it sees a complete response, as with that of the app.
func TestFailingMiddlewareOfGroupsAndRoutes(t *testing.T) {
	panics := func(soay.Handler) soay.Handler { return func(soay.Request) soay.Response { panic("SECRET") } }
	fails := func(soay.Handler) soay.Handler {
		return func(soay.Request) soay.Response { return response.Error(errors.New("SECRET")) }
	}
	app, _ := newApp()
	app.UseRequestID()
	app.Group("/group/panic", panics).Get("/", hello)
	app.Group("/group/error", fails).Get("/", hello)
	app.Get("/route/panic", hello).Use(panics)
	app.Get("/route/error", hello).Use(fails)
	for _, path := range []string{"/group/panic", "/group/error", "/route/panic", "/route/error"} {
		w := do(app, "GET", path)
		if got := w.Body.String(); w.Code != 500 || got != "500 Internal Server Error\n" {
			t.Errorf("%s: got %d %q, want a plain 500", path, w.Code, got)
		}
		if w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s: the answer has no request id", path)
		}
	}
}

func nothing(soay.Handler) soay.Handler { return nil }

func TestMiddlewareWithoutAHandler(t *testing.T) {
	tests := []struct {
		name string
		use  func(*soay.App)
	}{
		{"of the app", func(a *soay.App) { a.Use(nothing) }},
		{"of a group", func(a *soay.App) { a.Group("/g", nothing).Get("/", hello) }},
		{"of a route", func(a *soay.App) { a.Get("/r", hello).Use(nothing) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := newApp()
			tt.use(app)
			err := app.Start(t.Context())
			const want = "soay_test.nothing returned no handler"
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "phases_test.go:") {
				t.Errorf("Start: %v, want it to say %q and where", err, want)
			}
		})
	}
}
