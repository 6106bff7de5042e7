package request_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Once the request has ended, its body says so and does nothing else.
func TestBodyAfterTheEnd(t *testing.T) {
	for _, tt := range []struct {
		description string
		body        func(request.Request) io.Reader
	}{
		{"Body", func(r request.Request) io.Reader { return r.Body() }},
		{"HTTP", func(r request.Request) io.Reader { return r.HTTP().Body }},
		{"HTTP, a copy", func(r request.Request) io.Reader { return r.HTTP().WithContext(t.Context()).Body }},
		{"HTTPBody", func(r request.Request) io.Reader { return request.StateOf(r).HTTPBody() }},
	} {
		t.Run(tt.description, func(t *testing.T) {
			state := request.NewExchange(&request.Settings{Strict: true})
			w := &deadlines{}
			source := strings.NewReader("the secret of the next request")
			body := tt.body(state.Accept(w, post("", source, 30), time.Minute, 0))
			if n, err := body.Read(make([]byte, 4)); n != 4 || err != nil {
				t.Fatalf("before the end: %d bytes, %v", n, err)
			}
			state.End()
			set := w.set
			n, err := body.Read(make([]byte, 100))
			if n != 0 || err == nil || !strings.Contains(err.Error(), "has ended") || source.Len() != 26 || w.set != set {
				t.Errorf("after the end: %d bytes, %v; %d left of the source, %d deadlines set", n, err, source.Len(), w.set-set)
			}
			if c, ok := body.(io.Closer); ok && c.Close() != nil || w.set != set {
				t.Error("Close fails or touches the connection")
			}
		})
	}
}

// deadlines is a writer that counts the deadlines set.
type deadlines struct {
	http.ResponseWriter
	set int
}

func (d *deadlines) SetReadDeadline(time.Time) error { d.set++; return nil }

// The writer is there for as long as the request goes on, and never that of another one.
func TestOnWriter(t *testing.T) {
	state := request.NewExchange(&request.Settings{Strict: true})
	writers := []http.ResponseWriter{httptest.NewRecorder(), httptest.NewRecorder()}
	var seen http.ResponseWriter
	see := func(w http.ResponseWriter) error { seen = w; return nil }
	first := state.Accept(writers[0], httptest.NewRequest("GET", "/", nil), 0, 0)
	if err := request.StateOf(first).OnWriter(see); err != nil || seen != writers[0] {
		t.Errorf("%v, %v; want its own", seen, err)
	}
	failed := errors.New("failed")
	if err := request.StateOf(first).OnWriter(func(http.ResponseWriter) error { return failed }); err != failed {
		t.Errorf("the error is %v, want that of the function", err)
	}
	state.Release()
	if err := request.StateOf(first).OnWriter(see); !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("after the response: %v", err)
	}
	state.End()
	state.Accept(writers[1], httptest.NewRequest("GET", "/", nil), 0, 0)
	seen = nil
	if err := request.StateOf(first).OnWriter(see); err == nil || seen != nil {
		t.Errorf("a dead request: %v, %v", seen, err)
	}
	unserved := begin(httptest.NewRequest("GET", "/", nil))
	if err := request.StateOf(unserved).OnWriter(see); !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("without a connection: %v", err)
	}
}

// What the server owns stays as it is, for net/http decides by its body what becomes of the connection.
func TestServersRequestIsNotChanged(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.Use(soay.WrapHTTP(func(next http.Handler) http.Handler { return next }))
	app.Post("/{name}", func(req soay.Request) soay.Response {
		_, err := req.Bytes()
		return response.Text(fmt.Sprint(err))
	})
	for _, contentType := range []string{
		"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
	} {
		for _, length := range []int64{5, -1} {
			hr := post(contentType, strings.NewReader("hello"), length)
			hr.Header.Set("Cookie", "session=x")
			before := *hr
			serve(app, hr)
			if hr.Body != before.Body || hr.Pattern != "" || hr.Trailer != nil || hr.PathValue("name") != "" ||
				hr.ContentLength != before.ContentLength {
				t.Errorf("%s, length %d: the server's request is %+v, was %+v", contentType, length, hr, before)
			}
		}
	}
}

// Trailers arrive when the body has been read, announced or not.
func TestTrailersOfRequests(t *testing.T) {
	for _, announced := range []bool{true, false} {
		app := newApp()
		var got, ofCopy http.Header
		app.Post("/", func(req soay.Request) soay.Response {
			c := req.HTTP().WithContext(t.Context())
			_, err := req.Bytes()
			got, ofCopy = req.HTTP().Trailer, c.Trailer
			return response.Text(fmt.Sprint(err))
		})
		server := httptest.NewServer(app)
		text := "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
		if announced {
			text += "Trailer: X-Sum\r\n"
		}
		answer := exchange(t, server, text+"\r\n5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n")
		server.Close()
		if got.Get("X-Sum") != "5" || ofCopy.Get("X-Sum") != "5" || !strings.Contains(answer, "<nil>") {
			t.Errorf("announced %v: %v, of a copy %v; answer %q", announced, got, ofCopy, answer)
		}
	}
}

// exchange sends a request as it stands and returns the content of the answer.
func exchange(t *testing.T, server *httptest.Server, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, text)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}
