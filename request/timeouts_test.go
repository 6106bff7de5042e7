package request_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newPatientApp returns an app with large bodies and responses of all kinds.
func newPatientApp(options soay.Options) (*soay.App, *requesttest.Log) {
	options.MaxBodyBytes = 64 << 20
	app, log := newLoggedApp(options)
	app.Get("/", hello)
	app.Post("/read", func(req soay.Request) soay.Response {
		b, err := req.Bytes()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(fmt.Sprint(len(b)))
	})
	app.Post("/ignore", hello)
	app.Get("/large", func(soay.Request) soay.Response { return response.Text(strings.Repeat("x", 1<<20)) })
	app.Get("/larger", func(soay.Request) soay.Response { return response.Text(strings.Repeat("x", 4<<20)) })
	app.Get("/empty", func(soay.Request) soay.Response { return response.NoContent() })
	app.Get("/stream", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			for {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return err
				}
			}
		})
	})
	return app, log
}

// send writes to a connection and does not wait until the server has read it.
func send(conn net.Conn, text string) { go io.WriteString(conn, text) }

func TestSlowClientsAreCut(t *testing.T) {
	const head = "POST /read HTTP/1.1\r\nHost: localhost\r\n"
	tests := []struct {
		name       string
		options    soay.Options
		send       string
		wantAnswer string // the start of it
		wantAfter  time.Duration
	}{
		{"headers that do not end", soay.Options{}, "GET / HTTP/1.1\r\nHost: local", "", 5 * time.Second},
		{"nothing at all", soay.Options{}, "", "", 5 * time.Second},
		{"headers, own time", soay.Options{ReadHeaderTimeout: time.Second}, "GET / HTTP/1.1\r\n", "", time.Second},
		{"a body that does not end", soay.Options{}, head + "Content-Length: 10\r\n\r\nhalf",
			"HTTP/1.1 408 Request Timeout\r\n", 30 * time.Second},
		{"a body in chunks that do not end", soay.Options{}, head + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
			"HTTP/1.1 408 Request Timeout\r\n", 30 * time.Second},
		{"a body, own time", soay.Options{BodyTimeout: 2 * time.Second}, head + "Content-Length: 10\r\n\r\nhalf",
			"HTTP/1.1 408 Request Timeout\r\n", 2 * time.Second},
		{"a body that nobody reads", soay.Options{BodyTimeout: 2 * time.Second},
			"POST /ignore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 200 OK\r\n",
			500 * time.Millisecond},
		{"no second request", soay.Options{}, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200 OK\r\n",
			75 * time.Second},
		{"no second request, own time", soay.Options{IdleTimeout: time.Minute}, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"HTTP/1.1 200 OK\r\n", time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, _ := newPatientApp(tt.options)
				r := run(t, app)
				conn := r.connect(t)
				defer conn.Close()
				start := time.Now()
				send(conn, tt.send)
				answer, err := io.ReadAll(conn)
				if !strings.HasPrefix(string(answer), tt.wantAnswer) || tt.wantAnswer == "" && len(answer) > 0 || err != nil {
					t.Errorf("got %q, %v; want %q", answer, err, tt.wantAnswer)
				}
				if got := time.Since(start); got != tt.wantAfter {
					t.Errorf("the connection was cut after %v, want %v", got, tt.wantAfter)
				}
				r.end(t)
			})
		})
	}
}

// A client that sends a large body steadily is not slow, however long it takes.
func TestSteadyUpload(t *testing.T) {
	tests := []struct {
		name    string
		perMiB  time.Duration
		want    string
		wantFor time.Duration
	}{
		{"in time for each MiB", 25 * time.Second, "200 3145728", 75 * time.Second},
		{"too slow", 31 * time.Second, "408", 30 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, _ := newPatientApp(soay.Options{})
				r := run(t, app)
				conn := r.connect(t)
				defer conn.Close()
				start := time.Now()
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					fmt.Fprint(conn, "POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3145728\r\n\r\n")
					for range 3 * 16 {
						time.Sleep(tt.perMiB / 16)
						if _, err := conn.Write(make([]byte, 1<<16)); err != nil {
							return
						}
					}
				}()
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				b, _ := io.ReadAll(resp.Body)
				if got := fmt.Sprint(resp.StatusCode, " ", string(b)); !strings.HasPrefix(got, tt.want) ||
					time.Since(start) != tt.wantFor {
					t.Errorf("got %q after %v, want %q after %v", got, time.Since(start), tt.want, tt.wantFor)
				}
				conn.Close()
				<-sent
				r.end(t)
			})
		})
	}
}

func TestClientsThatDoNotReadAreCut(t *testing.T) {
	for _, path := range []string{"/large", "/stream"} {
		for _, timeout := range []time.Duration{0, 4 * time.Second} {
			t.Run(fmt.Sprint(path, " ", timeout), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					app, log := newPatientApp(soay.Options{WriteTimeout: timeout})
					app.UseAccessLog()
					r := run(t, app)
					conn := r.connect(t)
					defer conn.Close()
					start, want := time.Now(), timeout
					if want == 0 {
						want = 30 * time.Second
					}
					fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)
					time.Sleep(want - time.Nanosecond)
					synctest.Wait()
					if n := len(log.Records("request")); n != 0 {
						t.Errorf("the request has ended after %v", time.Since(start))
					}
					time.Sleep(time.Nanosecond)
					synctest.Wait()
					if lines := log.Records("request"); len(lines) != 1 || lines[0]["error"] == nil {
						t.Errorf("after %v the access log says %v, want an error", time.Since(start), lines)
					}
					if _, err := conn.Read(make([]byte, 1)); err == nil {
						t.Error("the connection is still open")
					}
					r.end(t)
				})
			})
		}
	}
}

// A client that is slow but steady gets all of a large text.
func TestSteadyDownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newPatientApp(soay.Options{})
		r := run(t, app)
		conn := r.connect(t)
		defer conn.Close()
		start := time.Now()
		fmt.Fprint(conn, "GET /larger HTTP/1.1\r\nHost: localhost\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, piece := 0, make([]byte, 1<<17)
		for {
			n, err := io.ReadFull(resp.Body, piece)
			if got += n; err != nil {
				break
			}
			time.Sleep(2 * time.Second)
		}
		if want := 4 << 20; got != want || time.Since(start) != 64*time.Second {
			t.Errorf("got %d bytes in %v, want %d in 1m4s", got, time.Since(start), want)
		}
		conn.Close()
		r.end(t)
	})
}

// The time for a piece of one response must not run on to the next response of the connection.
func TestKeepAliveAfterALongPause(t *testing.T) {
	tests := []struct {
		name    string
		request string
		want    string
	}{
		{"a text", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200 OK\r\n"},
		{"no content", "GET /empty HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 204 No Content\r\n"},
		{"headers of a stream first", "GET /flush HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200 OK\r\n"},
		{"only the head of a stream", "HEAD /flush HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200 OK\r\n"},
		{"a client that waits before it sends its body",
			"POST /read HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
			"HTTP/1.1 100 Continue\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, _ := newPatientApp(soay.Options{})
				app.Get("/flush", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.(http.Flusher).Flush()
				})))
				r := run(t, app)
				conn := r.connect(t)
				defer conn.Close()
				in := bufio.NewReader(conn)
				send(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
				resp, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				time.Sleep(70 * time.Second) // longer than any limit but that for idle connections
				send(conn, tt.request)
				if got, err := in.ReadString('\n'); got != tt.want || err != nil {
					t.Errorf("got %q, %v; want %q", got, err, tt.want)
				}
				conn.Close()
				r.stop()
				<-r.served
			})
		})
	}
}

func TestKeepAliveAfterAnUnreadBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newPatientApp(soay.Options{})
		r := run(t, app)
		conn := r.connect(t)
		defer conn.Close()
		in := bufio.NewReader(conn)
		for range 3 {
			send(conn, "POST /ignore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000\r\n\r\n"+strings.Repeat("x", 20000))
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(resp.Body); string(b) != "hello" || err != nil {
				t.Errorf("got %q, %v", b, err)
			}
			time.Sleep(40 * time.Second) // the time for that body is over
		}
		conn.Close()
		r.end(t)
	})
}
