package files_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/files"
	"github.com/soay-go/soay/router"
)

var staticTests = []struct {
	description, method, path string
	with                      requesttest.With
	want                      int
	body                      string
	headers                   map[string]string
}{
	{"a file", "GET", "/static/plan.txt", h(), 200, "0123456789", map[string]string{
		"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache", "Accept-Ranges": "bytes",
		"Content-Length": "10", "X-Content-Type-Options": "nosniff", "Vary": "", "Set-Cookie": "",
	}},
	{"HEAD", "HEAD", "/static/plan.txt", h(), 200, "", map[string]string{"Content-Length": "10"}},
	{"an empty file", "GET", "/static/empty.txt", h(), 200, "", map[string]string{"Content-Length": "0"}},
	{"an unknown type", "GET", "/static/deep/er/est/file.weird", h(), 200, "deep", map[string]string{"Content-Type": "application/octet-stream"}},
	{"no extension", "GET", "/static/LICENSE", h(), 200, "free", nil},
	{"an escaped name", "GET", "/static/na%C3%AFve%20name.txt", h(), 200, "umlaut", nil},
	{"a page has no policy of ours", "GET", "/static/about.html", h(), 200, "about", map[string]string{"Content-Security-Policy": ""}},
	{"a range", "GET", "/static/plan.txt", h("Range", "bytes=2-4"), 206, "234", map[string]string{"Content-Range": "bytes 2-4/10"}},
	{"a range of HEAD", "HEAD", "/static/plan.txt", h("Range", "bytes=2-4"), 200, "", nil},
	{"a range beyond the end", "GET", "/static/plan.txt", h("Range", "bytes=10-"), 416, "*", map[string]string{"Content-Range": "bytes */10", "Cache-Control": ""}},
	{"another version", "GET", "/static/plan.txt", h("If-Match", `"x"`), 412, "*", nil},
	{"the folder itself", "GET", "/static", h(), 301, "", map[string]string{"Location": "static/", "Cache-Control": "no-cache"}},
	{"the folder itself with a query", "GET", "/static?a=b&c", h(), 301, "", map[string]string{"Location": "static/?a=b&c"}},
	{"its index", "GET", "/static/", h(), 200, "<h1>home</h1>", map[string]string{"Content-Type": "text/html; charset=utf-8"}},
	{"a folder", "GET", "/static/css", h(), 301, "", map[string]string{"Location": "css/"}},
	{"the index of a folder", "GET", "/static/css/", h(), 200, "styles", nil},
	{"a folder without an index", "GET", "/static/blank/", h(), 404, "*", nil},
	{"a file with a slash", "GET", "/static/plan.txt/", h(), 404, "*", nil},
	{"something below a file", "GET", "/static/plan.txt/x", h(), 404, "*", nil},
	{"nothing", "GET", "/static/nothing.txt", h("Accept", "application/json"), 404, "*", map[string]string{"Content-Type": "application/problem+json"}},
	{"the preferred sibling", "GET", "/static/app.js", h("Accept-Encoding", "gzip, br"), 200, "as brotli", map[string]string{
		"Content-Encoding": "br", "Vary": "Accept-Encoding", "Content-Type": "text/javascript; charset=utf-8", "Content-Length": "9",
	}},
	{"the sibling that the client likes", "GET", "/static/app.js", h("Accept-Encoding", "gzip, br;q=0.5"), 200, "as gzip", nil},
	{"no sibling", "GET", "/static/app.js", h("Accept-Encoding", "br;q=0, identity"), 200, "let original = 1", map[string]string{"Vary": "Accept-Encoding", "Content-Encoding": ""}},
	{"a range of a sibling", "GET", "/static/app.js", h("Accept-Encoding", "br", "Range", "bytes=3-8"), 206, "brotli", map[string]string{"Content-Range": "bytes 3-8/9", "Content-Encoding": "br"}},
	{"a sibling alone", "GET", "/static/only.js", h("Accept-Encoding", "gzip"), 200, "only gzip", map[string]string{"Content-Encoding": "gzip"}},
	{"a sibling alone that the client does not take", "GET", "/static/only.js", h("Accept-Encoding", "br"), 406, "*", map[string]string{"Vary": "Accept-Encoding, Accept"}},
	{"a sibling by its own name", "GET", "/static/app.js.br", h(), 404, "*", nil},
	{"an archive is no sibling", "GET", "/static/archive.tar.gz", h("Accept-Encoding", "gzip"), 200, "an archive", map[string]string{"Content-Type": "application/gzip", "Content-Encoding": ""}},
	{"another method", "POST", "/static/plan.txt", h(), 405, "*", map[string]string{"Allow": "GET, HEAD, OPTIONS"}},
}

func TestStatic(t *testing.T) {
	for name, source := range sources(t) {
		app, log := newApp()
		app.Static("/static", source)
		c := requesttest.New(t, app)
		for _, tt := range staticTests {
			for _, attempt := range []string{"first", "again"} {
				t.Run(name+"/"+tt.description+"/"+attempt, func(t *testing.T) {
					got := c.Do(tt.method, tt.path, tt.with)
					if got.Status != tt.want || tt.body != "*" && got.Text() != tt.body {
						t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.path, got.Status, got.Text(), tt.want, tt.body)
					}
					for name, want := range tt.headers {
						if value := got.Header.Get(name); value != want {
							t.Errorf("%s is %q, want %q", name, value, want)
						}
					}
				})
			}
		}
		if lines := log.Lines(slog.LevelWarn, slog.LevelError); len(lines) > 0 {
			t.Errorf("%s: the log has\n%s", name, lines)
		}
	}
}

// A client that has a form of a file gets a 304 for this form alone.
func TestTags(t *testing.T) {
	for name, source := range sources(t) {
		app, _ := newApp()
		app.Static("/", source)
		c := requesttest.New(t, app)
		seen := map[string]string{}
		for _, coding := range []string{"br", "gzip", "identity"} {
			first := c.Get("/app.js", h("Accept-Encoding", coding))
			tag := first.Header.Get("Etag")
			if seen[tag] != "" || len(tag) != 24 || tag[0] != '"' {
				t.Errorf("%s: the tag of %s is %q, that of %q", name, coding, tag, seen[tag])
			}
			seen[tag] = coding
			got := c.Get("/app.js", h("Accept-Encoding", coding, "If-None-Match", tag))
			if got.Status != 304 || got.Header.Get("Vary") != "Accept-Encoding" || got.Header.Get("Etag") != tag ||
				got.Header.Get("Cache-Control") != "no-cache" || got.Header.Get("Content-Encoding") != "" || len(got.Body) > 0 {
				t.Errorf("%s: %s again: %d %v", name, coding, got.Status, got.Header)
			}
			if got := c.Get("/app.js", h("Accept-Encoding", "zstd", "If-None-Match", tag)); (got.Status == 304) != (coding == "identity") {
				t.Errorf("%s: the tag of %s for another coding: %d", name, coding, got.Status)
			}
		}
		modified := c.Get("/plan.txt").Header.Get("Last-Modified")
		if want := map[string]string{"Dir": "Mon, 03 Feb 2020 04:05:06 GMT", "FS": ""}[name]; modified != want {
			t.Errorf("%s: Last-Modified is %q, want %q", name, modified, want)
		}
	}
}

// In all modes a folder has one URL, and no redirect leads in a circle or elsewhere.
func TestRedirectsEnd(t *testing.T) {
	for _, slash := range []router.TrailingSlash{router.Lenient, router.Strict, router.Redirect} {
		for _, prefix := range []string{"/", "/static", "/a/b"} {
			for _, extension := range []bool{false, true} {
				app, _ := newApp(soay.Options{Env: "production", TrailingSlash: slash, Logger: quiet})
				app.Static(prefix, files.FS(inMemory()), files.Options{HTMLExtension: extension})
				c := requesttest.New(t, app)
				base := strings.TrimSuffix(prefix, "/")
				for path, want := range map[string]string{"/": "<h1>home</h1>", "/css": "styles", "/css/": "styles", "/css?x=y": "styles", "/about.html": "about"} {
					got := c.Get(base+path, requesttest.With{FollowRedirects: true})
					if got.Status != 200 || got.Text() != want || got.URL.Host != "localhost" {
						t.Errorf("mode %d, %v: %s%s: %d %q at %s", slash, extension, base, path, got.Status, got.Text(), got.URL)
					}
					if strings.Contains(path, "?") && got.URL.RawQuery != "x=y" {
						t.Errorf("mode %d: %s leads to %s", slash, path, got.URL)
					}
				}
				if got := c.Get(prefix, requesttest.With{FollowRedirects: true}); got.Text() != "<h1>home</h1>" {
					t.Errorf("mode %d, %v: %s: %d %q", slash, extension, prefix, got.Status, got.Text())
				}
				for _, path := range []string{"//evil.example", "//evil.example/", "/%2fevil.example", "/\\evil.example", "//evil.example/..", "//evil.example/%2e%2e", "/css//", "//css"} {
					got := c.Get(base + path)
					if location := got.Header.Get("Location"); strings.HasPrefix(location, "//") || strings.Contains(location, ":") || strings.HasPrefix(location, `/\`) {
						t.Errorf("mode %d: %s%s: %d to %s", slash, base, path, got.Status, location)
					}
				}
			}
		}
	}
}

func TestHTMLExtension(t *testing.T) {
	root := onDisk(t)
	at := time.Now().Add(-time.Hour)
	write(t, filepath.Join(root, "both.html"), "the page", at)
	write(t, filepath.Join(root, "both/index.html"), "the folder", at)
	write(t, filepath.Join(root, "team.html"), "the team", at)
	write(t, filepath.Join(root, "team/ada.html"), "Ada", at)
	app, _ := newApp()
	app.Static("/", files.Dir(root), files.Options{HTMLExtension: true})
	c := requesttest.New(t, app)
	for _, tt := range []struct {
		description, path string
		want              int
		text              string // the body, or Location
	}{
		{"without it", "/about", 200, "about"},
		{"with it", "/about.html?a=b", 301, "about?a=b"},
		{"the index", "/index.html", 301, "./"},
		{"a folder with an index", "/both", 301, "both/"},
		{"a folder without one", "/team", 200, "the team"},
		{"below it", "/team/ada", 200, "Ada"},
		{"nothing", "/nothing", 404, ""},
		{"hidden", "/.about", 404, ""},
	} {
		for range 2 {
			got := c.Get(tt.path)
			if text := got.Text(); got.Status != tt.want || tt.want == 200 && text != tt.text || tt.want == 301 && got.Header.Get("Location") != tt.text {
				t.Errorf("%s: %d %q %v", tt.description, got.Status, text, got.Header)
			}
		}
	}
}

func TestFallback(t *testing.T) {
	navigation := []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Site", "none", "Accept", "text/html"}
	app, _ := newApp()
	app.Static("/", files.FS(inMemory()), files.Options{Fallback: "index.html", Except: []string{"/api", "/hooks/"}})
	app.Get("/api/cats", func(soay.Request) soay.Response { return response.NotFound("No cat.") })
	app.Get("/cats/{name}", func(soay.Request) soay.Response { return response.NotFound("No cat.") })
	c := requesttest.New(t, app, requesttest.Options{OldBrowser: true})
	for _, tt := range []struct {
		description, path string
		headers           []string
		want              int
	}{
		{"a navigation", "/notes/7", navigation, 200},
		{"a navigation with a dot", "/users/ada.html", navigation, 200},
		{"a navigation to a folder that has no index", "/blank/", navigation, 200},
		{"a script", "/missing.js", []string{"Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script", "Accept", "*/*"}, 404},
		{"a fetch that takes HTML", "/notes/7", []string{"Sec-Fetch-Mode", "cors", "Accept", "text/html"}, 404},
		{"Fetch Metadata without a mode", "/notes/7", []string{"Sec-Fetch-Site", "none", "Accept", "text/html"}, 404},
		{"an old browser", "/notes/7", []string{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}, 200},
		{"an old browser and a missing file", "/app.9.js", []string{"Accept", "text/html,*/*"}, 404},
		{"a program", "/notes/7", []string{"Accept", "*/*"}, 404},
		{"a program that says nothing", "/notes/7", []string{}, 404},
		{"one that refuses HTML", "/notes/7", []string{"Accept", "text/html;q=0, */*"}, 404},
		{"a path of Except", "/api/nothing", navigation, 404},
		{"the path of Except itself", "/api", navigation, 404},
		{"a path of Except with a slash", "/hooks/x", navigation, 404},
		{"a path that begins like Except", "/apis", navigation, 200},
		{"what another route answers", "/cats/tom", navigation, 404},
		{"hidden", "/.env", navigation, 404},
		{"a sibling", "/app.js.gz", navigation, 200},
	} {
		t.Run(tt.description, func(t *testing.T) {
			got := c.Get(tt.path, h(tt.headers...))
			if got.Status != tt.want || (got.Text() == "<h1>home</h1>") != (tt.want == 200) {
				t.Fatalf("%d %q", got.Status, got.Text())
			}
			if tt.want == 200 && (got.Header.Get("Vary") != "Sec-Fetch-Mode, Accept" || got.Header.Get("Cache-Control") != "no-cache" || got.Header.Get("Etag") == "") {
				t.Errorf("headers %v", got.Header)
			}
		})
	}
	if got := c.Get("/cats/tom", h("Accept", "application/json")); !strings.Contains(got.Text(), "No cat.") {
		t.Errorf("another route's 404 is %q", got.Text())
	}
}

func TestFingerprints(t *testing.T) {
	for name, source := range sources(t) {
		set, err := files.New(source)
		if err != nil {
			t.Fatal(err)
		}
		app, _ := newApp()
		var asset, inside string
		app.Static("/static", source)
		app.Get("/", func(req soay.Request) soay.Response {
			asset, inside = req.Asset("/static/css/app.css"), set.URL("css/app.css")
			return response.NoContent()
		})
		c := requesttest.New(t, app)
		c.Get("/")
		const sum = "b0c9c0a6e1f4"
		if !strings.HasPrefix(asset, "/static/css/app.") || !strings.HasSuffix(asset, ".css") || len(asset) != len("/static/css/app..css")+12 || "/static/"+inside != asset {
			t.Fatalf("%s: %q and %q", name, asset, inside)
		}
		plain := c.Get("/static/css/app.css")
		for range 2 {
			got := c.Get(asset)
			if got.Text() != plain.Text() || got.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || got.Header.Get("Etag") != plain.Header.Get("Etag") {
				t.Errorf("%s: right hash: %q %v", name, got.Text(), got.Header)
			}
			got = c.Get("/static/css/app." + sum + ".css")
			if got.Text() != plain.Text() || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: wrong hash: %q %v", name, got.Text(), got.Header)
			}
		}
		for _, path := range []string{"/static/css/none." + sum + ".css", "/static/css/app.B0C9C0A6E1F4.css", "/static/css/app." + sum + "0.css", "/static/." + sum + ".css"} {
			if got := c.Get(path); got.Status != 404 {
				t.Errorf("%s: %s: %d", name, path, got.Status)
			}
		}
	}
}

func TestAssets(t *testing.T) {
	for _, env := range []string{"production", "development"} {
		app, _ := newApp(soay.Options{Env: env, Logger: quiet})
		app.Static("/static", files.FS(inMemory()))
		app.Static("/static/css", files.FS(inMemory(), "css"))
		app.Get("/", func(req soay.Request) soay.Response { return response.Text(req.Asset(req.Query("of"))) })
		c := requesttest.New(t, app)
		dev := env == "development"
		for of, want := range map[string]string{
			"/static/LICENSE": "/static/LICENSE.", "/static/css/app.css": "/static/css/app.", "/static/app.js?v=1#top": "/static/app.",
			"/static/nothing.css": "", "/elsewhere.css": "", "/static/.env": "", "https://cdn.example/x.css": "", "/static/../x": "", "": "",
		} {
			got := c.Get("/?of=" + strings.ReplaceAll(strings.ReplaceAll(of, "#", "%23"), "?", "%3f")).Text()
			switch {
			case want == "" || dev:
				if got != of {
					t.Errorf("%s: %s: %s", env, of, got)
				}
			case !strings.HasPrefix(got, want) || got == of || c.Get(got).Status != 200:
				t.Errorf("%s: %s: %s", env, of, got)
			}
		}
		if got := c.Get("/?of=/static/app.js%3Fv=1%23top").Text(); !strings.HasSuffix(got, ".js?v=1#top") {
			t.Errorf("%s: with a query: %s", env, got)
		}
	}
}

func TestEach(t *testing.T) {
	app, _ := newApp()
	app.Static("/", files.FS(inMemory()), files.Options{Each: func(name string, r response.Response) response.Response {
		if name == "plan.txt" {
			return r.WithStatus(201)
		}
		return r.WithHeader("X-Name", name).WithHeader("Cache-Control", "max-age=60")
	}})
	set, _ := files.New(files.FS(inMemory()))
	c := requesttest.New(t, app)
	for path, want := range map[string]string{"/about.html": "max-age=60", "/" + set.URL("css/app.css"): "public, max-age=31536000, immutable"} {
		if got := c.Get(path); got.Header.Get("X-Name") == "" || got.Header.Get("Cache-Control") != want {
			t.Errorf("%s: %v", path, got.Header)
		}
	}
	if got := c.Get("/plan.txt"); got.Status != http.StatusInternalServerError {
		t.Errorf("a status of Each: %d", got.Status)
	}
}

func TestLargeFiles(t *testing.T) {
	root := t.TempDir()
	at := time.Now().Add(-time.Hour)
	sizes := map[string]int{"kept.txt": 64 << 10, "hashed.txt": 64<<10 + 1, "large.txt": 1<<20 + 1}
	for name, size := range sizes {
		write(t, filepath.Join(root, name), strings.Repeat("0123456789abcdef", size/16+1)[:size], at)
	}
	for description, source := range map[string]files.Source{"Dir": files.Dir(root), "FS": files.FS(os.DirFS(root))} {
		for _, memory := range []int64{0, -1} {
			app, _ := newApp()
			app.Static("/", source, files.Options{MemoryBytes: memory})
			c := requesttest.New(t, app)
			for name, size := range sizes {
				got := c.Get("/" + name)
				tag := got.Header.Get("Etag")
				if len(got.Body) != size || tag == "" || tag[0] == 'W' || got.Header.Get("Content-Length") != fmt.Sprint(size) {
					t.Errorf("%s: %s: %d bytes, %v", description, name, len(got.Body), got.Header)
				}
				if got := c.Get("/"+name, h("Range", "bytes=17-20", "If-Range", tag)); got.Status != 206 || got.Text() != "1234" {
					t.Errorf("%s: a range of %s: %d %q", description, name, got.Status, got.Text())
				}
				if got := c.Get("/"+name, h("If-None-Match", tag)); got.Status != 304 {
					t.Errorf("%s: %s again: %d", description, name, got.Status)
				}
			}
		}
	}
}
