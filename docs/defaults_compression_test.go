package docs_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func compressionDefaults() map[string]check {
	return map[string]check{
		"Answers": says("as they are", func(t *testing.T) {
			got := newClient(t, text(strings.Repeat("x", 1<<20))).Get("/", acceptsGzip())
			if got.Header["Content-Encoding"] != nil {
				t.Errorf("headers %v", got.Header)
			}
		}),
		"Way to compress with `UseCompression`": func(t *testing.T, cell string) {
			got := newCompressing(t, text(strings.Repeat("x", 1<<20))).Get("/", acceptsGzip())
			if coding := got.Header.Get("Content-Encoding"); !strings.HasPrefix(cell, coding+" ") || coding == "" {
				t.Errorf("coding %q, the page says %s", coding, cell)
			}
			if got.Body[8] != 0 { // XFL of RFC 1952 is 4 for the fastest, 2 for the smallest
				t.Errorf("extra flags %d", got.Body[8])
			}
		},
		"Shortest content that is compressed": func(t *testing.T, cell string) {
			least := number(t, cell, "bytes")
			for _, size := range []int{least - 1, least} {
				got := newCompressing(t, text(strings.Repeat("x", size))).Get("/", acceptsGzip())
				if isCompressed(got) != (size == least) {
					t.Errorf("%d bytes: headers %v, the page says %s", size, got.Header, cell)
				}
			}
		},
		"Types that are compressed": func(t *testing.T, cell string) {
			types := map[string]string{"text": "text/csv", "JSON": "application/json", "XML": "application/xml",
				"JavaScript": "application/javascript", "WebAssembly": "application/wasm", "SVG": "image/svg+xml",
				"TrueType fonts": "font/ttf", "JSON lines": "application/jsonl"}
			for name := range strings.SplitSeq(cell, ", ") {
				if types[name] == "" {
					t.Fatalf("the page says %s", cell)
				}
				if got := typed(t, types[name]); !isCompressed(got) {
					t.Errorf("%s: headers %v", name, got.Header)
				}
				delete(types, name)
			}
			if len(types) > 0 || isCompressed(typed(t, "image/png")) {
				t.Errorf("the page says %s, and not %v", cell, types)
			}
		},
		"Answers that depend on who the visitor is": says("compressed for requests of the app's own pages, and of the user", func(t *testing.T) {
			c := newCompressing(t, func(soay.Request) soay.Response {
				return response.Text(strings.Repeat("x", 5000)).WithHeader("Vary", "Cookie")
			})
			for site, want := range map[string]bool{"same-origin": true, "none": true, "same-site": false, "cross-site": false} {
				w := acceptsGzip()
				w.Header.Set("Sec-Fetch-Site", site)
				if got := c.Get("/", w); isCompressed(got) != want {
					t.Errorf("%s: headers %v", site, got.Header)
				}
			}
		}),
		"Event streams": says("as they are", func(t *testing.T) {
			if got := typed(t, "text/event-stream"); isCompressed(got) {
				t.Errorf("headers %v", got.Header)
			}
		}),
		"Streams that are compressed at once": streamsAtOnce,
	}
}

func acceptsGzip() requesttest.With {
	return requesttest.With{Header: http.Header{"Accept-Encoding": {"gzip"}}}
}

func isCompressed(resp *requesttest.Response) bool {
	return resp.Header.Get("Content-Encoding") == "gzip"
}

// newCompressing returns a client of an app that compresses.
func newCompressing(t *testing.T, h soay.Handler) *requesttest.Client {
	app := soay.New()
	app.UseCompression()
	app.Get("/", h)
	return requesttest.New(t, app)
}

// typed returns a long answer of a type.
func typed(t *testing.T, contentType string) *requesttest.Response {
	return newCompressing(t, func(soay.Request) soay.Response {
		return response.Bytes(contentType, []byte(strings.Repeat("x", 5000)))
	}).Get("/", acceptsGzip())
}

// streamsAtOnce opens streams, all of which wait for the last one to be open.
func streamsAtOnce(t *testing.T, cell string) {
	most := number(t, cell, "")
	open, finish := make(chan bool), make(chan bool)
	c := newCompressing(t, func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, "x")
			open <- true
			<-finish
			return err
		})
	})
	compressed := make(chan bool)
	for range most + 1 {
		go func() {
			got, err := c.Try("GET", "/", acceptsGzip())
			compressed <- err == nil && isCompressed(got)
		}()
		<-open
	}
	close(finish)
	n := 0
	for range most + 1 {
		if <-compressed {
			n++
		}
	}
	if n != most {
		t.Errorf("%d of %d streams were compressed, the page says %s", n, most+1, cell)
	}
}
