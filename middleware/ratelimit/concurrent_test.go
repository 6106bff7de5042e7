package ratelimit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// gate lets handlers say that they run, and holds them until it is opened.
type gate struct{ entered, open chan struct{} }

func newGate() *gate { return &gate{make(chan struct{}, 100), make(chan struct{})} }

func (g *gate) handler(soay.Request) soay.Response {
	g.entered <- struct{}{}
	<-g.open
	return response.Text("done")
}

// As many requests run as may, for a route or for all routes of a group together; more are refused at once.
func TestMaxConcurrent(t *testing.T) {
	g := newGate()
	app, _ := newApp()
	app.Get("/one", g.handler).MaxConcurrent(1)
	group := app.Group("/group").MaxConcurrent(2)
	group.Get("/a", g.handler)
	group.Get("/b", g.handler)
	app.Get("/free", hello)
	var wg sync.WaitGroup
	for _, path := range []string{"/one", "/group/a", "/group/b"} {
		wg.Go(func() {
			if w := from(app, alice, path); w.Code != 200 {
				t.Errorf("%s: %d", path, w.Code)
			}
		})
		<-g.entered
	}
	for _, path := range []string{"/one", "/group/a", "/group/b"} {
		if w := from(app, bob, path); w.Code != 503 || w.Header().Get("Retry-After") != "1" {
			t.Errorf("one more for %s: %d with %v, want 503 with Retry-After", path, w.Code, w.Header())
		}
	}
	if w := from(app, bob, "/free"); w.Code != 200 {
		t.Errorf("another route: %d", w.Code)
	}
	close(g.open)
	wg.Wait()
	for _, path := range []string{"/one", "/group/a", "/group/b"} {
		if w := from(app, bob, path); w.Code != 200 {
			t.Errorf("afterwards %s: %d", path, w.Code)
		}
		<-g.entered
	}
}

// A request that a rate refuses does not count, and one that is exempt from rates does.
func TestMaxConcurrentAndRates(t *testing.T) {
	g := newGate()
	app, _ := newApp()
	app.Get("/", g.handler).MaxConcurrent(1).RateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	close(g.open)
	for i, want := range []int{200, 429, 429} {
		if w := from(app, alice, "/"); w.Code != want {
			t.Errorf("request %d: %d, want %d", i, w.Code, want)
		}
	}
	if w := from(app, bob, "/"); w.Code != 200 {
		t.Errorf("another client: %d", w.Code)
	}
}

// However a request ends, the next one can come.
func TestMaxConcurrentReturns(t *testing.T) {
	ends := map[string]soay.Handler{
		"response": hello,
		"error":    func(soay.Request) soay.Response { return response.NotFound() },
		"panic":    func(soay.Request) soay.Response { panic("oh") },
		"abort":    func(soay.Request) soay.Response { panic(http.ErrAbortHandler) },
		"stream": func(soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				_, err := io.WriteString(w, "data")
				return err
			})
		},
		"broken stream": func(soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				_, _ = io.WriteString(w, strings.Repeat("x", 1<<17))
				return errors.New("broken")
			})
		},
		"hijack": soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
				conn.Close()
			}
		})),
	}
	app, ended := newSignalling()
	for name, h := range ends {
		app.Get("/"+strings.ReplaceAll(name, " ", "-"), h).MaxConcurrent(1)
	}
	l := serve(t, app)
	for name := range ends {
		t.Run(name, func(t *testing.T) {
			for i := range 3 {
				status := get(t, l, "/"+strings.ReplaceAll(name, " ", "-"))
				<-ended
				if status == 503 {
					t.Fatalf("request %d is refused", i)
				}
			}
		})
	}
}

// A stream counts until it has ended, also by a client that goes away.
func TestMaxConcurrentOfStreams(t *testing.T) {
	app, ended := newSignalling()
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			for {
				if _, err := io.WriteString(w, "data"); err != nil {
					return err
				}
			}
		})
	}).MaxConcurrent(1)
	l := serve(t, app)
	for i := range 2 {
		conn := open(t, l, "/")
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
			t.Fatalf("stream %d: %q, %v", i, line, err)
		}
		if status := get(t, l, "/"); status != 503 {
			t.Errorf("while stream %d goes on: %d, want 503", i, status)
		}
		<-ended // the refusal
		conn.Close()
		<-ended
	}
}

// newSignalling returns an app whose access log says that a request has ended. It is the last that does.
func newSignalling() (*soay.App, <-chan struct{}) {
	ended := make(signals, 10)
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(ended), DrainDelay: -1})
	app.UseAccessLog()
	return app, ended
}

// signals is the handler of a log that gets a signal for each request.
type signals chan struct{}

func (s signals) Enabled(context.Context, slog.Level) bool { return true }
func (s signals) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s signals) WithGroup(string) slog.Handler            { return s }
func (s signals) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "request" {
		s <- struct{}{}
	}
	return nil
}

// serve serves app on a network in memory until the test ends.
func serve(t *testing.T, app *soay.App) *requesttest.Listener {
	t.Helper()
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := requesttest.NewListener()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l
}

// open sends a GET on a connection of its own.
func open(t *testing.T, l *requesttest.Listener, path string) net.Conn {
	t.Helper()
	conn, err := l.DialContext(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	return conn
}

// get returns the status of an answer, 0 if there is none.
func get(t *testing.T, l *requesttest.Listener, path string) int {
	t.Helper()
	conn := open(t, l, path)
	defer conn.Close()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}
