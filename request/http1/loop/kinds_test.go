package loop_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// appKinds are handlers of an app: responses of all kinds, and what can be done with a body.
func appKinds(s *served, file string) []soay.Handler {
	fixed := func(resp soay.Response) soay.Handler { return func(soay.Request) soay.Response { return resp } }
	fromHTTP := func(f func(w http.ResponseWriter, hr *http.Request)) soay.Handler {
		return soay.FromHTTP(http.HandlerFunc(f))
	}
	stream := func(err error, texts ...string) soay.Handler {
		return fixed(response.Stream("text/plain", func(w io.Writer) error {
			for _, text := range texts {
				if _, err := io.WriteString(w, text); err != nil {
					return err
				}
			}
			return err
		}))
	}
	return append([]soay.Handler{
		s.echo,
		fixed(response.Text("hello")),
		fixed(response.Text("")),
		fixed(response.Text(strings.Repeat("long ", 5_000))),
		fixed(response.HTML("<p>hello</p>").WithHeader("Connection", "close")),
		fixed(response.JSON(map[string]int{"n": 1}).WithCookie(response.NewCookie("a", "1")).WithHeader("Vary", "Accept")),
		fixed(response.NoContent()),
		fixed(response.Status(304).WithHeader("Etag", `"x"`)),
		fixed(response.Status(205)),
		fixed(response.Redirect("/elsewhere")),
		fixed(response.NotFound("nothing here")),
		fixed(response.Error(errors.New("broken"))),
		fixed(response.Text("dated").WithHeader("Date", "Mon, 01 Jan 2001 00:00:00 GMT")),
		fixed(response.Text("kept").WithHeader("Connection", "keep-alive")),
		stream(nil), stream(nil, "a", "b"), stream(nil, strings.Repeat("c", 5_000), "d"),
		stream(errors.New("fails"), "half"), stream(errors.New("fails at once")),
		fixed(response.File(file)),
		func(soay.Request) soay.Response { panic("a mistake") },
		func(soay.Request) soay.Response { panic(http.ErrAbortHandler) },
		func(req soay.Request) soay.Response { _ = req.Context().Err(); return response.Text("watched") },
		func(req soay.Request) soay.Response {
			b := make([]byte, 3)
			n, err := io.ReadFull(req.Body(), b)
			s.note(fmt.Sprintf("part %q %s", b[:n], classOf(err)))
			return response.Text("part")
		},
		fromHTTP(func(w http.ResponseWriter, _ *http.Request) { _ = http.NewResponseController(w).Flush() }),
		fromHTTP(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(103)
			_, _ = io.WriteString(w, "after hints")
		}),
		fromHTTP(func(w http.ResponseWriter, hr *http.Request) {
			w.Header().Set("Trailer", "X-T")
			n, err := io.Copy(w, hr.Body)
			s.note(fmt.Sprint("copied ", n, classOf(err)))
			w.Header().Set("X-T", "t")
		}),
		fixed(response.Response{}.WithBody("text/html", body(func(http.ResponseWriter, *http.Request, int) error {
			return response.NotFound().Err()
		})).WithHeader("X-Id", "1").WithHeader("Vary", "Cookie").WithHeader("Etag", `"1"`).WithCookie(response.NewCookie("a", "1"))),
		fixed(response.Text(strings.Repeat("longer ", 8_000)).AddHeader("Link", "</a>").AddHeader("Link", "</b>")),
		fixed(response.Text("empty value").WithHeader("X-Empty", "").WithHeader("X-Padded", " a ")),
	}, ownBodies()...)
}

// body is a response.Body that is a function.
type body func(w http.ResponseWriter, hr *http.Request, status int) error

// WriteBody implements response.Body.
func (f body) WriteBody(w http.ResponseWriter, hr *http.Request, status int) error {
	return f(w, hr, status)
}

// ownBodies are responses that write themselves, with and without a length, correct ones and others.
func ownBodies() []soay.Handler {
	var all []soay.Handler
	for _, length := range []string{"", "4", "3", "5", "0"} {
		for _, status := range []int{200, 404, 204} {
			resp := response.Status(status).WithBody("text/plain", body(func(w http.ResponseWriter, hr *http.Request, status int) error {
				if w.WriteHeader(status); !response.HasContent(hr.Method, status) {
					return nil
				}
				_, err := io.WriteString(w, "text")
				return err
			}))
			if length != "" {
				resp = resp.WithHeader("Content-Length", length)
			}
			all = append(all, func(soay.Request) soay.Response { return resp })
		}
	}
	return all
}

// echo reads the whole body.
func (s *served) echo(req soay.Request) soay.Response {
	b, err := req.Bytes()
	s.note(fmt.Sprintf("body %.100q %s %v", b, classOf(err), req.HTTP().Trailer))
	if err != nil {
		return response.Error(err)
	}
	return response.Text(fmt.Sprintf("%.100q", b))
}

// serveApp serves an app whose handlers are those of appKinds, by net/http alone or by default. The first byte of a
// program chooses.
func serveApp(t testing.TB, standard bool, file string) *served {
	s := &served{conns: newConns()}
	app, _ := newApp(soay.Options{StandardServer: standard, MaxBodyBytes: 1000})
	kinds := appKinds(s, file)
	answer := func(req soay.Request) soay.Response {
		s.note(describe(req.HTTP()))
		if req.Path() == "/canary" {
			return response.Text("canary")
		}
		p := program(*s.program.Load())
		return kinds[p.next(len(kinds))](req)
	}
	app.Route("/*", answer, "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE")
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, s.conns) }()
	t.Cleanup(func() { stop(); <-done })
	return s
}

// newFile returns the path of a file with the same content and time for all servers.
func newFile(t testing.TB, size int) string {
	name := filepath.Join(t.TempDir(), "file.txt")
	if err := os.WriteFile(name, []byte(strings.Repeat("f", size)), 0o600); err != nil {
		t.Fatal(err)
	}
	then := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(name, then, then); err != nil {
		t.Fatal(err)
	}
	return name
}

// An app behaves over its own server as over that of net/http: to its handlers, to its clients, and to the requests that
// follow on the same connection.
func FuzzBothServersAgree(f *testing.F) {
	file := newFile(f, 20_000)
	p := pair{serveApp(f, true, file), serveApp(f, false, file)}
	for _, s := range seedRequests() {
		f.Add([]byte(s), byte(0))
	}
	kinds := len(appKinds(p.own, file))
	for i := range kinds {
		for _, s := range []string{
			"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n",
			"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\nRange: bytes=1-5\r\n\r\n",
			"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
			"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nhello",
		} {
			f.Add([]byte(s), byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, input []byte, kind byte) {
		if len(input) > 20_000 {
			t.Skip()
		}
		p.compare(t, []byte{kind}, append(input[:len(input):len(input)], canary...))
	})
}
