package compress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router/openapi"
)

// A client that has a compressed answer gets a 304 by the tag that it knows, whichever tag the answer had before.
func TestConditions(t *testing.T) {
	app, _ := newApp()
	app.UseETags()
	app.Get("/strong", returning(response.Text(long).WithETag("1")))
	app.Get("/csv", returning(response.Bytes("text/csv", []byte(long)).WithETag("1")))
	app.Get("/hash", returning(response.Text(long)))
	app.Get("/time", returning(response.Text(long).WithLastModified(time.Unix(1e9, 0))))
	app.Get("/image", returning(response.Bytes("image/png", []byte(long)).WithETag("1")))
	app.Get("/json", returning(response.JSON(long).WithETag("1")))
	app.Get("/kept", returning(response.Text(long).WithETag("1").WithCacheControl(response.CacheControl{NoTransform: true})))
	c := requesttest.New(t, app)
	for _, path := range []string{"/strong", "/csv", "/hash", "/time", "/json"} {
		first := c.Get(path, acceptGzip)
		if first.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: headers %v", path, first.Header)
		}
		tag := first.Header.Get("Etag")
		if !strings.HasPrefix(tag, `W/"`) {
			t.Errorf("%s: the tag of compressed content is %s", path, tag)
		}
		again := c.Get(path, with("Accept-Encoding", "gzip", "If-None-Match", tag))
		if again.Status != 304 || len(again.Body) > 0 || again.Header.Get("Etag") != tag ||
			again.Header.Get("Vary") != "Accept-Encoding" || again.Header["Content-Encoding"] != nil {
			t.Errorf("%s: %d with headers %v", path, again.Status, again.Header)
		}
	}
	for _, list := range []string{`"1"`, `W/"1", "1"`, `"0", "1"`} { // it has the content that is not compressed
		got := c.Get("/strong", with("Accept-Encoding", "gzip", "If-None-Match", list))
		if got.Status != 304 || got.Header.Get("Etag") != `"1"` {
			t.Errorf("If-None-Match %s: %d with headers %v", list, got.Status, got.Header)
		}
	}
	if got := c.Get("/strong", with("Accept-Encoding", "gzip", "If-None-Match", "*")); got.Status != 304 || got.Header.Get("Etag") != `"1"` {
		t.Errorf("any tag: %d with headers %v", got.Status, got.Header)
	}
	if got := c.Get("/time", with("Accept-Encoding", "gzip", "If-Modified-Since", "Sun, 09 Sep 2001 01:46:40 GMT")); got.Status != 304 {
		t.Errorf("If-Modified-Since: %d", got.Status)
	}
	if got := c.Get("/image", with("If-None-Match", `"1"`)); got.Status != 304 || got.Header.Get("Etag") != `"1"` {
		t.Errorf("an image: %d with headers %v", got.Status, got.Header)
	}
	if got := c.Get("/kept", with("If-None-Match", `W/"1"`)); got.Status != 304 || got.Header.Get("Etag") != `"1"` || got.Header["Vary"] != nil {
		t.Errorf("no-transform: %d with headers %v", got.Status, got.Header)
	}
	if got := c.Get("/strong", with("Accept-Encoding", "gzip", "If-Match", `"2"`)); got.Status != 412 {
		t.Errorf("If-Match: %d", got.Status)
	}
}

// A range is one of the content that is not compressed, and so is the answer.
func TestRanges(t *testing.T) {
	app, _ := newApp()
	app.Get("/", returning(response.Text(long).WithETag("1").WithHeader("Accept-Ranges", "bytes")))
	c := requesttest.New(t, app)
	got := c.Get("/", with("Accept-Encoding", "gzip", "Range", "bytes=0-2999"))
	if got.Status != 206 || got.Header["Content-Encoding"] != nil || string(got.Body) != long[:3000] {
		t.Errorf("%d with headers %v", got.Status, got.Header)
	}
	checkPlain(t, c.Get("/", acceptGzip), long) // or the client could add a range to compressed content
}

// The pages of errors are compressed, those of the routing and of other middleware too.
func TestErrorPages(t *testing.T) {
	app, log := newApp(compress.Options{MinBytes: 1})
	app.UseDecompression()
	app.UseHeaders(map[string]string{"X-App": "soay"})
	app.HandleStatus(404, func(soay.Request) soay.Response { return response.HTML(long).WithStatus(404) })
	app.HandleStatus(415, func(soay.Request) soay.Response { return response.HTML(long).WithStatus(415) })
	app.HandleStatus(500, func(soay.Request) soay.Response { return response.HTML(long).WithStatus(500) })
	app.Get("/error", func(soay.Request) soay.Response { return response.Error(errBroken) })
	app.Get("/panic", func(soay.Request) soay.Response { panic("oh no") })
	app.Post("/", returning(response.Text("")))
	c := requesttest.New(t, app)
	for _, test := range []struct {
		method, path string
		with         requesttest.With
		status       int
	}{
		{"GET", "/missing", acceptGzip, 404}, {"GET", "/error", acceptGzip, 500}, {"GET", "/panic", acceptGzip, 500},
		{"POST", "/", with("Accept-Encoding", "gzip", "Content-Encoding", "br"), 415},
	} {
		got := c.Do(test.method, test.path, test.with)
		if got.Status != test.status || got.Header.Get("X-App") != "soay" {
			t.Errorf("%s: %d with headers %v", test.path, got.Status, got.Header)
		}
		checkGzip(t, got, long)
	}
	if n := len(log.Lines(slog.LevelError)); n != 2 {
		t.Errorf("%d errors in the log, want those of the handlers:\n%s", n, log)
	}
}

// A body may come compressed and the answer leave so.
func TestDecompression(t *testing.T) {
	app, _ := newApp()
	app.UseDecompression()
	app.Post("/", func(req soay.Request) soay.Response {
		b, err := req.Bytes()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(string(b))
	})
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, long)
	_ = z.Close()
	w := with("Accept-Encoding", "gzip", "Content-Encoding", "gzip")
	w.Body = &b
	checkGzip(t, requesttest.New(t, app).Post("/", w), long)
}

// outcomes keeps what telemetry is told.
type outcomes struct {
	mu  sync.Mutex
	all []request.Outcome
}

func (o *outcomes) Begin(req request.Request) (context.Context, request.Observation) {
	return request.StateOf(req).Context(), o
}

func (o *outcomes) Operation(ctx context.Context, _, _ string) (context.Context, func(error)) {
	return ctx, func(error) {}
}

func (o *outcomes) LogAttrs(context.Context) []slog.Attr { return nil }

func (o *outcomes) End(outcome request.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, outcome)
}

// The log and telemetry count the bytes that were sent.
func TestCountedBytes(t *testing.T) {
	app, log := newApp()
	seen := new(outcomes)
	app.UseTelemetry(seen)
	app.UseAccessLog()
	app.Get("/known", returning(response.Text(long)))
	app.Get("/stream", streaming(long))
	c := requesttest.New(t, app)
	for i, path := range []string{"/known", "/stream"} {
		got := c.Get(path, acceptGzip)
		checkGzip(t, got, long)
		records := log.Records("request")
		if n := fmt.Sprint(records[i]["bytes"]); n != strconv.Itoa(len(got.Body)) {
			t.Errorf("%s: the log counts %s bytes of %d", path, n, len(got.Body))
		}
		seen.mu.Lock()
		if n := seen.all[i].Bytes; n != int64(len(got.Body)) {
			t.Errorf("%s: telemetry counts %d bytes of %d", path, n, len(got.Body))
		}
		seen.mu.Unlock()
	}
}

// What a handler returns that has been given up reaches nobody, and the page in its place is compressed.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
		app.UseCompression()
		app.UseTimeout(time.Second)
		app.HandleStatus(503, func(soay.Request) soay.Response { return response.HTML(long).WithStatus(503) })
		app.Get("/", func(req soay.Request) soay.Response {
			time.Sleep(time.Minute)
			return response.Text(large)
		})
		g, stop := inMemory(t, app)
		got, err := g.get(t, "GET", "/", acceptsGzip)
		if err != nil || got.Status != 503 {
			t.Fatalf("%v, status %d", err, got.Status)
		}
		checkGzip(t, got, long)
		time.Sleep(2 * time.Minute)
		stop()
	})
}

// The files of the pages about the API are compressed already, and the document is not.
func TestOpenAPI(t *testing.T) {
	app := soay.New(soay.Options{Env: "development", Logger: new(requesttest.Log).Logger()})
	app.UseCompression()
	app.UseOpenAPI(openapi.Info{Title: "Cats", Version: "1"})
	for i := range 50 {
		soay.Get(app, "/"+strconv.Itoa(i), func(soay.Request, struct{}) (string, error) { return "", nil })
	}
	c := requesttest.New(t, app)
	document := c.Get("/openapi.json")
	checkGzip(t, c.Get("/openapi.json", acceptGzip), document.Text())
	page := c.Get("/docs").Text()
	_, after, ok := strings.Cut(page, `src="`)
	src, _, _ := strings.Cut(after, `"`)
	if !ok {
		t.Fatal(page)
	}
	if !strings.HasPrefix(src, "/") {
		src = "/" + strings.TrimPrefix(src, "./")
	}
	want := c.Get(src)
	got := c.Get(src, acceptGzip)
	if want.Status != 200 {
		t.Fatalf("%s: status %d", src, want.Status)
	}
	checkGzip(t, got, want.Text())
}

// Code for net/http inside of the app works as elsewhere, also such that compresses by itself.
func TestNetHTTPInside(t *testing.T) {
	app, _ := newApp()
	app.Use(middleware.WrapHTTP(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			w.Header().Set("X-Wrapped", "1")
			next.ServeHTTP(w, hr)
		})
	}))
	app.Get("/known", returning(response.Text(long)))
	app.Get("/stream", streaming(large))
	app.Get("/http", fromHTTP([]string{"Content-Type", "text/plain", "Content-Length", strconv.Itoa(len(long))},
		func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) }))
	app.Get("/own", fromHTTP([]string{"Content-Type", "text/plain", "Content-Encoding", "gzip"}, func(w http.ResponseWriter, _ *http.Request) {
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, long)
		_ = z.Close()
	}))
	c := requesttest.New(t, app)
	for path, want := range map[string]string{"/known": long, "/stream": large, "/http": long} {
		got := c.Get(path, acceptGzip)
		checkGzip(t, got, want)
		if got.Header.Get("X-Wrapped") != "1" {
			t.Errorf("%s: headers %v", path, got.Header)
		}
	}
	if text, err := gunzip(c.Get("/own", acceptGzip).Body); err != nil || text != long {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

// Compression around a route alone works as well, since it is middleware.
func TestAsMiddlewareOfARoute(t *testing.T) {
	m, err := compress.New(compress.Options{})
	if err != nil {
		t.Fatal(err)
	}
	app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
	app.UseSessions(soay.NewKey())
	app.Use(m)
	app.Get("/known", returning(response.Text(long)))
	app.Get("/stream", streaming(large))
	app.Get("/ready", fromHTTP([]string{"Content-Type", "text/plain", "Trailer", "X-Sum"}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, long)
		w.Header().Set("X-Sum", "1")
	}))
	c := requesttest.New(t, app)
	checkGzip(t, c.Get("/known", acceptGzip), long)
	checkGzip(t, c.Get("/stream", acceptGzip), large)
	ready := c.Get("/ready", acceptGzip)
	checkGzip(t, ready, long)
	if ready.Header["Cache-Control"] != nil { // the body looks at no session, so it is not private
		t.Errorf("headers %v", ready.Header)
	}
}

// Mistakes in the options are reported at the start, with the place of the call.
func TestSetup(t *testing.T) {
	for _, test := range []struct {
		name    string
		options []compress.Options
		want    string
	}{
		{"negative sizes", []compress.Options{{MinBytes: -1, MaxStreams: -2}}, "MinBytes is -1; 0 means 1024|MaxStreams is -2; 0 means 64"},
		{"two coders of one name", []compress.Options{{Coders: []compress.Coder{compress.Gzip(1), compress.Gzip(2)}}}, `two coders have the name "gzip"`},
		{"no name", []compress.Options{{Coders: []compress.Coder{{New: compress.Gzip(1).New}}}}, `a coder has the name ""`},
		{"Personal", []compress.Options{{Personal: 7}}, "Personal is 7; it is one of OwnPages, Always and Never"},
		{"types", []compress.Options{{Types: []string{"json", "*/*", "+", "text/event-stream", "text/plain; charset=utf-8", ""}}},
			`"json" in Types is none|"*/*" in Types is none|"+" in Types is none|event streams are never compressed|"text/plain; charset=utf-8" in Types|"" in Types`},
		{"two options", []compress.Options{{}, {}}, "2 options; pass one"},
	} {
		app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
		app.UseCompression(test.options...)
		err := app.Start(t.Context())
		if err == nil {
			t.Errorf("%s: the app starts", test.name)
			continue
		}
		for want := range strings.SplitSeq(test.want, "|") {
			if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "app_test.go:") {
				t.Errorf("%s: %v, want %q in it", test.name, err, want)
			}
		}
	}
	app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
	app.UseCompression()
	app.UseCompression()
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "UseCompression: it was called at") {
		t.Errorf("called twice: %v", err)
	}
}
