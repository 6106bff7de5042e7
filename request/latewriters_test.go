package request_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
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

// front is a way to reach an app.
type front struct {
	name    string
	http2   bool
	inside  bool // the app is a part of somebody's own server
	options soay.Options
}

func (f front) url() string {
	if f.http2 {
		return "https://localhost"
	}
	return "http://localhost"
}

var fronts = []front{{name: "HTTP 1"}, {name: "HTTP 2", http2: true}, {name: "in middleware", inside: true}}

// open serves an app that setUp has prepared. It returns clients that share nothing, the log, and a function that stops the server.
func (f front) open(t *testing.T, setUp func(*soay.App)) (clients [2]*http.Client, log *requesttest.Log, end func()) {
	options := f.options
	var config *tls.Config
	if f.http2 {
		options.TLS, config = newTLS()
	}
	app, log := newLoggedApp(options)
	setUp(app)
	var l *requesttest.Listener
	var closeServer func()
	if f.inside {
		l = requesttest.NewListener()
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Outside", "yes")
			app.ServeHTTP(w, r)
		})}
		go server.Serve(l)
		closeServer = func() { server.Close() }
	} else {
		r := run(t, app)
		l, closeServer = r.Listener, func() { r.stop(); <-r.served }
	}
	for i := range clients {
		clients[i] = &http.Client{Transport: &http.Transport{
			DialContext: l.DialContext, TLSClientConfig: config, ForceAttemptHTTP2: f.http2,
		}}
	}
	return clients, log, func() {
		for _, c := range clients {
			c.CloseIdleConnections()
		}
		closeServer()
	}
}

// handed is a writer that a handler has handed to a goroutine that outlives it.
type handed struct {
	w      io.Writer
	header http.Header
	// foreign says that w is not a writer of Soay but of a TimeoutHandler, which ends it itself.
	foreign bool
}

type bodyOf func(http.ResponseWriter) error

// WriteBody implements response.Body.
func (f bodyOf) WriteBody(w http.ResponseWriter, _ *http.Request, _ int) error { return f(w) }

// leaks are the places where user code gets a writer. Each handler writes "own" and hands its writer out.
var leaks = []struct {
	name    string
	handler func(leak func(io.Writer)) soay.Handler
	foreign bool // the writer is not ours, but that of a TimeoutHandler
}{
	{"a stream", func(leak func(io.Writer)) soay.Handler {
		return func(soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				leak(w)
				_, err := io.WriteString(w, "own")
				return err
			})
		}
	}, false},
	{"an own body", func(leak func(io.Writer)) soay.Handler { return leakingBody(leak) }, false},
	{"a handler of net/http", func(leak func(io.Writer)) soay.Handler {
		return soay.FromHTTP(leaking(leak, false))
	}, false},
	{"a handler of net/http that has flushed", func(leak func(io.Writer)) soay.Handler {
		return soay.FromHTTP(leaking(leak, true))
	}, false},
	{"middleware of net/http", func(leak func(io.Writer)) soay.Handler {
		return soay.WrapHTTP(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				leak(w)
				next.ServeHTTP(w, r)
			})
		})(func(soay.Request) soay.Response { return response.Text("own") })
	}, false},
	{"middleware of net/http around a stream", func(leak func(io.Writer)) soay.Handler {
		return soay.WrapHTTP(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				leak(w)
				next.ServeHTTP(w, r)
			})
		})(leakingBody(func(io.Writer) {}))
	}, false},
	{"a body in middleware of net/http", func(leak func(io.Writer)) soay.Handler {
		return through(leakingBody(leak))
	}, false},
	{"a handler of net/http in middleware of it", func(leak func(io.Writer)) soay.Handler {
		return through(soay.FromHTTP(leaking(leak, false)))
	}, false},
	{"a handler of net/http in middleware of it that has flushed", func(leak func(io.Writer)) soay.Handler {
		return through(soay.FromHTTP(leaking(leak, true)))
	}, false},
	{"a handler in a TimeoutHandler", func(leak func(io.Writer)) soay.Handler {
		return soay.WrapHTTP(func(http.Handler) http.Handler {
			return http.TimeoutHandler(http.HandlerFunc(leaking(leak, false)), time.Hour, "")
		})(hello)
	}, true},
}

var through = soay.WrapHTTP(func(next http.Handler) http.Handler { return next })

func leaking(leak func(io.Writer), flush bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		leak(w)
		io.WriteString(w, "own")
		if flush {
			w.(http.Flusher).Flush()
		}
	}
}

func leakingBody(leak func(io.Writer)) soay.Handler {
	return func(soay.Request) soay.Response {
		return response.Response{}.WithBody("text/plain", bodyOf(func(w http.ResponseWriter) error {
			leak(w)
			_, err := io.WriteString(w, "own")
			return errors.Join(err, http.NewResponseController(w).Flush())
		}))
	}
}

// abuse uses a writer in every way. All of them must fail, except that a TimeoutHandler ignores late writes.
func (h handed) abuse(t *testing.T) {
	const evil = "EVIL"
	h.header.Set("X-Evil", evil) // as it was got in time
	past := time.Unix(1, 0)
	calls := map[string]func() error{
		"Write":      func() error { _, err := io.WriteString(h.w, evil); return err },
		"long Write": func() error { _, err := io.WriteString(h.w, strings.Repeat(evil, 5000)); return err },
	}
	if f, ok := h.w.(http.Flusher); ok {
		f.Flush()
	}
	if f, ok := h.w.(interface{ FlushError() error }); ok {
		calls["FlushError"] = f.FlushError
	}
	if rf, ok := h.w.(io.ReaderFrom); ok {
		calls["ReadFrom"] = func() error { _, err := rf.ReadFrom(strings.NewReader(evil)); return err }
	}
	if w, ok := h.w.(http.ResponseWriter); ok {
		w.Header().Set("X-Evil", evil)
		w.WriteHeader(299)
		if !h.foreign {
			w.WriteHeader(0) // must not panic in a goroutine of its own
		}
		w.WriteHeader(http.StatusEarlyHints)
		c := http.NewResponseController(w)
		calls["Flush"] = c.Flush
		calls["SetReadDeadline"] = func() error { return c.SetReadDeadline(past) }
		calls["SetWriteDeadline"] = func() error { return c.SetWriteDeadline(past) }
		calls["EnableFullDuplex"] = c.EnableFullDuplex
		calls["Hijack"] = func() error { _, _, err := c.Hijack(); return err }
		if hj, ok := w.(http.Hijacker); ok {
			calls["Hijacker"] = func() error { _, _, err := hj.Hijack(); return err }
		}
	}
	for name, call := range calls {
		if call() == nil && !h.foreign {
			t.Errorf("late %s had no error", name)
		}
	}
}

// A writer that is used after its handler has returned changes no other answer, not even the next one on its connection, and does not
// end the process.
func TestWritersEndWithTheRequest(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	for _, front := range fronts {
		for _, tt := range leaks {
			t.Run(front.name+"/"+tt.name, func(t *testing.T) {
				var mu sync.Mutex
				var last handed
				leak := func(w io.Writer) {
					h := handed{w: w, header: http.Header{}, foreign: tt.foreign}
					if rw, ok := w.(http.ResponseWriter); ok {
						h.header = rw.Header()
					}
					mu.Lock()
					defer mu.Unlock()
					last = h
				}
				clients, log, end := front.open(t, func(app *soay.App) {
					app.Get("/leak", tt.handler(leak))
					app.Get("/text", hello)
					app.Get("/stream", func(soay.Request) soay.Response {
						return response.Stream("text/plain", func(w io.Writer) error {
							io.WriteString(w, "he")
							_, err := io.WriteString(w, "llo")
							return err
						})
					})
					app.Get("/old", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						io.WriteString(w, "hello")
					})))
				})
				for range rounds {
					if front.expect(t, clients[0], "/leak", "own"); t.Failed() {
						break
					}
					mu.Lock()
					h := last
					mu.Unlock()
					var all sync.WaitGroup
					all.Go(func() { h.abuse(t) })
					for _, c := range clients {
						all.Go(func() {
							for _, path := range []string{"/text", "/stream", "/old"} {
								front.expect(t, c, path, "hello")
							}
						})
					}
					all.Wait()
				}
				end()
				want := rounds
				if tt.foreign {
					want = 0
				}
				if got := strings.Count(log.String(), "after its "); got != want || strings.Count(log.String(), "level=ERROR") != want {
					t.Errorf("%d lines about late use, want %d, one for each; the log:\n%.2000s", got, want, log)
				}
			})
		}
	}
}

// expect gets a path, whose content must be want and must come from its own handler alone.
func (f front) expect(t *testing.T, c *http.Client, path, want string) {
	resp, err := c.Get(f.url() + path)
	if err != nil {
		t.Errorf("GET %s: %v", path, err)
		return
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); string(b) != want || err != nil || resp.StatusCode != 200 ||
		resp.Header.Get("X-Evil") != "" || resp.Trailer.Get("X-Evil") != "" {
		t.Errorf("GET %s: got %d %.40q %v, %v; want %q", path, resp.StatusCode, b, resp.Header, err, want)
	}
	if f.http2 && resp.ProtoMajor != 2 {
		t.Errorf("the response came by %s", resp.Proto)
	}
}

// A hijacked connection can be used after the handler has returned; the writer cannot.
func TestHijackedConnectionOutlivesTheHandler(t *testing.T) {
	for _, tt := range []struct {
		name    string
		handler func(http.HandlerFunc) soay.Handler
	}{
		{"a handler of net/http", func(h http.HandlerFunc) soay.Handler { return soay.FromHTTP(h) }},
		{"a handler in middleware", func(h http.HandlerFunc) soay.Handler { return through(soay.FromHTTP(h)) }},
		{"a body", func(h http.HandlerFunc) soay.Handler {
			return func(req soay.Request) soay.Response {
				return response.Response{}.WithBody("", bodyOf(func(w http.ResponseWriter) error {
					h(w, req.HTTP())
					return nil
				}))
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newLoggedApp()
			type hijacked struct {
				handed
				conn net.Conn
			}
			taken := make(chan hijacked, 1)
			app.Get("/", tt.handler(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
				}
				if _, err := io.WriteString(w, "EVIL"); !errors.Is(err, http.ErrHijacked) {
					t.Errorf("Write after Hijack: %v", err)
				}
				w.(http.Flusher).Flush()
				taken <- hijacked{handed{w: w, header: w.Header()}, conn}
			}))
			r := run(t, app)
			conn := r.connect(t)
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
			h := <-taken
			r.stop()
			if err := <-r.served; err != nil { // waits for the handler
				t.Error(err)
			}
			h.abuse(t)
			go func() {
				io.WriteString(h.conn, "the handler's own\n")
				h.conn.Close()
			}()
			if got, err := bufio.NewReader(conn).ReadString('\n'); got != "the handler's own\n" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
			if n := strings.Count(log.String(), "after its "); n != 1 {
				t.Errorf("%d lines about late use:\n%s", n, log)
			}
		})
	}
}
