package response_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/response"
)

// wire returns what a server sends on a connection in answer to one request, headers without the date.
func wire(t *testing.T, app http.Handler, request string) string {
	t.Helper()
	server := httptest.NewServer(app)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const head = "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
	if _, err := fmt.Fprintf(conn, head, request); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(string(all), "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		if name != "Date" && name != "Connection" && name != "X-Content-Type-Options" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// RFC 9110 says which responses have content, and RFC 9112 how a client finds its end.
func TestWire(t *testing.T) {
	const csv = "Content-Type: text/csv\n"
	stream := response.Stream("text/csv", func(w io.Writer) error {
		_, err := io.WriteString(w, "a,b\n")
		return err
	})
	for _, tt := range []struct {
		description, method string
		response            response.Response
		want                string
	}{
		{"text", "GET", response.Text("hi"), "200 OK\nContent-Length: 2\nContent-Type: text/plain; charset=utf-8\n\nhi"},
		{"HEAD", "HEAD", response.Text("hi"), "200 OK\nContent-Length: 2\nContent-Type: text/plain; charset=utf-8\n\n"},
		{"nothing", "GET", response.Status(200), "200 OK\nContent-Length: 0\n\n"},
		{"HEAD of nothing", "HEAD", response.Status(200), "200 OK\nContent-Length: 0\n\n"},
		{"HEAD with a length", "HEAD", response.Status(200).WithHeader("Content-Length", "1234"),
			"200 OK\nContent-Length: 1234\n\n"},
		{"HEAD of an error", "HEAD", response.NotFound(),
			"404 Not Found\nContent-Length: 14\nContent-Type: text/plain; charset=utf-8\nVary: Accept\n\n"},
		{"204", "GET", response.NoContent(), "204 No Content\n\n"},
		{"204 with text", "GET", response.Text("hi").WithStatus(204), "204 No Content\n\n"},
		{"204 with a header", "GET",
			response.Bytes("text/csv", []byte("a")).WithStatus(204).WithHeader("Content-Length", "1"),
			"204 No Content\n\n"},
		{"304", "GET", response.Text("hi").WithStatus(304).WithHeader("Etag", `"1"`),
			"304 Not Modified\nEtag: \"1\"\n\n"},
		{"304 to HEAD", "HEAD", response.Status(304), "304 Not Modified\n\n"},
		{"205", "GET", response.Text("hi").WithStatus(205), "205 Reset Content\nContent-Length: 0\n\n"},
		{"redirect", "GET", response.Redirect("/a"), "302 Found\nContent-Length: 0\nLocation: /a\n\n"},
		{"stream", "GET", stream, "200 OK\n" + csv + "Transfer-Encoding: chunked\n\n4\na,b\n\n0\n\n"},
		{"stream with a status", "GET", stream.WithStatus(201),
			"201 Created\n" + csv + "Transfer-Encoding: chunked\n\n4\na,b\n\n0\n\n"},
		{"stream with a length", "GET", stream.WithHeader("Content-Length", "4"),
			"200 OK\nContent-Length: 4\n" + csv + "\na,b\n"},
		{"stream to HEAD", "HEAD", stream, "200 OK\n" + csv + "\n"},
		{"stream as 304", "GET", stream.WithStatus(304), "304 Not Modified\n\n"},
		{"stream as 204", "GET", stream.WithStatus(204), "204 No Content\n" + csv + "\n"},
		{"stream of nothing", "GET", response.Stream("text/csv", func(io.Writer) error { return nil }),
			"200 OK\n" + csv + "Content-Length: 0\n\n"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app, log := answers(tt.response)
			got := wire(t, app, tt.method+" /")
			if diff := cmp.Diff("HTTP/1.1 "+tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if log.String() != "" {
				t.Errorf("log %q", log)
			}
		})
	}
}

// bodyFunc is a Body.
type bodyFunc func(w http.ResponseWriter, r *http.Request, status int) error

func (f bodyFunc) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	return f(w, r, status)
}

func TestWithBody(t *testing.T) {
	says := func(text string) response.Body {
		return bodyFunc(func(w http.ResponseWriter, r *http.Request, status int) error {
			w.WriteHeader(status)
			_, err := fmt.Fprint(w, text, " ", r.Method, " ", r.URL.Path)
			return err
		})
	}
	silent := bodyFunc(func(http.ResponseWriter, *http.Request, int) error { return nil })
	failing := bodyFunc(func(http.ResponseWriter, *http.Request, int) error { return errors.New("secret") })
	panicking := bodyFunc(func(http.ResponseWriter, *http.Request, int) error { panic("secret") })
	own := bodyFunc(func(w http.ResponseWriter, _ *http.Request, status int) error {
		w.Header().Set("Content-Type", "text/own")
		w.WriteHeader(status + 1)
		return nil
	})
	const errorPage = "500 Internal Server Error\n"
	for _, tt := range []struct {
		description         string
		response            response.Response
		wantStatus          int
		wantType, wantStart string
	}{
		{"in place of text", response.Text("x").WithBody("text/csv", says("hi")), 200, "text/csv", "hi GET /"},
		{"with a status", response.Status(201).WithBody("text/csv", says("hi")), 201, "text/csv", "hi GET /"},
		{"in place of another", response.Status(200).WithBody("text/a", says("a")).WithBody("text/b", says("b")), 200,
			"text/b", "b GET /"},
		{"type left to the body", response.Text("x").WithBody("", own), 201, "text/own", ""},
		{"writes nothing", response.Status(404).WithBody("text/csv", silent), 404, "text/csv", ""},
		{"error before anything is sent", response.Status(201).WithBody("text/csv", failing), 500,
			"text/plain; charset=utf-8", errorPage},
		{"panic before anything is sent", response.Status(201).WithBody("text/csv", panicking), 500,
			"text/plain; charset=utf-8", errorPage},
		{"of an error", response.Error(errors.New("secret")).WithBody("text/csv", says("sorry")), 500, "text/csv",
			"sorry GET /"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if !response.StateOf(tt.response).HasBody() {
				t.Error("HasBody is false")
			}
			w := send(tt.response.WithHeader("X-A", "1").WithHeader("Etag", `"1"`).WithCookie(response.NewCookie("a", "b")))
			if w.Code != tt.wantStatus || w.Header().Get("Content-Type") != tt.wantType || w.Body.String() != tt.wantStart {
				t.Errorf("sent %d %q: %q", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			if h := w.Header(); tt.wantStart == errorPage && (h["Etag"] != nil || h["Set-Cookie"] != nil || h["X-A"] == nil) {
				t.Errorf("the error page has the headers %v, want none but X-A of what it stands for", h)
			}
		})
	}
	if response.StateOf(response.Text("x")).HasBody() || response.StateOf(response.NotFound()).HasBody() {
		t.Error("HasBody is true of known bytes")
	}
	if err := response.Error(errors.ErrUnsupported).WithBody("", silent).Err(); err != errors.ErrUnsupported {
		t.Errorf("Err is %v", err)
	}
}

// A body may take the connection over.
func TestUpgrade(t *testing.T) {
	upgrade := response.Status(200).WithHeader("Upgrade", "echo").WithHeader("Connection", "Upgrade").
		WithBody("", bodyFunc(func(w http.ResponseWriter, _ *http.Request, status int) error {
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return err
			}
			defer conn.Close()
			fmt.Fprintf(rw, "HTTP/1.1 %d Switching Protocols\r\n\r\n", status)
			rw.Flush()
			line, err := rw.ReadString('\n')
			fmt.Fprint(rw, "echo "+line)
			return errors.Join(err, rw.Flush())
		})).WithStatus(101)
	app, log := answers(upgrade)
	conn, err := net.Dial("tcp", strings.TrimPrefix(newServer(t, app).URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nhello\n")
	got, err := io.ReadAll(bufio.NewReader(conn))
	const want = "HTTP/1.1 101 Switching Protocols\r\n\r\necho hello\n"
	if string(got) != want || err != nil || len(log.Lines(slog.LevelWarn, slog.LevelError)) > 0 {
		t.Errorf("got %q, %v; log %s", got, err, log)
	}
}

// A response that could not be written names the bytes that the client took.
func TestWritten(t *testing.T) {
	lost := errors.New("connection lost")
	for _, tt := range []struct {
		description string
		response    response.Response
		want        response.Written
	}{
		{"text", response.Text("hello"), response.Written{Status: 200, Bytes: 3}},
		{"stream", response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, "hello")
			return err
		}), response.Written{Status: 200, Bytes: 3}},
	} {
		got, err := response.StateOf(tt.response).Write(failingWriter{http.Header{}, lost}, httptest.NewRequest("GET", "/", nil), 0)
		if got != tt.want || !errors.Is(err, lost) {
			t.Errorf("%s: %+v, %v; want %+v, %v", tt.description, got, err, tt.want, lost)
		}
	}
}

// failingWriter takes three bytes.
type failingWriter struct {
	header http.Header
	err    error
}

func (w failingWriter) Header() http.Header       { return w.header }
func (w failingWriter) WriteHeader(int)           {}
func (w failingWriter) Write([]byte) (int, error) { return 3, w.err }
