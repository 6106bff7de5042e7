package soay_test

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// mistakes are all the ways to set an app up wrongly. Each returns the place of the mistake.
var mistakes = []struct {
	name string
	make func(*soay.App) string
	want string
}{
	{"a pattern without a slash", func(a *soay.App) string { a.Get("cats", hello); return here() }, "cats"},
	{"a parameter that is not closed", func(a *soay.App) string { a.Get("/{id", hello); return here() }, "/{id"},
	{"an unknown value pattern", func(a *soay.App) string { a.Get("/{cat:id}", hello); return here() }, "cat"},
	{"a route without a handler", func(a *soay.App) string { a.Get("/nil", nil); return here() }, "the handler is nil"},
	{"a nil handler of net/http", func(a *soay.App) string { a.Get("/nil", soay.FromHTTP(nil)); return here() },
		"the handler is nil"},
	{"a method that is none", func(a *soay.App) string { a.Handle("GET /", "/m", hello); return here() },
		`"GET /" is no method`},
	{"a method in small letters", func(a *soay.App) string { a.Route("/m", hello, "get"); return here() },
		`method "get" is spelled GET`},
	{"a body limit of nothing", func(a *soay.App) string { a.Post("/b", hello).MaxBody(0); return here() }, "MaxBody"},
	{"nil middleware of a route", func(a *soay.App) string { a.Get("/r", hello).Use(nil); return here() },
		"middleware is nil"},
	{"nil middleware of a group", func(a *soay.App) string { a.Group("/g", nil); return here() }, "middleware is nil"},
	{"a group without a slash", func(a *soay.App) string { a.Group("g"); return here() }, `"g"`},
	{"a route of a group", func(a *soay.App) string { a.Group("/g").Group("/h").Post("/{", hello); return here() },
		"/g/h/{"},
	{"nil middleware", func(a *soay.App) string { a.Use(pass, nil, pass); return here() }, "Use: the middleware is nil"},
	{"nil middleware of net/http", func(a *soay.App) string { a.Use(soay.WrapHTTP(nil)); return here() },
		"Use: the middleware is nil"},
	{"a nil fallback", func(a *soay.App) string { a.Fallback(nil); return here() }, "Fallback: the handler is nil"},
	{"two fallbacks", func(a *soay.App) string { a.Fallback(hello); a.Fallback(hello); return here() },
		"Fallback: there is one already"},
	{"a nil status handler", func(a *soay.App) string { a.HandleStatus(404, nil); return here() },
		"HandleStatus: the handler is nil"},
	{"a status that is no error", func(a *soay.App) string { a.HandleStatus(204, hello); return here() },
		"HandleStatus: 204 is no error status"},
	{"a status that is none", func(a *soay.App) string { a.HandleStatus(600, hello); return here() },
		"HandleStatus: 600 is no error status"},
	{"two handlers of a status",
		func(a *soay.App) string { a.HandleStatus(404, hello); a.HandleStatus(404, hello); return here() },
		"HandleStatus: there is one for 404 already"},
	{"a nil error handler", func(a *soay.App) string { soay.HandleError[*catError](a, nil); return here() },
		"HandleError: the function is nil"},
	{"a nil start hook", func(a *soay.App) string { a.OnStart(nil); return here() }, "OnStart: the function is nil"},
	{"a nil stop hook", func(a *soay.App) string { a.OnStop(nil); return here() }, "OnStop: the function is nil"},
	{"a nil lifespan", func(a *soay.App) string { a.Lifespan(nil); return here() }, "Lifespan: the function is nil"},
	{"no session key", func(a *soay.App) string { a.UseSessions(""); return here() },
		"UseSessions: sessions: the key is empty"},
	{"a short session key", func(a *soay.App) string { a.UseSessions("short"); return here() }, "at least 32"},
	{"a session option", func(a *soay.App) string {
		a.UseSessions(soay.NewKey(), sessions.Options{MaxAge: -1})
		return here(-1)
	}, "UseSessions: sessions: MaxAge"},
	{"two session options", func(a *soay.App) string {
		a.UseSessions(soay.NewKey(), sessions.Options{}, sessions.Options{})
		return here(-1)
	}, "UseSessions: 2 options; pass one"},
	{"sessions twice", func(a *soay.App) string { a.UseSessions(soay.NewKey()); a.UseSessions(soay.NewKey()); return here() },
		"UseSessions: it was called at setup_test.go:"},
	{"request ids twice", func(a *soay.App) string { a.UseRequestID(); a.UseRequestID(); return here() },
		"UseRequestID: it was called at setup_test.go:"},
	{"a header of request ids", func(a *soay.App) string {
		a.UseRequestID(middleware.RequestIDOptions{Header: "X Id"})
		return here(-1)
	}, `UseRequestID: response: "X Id" is no header name`},
	{"access log twice", func(a *soay.App) string { a.UseAccessLog(); a.UseAccessLog(); return here() },
		"UseAccessLog: it was called at setup_test.go:"},
	{"headers twice", func(a *soay.App) string { a.UseHeaders(nil); a.UseHeaders(nil); return here() },
		"UseHeaders: it was called at setup_test.go:"},
	{"a header", func(a *soay.App) string { a.UseHeaders(map[string]string{"X-A": "1\r\n"}); return here() },
		"UseHeaders: response: value"},
	{"conflicting routes", func(a *soay.App) string { a.Get("/c/{x}", hello); a.Get("/c/{y}", hello); return here() },
		" at setup_test.go:"},
	{"names that stand twice",
		func(a *soay.App) string { a.Get("/n1", hello).Name("n"); a.Get("/n2", hello).Name("n"); return here() }, `"n"`},
}

type catError struct{ name string }

func (e *catError) Error() string { return "no cat " + e.name }

func TestSetupMistakes(t *testing.T) {
	for _, tt := range mistakes {
		t.Run(tt.name, func(t *testing.T) {
			checkMistake(t, tt.make, tt.want)
		})
	}
}

// checkMistake makes a mistake and checks that the error of the start has the wanted text and the place
// that the function returns.
func checkMistake(t *testing.T, mistake func(*soay.App) string, want string) {
	t.Helper()
	app, _ := newApp()
	place := mistake(app)
	err := app.Start(t.Context())
	var setup *soay.SetupError
	if !errors.As(err, &setup) {
		t.Fatalf("Start: %v, want a SetupError", err)
	}
	if n := len(setup.Unwrap()); n != 1 {
		t.Errorf("%d mistakes, want one: %v", n, err)
	}
	if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "\n\t"+place+": ") {
		t.Errorf("Start: %v\nwant %q at %s", err, want, place)
	}
}

func TestOptionsMistakes(t *testing.T) {
	tests := []struct {
		name    string
		options []soay.Options
		want    string // "" for none
	}{
		{"none", nil, ""},
		{"the zero value", []soay.Options{{}}, ""},
		{"two", []soay.Options{{}, {}}, "New: 2 options; pass one Options"},
		{"MaxBodyBytes", []soay.Options{{MaxBodyBytes: -1}}, "MaxBodyBytes is negative"},
		{"MaxHeaderBytes", []soay.Options{{MaxHeaderBytes: -1}}, "MaxHeaderBytes is negative"},
		{"ReadHeaderTimeout", []soay.Options{{ReadHeaderTimeout: -1}}, "ReadHeaderTimeout is negative"},
		{"BodyTimeout", []soay.Options{{BodyTimeout: -1}}, "BodyTimeout is negative"},
		{"WriteTimeout", []soay.Options{{WriteTimeout: -1}}, "WriteTimeout is negative"},
		{"IdleTimeout", []soay.Options{{IdleTimeout: -1}}, "IdleTimeout is negative"},
		{"ShutdownTimeout", []soay.Options{{ShutdownTimeout: -1}}, "ShutdownTimeout is negative"},
		{"TLS", []soay.Options{{TLS: &tls.Config{}}}, "TLS has no certificate"},
		{"TrailingSlash", []soay.Options{{TrailingSlash: 99}}, "TrailingSlash has the unknown value 99"},
		{"a value pattern without a name",
			[]soay.Options{{ValuePatterns: []router.ValuePattern{{Match: func(string) bool { return true }}}}}, `""`},
		{"a value pattern without Match", []soay.Options{{ValuePatterns: []router.ValuePattern{{Name: "slug"}}}}, "slug"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, place := soay.New(tt.options...), here()
			err := app.Start(t.Context())
			if tt.want == "" {
				if err != nil {
					t.Errorf("Start: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "\n\t"+place+": ") {
				t.Errorf("Start: %v, want it to say %q and %s", err, tt.want, place)
			}
		})
	}
}

// Every function that starts an app reports all mistakes together.
func TestSetupErrorHasAllMistakes(t *testing.T) {
	starts := []struct {
		name  string
		start func(*soay.App) error
	}{
		{"Start", func(a *soay.App) error { return a.Start(t.Context()) }},
		{"Run", func(a *soay.App) error { return a.Run("not an address") }},
		{"Handler", func(a *soay.App) error {
			h, err := a.Handler()
			if h != nil {
				t.Error("Handler returned a handler for an app that cannot start")
			}
			return err
		}},
		{"Serve", func(a *soay.App) error {
			l := requesttest.NewListener()
			err := a.Serve(t.Context(), l)
			go l.DialContext(t.Context(), "tcp", "localhost")
			if conn, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Serve left the listener open: Accept = %v, %v", conn, err)
			}
			return err
		}},
		{"twice", func(a *soay.App) error {
			a.Start(t.Context())
			return a.Start(t.Context())
		}},
	}
	for _, tt := range starts {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := newApp(soay.Options{MaxBodyBytes: -1})
			app.OnStart(func(context.Context) error {
				t.Error("a hook ran, though the setup is wrong")
				return nil
			})
			app.Get("/{", hello)
			app.Use(nil)
			app.UseSessions("short", sessions.Options{PreviousKeys: []string{"old"}})
			app.Get("/a/{x}", hello)
			app.Get("/a/{y}", hello)
			app.HandleStatus(200, hello)
			var setup *soay.SetupError
			if err := tt.start(app); !errors.As(err, &setup) {
				t.Fatalf("%v, want a SetupError", err)
			}
			text := setup.Error()
			if !strings.HasPrefix(text, "soay: the app cannot start:\n\t") {
				t.Errorf("error is %q", text)
			}
			for _, want := range []string{"MaxBodyBytes", "/{", "Use: ", "the key has 5", "PreviousKeys[0]", "/a/{x}",
				"HandleStatus: 200"} {
				if strings.Count(text, "\n") != 7 || !strings.Contains(text, want) {
					t.Errorf("error is %q, want seven lines, one about %s", text, want)
				}
			}
			if app.Ready() {
				t.Error("an app that cannot start is ready")
			}
		})
	}
}

// The answer of an app that cannot start shows no mistake to strangers.
func TestWrongSetupAnswers503(t *testing.T) {
	app, log := newApp()
	app.UseSessions("secret-but-short")
	app.Get("/", hello)
	for range 3 {
		w := do(app, "GET", "/")
		if w.Code != 503 || w.Body.String() != "503 Service Unavailable\n" {
			t.Errorf("got %d %q, want 503", w.Code, w.Body)
		}
	}
	if lines := log.Records("soay: the app cannot start"); len(lines) != 1 ||
		!strings.Contains(lines[0]["error"].(string), "UseSessions") {
		t.Errorf("the log says %v, want one line about UseSessions", lines)
	}
	if strings.Contains(log.String(), "secret-but-short") {
		t.Error("the log has the key")
	}
}

func TestURLAndRoutes(t *testing.T) {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.Get("/cats/{id}", hello).Name("cat")
	place := here(-1)
	if _, err := app.URL("cat", 7); err == nil {
		t.Error("URL works before the start")
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := app.URL("cat", "a/b"); got != "/cats/a%2Fb" || err != nil {
		t.Errorf("URL: %q, %v", got, err)
	}
	if _, err := app.URL("dog"); err == nil {
		t.Error("URL knows a name that does not exist")
	}
	want := router.Info{Method: http.MethodGet, Pattern: "/cats/{id}", Name: "cat", Source: place}
	if got := app.Routes(); !cmp.Equal(got, []router.Info{want}) {
		t.Errorf("Routes: %v, want %v", got, want)
	}
}

func TestNewKey(t *testing.T) {
	a, b := soay.NewKey(), soay.NewKey()
	if a == b || sessions.CheckKey("the key", a) != nil || sessions.CheckKey("the key", b) != nil {
		t.Errorf("keys %q and %q", a, b)
	}
}

func TestVerbs(t *testing.T) {
	verbs := map[string]func(*soay.App, string, soay.Handler) *soay.Route{
		"GET": (*soay.App).Get, "POST": (*soay.App).Post, "PUT": (*soay.App).Put, "PATCH": (*soay.App).Patch,
		"DELETE": (*soay.App).Delete, "HEAD": (*soay.App).Head, "OPTIONS": (*soay.App).Options, "TRACE": (*soay.App).Trace,
		"CONNECT": (*soay.App).Connect,
		"PURGE":   func(a *soay.App, pattern string, h soay.Handler) *soay.Route { return a.Handle("PURGE", pattern, h) },
		"LINK":    func(a *soay.App, pattern string, h soay.Handler) *soay.Route { return a.Route(pattern, h, "LINK") },
	}
	for method, register := range verbs {
		app, _ := newApp()
		register(app, "/", func(req soay.Request) soay.Response { return response.Status(299) })
		for other := range verbs {
			want := 405
			switch {
			case other == method, other == "HEAD" && method == "GET":
				want = 299
			case other == "OPTIONS":
				want = 204
			}
			if w := do(app, other, "/"); w.Code != want {
				t.Errorf("a route for %s answers %s with %d, want %d", method, other, w.Code, want)
			}
		}
	}
}

func TestRegisteringAfterTheStart(t *testing.T) {
	calls := []struct {
		name string
		call func(*soay.App, *soay.Route, soay.Group)
	}{
		{"Get", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Get("/late", hello) }},
		{"Handle", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Handle("PURGE", "/late", hello) }},
		{"a pattern that is wrong", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Get("{", nil) }},
		{"Group", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Group("/late", pass).Get("/late", hello) }},
		{"Group.Get", func(_ *soay.App, _ *soay.Route, g soay.Group) { g.Get("/late", hello) }},
		{"Group.Use", func(_ *soay.App, _ *soay.Route, g soay.Group) { g.Use(late) }},
		{"Route.Use", func(_ *soay.App, r *soay.Route, _ soay.Group) { r.Use(late) }},
		{"Route.Name", func(_ *soay.App, r *soay.Route, _ soay.Group) { r.Name("late") }},
		{"Route.MaxBody", func(_ *soay.App, r *soay.Route, _ soay.Group) { r.MaxBody(1) }},
		{"Use", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Use(late) }},
		{"Use(nil)", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Use(nil) }},
		{"UseSessions", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseSessions(soay.NewKey()) }},
		{"UseSessions with a bad key", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseSessions("") }},
		{"UseRequestID", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseRequestID() }},
		{"UseAccessLog", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseAccessLog() }},
		{"UseHeaders", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseHeaders(map[string]string{"X-Late": "yes"}) }},
		{"Fallback", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Fallback(hello) }},
		{"Fallback(nil)", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Fallback(nil) }},
		{"HandleStatus", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.HandleStatus(404, hello) }},
		{"HandleError", func(a *soay.App, _ *soay.Route, _ soay.Group) {
			soay.HandleError(a, func(soay.Request, error) soay.Response { return response.Text("late") })
		}},
		{"OnStart", func(a *soay.App, _ *soay.Route, _ soay.Group) {
			a.OnStart(func(context.Context) error { return nil })
		}},
		{"OnStop", func(a *soay.App, _ *soay.Route, _ soay.Group) {
			a.OnStop(func(context.Context) error { return errors.New("late") })
		}},
	}
	for _, tt := range calls {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newApp()
			route := app.Get("/", hello).Name("home")
			group := app.Group("/g")
			group.Get("/", hello)
			if err := app.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			routes, mw := len(app.Routes()), len(app.Middleware())
			tt.call(app, route, group)
			if log.String() == "" || !strings.Contains(log.String(), "setup_test.go:") ||
				!strings.Contains(log.String(), "level=ERROR") {
				t.Errorf("the log says %q, want an error with the place", log)
			}
			if len(app.Routes()) != routes || len(app.Middleware()) != mw {
				t.Errorf("there are %v and %v now", app.Routes(), app.Middleware())
			}
			for target, want := range map[string]string{"/": "hello", "/g": "hello", "/late": "404 Not Found\n"} {
				if w := do(app, "GET", target); w.Body.String() != want || w.Header().Get("X-Late") != "" ||
					w.Header().Get("X-Request-Id") != "" {
					t.Errorf("GET %s: %q %v, want %q as before", target, w.Body, w.Header(), want)
				}
			}
			if _, err := app.URL("home"); err != nil {
				t.Errorf("the route has lost its name: %v", err)
			}
			if err := app.Stop(t.Context()); err != nil {
				t.Errorf("Stop: %v", err)
			}
			if err := app.Start(t.Context()); err != nil {
				t.Errorf("starting again: %v", err)
			}
		})
	}
}

func late(next soay.Handler) soay.Handler {
	return func(req soay.Request) soay.Response { return next(req).WithHeader("X-Late", "yes") }
}
