package telemetry_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/response"
)

// ending is a way for a request to end.
type ending struct {
	name   string
	method string
	path   string
	want   string // see summary; "" stands for want of the row before
	http1  bool   // HTTP/2 has no such end
	play   func(*testing.T, *place, ending)
}

// place is where an app serves.
type place struct {
	app     *observed
	client  *http.Client
	url     string
	started chan struct{} // gets one when the handlers that wait have begun
	release chan struct{} // closed when those may return that wait for it
	stop    func()        // returns when no request is in flight
}

// ask sends the request and reads the answer, whatever comes of it.
func ask(_ *testing.T, p *place, e ending) {
	r, err := http.NewRequest(e.method, p.url+e.path, strings.NewReader("hello"))
	if err != nil {
		panic(err)
	}
	if resp, err := p.client.Do(r); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

// leave sends the request and goes away when the handler has begun.
func leave(t *testing.T, p *place, e ending) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, e.method, p.url+e.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-p.started
		cancel()
	}()
	resp, err := p.client.Do(r)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("the client got all of it")
	}
}

// stopDuring stops the app when the handler has begun.
func stopDuring(t *testing.T, p *place, e ending) {
	go func() {
		<-p.started
		p.stop()
	}()
	ask(t, p, e)
}

// upgrade takes the connection over.
func upgrade(t *testing.T, p *place, e ending) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello\n", e.path)
	if got, err := io.ReadAll(bufio.NewReader(conn)); err != nil || !strings.HasSuffix(string(got), "hello\n") {
		t.Errorf("got %q, %v", got, err)
	}
}

var endings = []ending{
	{"an answer", "GET", "/text", "GET /text 200 - Unset", false, ask},
	{"HEAD", "HEAD", "/text", "HEAD /text 200 - Unset", false, ask},
	{"no route", "GET", "/none", "GET 404 - Unset", false, ask},
	{"no such method", "PUT", "/text", "PUT 405 - Unset", false, ask},
	{"OPTIONS", "OPTIONS", "/text", "OPTIONS 204 - Unset", false, ask},
	{"a stream", "GET", "/stream", "GET /stream 200 - Unset", false, ask},
	{"an error", "GET", "/error", "GET /error 500 500 Error", false, ask},
	{"a panic", "GET", "/panic", "GET /panic 500 panic Error", false, ask},
	{"an abort", "GET", "/abort", "GET /abort - aborted Error", false, ask},
	{"an abort of a stream", "GET", "/abort-stream", "GET /abort-stream 200 aborted Error", false, ask},
	{"a stream that fails", "GET", "/cut", "GET /cut 200 response_cut Error", false, ask},
	{"a stream that fails with a type", "GET", "/cut-type", "GET /cut-type 200 telemetry_test.diskError Error", false, ask},
	{"a stream that panics", "GET", "/cut-panic", "GET /cut-panic 200 panic Error", false, ask},
	{"a stream that fails at once", "GET", "/no-stream", "GET /no-stream 200 response_cut Error", false, ask},
	{"a body that nobody reads", "POST", "/text", "POST /text 200 - Unset", false, ask},
	{"the client leaves", "GET", "/wait", "GET /wait 500 client_closed Error", false, leave},
	{"the client leaves a stream", "GET", "/wait-stream", "GET /wait-stream 200 client_closed Error", false, leave},
	{"the app stops", "GET", "/wait-stream", "GET /wait-stream 200 response_cut Error", true, stopDuring},
	{"a timeout", "GET", "/slow", "GET /slow 503 middleware.TimeoutError Error", false, ask},
	{"an upgrade", "GET", "/upgrade", "GET /upgrade 101 - Unset", true, upgrade},
	{"a silent upgrade", "GET", "/hijack", "GET /hijack 101 - Unset", true, upgrade},
}

// routes registers the handlers of the endings.
func (p *place) routes() {
	app := p.app
	app.Route("/text", hello, "GET", "POST")
	stream := func(path string, f func(io.Writer) error) {
		app.Get(path, func(req soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				if path != "/no-stream" {
					if _, err := io.WriteString(w, "half"); err != nil {
						return err
					}
					w.(http.Flusher).Flush()
				}
				if path == "/wait-stream" {
					p.started <- struct{}{}
					<-req.Context().Done()
				}
				return f(w)
			})
		})
	}
	stream("/stream", func(io.Writer) error { return nil })
	stream("/abort-stream", func(io.Writer) error { panic(http.ErrAbortHandler) })
	stream("/cut", func(io.Writer) error { return errors.New("no disk") })
	stream("/cut-type", func(io.Writer) error { return diskError{1} })
	stream("/cut-panic", func(io.Writer) error { panic("at the disco") })
	stream("/no-stream", func(io.Writer) error { return errors.New("no disk") })
	stream("/wait-stream", func(io.Writer) error { return errors.New("nobody reads") })
	app.Get("/error", func(soay.Request) soay.Response { return response.Error(errors.New("no disk")) })
	app.Get("/panic", func(soay.Request) soay.Response { panic("at the disco") })
	app.Get("/abort", func(soay.Request) soay.Response { panic(http.ErrAbortHandler) })
	app.Get("/wait", func(req soay.Request) soay.Response {
		p.started <- struct{}{}
		<-req.Context().Done()
		return response.Error(req.Context().Err())
	})
	app.Get("/slow", func(soay.Request) soay.Response { <-p.release; return response.Text("late") }).Timeout(time.Millisecond)
	app.Get("/upgrade", middleware.FromHTTP(upgrading(true)))
	app.Get("/hijack", middleware.FromHTTP(upgrading(false)))
}

// upgrading takes the connection over, with the status written first or by itself.
func upgrading(statusFirst bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if statusFirst {
			w.WriteHeader(http.StatusSwitchingProtocols)
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		if !statusFirst {
			fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		}
		line, _ := rw.ReadString('\n')
		fmt.Fprint(rw, line)
		rw.Flush()
	}
}

// serveHere serves the app by its own server, or by the one of package net/http.
func (p *place) serveHere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := p.app.Serve(ctx, listener); err != nil {
			t.Errorf("Serve: %v", err)
		}
	}()
	transport := new(http.Transport)
	p.client, p.url = &http.Client{Transport: transport}, "http://"+listener.Addr().String()
	p.stop = func() { transport.CloseIdleConnections(); cancel(); <-done }
}

// serveHTTP2 serves the app as the handler of another server.
func (p *place) serveHTTP2(t *testing.T) {
	server := httptest.NewUnstartedServer(p.app)
	server.EnableHTTP2 = true
	server.StartTLS()
	p.client, p.url = server.Client(), server.URL
	p.stop = func() {
		server.Close()
		if err := p.app.Stop(t.Context()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
}

// Each request has one span, which ends once, and one measurement, and none stays active, however it ends.
func TestEnds(t *testing.T) {
	for _, server := range []struct {
		name  string
		http2 bool
		serve func(*place, *testing.T)
		soay.Options
	}{
		{"own server", false, (*place).serveHere, soay.Options{}},
		{"standard server", false, (*place).serveHere, soay.Options{StandardServer: true}},
		{"HTTP/2", true, (*place).serveHTTP2, soay.Options{}},
	} {
		for _, e := range endings {
			if e.http1 && server.http2 {
				continue
			}
			t.Run(server.name+"/"+e.name, func(t *testing.T) {
				p := &place{app: newObserved(t, telemetry.Options{Development: true}, server.Options), started: make(chan struct{}, 1), release: make(chan struct{})}
				p.routes()
				server.serve(p, t)
				e.play(t, p, e)
				<-p.app.ended // the client may be faster than the server
				close(p.release)
				p.stop()
				p.check(t, e.want)
			})
		}
	}
}

func (p *place) check(t *testing.T, want string) {
	if got := summary(p.app.span(t)); got != want {
		t.Errorf("span %q, want %q", got, want)
	}
	points := p.app.points(t, "http.server.request.duration")
	if len(points) != 1 || points[0].Count != 1 {
		t.Errorf("durations %+v, want one", points)
	}
	for _, p := range p.app.points(t, "http.server.active_requests") {
		if p.Sum != 0 {
			t.Errorf("%v requests of %v are active", p.Sum, p.Labels)
		}
	}
}
