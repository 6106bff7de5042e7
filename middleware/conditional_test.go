package middleware_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func TestUseETags(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		description string
		method      string
		response    response.Response
		wantTag     bool
	}{
		{"text", "GET", response.Text("hello"), true},
		{"HEAD", "HEAD", response.Text("hello"), true},
		{"page", "GET", response.HTML("<p>hello"), true},
		{"1 MiB", "GET", response.Text(long), true},
		{"more than 1 MiB", "GET", response.Text(long + "x"), false},
		{"POST", "POST", response.Text("hello"), false},
		{"another status", "GET", response.Text("hello").WithStatus(201), false},
		{"error", "GET", response.NotFound(), false},
		{"nothing", "GET", response.Text(""), false},
		{"not stored, as pages with a token", "GET", response.Text("hello").WithHeader("Cache-Control", "no-store"), false},
		{"a nonce", "GET", response.HTML("a").WithHeader("Content-Security-Policy", "script-src 'nonce-abc'"), false},
		{"a stream", "GET", response.Stream("text/plain", func(w io.Writer) error { _, err := io.WriteString(w, "a"); return err }), false},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp()
			app.UseETags()
			app.Route("/", func(soay.Request) soay.Response { return tt.response }, "GET", "POST")
			c := requesttest.New(t, app)
			got := c.Do(tt.method, "/")
			tag := got.Header.Get("Etag")
			if tt.wantTag != strings.HasPrefix(tag, `W/"`) {
				t.Fatalf("tag %q", tag)
			}
			again := c.Do(tt.method, "/", requesttest.With{Header: http.Header{"If-None-Match": {tag}}})
			if tt.wantTag && (again.Status != 304 || again.Header.Get("Etag") != tag) {
				t.Errorf("again: %d with %v", again.Status, again.Header)
			}
		})
	}
	own := newApp()
	own.UseETags()
	own.UseRequestID() // a middleware outside, so that conditions are one, too
	own.Get("/", func(soay.Request) soay.Response { return response.Text("hello").WithETag("v7") })
	if w := do(own, "GET", "/", "If-None-Match", `"v7"`); w.Code != 304 || w.Header().Get("Etag") != `"v7"` {
		t.Errorf("a tag of the handler: %d with %v", w.Code, w.Header())
	}
}

func TestUseETagsTwice(t *testing.T) {
	app := newApp()
	app.UseETags()
	app.UseETags()
	if _, err := app.Handler(); err == nil || !strings.Contains(err.Error(), "UseETags: it was called at conditional_test.go:") {
		t.Errorf("error %v", err)
	}
}

func TestRouteCacheControl(t *testing.T) {
	hour := response.CacheControl{Public: true, MaxAge: time.Hour}
	app := newApp()
	app.UseSessions(soay.NewKey())
	answer := func(resp response.Response) soay.Handler { return func(soay.Request) soay.Response { return resp } }
	app.Get("/plain", answer(response.Text("a").WithHeader("X-A", "1"))).CacheControl(hour)
	app.Route("/all", answer(response.Text("a")), "GET", "POST").CacheControl(hour)
	app.Get("/own", answer(response.Text("a").WithHeader("Cache-Control", "no-cache"))).CacheControl(hour)
	app.Get("/missing", answer(response.NotFound())).CacheControl(hour)
	app.Get("/moved", answer(response.Redirect("/"))).CacheControl(hour)
	app.Get("/tagged", answer(response.Text("a").WithETag("v7"))).CacheControl(hour)
	app.Get("/session", func(req soay.Request) soay.Response { return response.Text("a" + req.Session.User()) }).CacheControl(hour)
	app.Get("/changed", func(req soay.Request) soay.Response { req.Session.Set("a", 1); return response.Text("a") }).CacheControl(hour)
	g := app.Group("/g", func(next soay.Handler) soay.Handler { return next }).CacheControl(hour)
	g.Get("/plain", answer(response.Text("a")))
	g.Get("/other", answer(response.Text("a"))).CacheControl(response.CacheControl{NoCache: true})
	inside := func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response { return next(req).WithHeader("Cache-Control", "no-transform") }
	}
	g.Get("/inside", answer(response.Text("a"))).Use(inside)
	const public = "public, max-age=3600"
	for _, tt := range []struct {
		description, method, path string
		header                    []string
		status                    int
		want                      string
	}{
		{"GET", "GET", "/plain", nil, 200, public},
		{"HEAD", "HEAD", "/plain", nil, 200, public},
		{"another method", "POST", "/all", nil, 200, ""},
		{"the handler's own", "GET", "/own", nil, 200, "no-cache"},
		{"an error", "GET", "/missing", nil, 404, ""},
		{"a redirect", "GET", "/moved", nil, 302, ""},
		{"a method that is not there", "PUT", "/plain", nil, 405, ""},
		{"not modified", "GET", "/tagged", []string{"If-None-Match", `"v7"`}, 304, public},
		{"a session", "GET", "/session", nil, 200, "private, max-age=3600"},
		{"a changed session", "GET", "/changed", nil, 200, "no-store"},
		{"a group", "GET", "/g/plain", nil, 200, public},
		{"a route in a group", "GET", "/g/other", nil, 200, "no-cache"},
		{"middleware of the route", "GET", "/g/inside", nil, 200, "no-transform"},
	} {
		w := do(app, tt.method, tt.path, tt.header...)
		if got := w.Header().Get("Cache-Control"); w.Code != tt.status || got != tt.want {
			t.Errorf("%s: %d with %q, want %d with %q", tt.description, w.Code, got, tt.status, tt.want)
		}
	}
}

func TestRouteCacheControlMistakes(t *testing.T) {
	app := newApp()
	app.Get("/", hello).CacheControl(response.CacheControl{Public: true, Private: true})
	app.Group("/g").CacheControl(response.CacheControl{})
	_, err := app.Handler()
	for _, want := range []string{
		"conditional_test.go:", "CacheControl: Public contradicts Private", "CacheControl: it says nothing",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// The log and other middleware outside see the 304, not the 200 of the handler; and what a session says stays.
func TestConditionsInTheirPhase(t *testing.T) {
	for _, standard := range []bool{false, true} {
		log := new(requesttest.Log)
		app := soay.New(soay.Options{Logger: log.Logger(), StandardServer: standard, DrainDelay: -1})
		app.UseAccessLog()
		app.UseSessions(soay.NewKey())
		app.Get("/", func(req soay.Request) soay.Response {
			return response.JSON(req.Session.User()).WithETag("v7").WithLastModified(time.Unix(1000, 0))
		})
		got := requesttest.New(t, app).Get("/", requesttest.With{Header: http.Header{"If-None-Match": {`"v7"`}}})
		if got.Status != 304 || got.Header.Get("Vary") != "Cookie" || got.Header.Get("Cache-Control") != "private" {
			t.Errorf("standard server %v: %d with %v", standard, got.Status, got.Header)
		}
		if lines := log.Records("request"); len(lines) != 1 || lines[0]["status"] != float64(304) {
			t.Errorf("the log has %v", lines)
		}
	}
}
