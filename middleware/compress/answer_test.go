package compress_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// Which answers of known bytes are compressed, and what their headers say.
func TestAnswers(t *testing.T) {
	text := response.Text(long)
	typed := func(contentType string) response.Response { return response.Bytes(contentType, []byte(long)) }
	const vary = "Accept-Encoding"
	for _, test := range []struct {
		name     string
		resp     response.Response
		coding   string
		vary     string
		etag     string
		notTaken bool // the client takes no gzip
	}{
		{name: "text", resp: text, coding: "gzip", vary: vary},
		{name: "text for a client that takes none", resp: text, vary: vary, notTaken: true},
		{name: "short", resp: response.Text(long[:1023])},
		{name: "just long enough", resp: response.Text(long[:1024]), coding: "gzip", vary: vary},
		{name: "empty", resp: response.Text("")},
		{name: "JSON", resp: response.JSON([]string{long}), coding: "gzip", vary: vary},
		{name: "HTML", resp: response.HTML(long), coding: "gzip", vary: vary},
		{name: "a type with parameters and spaces", resp: typed("Application/JSON ; charset=utf-8"), coding: "gzip", vary: vary},
		{name: "+json", resp: typed("application/vnd.api+json"), coding: "gzip", vary: vary},
		{name: "SVG", resp: typed("image/svg+xml"), coding: "gzip", vary: vary},
		{name: "WebAssembly", resp: typed("application/wasm"), coding: "gzip", vary: vary},
		{name: "a TrueType font", resp: typed("font/ttf"), coding: "gzip", vary: vary},
		{name: "JSON lines", resp: typed("application/jsonl"), coding: "gzip", vary: vary},
		{name: "JavaScript", resp: typed("text/javascript"), coding: "gzip", vary: vary},
		{name: "PNG", resp: typed("image/png")},
		{name: "WOFF2", resp: typed("font/woff2")},
		{name: "unknown bytes", resp: typed("application/octet-stream")},
		{name: "only a suffix", resp: typed("+json")},
		{name: "only a kind", resp: typed("text/")},
		{name: "events", resp: typed("text/event-stream")},
		{name: "events in capitals", resp: typed("Text/Event-Stream; charset=utf-8")},
		{name: "no type", resp: response.Response{}.WithContent(long)},
		{name: "a coding", resp: text.WithHeader("Content-Encoding", "br"), coding: "br"},
		{name: "identity", resp: text.WithHeader("Content-Encoding", "identity"), coding: "identity"},
		{name: "part", resp: text.WithStatus(206).WithHeader("Content-Range", "bytes 0-9/10")},
		{name: "Content-Range", resp: text.WithHeader("Content-Range", "bytes 0-9/10")},
		{name: "ranges", resp: text.WithHeader("Accept-Ranges", "bytes")},
		{name: "no ranges", resp: text.WithHeader("Accept-Ranges", "none"), coding: "gzip", vary: vary},
		{name: "digest", resp: text.WithHeader("Repr-Digest", "sha-256=:AAAA:")},
		{name: "no-transform", resp: text.WithCacheControl(response.CacheControl{NoTransform: true})},
		{name: "no-transform among others", resp: text.WithHeader("Cache-Control", "max-age=1 , NO-transform")},
		{name: "cached", resp: text.WithCacheControl(response.CacheControl{MaxAge: time.Hour}), coding: "gzip", vary: vary},
		{name: "404", resp: text.WithStatus(404), coding: "gzip", vary: vary},
		{name: "204", resp: text.WithStatus(204)},
		{name: "205", resp: text.WithStatus(205)},
		{name: "another Vary", resp: text.WithHeader("Vary", "Accept"), coding: "gzip", vary: "Accept, " + vary},
		{name: "Vary says it", resp: text.WithHeader("Vary", "accept-encoding"), coding: "gzip", vary: "accept-encoding"},
		{name: "strong tag", resp: text.WithETag("1"), coding: "gzip", vary: vary, etag: `W/"1"`},
		{name: "strong tag of what is sent", resp: text.WithETag("1"), vary: vary, etag: `"1"`, notTaken: true},
		{name: "weak tag", resp: text.WithWeakETag("1"), coding: "gzip", vary: vary, etag: `W/"1"`},
		{name: "would become longer", resp: response.Text(unlike(2000)), vary: vary},
		{name: "would become longer, with a tag", resp: response.Text(unlike(2000)).WithETag("1"), vary: vary, etag: `"1"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			app, _ := newApp()
			app.Get("/", returning(test.resp))
			c := requesttest.New(t, app)
			accept := "gzip"
			if test.notTaken {
				accept = "br"
			}
			got := c.Get("/", with("Accept-Encoding", accept))
			h := got.Header
			if h.Get("Content-Encoding") != test.coding || strings.Join(h["Vary"], ", ") != test.vary || h.Get("Etag") != test.etag {
				t.Errorf("headers %v, want Content-Encoding %q, Vary %q and Etag %q", h, test.coding, test.vary, test.etag)
			}
			if want, ok := test.resp.Content(); ok && test.coding == "gzip" {
				checkGzip(t, got, want)
			}
			if n := h.Get("Content-Length"); n != strconv.Itoa(len(got.Body)) && got.Status != 204 {
				t.Errorf("Content-Length is %s for %d bytes", n, len(got.Body))
			}
		})
	}
}

// unlike returns a text in which nothing repeats, which no coder makes smaller.
func unlike(n int) string {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x >> 8)
	}
	return string(b)
}

func TestAcceptEncoding(t *testing.T) {
	fake := func(name string) compress.Coder { return compress.Coder{Name: name, New: compress.Gzip(0).New} }
	app, _ := newApp(compress.Options{Coders: []compress.Coder{fake("zstd"), fake("br"), compress.Gzip(0)}})
	app.Get("/", returning(response.Text(long)))
	c := requesttest.New(t, app)
	for _, test := range []struct{ accept, want string }{
		{"", ""}, {"gzip", "gzip"}, {"GZIP", "gzip"}, {"x-gzip", "gzip"}, {"gzip, deflate, br, zstd", "zstd"}, {"gzip, br", "br"},
		{"gzip;q=1.0, br;q=0.5", "gzip"}, {"gzip;q=0", ""}, {"*", "zstd"}, {"*;q=0", ""}, {"*;q=0, gzip", "gzip"},
		{"identity", ""}, {"identity, gzip;q=0.5", ""}, {"identity;q=0.5, gzip", "gzip"}, {"identity;q=0", ""},
		{"deflate", ""}, {"gzip;q=2", ""}, {"gzip;q=x", ""}, {";;,,q=,", ""}, {"gzip2", ""}, {strings.Repeat("a,", 100) + "gzip", ""},
	} {
		got := c.Get("/", with("Accept-Encoding", test.accept))
		if coding := got.Header.Get("Content-Encoding"); coding != test.want || got.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q and Vary %q, want %q", test.accept, coding, got.Header["Vary"], test.want)
		}
	}
	two := with("Accept-Encoding", "br;q=0.1", "Accept-Encoding", "gzip")
	if got := c.Get("/", two).Header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("two lines of Accept-Encoding: %q", got)
	}
}

// HEAD is never compressed. What it says of a GET is right or left out.
func TestHead(t *testing.T) {
	app, _ := newApp()
	app.Get("/", returning(response.Text(long).WithETag("1")))
	app.Get("/image", returning(response.Bytes("image/png", []byte(long))))
	app.Get("/short", returning(response.Text("short")))
	app.Head("/announced", returning(response.Response{}.WithHeader("Content-Type", "text/plain").WithHeader("Content-Length", "5000")))
	app.Head("/announced/short", returning(response.Response{}.WithHeader("Content-Type", "text/plain").WithHeader("Content-Length", "5")))
	c := requesttest.New(t, app)
	for _, test := range []struct{ path, accept, length, vary, etag string }{
		{"/", "gzip", "", "Accept-Encoding", `W/"1"`},
		{"/", "br", strconv.Itoa(len(long)), "Accept-Encoding", `"1"`},
		{"/image", "gzip", strconv.Itoa(len(long)), "", ""},
		{"/short", "gzip", "5", "", ""},
		{"/announced", "gzip", "", "Accept-Encoding", ""},
		{"/announced", "", "5000", "Accept-Encoding", ""},
		{"/announced/short", "gzip", "5", "", ""},
	} {
		got := c.Head(test.path, with("Accept-Encoding", test.accept))
		h := got.Header
		if got.Status != 200 || h.Get("Content-Length") != test.length || h.Get("Vary") != test.vary || h.Get("Etag") != test.etag ||
			h["Content-Encoding"] != nil {
			t.Errorf("%+v: %d with headers %v", test, got.Status, h)
		}
	}
}

func TestUncompressedRoutes(t *testing.T) {
	app, _ := newApp()
	app.Get("/route", returning(response.Text(long))).Uncompressed()
	g := app.Group("/group").Uncompressed()
	g.Get("/a", returning(response.Text(long)))
	app.Get("/stream", streaming(long)).Uncompressed()
	app.Get("/other", returning(response.Text(long)))
	c := requesttest.New(t, app)
	for _, path := range []string{"/route", "/group/a", "/stream"} {
		got := c.Get(path, acceptGzip)
		checkPlain(t, got, long)
		if got.Header["Vary"] != nil {
			t.Errorf("%s says Vary: %q, though it is never compressed", path, got.Header["Vary"])
		}
	}
	checkGzip(t, c.Get("/other", acceptGzip), long)
}

func TestTypesAndMinBytes(t *testing.T) {
	app, _ := newApp(compress.Options{MinBytes: 10, Types: []string{"application/x-own", "+own", "model/*"}})
	for path, contentType := range map[string]string{"/own": "application/x-own", "/suffix": "a/b+OWN", "/kind": "Model/obj"} {
		app.Get(path, returning(response.Bytes(contentType, []byte(long[:200]))))
	}
	app.Get("/text", returning(response.Text(long)))
	c := requesttest.New(t, app)
	for _, path := range []string{"/own", "/suffix", "/kind"} {
		checkGzip(t, c.Get(path, acceptGzip), long[:200])
	}
	checkPlain(t, c.Get("/text", acceptGzip), long)
}

// A coder that fails costs the compression, not the answer, and is told to the log.
func TestFailingCoder(t *testing.T) {
	app, log := newApp(compress.Options{Coders: []compress.Coder{{Name: "gzip", New: func() compress.Encoder { return new(broken) }}}})
	app.Get("/", returning(response.Text(long)))
	got := requesttest.New(t, app).Get("/", acceptGzip)
	checkPlain(t, got, long)
	if got.Status != http.StatusOK || len(log.Records("response not compressed")) != 1 {
		t.Errorf("status %d, log:\n%s", got.Status, log)
	}
}
