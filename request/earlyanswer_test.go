package request_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// overTCP runs a test for each protocol over TCP. A late reader has to wait in the kernel, which it cannot over connections
// in memory.
func overTCP(t *testing.T, test func(t *testing.T, client *http.Client, start func(*soay.App) string, options soay.Options)) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel() // most of the time they wait
			transport := &http.Transport{ForceAttemptHTTP2: p.major == 2}
			t.Cleanup(transport.CloseIdleConnections)
			options := soay.Options{StandardServer: p.standard}
			scheme := "http"
			if p.tls {
				scheme = "https"
				options.TLS, transport.TLSClientConfig = newTLS()
			}
			start := func(app *soay.App) string {
				url, stop, served := serveTCP(t, app)
				t.Cleanup(func() {
					transport.CloseIdleConnections()
					stop()
					if err := <-served; err != nil {
						t.Errorf("Serve: %v", err)
					}
				})
				return scheme + strings.TrimPrefix(url, "http")
			}
			test(t, &http.Client{Transport: checkedTransport{transport, p.major}}, start, options)
		})
	}
}

// A handler that forwards its body to an upstream that answers early leaves a goroutine behind that reads on. The
// goroutine gets an error and reads nothing of the next request on the connection.
func TestBodyIsReadTooLate(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }))
	t.Cleanup(upstream.Close)
	target, _ := url.Parse(upstream.URL)
	rounds := 40
	if testing.Short() {
		rounds = 5
	}
	overTCP(t, func(t *testing.T, client *http.Client, start func(*soay.App) string, options soay.Options) {
		app, _ := newLoggedApp(options)
		var late sync.WaitGroup
		var foreign atomic.Int64
		readOn := func(body io.Reader, mark string) {
			late.Go(func() {
				piece := make([]byte, 512)
				for {
					n, err := body.Read(piece)
					if n > 0 && piece[0] != mark[0] {
						foreign.Add(1)
					}
					if err != nil {
						return
					}
				}
			})
		}
		app.Post("/body", func(req soay.Request) soay.Response {
			readOn(req.Body(), req.Header("X-Mark"))
			return response.Unauthorized()
		})
		app.Post("/http", func(req soay.Request) soay.Response {
			readOn(req.HTTP().Body, req.Header("X-Mark"))
			return response.Unauthorized()
		})
		app.Post("/from", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			readOn(r.Body, r.Header.Get("X-Mark"))
			w.WriteHeader(401)
		})))
		app.Post("/forward", func(req soay.Request) soay.Response {
			out, _ := http.NewRequest("POST", upstream.URL, req.Body())
			resp, err := http.DefaultClient.Do(out)
			if err != nil {
				return response.Status(502)
			}
			resp.Body.Close()
			return response.Status(resp.StatusCode)
		})
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.ErrorLog = nil
		proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(502) }
		app.Post("/proxy", soay.FromHTTP(proxy))
		app.Post("/whole", func(req soay.Request) soay.Response {
			b, err := req.Bytes()
			if err != nil {
				return response.Error(err)
			}
			return response.Bytes("text/plain", b)
		})
		base := start(app)
		for i := range rounds {
			mark := string(rune('a' + i%26))
			body := strings.Repeat(mark, 600_000)
			for _, path := range []string{"/body", "/http", "/from", "/forward", "/proxy", "/whole"} {
				hr, _ := http.NewRequest("POST", base+path, strings.NewReader(body))
				hr.Header.Set("X-Mark", mark)
				resp, err := client.Do(hr)
				if err != nil && path != "/whole" {
					continue // an early answer may be overtaken by the end of the connection
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if path == "/whole" && (resp.StatusCode != 200 || err != nil || string(got) != body) {
					t.Fatalf("a whole body: %d, %d bytes, %v", resp.StatusCode, len(got), err)
				}
			}
		}
		late.Wait()
		if n := foreign.Load(); n > 0 {
			t.Errorf("%d late reads saw another request", n)
		}
	})
}

// A client that sends the rest of its body slowly, or not at all, gets the early answer all the same.
func TestEarlyAnswerWithASlowBody(t *testing.T) {
	tests := []struct {
		name string
		head string
		body string
		want string
	}{
		{"not found", "POST /none HTTP/1.1\r\nContent-Length: 1000\r\n", "half", "404 Not Found"},
		{"in chunks", "POST /none HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "4\r\nhalf\r\n", "404 Not Found"},
		{"not read", "POST /ignore HTTP/1.1\r\nContent-Length: 1000\r\n", "", "200 OK"},
		{"too large", "POST /read HTTP/1.1\r\nContent-Length: 99000000\r\n", "half", "413 Request Entity Too Large"},
		{"a stream", "POST /stream HTTP/1.1\r\nContent-Length: 1000\r\n", "half", "200 OK"},
	}
	for _, tt := range tests {
		for _, o := range []soay.Options{
			{}, {BodyTimeout: 30 * time.Second, WriteTimeout: time.Second}, {WriteTimeout: 100 * time.Millisecond},
		} {
			t.Run(fmt.Sprint(tt.name, " ", o.BodyTimeout, " ", o.WriteTimeout), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					app, _ := newPatientApp(o)
					app.Post("/stream", func(soay.Request) soay.Response {
						return response.Stream("text/plain", func(w io.Writer) error {
							_, err := io.WriteString(w, "hello")
							return err
						})
					})
					r := run(t, app)
					conn := r.connect(t)
					defer conn.Close()
					start := time.Now()
					send(conn, strings.Replace(tt.head, "\r\n", "\r\nHost: localhost\r\n", 1)+"\r\n"+tt.body)
					got, err := io.ReadAll(conn)
					if !strings.HasPrefix(string(got), "HTTP/1.1 "+tt.want+"\r\n") || err != nil {
						t.Errorf("got %.200q, %v; want %s", got, err, tt.want)
					}
					if took := time.Since(start); took > time.Second {
						t.Errorf("it took %v", took)
					}
					r.end(t)
				})
			})
		}
	}
}

// A body that nobody wants is read before the connection is closed: otherwise the system would reset the connection, and
// the client could lose the answer.
func TestEarlyAnswerBeforeTheConnectionIsClosed(t *testing.T) {
	const size = 100_000
	for _, head := range []string{"HTTP/1.0\r\n", "HTTP/1.1\r\nConnection: close\r\n", "HTTP/1.1\r\nConnection: close, x\r\n"} {
		for _, standard := range []bool{false, true} {
			t.Run(fmt.Sprintf("%q net/http alone %v", head, standard), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					app, _ := newPatientApp(soay.Options{StandardServer: standard})
					r := run(t, app)
					conn := r.connect(t)
					defer conn.Close()
					answer := make(chan string, 1)
					go func() {
						got, err := io.ReadAll(conn)
						answer <- fmt.Sprintf("%.12s %v", got, err)
					}()
					_, err := fmt.Fprintf(conn, "POST /none %sHost: localhost\r\nContent-Length: %d\r\n\r\n%s",
						head, size, strings.Repeat("x", size))
					if err != nil {
						t.Errorf("the server has not read the body: %v", err)
					}
					if got, want := <-answer, head[:8]+" 404 <nil>"; got != want {
						t.Errorf("got %s, want %s", got, want)
					}
					r.end(t)
				})
			})
		}
	}
}

// The early answer is also sent while a goroutine of the handler waits for the body. net/http alone would wait for the goroutine.
func TestEarlyAnswerWhileTheBodyIsRead(t *testing.T) {
	app, _ := newLoggedApp()
	app.Post("/", func(req soay.Request) soay.Response {
		body, reading := req.Body(), make(chan bool)
		go func() {
			_, _ = io.ReadFull(body, make([]byte, 4))
			close(reading)
			_, _ = io.Copy(io.Discard, body)
		}()
		<-reading
		return response.Text("hello")
	})
	base, stop, served := serveTCP(t, app)
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	send(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
	if got, err := io.ReadAll(conn); !strings.HasPrefix(string(got), "HTTP/1.1 200 OK\r\n") || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// A client that sends Expect: 100-continue is answered at once, also by a handler that does not read the body (RFC 9110 section
// 10.1.1).
func TestExpectContinueIsAnsweredAtOnce(t *testing.T) {
	for path, want := range map[string]string{"/none": "404", "/ignore": "200", "/read": "100", "/": "405"} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, _ := newPatientApp(soay.Options{})
				r := run(t, app)
				conn := r.connect(t)
				start := time.Now()
				send(conn, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n")
				got := make([]byte, len("HTTP/1.1 200"))
				if _, err := io.ReadFull(conn, got); string(got) != "HTTP/1.1 "+want || err != nil {
					t.Errorf("got %q, %v; want %s", got, err, want)
				}
				if took := time.Since(start); took != 0 {
					t.Errorf("it took %v", took)
				}
				conn.Close()
				r.stop()
				<-r.served
			})
		})
	}
}

// The time of the handler itself, before, between and after reads of the body, does not count as time of the client.
func TestPatientHandler(t *testing.T) {
	overAll(t, func(t *testing.T, options soay.Options, start starter) {
		options.MaxBodyBytes = 8 << 20
		app, _ := newLoggedApp(options)
		app.Post("/", func(req soay.Request) soay.Response {
			time.Sleep(time.Minute)
			body := req.Body()
			if _, err := io.ReadFull(body, make([]byte, 10)); err != nil {
				return response.Error(err)
			}
			time.Sleep(time.Minute)
			n, err := io.Copy(io.Discard, body)
			if err != nil {
				return response.Error(err)
			}
			return response.Text(fmt.Sprint(n))
		})
		r, url := start(app)
		resp, err := r.client.Post(url, "text/plain", strings.NewReader(strings.Repeat("x", 4_000_000)))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); string(b) != "3999990" || err != nil {
			t.Errorf("got %d %q, %v", resp.StatusCode, b, err)
		}
		r.end(t)
	})
}

// A stream that fails must not look complete to an HTTP/1.0 client, for which the end of the connection is the end
// of the response.
func TestFailingStreamOverHTTP10(t *testing.T) {
	for _, secured := range []bool{false, true} {
		t.Run(fmt.Sprint("TLS ", secured), func(t *testing.T) {
			var options soay.Options
			var config *tls.Config
			if secured {
				options.TLS, config = newTLS()
			}
			app, _ := newLoggedApp(options)
			app.Get("/fails", func(soay.Request) soay.Response {
				return response.Stream("text/plain", func(w io.Writer) error {
					io.WriteString(w, "half")
					return errors.New("no more")
				})
			})
			app.Get("/works", func(soay.Request) soay.Response {
				return response.Stream("text/plain", func(w io.Writer) error {
					_, err := io.WriteString(w, "whole")
					return err
				})
			})
			base, stop, served := serveTCP(t, app)
			for _, path := range []string{"/works", "/fails"} {
				conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				if secured {
					conn = tls.Client(conn, config)
				}
				fmt.Fprintf(conn, "GET %s HTTP/1.0\r\n\r\n", path)
				got, err := io.ReadAll(conn)
				conn.Close()
				if wantErr := path == "/fails"; (err != nil) != wantErr {
					t.Errorf("%s: %q, %v; want an error: %v", path, got, err, wantErr)
				}
			}
			stop()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}

// A client sees the end of its response while functions of AfterResponse still run. The stop waits for them.
func TestAfterResponseDoesNotHoldTheResponse(t *testing.T) {
	kinds := map[string]func() soay.Response{
		"a text":     func() soay.Response { return response.Text("hello") },
		"no content": response.NoContent,
		"a stream": func() soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				_, err := io.WriteString(w, "hello")
				return err
			})
		},
	}
	for kind, answer := range kinds {
		t.Run(kind, func(t *testing.T) {
			overAll(t, func(t *testing.T, options soay.Options, start starter) {
				app, _ := newLoggedApp(options)
				release := make(chan struct{})
				var saw string
				app.Get("/", func(req soay.Request) soay.Response {
					req.AfterResponse(func(o request.Outcome) {
						<-release
						time.Sleep(time.Second)
						saw = fmt.Sprint(req.Path(), " ", o.Err)
					})
					return answer()
				})
				r, url := start(app)
				begin := time.Now()
				resp, err := r.client.Get(url)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadAll(resp.Body); err != nil || time.Since(begin) != 0 {
					t.Errorf("the response ended after %v: %v", time.Since(begin), err)
				}
				resp.Body.Close()
				close(release)
				r.end(t)
				if saw != "/ <nil>" {
					t.Errorf("after the stop the function saw %q", saw)
				}
			})
		})
	}
}
