package response_test

import (
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/response"
)

func TestCacheControl(t *testing.T) {
	type cc = response.CacheControl
	for _, tt := range []struct {
		description string
		c           response.CacheControl
		want        string // "" for a mistake
	}{
		{"all in their order", cc{Public: true, MaxAge: time.Minute, SharedMaxAge: time.Hour, NoCache: true, MustRevalidate: true,
			ProxyRevalidate: true, NoTransform: true, Immutable: true, StaleWhileRevalidate: 30 * time.Second, StaleIfError: 24 * time.Hour},
			"public, max-age=60, s-maxage=3600, no-cache, must-revalidate, proxy-revalidate, no-transform, immutable, " +
				"stale-while-revalidate=30, stale-if-error=86400"},
		{"private", cc{Private: true, MaxAge: time.Second}, "private, max-age=1"},
		{"not stored", cc{NoStore: true}, "no-store"},
		{"not stored by what does not understand", cc{NoStore: true, MustUnderstand: true, MaxAge: time.Hour}, "max-age=3600, no-store, must-understand"},
		{"a part of a second", cc{MaxAge: 1999 * time.Millisecond}, "max-age=1"},
		{"200 years", cc{MaxAge: 200 * 365 * 24 * time.Hour}, "max-age=2147483648"},
		{"nothing", cc{}, ""},
		{"public and private", cc{Public: true, Private: true}, ""},
		{"private for all", cc{Private: true, SharedMaxAge: time.Hour}, ""},
		{"not stored for a time", cc{NoStore: true, MaxAge: time.Hour}, ""},
		{"not stored, but used when stale", cc{NoStore: true, StaleIfError: time.Hour}, ""},
		{"immutable for no time", cc{Immutable: true}, ""},
		{"negative", cc{MaxAge: -time.Second}, ""},
		{"negative when stale", cc{StaleWhileRevalidate: -time.Second}, ""},
		{"below a second", cc{MaxAge: time.Millisecond}, ""},
	} {
		resp := response.Text("a").WithCacheControl(tt.c)
		if got := resp.Header("Cache-Control"); got != tt.want || (resp.Err() != nil) != (tt.want == "") {
			t.Errorf("%s: %q with the error %v, want %q", tt.description, got, resp.Err(), tt.want)
		}
		if tt.want == "" && (send(resp).Code != 500 || !strings.HasPrefix(resp.Err().Error(), "response: CacheControl: ")) {
			t.Errorf("%s: %v is no mistake of the program", tt.description, resp.Err())
		}
	}
}

func TestTags(t *testing.T) {
	for _, tt := range []struct{ description, tag, want string }{
		{"a number", "7", `"7"`},
		{"all characters of ASCII", "!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "\"!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\""},
		{"beyond ASCII", "über", `"über"`},
		{"empty", "", ""}, {"a quote", `a"b`, ""}, {"quoted", `"a"`, ""}, {"a space", "a b", ""}, {"a line break", "a\r\nX: y", ""},
		{"a zero byte", "a\x00", ""}, {"delete", "a\x7f", ""},
	} {
		strong, weak := response.Text("a").WithETag(tt.tag), response.Text("a").WithWeakETag(tt.tag)
		wantWeak := ""
		if tt.want != "" {
			wantWeak = "W/" + tt.want
		}
		if strong.Header("ETag") != tt.want || weak.Header("ETag") != wantWeak {
			t.Errorf("%s: %q and %q", tt.description, strong.Header("ETag"), weak.Header("ETag"))
		}
		if tt.want == "" && (strong.Err() == nil || send(weak).Code != 500) {
			t.Errorf("%s is no mistake", tt.description)
		}
	}
}

func TestLastModified(t *testing.T) {
	for _, tt := range []struct {
		description string
		at          time.Time
		want        string
	}{
		{"a time elsewhere", time.Date(2026, 1, 2, 3, 4, 5, 999, time.FixedZone("", 3600)), "Fri, 02 Jan 2026 02:04:05 GMT"},
		{"none", time.Time{}, ""},
		{"the beginning of Unix time", time.Unix(0, 0), ""},
		{"to come", time.Now().Add(time.Hour), ""},
	} {
		if got := response.Text("a").WithLastModified(tt.at).Header("Last-Modified"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
	}
}

func TestContentTypeOf(t *testing.T) {
	for name, want := range map[string]string{
		"a.html": "text/html; charset=utf-8", "A.HTML": "text/html; charset=utf-8", "dir.js/a.css": "text/css; charset=utf-8",
		"app.min.js": "text/javascript; charset=utf-8", "a.mjs": "text/javascript; charset=utf-8", "a.json": "application/json",
		"a.svg": "image/svg+xml", "a.ts": "video/mp2t", "a.webmanifest": "application/manifest+json", "a.map": "application/json",
		"a.wasm": "application/wasm", "a.woff2": "font/woff2", "a.tar.gz": "application/gzip", "a.md": "text/markdown; charset=utf-8",
		"README": "application/octet-stream", "dir.html/README": "application/octet-stream", `dir.html\README`: "application/octet-stream",
		"": "application/octet-stream", ".": "application/octet-stream", "a.": "application/octet-stream", "a.unknown": "application/octet-stream",
		"a.php": "application/octet-stream", ".html": "text/html; charset=utf-8",
	} {
		if got := response.ContentTypeOf(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
