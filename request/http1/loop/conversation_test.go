package loop_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// http1Case is a connection and the pieces that are written to it, with pauses between them.
type http1Case struct {
	name      string
	section   string
	send      []string
	halfClose bool     // the client sends no more after the last piece
	methods   []string // of the requests, where one is HEAD, for that has to be known to read the answers
}

// http1Answer is one response as far as both servers must agree.
type http1Answer struct {
	Status int
	Close  bool   // it has Connection: close
	Echo   string // the content, if the status is 200
}

// http1Outcome is the result of a connection.
type http1Outcome struct {
	Answers []http1Answer
	Closed  bool   // by the server
	Rest    string // what is no response
}

// deviations are the cases in which Soay's server answers otherwise than that of package net/http, with the reason.
var deviations = map[string]struct {
	reason string
	want   http1Outcome
}{
	"unread incomplete": {
		"net/http waits for the rest of a body that nobody reads as long as the client likes, and we half a second",
		http1Outcome{Answers: []http1Answer{{200, true, "not read"}}, Closed: true},
	},
	"expect continue refused by method": {
		"net/http waits for a body that nobody has asked for, after its answer",
		http1Outcome{Answers: []http1Answer{{Status: 405, Close: true}}, Closed: true},
	},
	"expect continue unread alone": {
		"net/http waits for a body that nobody has asked for, after its answer",
		http1Outcome{Answers: []http1Answer{{200, true, "not read"}}, Closed: true},
	},
}

// App.Serve reads a connection as net/http does, since proxies are tested with net/http. Both agree on the end of each request, on
// the requests that are refused, and on the time when the connection is closed.
func TestHTTP1AsNetHTTP(t *testing.T) {
	used := map[string]bool{}
	for _, c := range http1Cases() {
		used[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want := c.play(t, servePlainEcho(t))
				if d, ok := deviations[c.name]; ok {
					if cmp.Equal(want, d.want) {
						t.Errorf("net/http does the same by now; %q is no reason any more", d.reason)
					}
					want = d.want
				}
				if diff := cmp.Diff(want, c.play(t, serveEcho(t))); diff != "" {
					t.Errorf("section %s: other than net/http (-want +got):\n%s", c.section, diff)
				}
			})
		})
	}
	for name := range deviations {
		if !used[name] {
			t.Errorf("the deviation %q is of no case", name)
		}
	}
}

var echoMethods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "PURGE"}

// echoOf describes a request as a handler sees it.
func echoOf(hr *http.Request, body []byte) string {
	return fmt.Sprintf("%s %q host=%q len=%d te=%q body=%.60q x=%q trailer=%v",
		hr.Method, hr.RequestURI, hr.Host, hr.ContentLength, hr.TransferEncoding, body, hr.Header["X"], hr.Trailer)
}

// serveEcho serves an app that answers with a description of the request.
func serveEcho(t *testing.T) *halfClosing {
	app, _ := newApp(soay.Options{})
	app.Route("/noread", func(soay.Request) soay.Response { return response.Text("not read") }, echoMethods...)
	app.Route("/*", func(req soay.Request) soay.Response {
		body, err := req.Bytes()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(echoOf(req.HTTP(), body))
	}, echoMethods...)
	l := newHalfClosing()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	t.Cleanup(func() { stop(); <-served })
	return l
}

// servePlainEcho serves the same by package net/http alone.
func servePlainEcho(t *testing.T) *halfClosing {
	const limit = 1 << 20
	server := &http.Server{
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		DisableGeneralOptionsHandler: true,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			switch path := hr.URL.Path; {
			case path != "" && path[0] != '/' && (path != "*" || hr.Method != "OPTIONS") || strings.Contains(path, "\x00") || !utf8.ValidString(path):
				w.WriteHeader(400)
			case strings.Contains(path, "/../"):
				w.WriteHeader(404)
			case hr.Method == "OPTIONS":
				w.WriteHeader(204)
			case !strings.Contains(strings.Join(echoMethods, " ")+" HEAD ", hr.Method+" "):
				w.WriteHeader(405)
			case hr.ContentLength > limit:
				w.WriteHeader(413)
			case path == "/noread":
				io.WriteString(w, "not read")
			default:
				body, err := io.ReadAll(http.MaxBytesReader(w, hr.Body, limit))
				if tooMany := (*http.MaxBytesError)(nil); errors.As(err, &tooMany) {
					w.WriteHeader(413)
				} else if err != nil {
					w.WriteHeader(400)
				} else {
					io.WriteString(w, echoOf(hr, body))
				}
			}
		}),
	}
	l := newHalfClosing()
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-done })
	return l
}

// play sends the pieces to a server and returns what it brought within two seconds.
func (c http1Case) play(t *testing.T, l *halfClosing) http1Outcome {
	client, err := l.DialContext(t.Context(), "tcp", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	end := <-l.accepted
	var mu sync.Mutex
	var got bytes.Buffer
	var o http1Outcome
	go func() {
		piece := make([]byte, 64<<10)
		for {
			n, err := client.Read(piece)
			mu.Lock()
			got.Write(piece[:n])
			o.Closed = o.Closed || err == io.EOF
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() {
		for i, piece := range c.send {
			if i > 0 {
				time.Sleep(120 * time.Millisecond)
			}
			if _, err := io.WriteString(client, piece); err != nil {
				return
			}
		}
		if c.halfClose {
			end.halfClose()
		}
	}()
	time.Sleep(2 * time.Second)
	mu.Lock()
	o.read(c, got.Bytes())
	outcome := o
	mu.Unlock()
	client.Close()
	synctest.Wait()
	return outcome
}

// read parses the answers.
func (o *http1Outcome) read(c http1Case, data []byte) {
	r := bufio.NewReader(bytes.NewReader(data))
	for n := 0; ; {
		if _, err := r.Peek(1); err != nil {
			return
		}
		method := "GET"
		if n < len(c.methods) {
			method = c.methods[n]
		}
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			rest, _ := io.ReadAll(r)
			o.Rest = fmt.Sprintf("%v %.80q", err, rest)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode >= 200 {
			n++
		}
		answer := http1Answer{Status: resp.StatusCode, Close: resp.Close}
		if resp.StatusCode == 200 {
			answer.Echo = string(body)
		}
		o.Answers = append(o.Answers, answer)
	}
}

// halfClosing is a network whose clients can end their side of a connection alone. It is for one client at a time.
type halfClosing struct {
	*requesttest.Listener
	accepted chan *halfCloser
}

func newHalfClosing() *halfClosing {
	return &halfClosing{requesttest.NewListener(), make(chan *halfCloser, 1)}
}

// Accept implements net.Listener.
func (l *halfClosing) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	end := &halfCloser{Conn: conn}
	l.accepted <- end
	return end, nil
}

// halfCloser is the server's end of a connection whose client can end its side alone, which a net.Pipe cannot.
type halfCloser struct {
	net.Conn
	over atomic.Bool
}

func (h *halfCloser) halfClose() {
	h.over.Store(true)
	h.Conn.SetReadDeadline(time.Unix(1, 0)) // wakes a Read
}

// Read implements net.Conn.
func (h *halfCloser) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	if h.over.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		err = io.EOF
	}
	return n, err
}

// SetReadDeadline implements net.Conn.
func (h *halfCloser) SetReadDeadline(t time.Time) error {
	if h.over.Load() {
		return nil
	}
	return h.Conn.SetReadDeadline(t)
}

// SetDeadline implements net.Conn.
func (h *halfCloser) SetDeadline(t time.Time) error {
	return errors.Join(h.SetReadDeadline(t), h.Conn.SetWriteDeadline(t))
}
