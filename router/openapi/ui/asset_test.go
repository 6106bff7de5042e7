package ui_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay/request/requesttest"
)

// assetPath returns the path of a file of a page.
func assetPath(t *testing.T, c *requesttest.Client, page, name string) string {
	t.Helper()
	found := links(c.Get(page))
	for i, short := range withoutHashes(found) {
		if strings.HasSuffix(short, "/"+name) {
			return strings.TrimPrefix(found[i], ".")
		}
	}
	t.Fatalf("%s does not name %s", page, name)
	return ""
}

// embedded returns the content of a file as it is in the folder, uncompressed.
func embedded(t *testing.T, name string) []byte {
	t.Helper()
	if text, err := os.ReadFile("assets/" + name); err == nil {
		return text
	}
	compressed, err := os.ReadFile("assets/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	return decompressed(t, compressed)
}

func decompressed(t *testing.T, compressed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAssets(t *testing.T) {
	c := newClient(t)
	const js, css, text = "text/javascript; charset=utf-8", "text/css; charset=utf-8", "text/plain; charset=utf-8"
	for _, tt := range []struct {
		page, name string
		wantType   string
		wantZipped bool
	}{
		{"/docs", "page.css", css, false},
		{"/docs", "swagger-ui.css", css, true},
		{"/docs", "swagger-ui-bundle.js", js, true},
		{"/docs", "swagger.js", js, false},
		{"/docs", "swagger-ui.LICENSE.txt", text, false},
		{"/redoc", "page.css", css, false},
		{"/redoc", "redoc.standalone.js", js, true},
		{"/redoc", "redoc.js", js, false},
		{"/redoc", "redoc.LICENSE.txt", text, false},
	} {
		t.Run(tt.page+"/"+tt.name, func(t *testing.T) {
			path, want := assetPath(t, c, tt.page, tt.name), embedded(t, tt.name)
			plain, zipped := c.Get(path), c.Get(path, accepting("gzip"))
			if !bytes.Equal(plain.Body, want) || plain.Header["Content-Encoding"] != nil {
				t.Errorf("plain: %d bytes with %v, want %d", len(plain.Body), plain.Header, len(want))
			}
			if tt.wantZipped {
				if got := zipped.Header.Get("Content-Encoding"); got != "gzip" || zipped.Header.Get("Vary") != "Accept-Encoding" {
					t.Fatalf("compressed: %v", zipped.Header)
				}
				zipped.Body = decompressed(t, zipped.Body)
				if plain.Header.Get("Etag") == zipped.Header.Get("Etag") {
					t.Errorf("both encodings have the tag %s", plain.Header.Get("Etag"))
				}
			}
			if !bytes.Equal(zipped.Body, want) {
				t.Errorf("compressed: other content")
			}
			for _, got := range []*requesttest.Response{plain, zipped} {
				if got.Status != 200 || got.Header.Get("Content-Type") != tt.wantType ||
					got.Header.Get("Cache-Control") != "max-age=31536000, immutable" {
					t.Errorf("answered with %d %v", got.Status, got.Header)
				}
			}
		})
	}
}

func TestEncodingOfAssets(t *testing.T) {
	c := newClient(t)
	path := assetPath(t, c, "/docs", "swagger-ui.css")
	for _, tt := range []struct{ description, accept, want string }{
		{"as browsers ask", "gzip, deflate, br, zstd", "gzip"},
		{"old name", "x-gzip", "gzip"},
		{"anything", "*", "gzip"},
		{"preferred to nothing", "gzip;q=0.1", "gzip"},
		{"none", "", ""},
		{"identity", "identity", ""},
		{"identity preferred", "gzip;q=0.5, identity", ""},
		{"refused", "gzip;q=0", ""},
		{"refused among all", "*, gzip;q=0", ""},
		{"another encoding", "br", ""},
		{"neither", "br, *;q=0", ""},
		{"malformed", "gzip;q=x", ""},
	} {
		got := c.Get(path, accepting(tt.accept))
		if got.Status != 200 || got.Header.Get("Content-Encoding") != tt.want || got.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: answered with %d %v, want encoding %q", tt.description, got.Status, got.Header, tt.want)
		}
		head := c.Head(path, accepting(tt.accept))
		length := head.Header.Get("Content-Length")
		if head.Status != 200 || head.Header.Get("Content-Encoding") != tt.want || len(head.Body) > 0 ||
			length != got.Header.Get("Content-Length") {
			t.Errorf("%s: HEAD answered with %d %v", tt.description, head.Status, head.Header)
		}
	}
}

func TestKnownAssets(t *testing.T) {
	c := newClient(t)
	path := assetPath(t, c, "/docs", "swagger-ui.css")
	plain := c.Get(path).Header.Get("Etag")
	zipped := c.Get(path, accepting("gzip")).Header.Get("Etag")
	for _, tt := range []struct {
		description, ifNoneMatch, accept string
		want                             int
	}{
		{"same", plain, "", 304},
		{"same, compressed", zipped, "gzip", 304},
		{"in a list", `"x", W/` + plain, "", 304},
		{"anything", "*", "", 304},
		{"the other encoding", plain, "gzip", 200},
		{"the other encoding, compressed", zipped, "", 200},
		{"another", `"x"`, "", 200},
		{"malformed", `x`, "", 200},
	} {
		with := requesttest.With{Header: http.Header{"If-None-Match": {tt.ifNoneMatch}, "Accept-Encoding": {tt.accept}}}
		got := c.Get(path, with)
		if got.Status != tt.want || (got.Status == 304) != (len(got.Body) == 0) {
			t.Errorf("%s: answered with %d and %d bytes, want %d", tt.description, got.Status, len(got.Body), tt.want)
		}
		if got.Header.Get("Etag") == "" || got.Header.Get("Vary") != "Accept-Encoding" || got.Header.Get("Cache-Control") == "" {
			t.Errorf("%s: headers %v", tt.description, got.Header)
		}
	}
}

func TestUnknownAssets(t *testing.T) {
	c := newClient(t)
	known := strings.TrimPrefix(assetPath(t, c, "/docs", "swagger.js"), "/docs/")
	for _, name := range []string{
		"swagger.js", "swagger.0123456789abcdef.js", strings.ToUpper(known), known + "x", "VERSIONS", "%2e%2e%2fdoc.go",
		strings.TrimPrefix(assetPath(t, c, "/redoc", "redoc.js"), "/redoc/"), known + "/x",
	} {
		if got := c.Get("/docs/" + name); got.Status != 404 || got.Header.Get("Cache-Control") != "" {
			t.Errorf("%s: answered with %d %v", name, got.Status, got.Header)
		}
	}
	if got := c.Post("/docs/" + known).Status; got != 405 {
		t.Errorf("POST answered with %d, want 405", got)
	}
}

// What is made when it is first asked for is made once, however many ask.
func TestAssetsAtOnce(t *testing.T) {
	c := newClient(t)
	path := assetPath(t, c, "/redoc", "redoc.standalone.js")
	want := len(embedded(t, "redoc.standalone.js"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := c.Try(http.MethodGet, path)
			if err != nil || len(got.Body) != want {
				t.Errorf("%v, %v; want %d bytes", got, err, want)
			}
		})
	}
	wg.Wait()
}
