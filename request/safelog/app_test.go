package safelog_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// brokenEverywhere is a handler of which every method panics.
type brokenEverywhere struct{}

func (brokenEverywhere) Enabled(context.Context, slog.Level) bool { panic("broken: enabled") }

func (brokenEverywhere) Handle(context.Context, slog.Record) error { panic("broken: handle") }

func (brokenEverywhere) WithAttrs([]slog.Attr) slog.Handler { panic("broken: attributes") }

func (brokenEverywhere) WithGroup(string) slog.Handler { panic("broken: group") }

// A log handler that panics fails no request and does not end the process, wherever the app or its server logs.
func TestLogHandlerThatPanics(t *testing.T) {
	got := standardError(t, func() {
		t.Run("app", func(t *testing.T) {
			for _, env := range []string{"production", "development"} {
				testBrokenLogger(t, env)
			}
		})
	})
	for _, want := range []string{
		`msg="request failed"`, `msg="response cut off"`, `msg="panic after the response"`, `msg=request `, `msg="from the handler"`,
		`msg="by a logger of its own"`, "msg=\"antiforgery: request refused\"", "TLS handshake error", `log_handler_panicked="broken: handle"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the standard error stream lacks %s:\n%s", want, got)
		}
	}
}

func testBrokenLogger(t *testing.T, env string) {
	broken := slog.New(brokenEverywhere{})
	app := soay.New(soay.Options{Env: env, Logger: broken})
	app.UseAccessLog()
	app.UseRequestID()
	app.UseSessions(soay.NewKey(), sessions.Options{Logger: broken})
	app.Get("/{what}", func(req soay.Request) soay.Response {
		req.Logger().Info("from the handler")
		switch req.Param("what") {
		case "panic":
			panic("help")
		case "own":
			req.SetLogger(broken)
			req.Logger().With("a", 1).Error("by a logger of its own")
		case "after":
			req.AfterResponse(func(request.Outcome) { panic("after") })
		case "stream":
			return response.Stream("text/plain", func(w io.Writer) error {
				io.WriteString(w, "half")
				return io.ErrClosedPipe
			})
		case "http":
			return soay.FromHTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { panic("in net/http") }))(req)
		case "session":
			req.Session.Set("a", 1)
		}
		return response.Text("fine")
	})
	c := requesttest.New(t, app)
	for path, want := range map[string]int{"/fine": 200, "/panic": 500, "/own": 200, "/after": 200, "/http": 500, "/session": 200} {
		if got := c.Get(path).Status; got != want {
			t.Errorf("%s, GET %s: %d, want %d", env, path, got, want)
		}
	}
	if got, err := c.Try("GET", "/stream"); err == nil {
		t.Errorf("%s: a stream that failed looks complete: %d %q", env, got.Status, got.Text())
	}
	forged := requesttest.With{Header: http.Header{"Sec-Fetch-Site": {"cross-site"}, "Cookie": {"session=x"}}}
	if got := c.Post("/fine", forged).Status; got != 403 {
		t.Errorf("%s: a forged request is answered with %d", env, got)
	}
	if got := c.Get("/fine").Status; got != 200 {
		t.Errorf("%s: in the end GET is answered with %d", env, got)
	}
	serveGarbage(t)
}

// serveGarbage makes the server of package net/http log something in a goroutine in which only the server
// recovers.
func serveGarbage(t *testing.T) {
	t.Helper()
	identity := httptest.NewTLSServer(nil)
	identity.Close()
	app := soay.New(soay.Options{
		Logger: slog.New(brokenEverywhere{}), TLS: &tls.Config{Certificates: identity.TLS.Certificates},
	})
	app.Get("/", func(soay.Request) soay.Response { return response.Text("hi") })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.Contains(answer, []byte("400 Bad Request")) {
		t.Errorf("the server of https answers %q, %v", answer, err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// A log line of the setup does not end the process either.
func TestLogHandlerThatPanicsInTheSetup(t *testing.T) {
	got := standardError(t, func() {
		app := soay.New(soay.Options{Env: "production", Logger: slog.New(brokenEverywhere{})})
		app.UseSessionStore(memstore.New())
		if _, err := app.Handler(); err != nil {
			t.Error(err)
		}
		app.Get("/late", func(soay.Request) soay.Response { return response.NoContent() })
	})
	if !strings.Contains(got, "a key of this process") || !strings.Contains(got, "the app has started") {
		t.Errorf("the standard error stream has %s", got)
	}
}

// Loggers keep their attributes, groups and levels.
func TestLoggerIsTheAppsOwn(t *testing.T) {
	var log bytes.Buffer
	own := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})).With("app", "cats")
	app := soay.New(soay.Options{Logger: own})
	app.Get("/", func(req soay.Request) soay.Response {
		req.Logger().WithGroup("g").Debug("hi", "a", 1)
		return response.NoContent()
	})
	requesttest.New(t, app).Get("/")
	for _, want := range []string{"level=DEBUG", "app_test.go:", `msg=hi app=cats g.a=1`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, log.String())
		}
	}
}
