package compress_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// streaming returns a handler that streams a text, piece by piece.
func streaming(text string) soay.Handler {
	return returning(response.Stream("text/plain; charset=utf-8", func(w io.Writer) error { return inPieces(w, text) }))
}

func inPieces(w io.Writer, text string) error {
	for text != "" {
		n := min(100, len(text))
		if _, err := io.WriteString(w, text[:n]); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

// bodyFunc is a Body.
type bodyFunc func(w http.ResponseWriter, hr *http.Request, status int) error

func (f bodyFunc) WriteBody(w http.ResponseWriter, hr *http.Request, status int) error {
	return f(w, hr, status)
}

// writing returns a handler whose answer writes itself.
func writing(contentType string, f bodyFunc) soay.Handler {
	return returning(response.Response{}.WithBody(contentType, f))
}

// fromHTTP returns a handler that is one of package net/http.
func fromHTTP(header []string, f http.HandlerFunc) soay.Handler {
	return middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		f(w, hr)
	}))
}

// large is a text that no buffer holds.
var large = strings.Repeat(long, 20)

func writeLarge(w http.ResponseWriter, _ *http.Request) { _ = inPieces(w, large) }

var acceptsGzip = http.Header{"Accept-Encoding": {"gzip"}}

// What writes itself is compressed, on every server, where it can be.
func TestStreams(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte(large), 0o600); err != nil {
		t.Fatal(err)
	}
	plainText := []string{"Content-Type", "text/plain"}
	paths := map[string]soay.Handler{
		"/stream":       streaming(large),
		"/stream/short": streaming(long), // of unknown length
		"/body": writing("text/plain", func(w http.ResponseWriter, hr *http.Request, _ int) error {
			return inPieces(w, large)
		}),
		"/read": writing("text/plain", func(w http.ResponseWriter, hr *http.Request, status int) error {
			_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(large))
			return err
		}),
		"/length": writing("text/plain", func(w http.ResponseWriter, hr *http.Request, status int) error {
			w.Header().Set("Content-Length", fmt.Sprint(len(large)))
			return inPieces(w, large)
		}),
		"/reader": returning(response.Reader("text/plain", int64(len(large)), func() (io.ReadCloser, error) {
			return io.NopCloser(struct{ io.Reader }{strings.NewReader(large)}), nil
		})),
		"/http":          fromHTTP(plainText, writeLarge),
		"/http/guessed":  fromHTTP(nil, writeLarge),
		"/http/tag":      fromHTTP([]string{"Content-Type", "text/plain", "Etag", `"1"`}, writeLarge),
		"/http/length":   fromHTTP([]string{"Content-Type", "text/plain", "Content-Length", strconv.Itoa(len(large))}, writeLarge),
		"/http/vary":     fromHTTP([]string{"Content-Type", "text/plain", "Vary", "Accept-Encoding"}, writeLarge),
		"/http/flushed":  fromHTTP(plainText, func(w http.ResponseWriter, _ *http.Request) { flushAll(w, large) }),
		"/plain/events":  fromHTTP([]string{"Content-Type", "text/event-stream"}, writeLarge),
		"/plain/coded":   fromHTTP([]string{"Content-Type", "text/plain", "Content-Encoding", "own"}, writeLarge),
		"/plain/cache":   fromHTTP([]string{"Content-Type", "text/plain", "Cache-Control", "no-transform"}, writeLarge),
		"/plain/cookie":  fromHTTP([]string{"Content-Type", "text/plain", "Set-Cookie", "a=b"}, writeLarge),
		"/plain/image":   fromHTTP([]string{"Content-Type", "image/png"}, writeLarge),
		"/plain/file":    func(soay.Request) soay.Response { return response.File(filepath.Join(dir, "a.txt")) },
		"/plain/content": fromHTTP(nil, func(w http.ResponseWriter, hr *http.Request) { http.ServeFile(w, hr, filepath.Join(dir, "a.txt")) }),
		"/plain/status":  returning(response.Stream("text/plain", func(w io.Writer) error { return inPieces(w, large) }).WithStatus(206)),
		"/plain/events2": returning(response.Stream("text/event-stream", func(w io.Writer) error { return inPieces(w, large) })),
		"/plain/seeking": returning(response.Reader("text/plain", int64(len(large)), func() (io.ReadCloser, error) {
			return struct {
				io.ReadSeeker
				io.Closer
			}{strings.NewReader(large), io.NopCloser(nil)}, nil
		})),
	}
	setUp := func(app *soay.App) {
		for path, h := range paths {
			app.Get(path, h)
		}
	}
	onServers(t, compress.Options{}, setUp, func(t *testing.T, g getter, log *requesttest.Log) {
		for path := range paths {
			got, err := g.get(t, "GET", path, acceptsGzip)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if strings.HasPrefix(path, "/plain/") {
				if h := got.Header["Content-Encoding"]; string(got.Body) != large || h != nil && h[0] != "own" {
					t.Errorf("%s: %d bytes, headers %v", path, len(got.Body), got.Header)
				}
				continue
			}
			if path == "/stream/short" {
				checkGzip(t, got, long)
				continue
			}
			checkGzip(t, got, large)
			n := got.Header["Content-Length"] // net/http's server and ours know that of short content
			if n != nil && n[0] != strconv.Itoa(len(got.Body)) || len(got.Header["Vary"]) != 1 {
				t.Errorf("%s: headers %v", path, got.Header)
			}
			if tag := got.Header.Get("Etag"); strings.HasSuffix(path, "/tag") && tag != `W/"1"` {
				t.Errorf("%s: tag %s", path, tag)
			}
			head, err := g.get(t, "HEAD", path, acceptsGzip)
			if err != nil || head.Header["Content-Encoding"] != nil || head.Header["Content-Length"] != nil ||
				head.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("HEAD %s: %v, headers %v", path, err, head.Header)
			}
			if got, err := g.get(t, "GET", path, http.Header{"Accept-Encoding": {"br"}}); err != nil || string(got.Body) != large ||
				got.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s as it is: %v, %d bytes, headers %v", path, err, len(got.Body), got.Header)
			}
		}
		if text := log.String(); strings.Contains(text, "ERROR") {
			t.Error(text)
		}
	})
}

// flushAll writes with a second goroutine that flushes, as a proxy does.
func flushAll(w http.ResponseWriter, text string) {
	stop := make(chan struct{})
	var flushing sync.WaitGroup
	flushing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = http.NewResponseController(w).Flush()
			}
		}
	})
	_ = inPieces(w, text)
	close(stop)
	flushing.Wait()
}

// A piece that was flushed can be decoded while the stream goes on.
func TestFlush(t *testing.T) {
	next := make(chan bool)
	lines := []string{"one\n", "two\n", strings.Repeat("three ", 10_000) + "\n"}
	write := func(w http.ResponseWriter, flush func() error) error {
		for _, line := range lines {
			if _, err := io.WriteString(w, line); err != nil {
				return err
			}
			if err := flush(); err != nil {
				return err
			}
			<-next
		}
		return nil
	}
	setUp := func(app *soay.App) {
		app.Get("/stream", returning(response.Stream("text/plain", func(w io.Writer) error {
			for _, line := range lines {
				if _, err := io.WriteString(w, line); err != nil {
					return err
				}
				<-next
			}
			return nil
		})))
		app.Get("/body", writing("text/plain", func(w http.ResponseWriter, _ *http.Request, _ int) error {
			return write(w, http.NewResponseController(w).Flush)
		}))
		app.Get("/flusher", writing("text/plain", func(w http.ResponseWriter, _ *http.Request, _ int) error {
			return write(w, func() error { w.(http.Flusher).Flush(); return nil })
		}))
		app.Get("/http", fromHTTP([]string{"Content-Type", "text/plain"}, func(w http.ResponseWriter, hr *http.Request) {
			_ = write(w, http.NewResponseController(w).Flush)
		}))
	}
	onServers(t, compress.Options{}, setUp, func(t *testing.T, g getter, _ *requesttest.Log) {
		for _, path := range []string{"/stream", "/body", "/flusher", "/http"} {
			resp := g.open(t, "GET", path, acceptsGzip)
			z, err := gzip.NewReader(resp.Body)
			if err != nil {
				t.Fatal(path, err)
			}
			reader := bufio.NewReader(z)
			for _, want := range lines {
				got, err := reader.ReadString('\n')
				if err != nil || got != want {
					t.Errorf("%s: %.20q and error %v, want %.20q", path, got, err, want)
				}
				next <- true
			}
			if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
				t.Errorf("%s: %q and error %v at the end", path, rest, err)
			}
		}
	})
}

// The head of a stream without content so far leaves with a flush.
func TestFlushOfNothing(t *testing.T) {
	next := make(chan bool)
	setUp := func(app *soay.App) {
		app.Get("/", returning(response.Stream("text/plain", func(w io.Writer) error {
			w.(http.Flusher).Flush()
			<-next
			return nil
		})))
	}
	onServers(t, compress.Options{}, setUp, func(t *testing.T, g getter, _ *requesttest.Log) {
		resp := g.open(t, "GET", "/", acceptsGzip)
		next <- true
		b, err := io.ReadAll(resp.Body)
		if text, err2 := gunzip(b); err != nil || err2 != nil || text != "" {
			t.Errorf("%q, %v, %v", text, err, err2)
		}
	})
}

// watched is an encoder that complains if it is used again after it has failed or before it has ended.
type watched struct {
	compress.Encoder
	t    *testing.T
	open bool
}

func (w *watched) Write(p []byte) (int, error) { w.open = true; return w.Encoder.Write(p) }

func (w *watched) Flush() error { w.open = true; return w.Encoder.Flush() }

func (w *watched) Close() error {
	err := w.Encoder.Close()
	w.open = err != nil
	return err
}

func (w *watched) Reset(to io.Writer) {
	if w.open {
		w.t.Error("an encoder that has not ended well is used again")
	}
	w.Encoder.Reset(to)
}

// A stream that fails half-way is cut off, so that no client takes the part for the whole, and its encoder is dropped.
func TestFailingStreams(t *testing.T) {
	failures := map[string]func(w http.ResponseWriter) error{
		"/error": func(http.ResponseWriter) error { return errBroken },
		"/panic": func(http.ResponseWriter) error { panic("oh no") },
		"/abort": func(http.ResponseWriter) error { panic(http.ErrAbortHandler) },
		"/direct": func(w http.ResponseWriter) error {
			return http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0))
		},
	}
	coder := compress.Coder{Name: "gzip", New: func() compress.Encoder { return &watched{Encoder: compress.Gzip(0).New(), t: t} }}
	setUp := func(app *soay.App) {
		for path, fail := range failures {
			app.Get(path, writing("text/plain", func(w http.ResponseWriter, _ *http.Request, _ int) error {
				if err := inPieces(w, large); err != nil {
					return err
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					return err
				}
				if err := fail(w); err != nil {
					return err
				}
				_ = inPieces(w, unlike(1<<20)) // it ignores the error
				return nil
			}))
		}
		app.Get("/whole", streaming(large))
	}
	onServers(t, compress.Options{Coders: []compress.Coder{coder}}, setUp, func(t *testing.T, g getter, _ *requesttest.Log) {
		for path := range failures {
			got, err := g.get(t, "GET", path, acceptsGzip)
			if err == nil {
				t.Errorf("%s: %d bytes are taken for the whole", path, len(got.Body))
			}
			if got.Header.Get("Content-Encoding") != "gzip" {
				t.Errorf("%s: headers %v", path, got.Header)
			}
			got, err = g.get(t, "GET", "/whole", acceptsGzip)
			if err != nil {
				t.Fatal(err)
			}
			checkGzip(t, got, large)
		}
	})
}

// A body that fails before anything was sent has an error page in its place, which has no coding.
func TestFailureBeforeTheFirstByte(t *testing.T) {
	setUp := func(app *soay.App) {
		app.Get("/", writing("text/plain", func(w http.ResponseWriter, _ *http.Request, _ int) error {
			w.Header().Set("X-Own", "1")
			return errBroken
		}))
	}
	onServers(t, compress.Options{}, setUp, func(t *testing.T, g getter, log *requesttest.Log) {
		got, err := g.get(t, "GET", "/", acceptsGzip)
		if err != nil || got.Status != 500 || got.Header["Content-Encoding"] != nil {
			t.Errorf("%v, status %d, headers %v", err, got.Status, got.Header)
		}
	})
}

// A goroutine that writes after its body has returned reaches neither the answer nor an encoder that serves another.
func TestLateWrite(t *testing.T) {
	writers := make(chan http.ResponseWriter, 1)
	app, log := newApp()
	app.Get("/", writing("text/plain", func(w http.ResponseWriter, _ *http.Request, _ int) error {
		writers <- w
		return inPieces(w, large)
	}))
	c := requesttest.New(t, app)
	for range 2 {
		checkGzip(t, c.Get("/", acceptGzip), large)
		w := <-writers
		if n, err := w.Write([]byte("late")); n > 0 || err == nil {
			t.Errorf("a late write of %d bytes, error %v", n, err)
		}
		if n, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("late")); n > 0 || err == nil {
			t.Errorf("a late ReadFrom of %d bytes, error %v", n, err)
		}
		if err := http.NewResponseController(w).Flush(); err == nil {
			t.Error("a late flush is no error")
		}
	}
	if got := len(log.Records("response: the ResponseWriter was used after its body had returned")); got != 2 {
		t.Errorf("%d lines about late use, want one for each answer:\n%s", got, log)
	}
}

// Trailers follow the compressed content.
func TestTrailers(t *testing.T) {
	setUp := func(app *soay.App) {
		app.Get("/", fromHTTP([]string{"Content-Type", "text/plain", "Trailer", "X-Sum"}, func(w http.ResponseWriter, hr *http.Request) {
			writeLarge(w, hr)
			w.Header().Set("X-Sum", "7")
		}))
	}
	onServers(t, compress.Options{}, setUp, func(t *testing.T, g getter, _ *requesttest.Log) {
		resp := g.open(t, "GET", "/", acceptsGzip)
		b, err := io.ReadAll(resp.Body)
		if text, err2 := gunzip(b); err != nil || err2 != nil || text != large || resp.Trailer.Get("X-Sum") != "7" {
			t.Errorf("%d bytes, %v, %v, trailers %v", len(text), err, err2, resp.Trailer)
		}
	})
}

// fileSink is the ResponseWriter of a server that sends files by the system.
type fileSink struct {
	header http.Header
	bytes.Buffer
	files int
}

func (s *fileSink) Header() http.Header { return s.header }
func (s *fileSink) WriteHeader(int)     {}
func (s *fileSink) ReadFrom(src io.Reader) (int64, error) {
	s.files++
	return io.Copy(&s.Buffer, src)
}

// A file that is not compressed still leaves by the system, without a way through memory.
func TestFilesAreSentBySystem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte(large), 0o600); err != nil {
		t.Fatal(err)
	}
	app, _ := newApp()
	app.Get("/image", writing("image/png", func(w http.ResponseWriter, _ *http.Request, _ int) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, io.LimitReader(f, int64(len(large))))
		return err
	}))
	app.Get("/http", fromHTTP(nil, func(w http.ResponseWriter, hr *http.Request) { http.ServeFile(w, hr, path) }))
	app.Get("/file", func(soay.Request) soay.Response { return response.File(path) })
	requesttest.New(t, app)
	for _, target := range []string{"/image", "/http", "/file"} {
		hr, _ := http.NewRequestWithContext(t.Context(), "GET", target, http.NoBody)
		hr.Header = acceptsGzip.Clone()
		w := &fileSink{header: http.Header{}}
		app.ServeHTTP(w, hr)
		if w.files == 0 || w.String() != large {
			t.Errorf("%s: ReadFrom was called %d times for %d bytes", target, w.files, w.Len())
		}
	}
}

// A connection that is taken over is left alone.
func TestUpgrade(t *testing.T) {
	app, _ := newApp()
	take := func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\nhello")
		_ = rw.Flush()
	}
	app.Get("/http", fromHTTP([]string{"Content-Type", "text/plain"}, take))
	app.Get("/body", writing("text/plain", func(w http.ResponseWriter, hr *http.Request, _ int) error { take(w, hr); return nil }))
	g := getter{http.DefaultClient, serve(t, app)}
	for _, path := range []string{"/http", "/body"} {
		resp := g.open(t, "GET", path, http.Header{"Accept-Encoding": {"gzip"}, "Connection": {"Upgrade"}, "Upgrade": {"own"}})
		b, err := io.ReadAll(resp.Body)
		if resp.StatusCode != 101 || string(b) != "hello" || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: status %d, %q, %v", path, resp.StatusCode, b, err)
		}
	}
}
