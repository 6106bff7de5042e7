package compress_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// inMemory serves an app over connections in memory, for a test with synctest. stop ends it.
func inMemory(t *testing.T, app *soay.App) (g getter, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := requesttest.NewListener()
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	transport := &http.Transport{DialContext: l.DialContext}
	return getter{&http.Client{Transport: transport}, "http://localhost"}, func() {
		transport.CloseIdleConnections()
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

// T10: however many streams are open, no more than MaxStreams of them have an encoder. The others go out as they are.
func TestManyStreams(t *testing.T) {
	const streams = 1000
	for _, standard := range []bool{false, true} {
		t.Run(fmt.Sprintf("standard server: %v", standard), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var encoders atomic.Int64
				app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger(), StandardServer: standard})
				app.UseCompression(compress.Options{Coders: []compress.Coder{{Name: "gzip", New: func() compress.Encoder {
					encoders.Add(1)
					return compress.Gzip(1).New()
				}}}})
				finish := make(chan bool)
				app.Get("/", returning(response.Stream("text/plain", func(w io.Writer) error {
					if _, err := io.WriteString(w, "first "); err != nil {
						return err
					}
					<-finish
					_, err := io.WriteString(w, "last")
					return err
				})))
				g, stop := inMemory(t, app)
				var running sync.WaitGroup
				var compressed, plain atomic.Int64
				for range streams {
					running.Go(func() {
						got, err := g.get(t, "GET", "/", acceptsGzip)
						text := string(got.Body)
						if got.Header.Get("Content-Encoding") == "gzip" {
							compressed.Add(1)
							text, _ = gunzip(got.Body)
						} else {
							plain.Add(1)
						}
						if err != nil || text != "first last" || got.Header.Get("Vary") != "Accept-Encoding" {
							t.Errorf("%q, error %v, headers %v", text, err, got.Header)
						}
					})
				}
				synctest.Wait() // all are open
				if n := encoders.Load(); n != 64 {
					t.Errorf("%d open streams have %d encoders, want 64", streams, n)
				}
				close(finish)
				running.Wait()
				if compressed.Load() != 64 || plain.Load() != streams-64 {
					t.Errorf("%d streams were compressed and %d not, want 64 and %d", compressed.Load(), plain.Load(), streams-64)
				}
				if got, err := g.get(t, "GET", "/", acceptsGzip); err != nil || got.Header.Get("Content-Encoding") != "gzip" {
					t.Errorf("a stream behind the others is not compressed: %v, %v", err, got.Header)
				}
				stop()
			})
		})
	}
}

// A client that goes away frees the place of its stream at once, also if the body does not notice.
func TestClientGoesAway(t *testing.T) {
	for _, standard := range []bool{false, true} {
		t.Run(fmt.Sprintf("standard server: %v", standard), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := new(requesttest.Log)
				app := soay.New(soay.Options{Logger: log.Logger(), StandardServer: standard})
				app.UseCompression(compress.Options{MaxStreams: 1})
				finish := make(chan bool)
				app.Get("/deaf", returning(response.Stream("text/plain", func(w io.Writer) error {
					if _, err := io.WriteString(w, "first"); err != nil {
						return err
					}
					<-finish
					_, _ = io.WriteString(w, "to nobody")
					return nil
				})))
				app.Get("/", streaming(long))
				g, stop := inMemory(t, app)
				resp := g.open(t, "GET", "/deaf", acceptsGzip)
				if got, _ := g.get(t, "GET", "/", acceptsGzip); got.Header["Content-Encoding"] != nil {
					t.Error("two streams are compressed at once")
				}
				resp.Body.Close()
				synctest.Wait()
				got, err := g.get(t, "GET", "/", acceptsGzip)
				if err != nil {
					t.Fatal(err)
				}
				checkGzip(t, got, long)
				close(finish)
				synctest.Wait()
				if text := log.String(); strings.Contains(text, "ERROR") || strings.Contains(text, "WARN") {
					t.Errorf("the log tells of a client that has gone:\n%s", text)
				}
				stop()
			})
		})
	}
}

// When the app stops, a stream can still write its last words.
func TestStopOfTheApp(t *testing.T) {
	for _, standard := range []bool{false, true} {
		t.Run(fmt.Sprintf("standard server: %v", standard), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger(), StandardServer: standard})
				app.UseCompression()
				app.Get("/", writing("text/plain", func(w http.ResponseWriter, hr *http.Request, _ int) error {
					_, _ = io.WriteString(w, "first ")
					_ = http.NewResponseController(w).Flush()
					<-hr.Context().Done()
					_, err := io.WriteString(w, "last")
					return err
				}))
				g, stop := inMemory(t, app)
				resp := g.open(t, "GET", "/", acceptsGzip)
				var stopping sync.WaitGroup
				stopping.Go(stop)
				b, err := io.ReadAll(resp.Body)
				if text, err2 := gunzip(b); err != nil || err2 != nil || text != "first last" {
					t.Errorf("%q, %v, %v", text, err, err2)
				}
				stopping.Wait()
			})
		})
	}
}

// Streams that fail give their places back.
func TestFailuresFreePlaces(t *testing.T) {
	app, _ := newApp(compress.Options{MaxStreams: 1})
	for path, fail := range map[string]func() error{
		"/error": func() error { return errBroken },
		"/panic": func() error { panic("oh no") },
		"/abort": func() error { panic(http.ErrAbortHandler) },
	} {
		app.Get(path, returning(response.Stream("text/plain", func(w io.Writer) error {
			_ = inPieces(w, long)
			return fail()
		})))
	}
	app.Get("/whole", streaming(long))
	c := requesttest.New(t, app)
	for _, path := range []string{"/error", "/panic", "/abort", "/error"} {
		if got, err := c.Try("GET", path, acceptGzip); err == nil {
			t.Errorf("%s: %d bytes are taken for the whole", path, len(got.Body))
		}
		checkGzip(t, c.Get("/whole", acceptGzip), long)
	}
}

// Never are more known bytes compressed at once than there are processors, whoever asks for them.
func TestEncodingsAtOnce(t *testing.T) {
	var now, most atomic.Int64
	coder := compress.Coder{Name: "gzip", New: func() compress.Encoder { return &counting{now: &now, most: &most} }}
	app, _ := newApp(compress.Options{Coders: []compress.Coder{coder}})
	app.Get("/", returning(response.Text(long)))
	c := requesttest.New(t, app)
	var running sync.WaitGroup
	for range 100 {
		running.Go(func() {
			if got, err := c.Try("GET", "/", acceptGzip); err != nil || string(got.Body) != "x" {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if limit := int64(runtime.GOMAXPROCS(0)); most.Load() > limit {
		t.Errorf("%d encoders worked at once, want at most %d", most.Load(), limit)
	}
}

// counting is an encoder that notes how many work at once.
type counting struct {
	to        io.Writer
	now, most *atomic.Int64
}

func (c *counting) Write(p []byte) (int, error) {
	for n := c.now.Add(1); ; {
		if most := c.most.Load(); n <= most || c.most.CompareAndSwap(most, n) {
			break
		}
	}
	runtime.Gosched()
	return len(p), nil
}

func (c *counting) Close() error {
	c.now.Add(-1)
	_, err := io.WriteString(c.to, "x")
	return err
}

func (c *counting) Flush() error       { return nil }
func (c *counting) Reset(to io.Writer) { c.to = to }
