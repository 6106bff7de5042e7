package loop_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// These are the mistakes that a server in front of net/http makes easily.

// onBoth runs a test in a bubble for each server.
func onBoth(t *testing.T, test func(t *testing.T, options soay.Options)) {
	for _, standard := range []bool{false, true} {
		t.Run(fmt.Sprint("net/http ", standard), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, soay.Options{StandardServer: standard}) })
		})
	}
}

// end closes a connection, and stops the app.
func (s *started) end(t *testing.T, conn net.Conn) {
	t.Helper()
	conn.Close()
	s.stop()
	if err := <-s.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// An error page that fails panics with http.ErrAbortHandler behind all that recovers. It closes the connection and is not logged
// as a panic of the server.
func TestTrapAbortBehindTheErrorPages(t *testing.T) {
	onBoth(t, func(t *testing.T, options soay.Options) {
		app, log := newApp(options)
		app.Get("/", func(soay.Request) soay.Response { panic(http.ErrAbortHandler) })
		s := start(app)
		conn := s.connect(t)
		if got, err := ask(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1); err == nil {
			t.Errorf("got %q", got)
		}
		s.end(t, conn)
		if lines := log.Lines(slog.LevelError, slog.LevelWarn); len(lines) > 0 {
			t.Errorf("the log says %q", lines)
		}
	})
}

// A stop ends although net/http waits for connections from the loop, and none comes, or one is idle there.
func TestTrapStopOfTheHandover(t *testing.T) {
	for _, handed := range []bool{false, true} {
		onBoth(t, func(t *testing.T, options soay.Options) {
			app, _ := newApp(options)
			app.Get("/", func(soay.Request) soay.Response { return response.Text("hello") })
			s := start(app)
			conn := s.connect(t)
			if handed {
				if _, err := ask(conn, "GET / HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\n\r\n", 1); err != nil {
					t.Error(err)
				}
			}
			begin := time.Now()
			s.stop()
			if err := <-s.served; err != nil || time.Since(begin) > 6*time.Second {
				t.Errorf("Serve: %v after %v", err, time.Since(begin))
			}
			conn.Close()
		})
	}
}

// A deadline of an earlier response cuts nothing that net/http writes after a pause.
func TestTrapOldDeadlineAtTheHandover(t *testing.T) {
	onBoth(t, func(t *testing.T, options soay.Options) {
		app, _ := newApp(options)
		app.Route("/", func(req soay.Request) soay.Response {
			b, err := req.Text()
			if err != nil {
				return response.Error(err)
			}
			return response.Text("got " + b)
		}, "GET", "POST")
		s := start(app)
		conn := s.connect(t)
		if _, err := ask(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1); err != nil {
			t.Error(err)
		}
		time.Sleep(70 * time.Second)
		go io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
		const want = "HTTP/1.1 100 Continue\r\n\r\n"
		b := make([]byte, len(want))
		if _, err := io.ReadFull(conn, b); string(b) != want || err != nil {
			t.Errorf("got %q, %v", b, err)
		}
		if got, err := ask(conn, "ok", 1); err != nil || got[0] != "200 got ok" {
			t.Errorf("got %q, %v", got, err)
		}
		s.end(t, conn)
	})
}

// The request is dead before its client can have the response.
func TestTrapRequestIsDeadBeforeTheResponse(t *testing.T) {
	onBoth(t, func(t *testing.T, options soay.Options) {
		app, _ := newApp(options)
		requests := make(chan soay.Request, 1)
		app.Get("/", func(req soay.Request) soay.Response { requests <- req; return response.Text("hello") })
		s := start(app)
		conn := s.connect(t)
		for range 50 {
			if _, err := ask(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1); err != nil {
				t.Fatal(err)
			}
			if req := <-requests; !panics(func() { req.Path() }) {
				t.Fatal("the request lives on behind its response")
			}
		}
		s.end(t, conn)
	})
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// A client that sends far more than is read gets the answer, and time to read it.
func TestTrapAnswerBeforeTheEndOfALargeBody(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	app, _ := newApp(soay.Options{MaxBodyBytes: 1000})
	app.Post("/", func(req soay.Request) soay.Response {
		_, err := req.Bytes()
		return response.Error(err)
	})
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	for range 5 {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		got, err := ask(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n"+strings.Repeat("x", 8_000_000), 1)
		if err != nil || !strings.HasPrefix(got[0], "413 ") {
			t.Errorf("got %q, %v", got, err)
		}
		conn.Close()
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// A handler that has read a part of the body streams, and reads on: nothing is lost and nothing comes twice.
func TestTrapBodyThatIsReadInPartsByAStream(t *testing.T) {
	onBoth(t, func(t *testing.T, options soay.Options) {
		app, _ := newApp(options)
		app.Post("/", func(req soay.Request) soay.Response {
			first := make([]byte, 4)
			body := req.Body()
			_, _ = io.ReadFull(body, first)
			_ = request.StateOf(req).EnableFullDuplex()
			return response.Stream("text/plain", func(w io.Writer) error {
				rest, err := io.ReadAll(body)
				_, _ = fmt.Fprintf(w, "%s|%s", first, rest)
				return err
			})
		})
		s := start(app)
		conn := s.connect(t)
		one := "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789"
		if got, err := ask(conn, one+one, 2); err != nil || fmt.Sprint(got) != "[200 0123|456789 200 0123|456789]" {
			t.Errorf("got %q, %v", got, err)
		}
		s.end(t, conn)
	})
}

// What net/http does between two requests: line ends behind a POST are dropped, and less than four bytes are no request.
func TestTrapBetweenTwoRequests(t *testing.T) {
	const get, post = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"
	tests := []struct {
		description, send string
		want              int // requests that handlers see
		refused           bool
	}{
		{"a line end behind POST", post + "\r\n" + get, 2, false},
		{"two line ends behind POST", post + "\r\n\r\n" + get, 2, false},
		{"three line ends behind POST", post + "\r\n\r\n\r\n" + get, 1, true},
		{"a line end behind GET", get + "\r\n" + get, 1, true},
		{"three bytes behind POST", post + "GET", 1, false},
		{"three bytes behind GET", get + "GET", 1, false},
		{"a line end and no more", post + "\r\n", 1, false},
		{"four bytes", get + "GET ", 1, true},
		{"one byte at the beginning", "G", 0, true},
		{"nothing at all", "", 0, false},
	}
	note := func(s *served, w http.ResponseWriter, hr *http.Request) { s.note(hr.Method) }
	p := pair{serveBare(t, true, note), serveBare(t, false, note)}
	for _, tt := range tests {
		for server, s := range map[string]*served{"net/http": p.standard, "the loop": p.own} {
			out := s.play(nil, []byte(tt.send))
			seen := strings.Count(strings.Split(out, `"HTTP/1.1`)[0], "\n") - strings.Count(out[:1], "\n")
			if refused := strings.Contains(out, "400 Bad Request"); seen != tt.want || refused != tt.refused {
				t.Errorf("%s: %s sees %d requests, refused %v; want %d, %v", tt.description, server, seen, refused, tt.want, tt.refused)
			}
		}
	}
}

// A head that ends too early is answered as net/http answers it.
func TestTrapEndWithinAHead(t *testing.T) {
	nothing := func(*served, http.ResponseWriter, *http.Request) {}
	p := pair{serveBare(t, true, nothing), serveBare(t, false, nothing)}
	const head = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
	for n := range head {
		p.compare(t, nil, []byte(head[:n]))
		p.compare(t, nil, []byte(head+head[:n]))
	}
	if out := p.own.play(nil, []byte(head[:20])); !strings.Contains(out, "400 Bad Request") {
		t.Errorf("got %s", out)
	}
}

// A request that arrives while the app is stopped by somebody else is refused, and not given to handlers whose services
// are gone.
func TestTrapStopWhileServing(t *testing.T) {
	onBoth(t, func(t *testing.T, options soay.Options) {
		app, _ := newApp(options)
		app.Get("/", func(soay.Request) soay.Response { return response.Text("hello") })
		s := start(app)
		conn := s.connect(t)
		if got, err := ask(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1); err != nil || got[0] != "200 hello" {
			t.Errorf("got %q, %v", got, err)
		}
		if err := app.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if got, err := ask(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1); err != nil || !strings.HasPrefix(got[0], "503 ") {
			t.Errorf("got %q, %v", got, err)
		}
		conn.Close()
		s.stop()
		<-s.served
	})
}
