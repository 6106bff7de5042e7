package loop_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// started is an app on a network in memory.
type started struct {
	*requesttest.Listener
	stop   context.CancelFunc
	served chan error
}

func start(app *soay.App) *started {
	ctx, stop := context.WithCancel(context.Background())
	s := &started{requesttest.NewListener(), stop, make(chan error, 1)}
	go func() { s.served <- app.Serve(ctx, s.Listener) }()
	return s
}

func (s *started) connect(t *testing.T) net.Conn {
	t.Helper()
	conn, err := s.DialContext(t.Context(), "tcp", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// ask sends requests and returns the answers, up to one that closes the connection.
func ask(conn net.Conn, text string, answers int) (got []string, err error) {
	go func() { _, _ = io.WriteString(conn, text) }()
	in := bufio.NewReader(conn)
	for range answers {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return got, err
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			return got, err
		}
		if got = append(got, fmt.Sprint(resp.StatusCode, " ", string(b))); resp.Close {
			break
		}
	}
	return got, nil
}

// stopping is an app that counts the requests that its handlers see.
type stopping struct {
	app  *soay.App
	log  *requesttest.Log
	seen atomic.Int64
	late sync.WaitGroup // goroutines that ask for the ends of requests
}

func newStopping(reads bool) *stopping {
	a := new(stopping)
	a.app, a.log = newApp(soay.Options{})
	answer := func(req soay.Request) string {
		if a.seen.Add(1); reads {
			_, _ = req.Bytes()
		}
		return "n" + req.Param("n")
	}
	a.app.Route("/{n}", func(req soay.Request) soay.Response { return response.Text(answer(req)) }, "GET", "POST")
	a.app.Get("/watched/{n}", func(req soay.Request) soay.Response {
		ctx := req.HTTP().Context()
		a.late.Go(func() { _, _ = ctx.Done(), ctx.Err() }) // before the end of the request, or after it
		_ = ctx.Done()
		return response.Text(answer(req))
	})
	a.app.Get("/stream/{n}", func(req soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, answer(req))
			return err
		})
	})
	return a
}

// At whatever moment the app stops: a client that was accepted gets an answer, and each request that a handler has seen is
// answered, whole and with its own text, whether its client is watched, has sent a body, or waits for net/http.
func TestStopAtAnyMoment(t *testing.T) {
	const clients = 40
	forms := []string{
		"GET /%[1]d HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /%[1]d HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
		"POST /%[1]d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"GET /watched/%[1]d HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /stream/%[1]d HTTP/1.1\r\nHost: a\r\n\r\n",
	}
	for round := range 60 {
		a := newStopping(round%2 == 0)
		s := start(a.app)
		var all sync.WaitGroup
		var answered atomic.Int64
		conns := make([]net.Conn, clients)
		for i := range conns {
			conns[i] = s.connect(t)
		}
		for i, conn := range conns {
			text, want := "", fmt.Sprint("200 n", i)
			for j := range 4 {
				text += fmt.Sprintf(forms[(i+j)%len(forms)], i)
			}
			all.Go(func() {
				defer conn.Close()
				got, err := ask(conn, text, 4)
				if len(got) == 0 {
					t.Errorf("round %d: client %d was accepted, and got no answer: %v", round, i, err)
				}
				for _, a := range got {
					if answered.Add(1); a != want {
						t.Errorf("%q, want %q", a, want)
					}
				}
			})
			if i == round%clients {
				s.stop()
			}
		}
		s.stop()
		all.Wait()
		a.late.Wait()
		if err := <-s.served; err != nil || a.seen.Load() != answered.Load() {
			t.Errorf("round %d: handlers saw %d requests, clients got %d answers; Serve: %v", round, a.seen.Load(), answered.Load(), err)
		}
		if lines := a.log.Lines(slog.LevelError, slog.LevelWarn); len(lines) > 0 {
			t.Fatalf("round %d: the log says %q", round, lines)
		}
	}
}

// A panic closes the connection, and says so once, unless it is http.ErrAbortHandler, which says nothing. The app goes
// on. A watch that was running ends.
func TestPanics(t *testing.T) {
	tests := []struct {
		description string
		value       any
		wantLines   int
	}{
		{"an abort", http.ErrAbortHandler, 0},
		{"a mistake", "a mistake", 1},
	}
	for _, tt := range tests {
		for _, watched := range []bool{false, true} {
			for _, standard := range []bool{false, true} {
				t.Run(fmt.Sprint(tt.description, ", watched ", watched, ", net/http ", standard), func(t *testing.T) {
					app, log := newApp(soay.Options{StandardServer: standard})
					app.Get("/", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
						if watched {
							_ = hr.Context().Err()
						}
						_ = http.NewResponseController(w).Flush()
						panic(tt.value)
					})))
					app.Get("/well", func(soay.Request) soay.Response { return response.Text("well") })
					s := start(app)
					conn := s.connect(t)
					if _, err := ask(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1); err == nil {
						t.Error("the response looks whole")
					}
					if n, err := conn.Read(make([]byte, 1)); err == nil {
						t.Errorf("%d more bytes", n)
					}
					conn.Close()
					next := s.connect(t)
					if got, err := ask(next, "GET /well HTTP/1.1\r\nHost: a\r\n\r\n", 1); err != nil || got[0] != "200 well" {
						t.Errorf("afterwards: %q, %v", got, err)
					}
					next.Close()
					s.stop()
					<-s.served
					if lines := log.Lines(slog.LevelError); len(lines) != tt.wantLines {
						t.Errorf("the log says %q", lines)
					}
				})
			}
		}
	}
}

// A late goroutine that asks for the context, the body and the end of a request gets those of that request, which has
// ended, while its connection serves others.
func TestLateQuestions(t *testing.T) {
	for _, standard := range []bool{false, true} {
		app, _ := newApp(soay.Options{StandardServer: standard})
		var late sync.WaitGroup
		asked := make(chan struct{})
		app.Post("/{n}", func(req soay.Request) soay.Response {
			hr := req.HTTP()
			late.Go(func() {
				<-asked
				ctx := hr.Context()
				for range 20 {
					if ctx.Err() != nil {
						break
					}
				}
				<-ctx.Done()
				if n, err := hr.Body.Read(make([]byte, 10)); n > 0 || err == nil {
					t.Errorf("a late Read got %d bytes, %v", n, err)
				}
				_ = hr.Body.Close()
				if err := ctx.Err(); err == nil {
					t.Error("the context of a request that is over has not ended")
				}
			})
			b, _ := io.ReadAll(hr.Body)
			return response.Bytes("text/plain", b)
		})
		s := start(app)
		conn := s.connect(t)
		text, answers := "", 30
		for i := range answers {
			text += fmt.Sprintf("POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n%02d", i, i)
		}
		go close(asked)
		got, err := ask(conn, text, answers)
		if want := "200 29"; err != nil || got[len(got)-1] != want {
			t.Errorf("net/http %v: %q, %v", standard, got, err)
		}
		late.Wait()
		conn.Close()
		s.stop()
		if err := <-s.served; err != nil {
			t.Error(err)
		}
	}
}

// A goroutine may move the deadline while another one writes.
func TestDeadlineWhileWriting(t *testing.T) {
	app := soay.New(soay.Options{Env: "production", DrainDelay: -1, Logger: slog.New(slog.DiscardHandler)})
	const pieces = 200
	body := func(w http.ResponseWriter) error {
		var moving sync.WaitGroup
		defer moving.Wait()
		moving.Go(func() {
			for range pieces {
				_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute))
			}
		})
		for range pieces {
			if _, err := io.WriteString(w, "piece"); err != nil {
				return err
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				return err
			}
		}
		return nil
	}
	app.Get("/", func(soay.Request) soay.Response { return response.Response{}.WithBody("text/plain", writing(body)) })
	s := start(app)
	conn := s.connect(t)
	defer conn.Close()
	got, err := ask(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1)
	if want := "200 " + strings.Repeat("piece", pieces); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got %.40q, %v", got, err)
	}
	s.stop()
	if err := <-s.served; err != nil {
		t.Error(err)
	}
}

type writing func(http.ResponseWriter) error

// WriteBody implements response.Body.
func (f writing) WriteBody(w http.ResponseWriter, _ *http.Request, _ int) error { return f(w) }
