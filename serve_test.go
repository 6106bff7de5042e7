package soay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// serveTCP serves app over TCP. It returns the URL, a function that stops the app, and the result of Serve.
func serveTCP(t *testing.T, app *soay.App) (url string, stop context.CancelFunc, served <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, listener) }()
	return "http://" + listener.Addr().String(), cancel, done
}

// A stop loses no request that was accepted (P8).
func TestStopKeepsRequestsInFlight(t *testing.T) {
	const inFlight = 40
	app, _ := newApp()
	arrived, release := make(chan struct{}), make(chan struct{})
	app.Get("/slow/{n}", func(req soay.Request) soay.Response {
		arrived <- struct{}{}
		<-release
		if err := req.Context().Err(); err != nil {
			t.Errorf("the context of an ordinary request has ended: %v", err)
		}
		return response.Text(req.Param("n"))
	})
	closed := false
	app.OnStop(func(context.Context) error { closed = true; return nil })
	url, stop, served := serveTCP(t, app)

	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answers := make(chan error, inFlight)
	for i := range inFlight {
		go func() {
			resp, err := client.Get(fmt.Sprint(url, "/slow/", i))
			if err != nil {
				answers <- err
				return
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			if err == nil && (resp.StatusCode != 200 || string(b) != fmt.Sprint(i)) {
				err = fmt.Errorf("request %d got %d %q", i, resp.StatusCode, b)
			}
			answers <- err
		}()
	}
	for range inFlight {
		<-arrived
	}
	stop()
	<-app.Stopping()
	if app.Ready() {
		t.Error("ready while stopping")
	}
	if closed {
		t.Error("the stop hooks ran while requests were in flight")
	}
	close(release)
	for range inFlight {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if err := <-served; err != nil || !closed {
		t.Errorf("Serve: %v, stop hooks ran: %v", err, closed)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
		conn.Close()
		t.Error("the listener is still open")
	}
}

// A stop ends the contexts of streams, since streams have no end of their own. It does not end those of other requests.
func TestStopTellsStreams(t *testing.T) {
	var ended atomic.Bool
	untilStop := func(ctx context.Context, w io.Writer) error {
		defer ended.Store(true)
		io.WriteString(w, "first ")
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), request.ErrStopping) {
			t.Errorf("the cause is %v, want request.ErrStopping", context.Cause(ctx))
		}
		time.Sleep(time.Second) // saying goodbye takes time
		_, err := io.WriteString(w, "goodbye")
		return err
	}
	stream := func(req soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error { return untilStop(req.Context(), w) })
	}
	ownBody := func(soay.Request) soay.Response {
		return response.Response{}.WithBody("text/plain", bodyFunc(func(w http.ResponseWriter, r *http.Request) error {
			w.(http.Flusher).Flush()
			return untilStop(r.Context(), w)
		}))
	}
	fromHTTP := soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		untilStop(r.Context(), w)
	}))
	upgrade := soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
		untilStop(r.Context(), conn)
	}))
	wrapped := func(h soay.Handler) func(*soay.App) {
		return func(a *soay.App) {
			a.Use(soay.WrapHTTP(func(h http.Handler) http.Handler { return h }))
			a.Get("/", h)
		}
	}
	tests := []struct {
		name  string
		setUp func(*soay.App)
	}{
		{"a stream", func(a *soay.App) { a.Get("/", stream) }},
		{"a body of its own", func(a *soay.App) { a.Get("/", ownBody) }},
		{"a handler of net/http that flushes", func(a *soay.App) { a.Get("/", fromHTTP) }},
		{"one that takes the connection", func(a *soay.App) { a.Get("/", upgrade) }},
		{"a stream behind net/http", wrapped(stream)},
		{"one that flushes behind net/http", wrapped(fromHTTP)},
		{"one that takes the connection behind net/http", wrapped(upgrade)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, log := newApp()
				tt.setUp(app)
				ended.Store(false)
				app.OnStop(func(context.Context) error {
					if !ended.Load() {
						t.Error("the stop hooks ran while the stream went on")
					}
					return nil
				})
				r := run(t, app)
				resp, err := r.client.Get("http://localhost/")
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				synctest.Wait()
				r.stop()
				body, err := io.ReadAll(resp.Body)
				if string(body) != "first goodbye" || err != nil {
					t.Errorf("got %q, %v; want the whole stream", body, err)
				}
				if err := <-r.served; err != nil {
					t.Errorf("Serve: %v", err)
				}
				if strings.Contains(log.String(), "ERROR") {
					t.Errorf("the log says:\n%s", log)
				}
			})
		})
	}
}

func TestStopDoesNotCancelOrdinaryRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp()
		app.Get("/", func(req soay.Request) soay.Response {
			select {
			case <-req.Context().Done():
				return response.Text("cancelled")
			case <-time.After(20 * time.Second):
				return response.Text("finished")
			}
		})
		app.Get("/long", func(req soay.Request) soay.Response {
			<-app.Stopping() // as a handler that waits long does
			return response.Text("stopping")
		})
		r := run(t, app)
		var wg sync.WaitGroup
		for path, want := range map[string]string{"/": "finished", "/long": "stopping"} {
			wg.Go(func() {
				resp, err := r.client.Get("http://localhost" + path)
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				if b, err := io.ReadAll(resp.Body); string(b) != want || err != nil {
					t.Errorf("GET %s: %q, %v; want %q", path, b, err, want)
				}
			})
		}
		synctest.Wait()
		r.end(t)
		wg.Wait()
	})
}

func TestStopCutsOffAfterItsTime(t *testing.T) {
	tests := []struct {
		name    string
		options soay.Options
		want    time.Duration
	}{
		{"the default", soay.Options{}, 30 * time.Second},
		{"a time of its own", soay.Options{ShutdownTimeout: 3 * time.Second}, 3 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, _ := newApp(tt.options)
				app.Get("/", func(req soay.Request) soay.Response {
					<-req.Context().Done() // ends when the connection is cut
					return response.Text("too late")
				})
				closed := false
				app.OnStop(func(context.Context) error { closed = true; return nil })
				r := run(t, app)
				cut := make(chan error, 1)
				go func() {
					_, err := r.client.Get("http://localhost/")
					cut <- err
				}()
				synctest.Wait()
				start := time.Now()
				r.stop()
				err := <-r.served
				if got := time.Since(start); err == nil || !strings.Contains(err.Error(), "requests were cut off") ||
					got != tt.want {
					t.Errorf("Serve: %v after %v, want an error after %v", err, got, tt.want)
				}
				if err := <-cut; err == nil {
					t.Error("the client got a whole answer")
				}
				if !closed {
					t.Error("the stop hooks did not run")
				}
			})
		})
	}
}

// A listener that breaks ends the service like a stop: accepted requests are answered before the hooks run.
func TestListenerBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp()
		closed := false
		app.OnStop(func(context.Context) error { closed = true; return nil })
		app.Get("/", func(soay.Request) soay.Response {
			time.Sleep(time.Second)
			if closed {
				t.Error("the stop hooks ran while a request was in flight")
			}
			return response.Text("hello")
		})
		r := run(t, app)
		answered := make(chan error, 1)
		go func() {
			resp, err := r.client.Get("http://localhost/")
			if err == nil {
				resp.Body.Close()
			}
			answered <- err
		}()
		synctest.Wait()
		r.Listener.Close()
		if err := <-r.served; !errors.Is(err, net.ErrClosed) || !strings.HasPrefix(err.Error(), "soay: serve: ") {
			t.Errorf("Serve: %v, want that of the listener", err)
		}
		if err := <-answered; err != nil || !closed || app.Ready() {
			t.Errorf("request: %v, hooks ran: %v, ready: %v", err, closed, app.Ready())
		}
		r.client.CloseIdleConnections()
	})
}

func TestRunOnATakenPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	addr := listener.Addr().String()
	app, _ := newApp()
	j := new(journal)
	app.Lifespan(j.lifespan("db"))
	err = app.Run(addr)
	if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("soay: listen on %q: ", addr)) ||
		!errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("Run: %v", err)
	}
	if got := strings.Join(j.lines, ", "); got != "open db, close db" || app.Ready() {
		t.Errorf("hooks: %s, ready: %v", got, app.Ready())
	}
}

func TestServeLogsItsAddress(t *testing.T) {
	app, log := newApp()
	url, stop, served := serveTCP(t, app)
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	if lines := log.Records("soay: serving"); len(lines) != 1 || lines[0]["url"] != url {
		t.Errorf("the log says %v, want %s", lines, url)
	}
}

// The log names a unix socket, and clients of the socket have no address.
func TestUnixSocket(t *testing.T) {
	path := t.TempDir() + "/app.sock"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	app, log := newApp()
	app.Get("/", func(req soay.Request) soay.Response { return response.Text("[" + req.ClientIP() + "]") })
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) },
	}}
	resp, err := client.Get("http://localhost/")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(b) != "[]" {
		t.Errorf("the client's address is %s", b)
	}
	stop()
	<-served
	if lines := log.Records("soay: serving"); len(lines) != 1 || lines[0]["url"] != "unix:"+path {
		t.Errorf("the log says %v", lines)
	}
}

type failingBody struct{}

// WriteBody fails before anything is sent.
func (failingBody) WriteBody(http.ResponseWriter, *http.Request, int) error {
	return errors.New("no content")
}

// The page in place of a body that fails has the headers about the exchange, and none about the body.
func TestPageInPlaceOfABody(t *testing.T) {
	for _, standard := range []bool{false, true} {
		app, _ := newApp(soay.Options{StandardServer: standard})
		app.UseRequestID()
		app.Get("/", func(soay.Request) soay.Response {
			return response.Response{}.WithBody("image/png", failingBody{}).WithHeader("X-Mine", "1").WithHeader("Etag", `"1"`)
		})
		r := run(t, app)
		resp, err := r.client.Get("http://localhost/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		h := resp.Header
		if resp.StatusCode != 500 || h.Get("X-Request-Id") == "" || h.Get("X-Mine") != "1" || h.Get("Etag") != "" ||
			h.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("by net/http alone %v: %d %v", standard, resp.StatusCode, h)
		}
		r.end(t)
	}
}
