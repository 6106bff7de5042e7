package request_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// overTwo is overAll without HTTP/1.1 over TLS: the client of net/http holds a lock while it closes such a connection, which stops
// the clock of the bubble.
func overTwo(t *testing.T, test func(t *testing.T, options soay.Options, start starter)) {
	for _, p := range protocols {
		if !p.tls || p.major == 2 {
			t.Run(p.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { p.over(t, test) }) })
		}
	}
}

// copying answers with the body that it reads. Before it reads, it sets a deadline by ask.
func copying(ask func(*http.ResponseController) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := ask(http.NewResponseController(w)); err != nil {
			fmt.Fprint(w, "refused: ", err)
			return
		}
		b, err := io.ReadAll(r.Body)
		fmt.Fprint(w, string(b), " ", err)
	}
}

// A handler may give its client more or less time than the app does.
func TestDeadlineOfAHandlerForReading(t *testing.T) {
	until := func(d time.Duration) func(*http.ResponseController) error {
		return func(c *http.ResponseController) error { return c.SetReadDeadline(time.Now().Add(d)) }
	}
	for _, tt := range []struct {
		name string
		ask  func(*http.ResponseController) error
		want bool
	}{
		{"nothing", func(*http.ResponseController) error { return nil }, false},
		{"more time", until(time.Hour), true},
		{"all time", func(c *http.ResponseController) error { return c.SetReadDeadline(time.Time{}) }, true},
		{"less time", until(time.Second), false},
	} {
		for kind, handler := range map[string]soay.Handler{
			"a handler":               soay.FromHTTP(copying(tt.ask)),
			"a handler in middleware": through(soay.FromHTTP(copying(tt.ask))),
			"a body": func(soay.Request) soay.Response {
				return response.Response{}.WithBody("text/plain", handlerBody(copying(tt.ask)))
			},
		} {
			t.Run(tt.name+"/"+kind, func(t *testing.T) {
				overTwo(t, func(t *testing.T, options soay.Options, start starter) {
					app, _ := newLoggedApp(options)
					app.Post("/", handler)
					r, url := start(app)
					body, more := io.Pipe()
					go func() {
						io.WriteString(more, "slow")
						time.Sleep(10 * time.Minute)
						io.WriteString(more, "ly")
						more.Close()
					}()
					resp, err := r.client.Post(url, "text/plain", body)
					if err != nil {
						t.Fatal(err)
					}
					b, _ := io.ReadAll(resp.Body)
					resp.Body.Close()
					if got := string(b); (got == "slowly <nil>") != tt.want {
						t.Errorf("got %q, want all of it: %v", got, tt.want)
					}
					time.Sleep(10 * time.Minute) // until the client has sent all
					if resp, err := r.client.Post(url, "text/plain", strings.NewReader("again")); err != nil {
						t.Errorf("the next request: %v", err)
					} else {
						resp.Body.Close()
					}
					r.end(t)
				})
			})
		}
	}
}

type handlerBody http.HandlerFunc

// WriteBody implements response.Body.
func (h handlerBody) WriteBody(w http.ResponseWriter, r *http.Request, _ int) error {
	h(w, r)
	return nil
}

func TestDeadlineOfAHandlerForWriting(t *testing.T) {
	const size = 1 << 23 // more than a client of HTTP/2 takes unasked
	writing := func(d time.Duration, early bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if !early {
				w.(http.Flusher).Flush()
			}
			if d != 0 {
				if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d)); err != nil {
					fmt.Fprint(w, err)
				}
			}
			for range size / 1024 {
				if _, err := w.Write(make([]byte, 1024)); err != nil {
					panic(http.ErrAbortHandler)
				}
			}
		}
	}
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    bool
	}{
		{"nothing", writing(0, true), false},
		{"before the first flush", writing(time.Hour, true), true},
		{"after it", writing(time.Hour, false), true},
		{"too little", writing(time.Minute, true), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			overTwo(t, func(t *testing.T, options soay.Options, start starter) {
				app, _ := newLoggedApp(options)
				app.Get("/", soay.FromHTTP(tt.handler))
				r, url := start(app)
				resp, err := r.client.Get(url)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				time.Sleep(10 * time.Minute)
				n, err := io.Copy(io.Discard, resp.Body)
				if (n == size && err == nil) != tt.want {
					t.Errorf("got %d bytes, %v; want all: %v", n, err, tt.want)
				}
				if b, err := r.client.Get(url + "/none"); err != nil {
					t.Errorf("the next request: %v", err)
				} else {
					b.Body.Close()
				}
				r.client.CloseIdleConnections()
				r.stop()
				<-r.served
			})
		})
	}
}

// When a body returns, writes of other goroutines are awaited, for at most the time of one piece.
func TestWriteUnderWayIsWaitedFor(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint("HTTP 2: ", http2), func(t *testing.T) {
			wrote, arrived := make(chan error, 1), make(chan struct{})
			f := front{http2: http2, options: soay.Options{WriteTimeout: 10 * time.Millisecond}}
			clients, _, end := f.open(t, func(app *soay.App) {
				app.Get("/", func(soay.Request) soay.Response {
					return response.Stream("text/plain", func(w io.Writer) error {
						go func() {
							_, err := w.Write(make([]byte, 1<<23))
							wrote <- err
						}()
						<-arrived
						return nil
					})
				})
			})
			resp, err := clients[0].Get(f.url() + "/")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := resp.Body.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
			close(arrived)
			if err := <-wrote; err == nil {
				t.Error("the client got all of it, though it did not read")
			}
			resp.Body.Close()
			end()
		})
	}
}
