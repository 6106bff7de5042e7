package response_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// The status and the headers leave with a flush, also when there is no content yet.
func TestFlushSendsTheHead(t *testing.T) {
	goOn := make(chan struct{})
	for _, tt := range []struct {
		description string
		response    response.Response
	}{
		{"a stream", response.Stream("text/event-stream", func(w io.Writer) error {
			w.(http.Flusher).Flush()
			<-goOn
			_, err := io.WriteString(w, "data")
			return err
		})},
		{"a stream that looks at the error", response.Stream("text/event-stream", func(w io.Writer) error {
			err := w.(interface{ FlushError() error }).FlushError()
			<-goOn
			_, err2 := io.WriteString(w, "data")
			return errors.Join(err, err2)
		})},
		{"a body", response.Response{}.WithBody("text/event-stream", bodyFunc(
			func(w http.ResponseWriter, _ *http.Request, _ int) error {
				err := http.NewResponseController(w).Flush()
				<-goOn
				_, err2 := io.WriteString(w, "data")
				return errors.Join(err, err2)
			}))},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := answers(tt.response.WithStatus(202))
			server := newServer(t, app)
			resp, err := http.Get(server.URL) // returns with the head
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			goOn <- struct{}{}
			b, err := io.ReadAll(resp.Body)
			if string(b) != "data" || err != nil || resp.StatusCode != 202 ||
				resp.Header.Get("Content-Type") != "text/event-stream" {
				t.Errorf("got %d %v %q, %v", resp.StatusCode, resp.Header, b, err)
			}
		})
	}
}

// Writers may be used by several goroutines at once; what each writes stays together.
func TestWritersInSeveralGoroutines(t *testing.T) {
	const writers, times = 8, 50
	line := strings.Repeat("x", 999) + "\n"
	all := func(w io.Writer) {
		var group sync.WaitGroup
		for range writers {
			group.Go(func() {
				for range times {
					io.WriteString(w, line)
					if f, ok := w.(http.Flusher); ok {
						f.Flush()
					}
				}
			})
		}
		group.Wait()
	}
	old := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { all(w) })
	for description, handler := range map[string]soay.Handler{
		"a stream": func(soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error { all(w); return nil })
		},
		"a handler of net/http": soay.FromHTTP(old),
		"one that never flushes": soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			all(struct{ io.Writer }{w})
		})),
	} {
		t.Run(description, func(t *testing.T) {
			app := newApp()
			app.Get("/", handler)
			server := newServer(t, app)
			resp, err := http.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			if string(b) != strings.Repeat(line, writers*times) || err != nil {
				t.Errorf("got %d bytes, %v; want %d whole lines", len(b), err, writers*times)
			}
		})
	}
}

// copier is a server's writer that can copy files by itself.
type copier struct {
	header  http.Header
	content bytes.Buffer
	calls   []string
}

func (c *copier) Header() http.Header         { return c.header }
func (c *copier) WriteHeader(int)             {}
func (c *copier) Write(b []byte) (int, error) { return c.content.Write(b) }

// ReadFrom implements io.ReaderFrom.
func (c *copier) ReadFrom(r io.Reader) (int64, error) {
	l, ok := r.(*io.LimitedReader)
	if !ok {
		return 0, fmt.Errorf("the reader is a %T", r)
	}
	_, isFile := l.R.(syscall.Conn)
	c.calls = append(c.calls, fmt.Sprint(isFile, " ", l.N))
	return io.Copy(&c.content, r)
}

// What is a file goes to the server as such, so that the system copies it, in pieces that have their time each.
func TestFilesAreCopiedByTheServer(t *testing.T) {
	const size, buffered = 5 << 19, 32 << 10
	path := filepath.Join(t.TempDir(), "cat.bin")
	content := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	copying := func(copyFile func(io.Writer, *os.File) (int64, error)) response.Body {
		return bodyFunc(func(w http.ResponseWriter, _ *http.Request, _ int) error {
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			n, err := copyFile(w, f)
			if n != size {
				return fmt.Errorf("%d bytes were copied", n)
			}
			return err
		})
	}
	served := soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }))
	respond := func(r response.Response) soay.Handler { return func(soay.Request) soay.Response { return r } }
	for _, tt := range []struct {
		description string
		handler     soay.Handler
		want        []string
	}{
		{"a file", respond(response.File(path)), []string{"true 1048576", "true 1048576", "true 524288"}},
		{"a file of net/http", served, []string{"true 1048576", "true 1048576",
			fmt.Sprint("true ", size-buffered-2<<20)}},
		{"a body that copies a part", respond(response.Response{}.WithBody("text/plain",
			copying(func(w io.Writer, f *os.File) (int64, error) { return io.CopyN(w, f, size) }))),
			[]string{"true 1048576", "true 1048576", "true 524288"}},
		{"a body that copies all", respond(response.Response{}.WithBody("text/plain",
			copying(func(w io.Writer, f *os.File) (int64, error) { return io.Copy(w, f) }))),
			[]string{"true 1048576", "true 1048576", "true 1048576"}},
		{"a body that copies from a reader other than a file", respond(response.Response{}.WithBody("text/plain",
			copying(func(w io.Writer, f *os.File) (int64, error) { return io.Copy(w, struct{ io.Reader }{f}) }))), nil},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp()
			app.Get("/", tt.handler)
			w := &copier{header: http.Header{}}
			app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			if diff := cmp.Diff(tt.want, w.calls); diff != "" || !bytes.Equal(w.content.Bytes(), content) {
				t.Errorf("%d bytes, calls (-want +got):\n%s", w.content.Len(), diff)
			}
		})
	}
}

// A goroutine that copies from somebody who says nothing does not hold the response.
func TestCopyFromASilentReaderIsNotWaitedFor(t *testing.T) {
	silent, says := io.Pipe()
	pipe, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	copyLate := func(w http.ResponseWriter) {
		for _, src := range []io.Reader{silent, pipe} {
			begun := make(chan struct{})
			go func() {
				close(begun)
				_, err := io.Copy(w, src)
				failed <- err
			}()
			<-begun
		}
		io.WriteString(w, "done")
	}
	app := newApp()
	app.Get("/body", func(soay.Request) soay.Response {
		return response.Response{}.WithBody("text/plain", bodyFunc(func(w http.ResponseWriter, _ *http.Request, _ int) error {
			copyLate(w)
			return nil
		}))
	})
	app.Get("/old", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { copyLate(w) })))
	for _, path := range []string{"/body", "/old"} {
		w := httptest.NewRecorder()
		if app.ServeHTTP(w, httptest.NewRequest("GET", path, nil)); w.Body.String() != "done" {
			t.Errorf("got %q", w.Body)
		}
		says.Write([]byte("late"))
		writer.Write([]byte("late"))
		for range 2 {
			if err := <-failed; err == nil {
				t.Error("the late copy had no error")
			}
		}
	}
}
