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

// A stream may have no end, so there is no limit for the whole stream, but one for each piece.
func TestLongStreamsAreNotCut(t *testing.T) {
	tests := []struct {
		name   string
		method string
		body   string
		before func(soay.Request)
	}{
		{"without a body", "GET", "", func(soay.Request) {}},
		{"after reading a body", "POST", "question", func(req soay.Request) { req.Bytes() }},
		{"with a body left unread", "POST", "question", func(soay.Request) {}},
	}
	for _, tt := range tests {
		for _, pause := range []time.Duration{29 * time.Second, 10 * time.Minute} {
			t.Run(fmt.Sprint(tt.name, ", a piece every ", pause), func(t *testing.T) {
				overAll(t, func(t *testing.T, options soay.Options, start starter) {
					app, _ := newLoggedApp(options)
					app.Route("/", func(req soay.Request) soay.Response {
						tt.before(req)
						return response.Stream("text/plain", func(w io.Writer) error {
							for i := range 20 {
								time.Sleep(pause)
								if err := req.Context().Err(); err != nil {
									return err
								}
								if _, err := fmt.Fprintln(w, i); err != nil {
									return err
								}
							}
							time.Sleep(pause) // the end is a piece too
							return nil
						})
					}, "GET", "POST")
					r, url := start(app)
					hr, err := http.NewRequest(tt.method, url, strings.NewReader(tt.body))
					if err != nil {
						t.Fatal(err)
					}
					begin := time.Now()
					resp, err := r.client.Do(hr)
					if err != nil {
						t.Fatal(err)
					}
					defer resp.Body.Close()
					b, err := io.ReadAll(resp.Body)
					if lines := strings.Count(string(b), "\n"); lines != 20 || err != nil || time.Since(begin) != 21*pause {
						t.Errorf("got %d pieces, %v after %v; want 20 after %v", lines, err, time.Since(begin), 21*pause)
					}
					r.end(t)
				})
			})
		}
	}
}

// A response that fails after its first bytes must not look complete (P7).
func TestFailingStreamsAreCut(t *testing.T) {
	tests := []struct {
		name string
		fail func() error
	}{
		{"an error", func() error { return fmt.Errorf("the disk is gone") }},
		{"a panic", func() error { panic("SECRET") }},
		{"an abort", func() error { panic(http.ErrAbortHandler) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			overAll(t, func(t *testing.T, options soay.Options, start starter) {
				app, log := newLoggedApp(options)
				app.Get("/", func(soay.Request) soay.Response {
					return response.Stream("text/plain", func(w io.Writer) error {
						io.WriteString(w, "half")
						return tt.fail()
					})
				})
				r, url := start(app)
				resp, err := r.client.Get(url)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if b, err := io.ReadAll(resp.Body); string(b) != "half" || err == nil {
					t.Errorf("got %q, %v; want half and an error", b, err)
				}
				r.end(t)
				if cut := len(log.Records("response cut off")); (cut == 1) != (tt.name != "an abort") {
					t.Errorf("the log says:\n%s", log)
				}
			})
		})
	}
}

// In every protocol the connection of a client that stops sending or reading is closed after its time.
func TestStuckClients(t *testing.T) {
	test := func(t *testing.T, options soay.Options, start starter) {
		app, _ := newLoggedApp(options)
		app.Post("/", func(req soay.Request) soay.Response {
			_, err := req.Bytes()
			return response.Error(err)
		})
		given := make(chan time.Time, 1)
		app.Get("/", func(req soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				defer func() { given <- time.Now() }()
				for {
					if _, err := w.Write(make([]byte, 1<<16)); err != nil {
						return err
					}
				}
			})
		})
		r, url := start(app)

		body, more := io.Pipe() // half of a body
		go io.WriteString(more, "half")
		begin := time.Now()
		resp, err := r.client.Post(url, "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		more.Close()
		resp.Body.Close()
		if got := time.Since(begin); resp.StatusCode != 408 || got != 30*time.Second {
			t.Errorf("half a body got %d after %v, want 408 after 30s", resp.StatusCode, got)
		}

		begin = time.Now()
		if resp, err = r.client.Get(url); err != nil {
			t.Fatal(err)
		}
		if got := (<-given).Sub(begin); got != 30*time.Second {
			t.Errorf("a client that does not read was given up after %v, want 30s", got)
		}
		resp.Body.Close()
		r.end(t)
	}
	for _, p := range protocols {
		if p.tls && p.major == 1 {
			continue // the client of net/http holds a lock while it closes a TLS connection, which stops the clock of the bubble
		}
		t.Run(p.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { p.over(t, test) }) })
	}
}

func TestStopOverAllProtocols(t *testing.T) {
	overAll(t, func(t *testing.T, options soay.Options, start starter) {
		app, _ := newLoggedApp(options)
		app.Get("/slow", func(req soay.Request) soay.Response {
			time.Sleep(20 * time.Second)
			return response.Text(fmt.Sprint("slow ", req.Context().Err()))
		})
		app.Get("/stream", func(req soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				io.WriteString(w, "stream ")
				<-req.Context().Done()
				_, err := fmt.Fprint(w, req.Context().Err())
				return err
			})
		})
		r, url := start(app)
		answers := make(chan string)
		for _, path := range []string{"/slow", "/stream"} {
			go func() {
				resp, err := r.client.Get(url + path)
				if err != nil {
					answers <- err.Error()
					return
				}
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				answers <- fmt.Sprint(string(b), ", ", err)
			}()
		}
		synctest.Wait()
		r.stop()
		if got, want := <-answers, "stream context canceled, <nil>"; got != want {
			t.Errorf("the stream got %q, want %q", got, want)
		}
		if got, want := <-answers, "slow <nil>, <nil>"; got != want {
			t.Errorf("the slow request got %q, want %q", got, want)
		}
		if err := <-r.served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

func TestProtocols(t *testing.T) {
	overAll(t, func(t *testing.T, options soay.Options, start starter) {
		app, _ := newLoggedApp(options)
		app.UseSessions(soay.NewKey())
		app.Get("/", func(req soay.Request) soay.Response {
			req.Session.Set("seen", true)
			return response.Text(req.Scheme())
		})
		r, url := start(app)
		scheme, _, _ := strings.Cut(url, ":")
		wantCookie := map[string]string{"http": "session", "https": "__Host-session"}[scheme]
		for range 3 {
			resp, err := r.client.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			cookies := resp.Cookies()
			if string(b) != scheme || err != nil || len(cookies) != 1 || cookies[0].Name != wantCookie ||
				cookies[0].Secure != (options.TLS != nil) {
				t.Errorf("got %q, %v and the cookies %v", b, err, cookies)
			}
		}
		r.end(t)
	})
}
