package requesttest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

func TestRequest(t *testing.T) {
	type with = requesttest.With
	for _, tt := range []struct {
		description, method, path string
		with                      []with
		want                      string
	}{
		{"plain", "GET", "/a%20b?x=1", nil, "GET /a b x=1 localhost http 127.0.0.1  <nil>"},
		{"query", "GET", "/", []with{{Query: url.Values{"x": {"1"}}}}, "GET / x=1 localhost http 127.0.0.1  <nil>"},
		{"host", "GET", "/", []with{{Header: http.Header{"Host": {"cats.example"}}}},
			"GET /  cats.example http 127.0.0.1  <nil>"},
		{"JSON", "POST", "/", []with{{JSON: []int{1}}}, "POST /  localhost http 127.0.0.1 [1] <nil>"},
		{"form", "POST", "/", []with{{Form: url.Values{"a": {"1"}}}}, "POST /  localhost http 127.0.0.1 a=1 <nil>"},
		{"body", "POST", "/", []with{{Body: strings.NewReader("b")}}, "POST /  localhost http 127.0.0.1 b <nil>"},
		{"body of unknown length", "POST", "/", []with{{Body: io.MultiReader(strings.NewReader("b"))}},
			"POST /  localhost http 127.0.0.1 b <nil>"},
		{"one byte too much", "POST", "/", []with{{Body: io.LimitReader(endless{}, 1<<20+1)}},
			"POST /  localhost http 127.0.0.1  413 Request Entity Too Large: The body may have at most 1048576 bytes."},
	} {
		t.Run(tt.description, func(t *testing.T) {
			req := requesttest.Request(tt.method, tt.path, tt.with...)
			text, err := req.Text()
			got := fmt.Sprintf("%s %s %s %s %s %s %s %v",
				req.Method(), req.Path(), req.URL().RawQuery, req.Host(), req.Scheme(), req.ClientIP(), text, err)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	req := requesttest.Request("GET", "/a?x=1")
	if req.URL().String() != "/a?x=1" || req.HTTP().RequestURI != "/a?x=1" {
		t.Errorf("URL %s, RequestURI %s; want them as a server sees them", req.URL(), req.HTTP().RequestURI)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestRequestSession(t *testing.T) {
	req := requesttest.Request("GET", "/")
	if req.Session.Len() != 0 {
		t.Errorf("a new session has %v", req.Session.Map())
	}
	req.Session.Set("n", 1)
	if got := sessions.GetOr(req.Session, "n", 0); got != 1 {
		t.Errorf("n is %d", got)
	}
	if got := requesttest.Request("GET", "/").Session.Len(); got != 0 {
		t.Errorf("the session of another request has %d values", got)
	}
}

func TestRequestPattern(t *testing.T) {
	req := requesttest.Request("GET", "/cats/7/a%2Fb", requesttest.With{Pattern: "/cats/{int:id}/{name}"})
	if id, name := req.Param("id"), req.Param("name"); id != "7" || name != "a/b" {
		t.Errorf("id %q, name %q", id, name)
	}
	if got := req.Route(); got == nil || got.Pattern != "/cats/{int:id}/{name}" {
		t.Errorf("route %+v", got)
	}
}

func TestRequestPanics(t *testing.T) {
	type with = requesttest.With
	for _, tt := range []struct {
		description, path string
		with              []with
		want              string
	}{
		{"pattern of another path", "/dogs/7", []with{{Pattern: "/cats/{id}"}}, "does not match /dogs/7"},
		{"value that does not fit", "/cats/x", []with{{Pattern: "/cats/{int:id}"}}, "does not match /cats/x"},
		{"pattern that is none", "/cats/7", []with{{Pattern: "/cats/{id"}}, "{id"},
		{"path without a slash", "cats", nil, "slash"},
		{"two bodies", "/", []with{{JSON: 1, Body: strings.NewReader("")}}, "one of"},
		{"two With with bodies", "/", []with{{JSON: 1}, {Body: strings.NewReader("")}}, "one With"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			defer func() {
				text, _ := recover().(string)
				if !strings.HasPrefix(text, "requesttest: ") || !strings.Contains(text, tt.want) {
					t.Errorf("panic %q, want one with %q", text, tt.want)
				}
			}()
			requesttest.Request("GET", tt.path, tt.with...)
		})
	}
}

// fakeTB keeps the message of Fatalf, and does not end the test.
type fakeTB struct {
	testing.TB
	fatal string
}

func (f *fakeTB) Helper() {}

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.fatal = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// fatal returns the message with which f ends a test.
func fatal(t *testing.T, f func(testing.TB)) string {
	fake := &fakeTB{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(fake)
	}()
	<-done
	return fake.fatal
}

// unserved is an app whose start fails.
type unserved struct{}

func (unserved) Start(context.Context) error               { return errors.New("no disk") }
func (unserved) Serve(context.Context, net.Listener) error { return nil }

func TestEndOfTheTest(t *testing.T) {
	app := newApp()
	app.Get("/cut", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(io.Writer) error { return errors.New("no more") })
	})
	app.Get("/text", func(soay.Request) soay.Response { return response.Text("no JSON") })
	badSetup := newApp()
	badSetup.Get("/{", nil)
	for _, tt := range []struct {
		description string
		test        func(testing.TB)
		want        string
	}{
		{"cut off", func(t testing.TB) { requesttest.New(t, app).Get("/cut") }, "GET /cut: "},
		{"no JSON", func(t testing.TB) { requesttest.New(t, app).Get("/text").JSON(new(int)) }, `body "no JSON" as JSON`},
		{"bad call", func(t testing.TB) { requesttest.New(t, app).Post("no slash") },
			"slash"},
		{"two options", func(t testing.TB) { requesttest.New(t, app, make([]requesttest.Options, 2)...) }, "2 options"},
		{"start fails", func(t testing.TB) { requesttest.New(t, unserved{}) }, "no disk"},
		{"mistake in the setup", func(t testing.TB) { requesttest.New(t, badSetup) }, "request_test.go:"},
		{"good", func(t testing.TB) { requesttest.New(t, app).Get("/text") }, ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			got := fatal(t, tt.test)
			if !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("the test ends with %q, want %q", got, tt.want)
			}
		})
	}
}

// The app is stopped when the test ends, and its stop hooks run.
func TestStop(t *testing.T) {
	var stopped bool
	t.Run("test", func(t *testing.T) {
		app := newApp()
		app.Get("/", func(soay.Request) soay.Response { return response.NoContent() })
		app.OnStop(func(context.Context) error { stopped = true; return nil })
		requesttest.New(t, app).Get("/")
		if stopped {
			t.Error("the app was stopped while the test runs")
		}
	})
	if !stopped {
		t.Error("the app was not stopped")
	}
}
