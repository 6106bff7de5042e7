package files_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/files"
	"github.com/soay-go/soay/router/openapi"
)

func TestMistakes(t *testing.T) {
	memory := files.FS(inMemory())
	for _, tt := range []struct {
		description string
		setUp       func(*soay.App)
		want        string
	}{
		{"no folder", func(a *soay.App) { a.Static("/s", files.Dir("no/such/folder")) }, `Static: the folder "no/such/folder": `},
		{"a file in place of the folder", func(a *soay.App) { a.Static("/s", files.Dir("setup_test.go")) }, `Static: the folder "setup_test.go": `},
		{"no folder in a file system", func(a *soay.App) { a.Static("/s", files.FS(inMemory(), "dist")) }, `Static: the folder "dist": open dist: file does not exist`},
		{"a file in a file system", func(a *soay.App) { a.Static("/s", files.FS(inMemory(), "LICENSE")) }, `it is no folder`},
		{"no clean path", func(a *soay.App) { a.Static("/s", files.FS(inMemory(), "../x")) }, `the folder "../x"`},
		{"two folders", func(a *soay.App) { a.Static("/s", files.FS(inMemory(), "css", "css")) }, `2 folders; pass one`},
		{"no source", func(a *soay.App) { a.Static("/s", files.Source{}) }, `the source has no folder`},
		{"a missing index", func(a *soay.App) { a.Static("/s", memory, files.Options{Index: "home.html"}) }, `Static: Index: "home.html": open home.html: file does not exist`},
		{"an index in a folder", func(a *soay.App) { a.Static("/s", memory, files.Options{Index: "css/index.html"}) }, `Index: "css/index.html" is not the name of a file alone`},
		{"a missing fallback", func(a *soay.App) { a.Static("/s", memory, files.Options{Fallback: "app.html"}) }, `Fallback: "app.html": `},
		{"a fallback that is a folder", func(a *soay.App) { a.Static("/s", memory, files.Options{Fallback: "css"}) }, `Fallback: "css": it is a folder`},
		{"a hidden fallback", func(a *soay.App) { a.Static("/s", memory, files.Options{Fallback: ".env"}) }, `Fallback: ".env" is never served`},
		{"an extension without its dot", func(a *soay.App) { a.Static("/s", memory, files.Options{Extensions: []string{"css"}}) }, `"css" is no extension such as .css`},
		{"a relative Except", func(a *soay.App) { a.Static("/s", memory, files.Options{Except: []string{"api"}}) }, `Except: "api" is no path`},
		{"a wrong Cache", func(a *soay.App) {
			a.Static("/s", memory, files.Options{Cache: response.CacheControl{Immutable: true}})
		}, `Cache: Immutable needs MaxAge`},
		{"negative memory", func(a *soay.App) { a.Static("/s", memory, files.Options{MemoryBytes: -2}) }, `MemoryBytes is -2`},
		{"negative time", func(a *soay.App) { a.Static("/s", memory, files.Options{Recheck: -1}) }, `Recheck is negative`},
		{"two coders of one name", func(a *soay.App) {
			a.Static("/s", memory, files.Options{Compress: []compress.Coder{compress.Gzip(1), compress.Gzip(2)}})
		}, `two coders have the name "gzip"`},
		{"coders without memory", func(a *soay.App) {
			a.Static("/s", memory, files.Options{MemoryBytes: -1, Compress: []compress.Coder{compress.Gzip(1)}})
		}, `Compress contradicts MemoryBytes -1`},
		{"two options", func(a *soay.App) { a.Static("/s", memory, files.Options{}, files.Options{}) }, `Static: 2 options; pass one`},
		{"one prefix twice", func(a *soay.App) { a.Static("/s", memory); a.Static("/s/", memory) }, `"/s" is the prefix of the call at setup_test.go:`},
		{"no prefix", func(a *soay.App) { a.Static("", memory) }, `"" is no plain path such as /static`},
		{"a relative prefix", func(a *soay.App) { a.Static("s", memory) }, `"s" is no plain path`},
		{"a parameter", func(a *soay.App) { a.Static("/{x}", memory) }, `"/{x}" is no plain path`},
		{"dots", func(a *soay.App) { a.Static("/a/../b", memory) }, `"/a/../b" is no plain path`},
		{"a taken path", func(a *soay.App) {
			a.Static("/s", memory)
			a.Get("/s/*", func(soay.Request) soay.Response { return response.Text("") })
		}, `conflicts with GET /s/*`},
		{"Auth without a scheme", func(a *soay.App) { a.Static("/s", memory).Auth() }, `the app has no scheme`},
	} {
		app, _ := newApp()
		tt.setUp(app)
		err := app.Start(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "setup_test.go:") {
			t.Errorf("%s: %v, want %s", tt.description, err, tt.want)
		}
	}
	app, _ := newApp()
	app.Static("/x", files.FS(inMemory()), files.Options{Index: "a", Fallback: "b", Recheck: -1})
	if err := app.Start(t.Context()); err == nil || strings.Count(err.Error(), "setup_test.go:") != 3 {
		t.Errorf("three mistakes: %v", err)
	}
	if _, err := files.New(files.FS(fstest.MapFS{"a.txt": {}}), files.Options{}); err != nil {
		t.Errorf("a missing default index: %v", err)
	}
}

// The files are open where all else is closed, until the route says otherwise.
func TestAccess(t *testing.T) {
	for _, closed := range []bool{false, true} {
		app, _ := newApp()
		app.AddScheme("nobody", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
		app.UseAuthorization()
		route := app.Static("/static", files.FS(inMemory()))
		if closed {
			route.Auth()
		}
		c := requesttest.New(t, app)
		want := map[bool][2]int{false: {200, 301}, true: {401, 401}}[closed]
		if file, folder := c.Get("/static/plan.txt").Status, c.Get("/static").Status; file != want[0] || folder != want[1] {
			t.Errorf("closed %v: %d and %d, want %v", closed, file, folder, want)
		}
		var b bytes.Buffer
		if err := soay.WriteAccess(app, &b); err != nil {
			t.Fatal(err)
		}
		rows := 0
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, "/static") {
				rows++
				if strings.Contains(line, "anyone") == closed {
					t.Errorf("closed %v: %s", closed, line)
				}
			}
		}
		if rows != 2 {
			t.Errorf("WriteAccess has\n%s", b.String())
		}
	}
}

func TestNothingOfTheSession(t *testing.T) {
	app, _ := newApp()
	app.UseSessions(soay.NewKey())
	app.UseAntiForgery()
	app.UseOpenAPI(openapi.Info{Title: "Files", Version: "1"})
	app.Static("/static", files.FS(inMemory()))
	var b bytes.Buffer
	if err := soay.WriteOpenAPI(app, &b); err != nil || strings.Contains(b.String(), "/static") {
		t.Errorf("the description is %s, %v", b.String(), err)
	}
	got := requesttest.New(t, app).Get("/static/plan.txt")
	if got.Header.Get("Set-Cookie") != "" || got.Header.Get("Vary") != "" || got.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v", got.Header)
	}
}

func TestListing(t *testing.T) {
	fsys := fstest.MapFS{
		`<img src=x onerror=alert(1)>.txt`: {}, `"quoted' & co.txt`: {}, "javascript.txt": {}, "z/a.txt": {}, "b.txt": {Data: []byte("bb")}, ".env": {}, "b.txt~": {},
		"app.js.br": {}, "a?b#c.txt": {}, "b.bin": {},
	}
	app, _ := newApp()
	app.Static("/files", files.FS(fsys), files.Options{Listing: true, Extensions: []string{".txt", ".JS"}})
	c := requesttest.New(t, app)
	page := c.Get("/files/", h("Accept", "text/html"))
	for _, want := range []string{
		`<li><a href="./z/">z/</a></li>`, `<a href="./%3Cimg%20src=x%20onerror=alert%281%29%3E.txt">&lt;img src=x onerror=alert(1)&gt;.txt</a>`,
		`<a href="./a%3Fb%23c.txt">a?b#c.txt</a>`, `&#34;quoted&#39; &amp; co.txt</a>`, `<a href="./app.js">app.js</a>`,
	} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("no %s in\n%s", want, page.Text())
		}
	}
	if text := page.Text(); strings.Contains(text, "<img") || strings.Contains(text, ".env") || strings.Contains(text, "~") || strings.Contains(text, ".bin") || strings.Index(text, "./z/") > strings.Index(text, "b.txt") {
		t.Errorf("the page is\n%s", text)
	}
	if page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Vary") != "Accept" || !strings.HasPrefix(page.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%v", page.Header)
	}
	got := c.Get("/files/", h("Accept", "application/json"))
	var lines []map[string]any
	if err := json.Unmarshal(got.Body, &lines); err != nil || len(lines) != 7 || lines[0]["name"] != "z" || lines[0]["folder"] != true {
		t.Errorf("%v: %s", err, got.Text())
	}
	if got := c.Get("/files/", h("Accept", "image/png")); got.Status != 406 {
		t.Errorf("pictures: %d", got.Status)
	}
	if got := c.Get("/files/b.bin"); got.Status != 404 {
		t.Errorf("another extension: %d", got.Status)
	}
	if got := c.Get("/files/z"); got.Status != 301 {
		t.Errorf("a folder: %d", got.Status)
	}
}

func TestLongListing(t *testing.T) {
	root := t.TempDir()
	for i := range 10_050 {
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("%05d.png", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	app, _ := newApp()
	app.Static("/", files.Dir(root), files.Options{Listing: true})
	if n := strings.Count(requesttest.New(t, app).Get("/").Text(), "<li>"); n != 10_000 {
		t.Errorf("%d lines", n)
	}
}

func TestWellKnown(t *testing.T) {
	app, _ := newApp()
	app.Static("/", files.FS(fstest.MapFS{".well-known/a.txt": {}, "x/.well-known/a.txt": {}, ".well-known/.a": {}}), files.Options{WellKnown: true})
	c := requesttest.New(t, app)
	for path, want := range map[string]int{"/.well-known/a.txt": 200, "/x/.well-known/a.txt": 404, "/.well-known/.a": 404, "/.well-knownx": 404} {
		if got := c.Get(path); got.Status != want {
			t.Errorf("%s: %d, want %d", path, got.Status, want)
		}
	}
}

func TestCompress(t *testing.T) {
	text := strings.Repeat("All work and no play. ", 10_000)
	fsys := fstest.MapFS{
		"a.txt": {Data: []byte(text)}, "b.js": {Data: []byte(text)}, "b.js.gz": {Data: []byte("made before")},
		"small.txt": {Data: []byte("small")}, "picture.png": {Data: []byte(text)},
	}
	var made sync.Map
	coder := compress.Gzip(9)
	counting := compress.Coder{Name: "gzip", New: func() compress.Encoder {
		made.Store(time.Now(), true)
		return coder.New()
	}}
	app, _ := newApp()
	app.Static("/", files.FS(fsys), files.Options{Compress: []compress.Coder{counting}})
	c := requesttest.New(t, app)
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			got := c.Get("/a.txt", h("Accept-Encoding", "gzip"))
			z, err := gzip.NewReader(bytes.NewReader(got.Body))
			if err != nil {
				t.Error(err)
				return
			}
			if content, err := io.ReadAll(z); err != nil || string(content) != text || got.Header.Get("Vary") != "Accept-Encoding" || got.Header.Get("Content-Encoding") != "gzip" {
				t.Errorf("%d bytes, %v, %v", len(content), err, got.Header)
			}
		})
	}
	wait.Wait()
	n := 0
	made.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("it was compressed %d times", n)
	}
	if got := c.Get("/a.txt", h("Accept-Encoding", "identity")); got.Text() != text || got.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("plain: %d bytes, %v", len(got.Body), got.Header)
	}
	for path, coding := range map[string]string{"/b.js": "gzip", "/small.txt": "", "/picture.png": ""} {
		if got := c.Get(path, h("Accept-Encoding", "gzip")); got.Header.Get("Content-Encoding") != coding || path == "/b.js" && got.Text() != "made before" {
			t.Errorf("%s: %v", path, got.Header)
		}
	}
}

// What is not asked for lately leaves the memory, and comes back.
func TestMemoryIsLimited(t *testing.T) {
	root := t.TempDir()
	for i := range 60 {
		write(t, filepath.Join(root, fmt.Sprintf("%d.txt", i)), strings.Repeat(fmt.Sprint(i%10), 60_000), time.Now().Add(-time.Hour))
	}
	for _, memory := range []int64{1 << 20, 2 << 20, -1} {
		app, _ := newApp()
		app.Static("/", files.Dir(root), files.Options{MemoryBytes: memory})
		c := requesttest.New(t, app)
		for range 3 {
			for i := range 60 {
				if got := c.Get(fmt.Sprintf("/%d.txt", i)).Text(); got != strings.Repeat(fmt.Sprint(i%10), 60_000) {
					t.Fatalf("%d.txt has %d bytes", i, len(got))
				}
			}
		}
	}
}

func TestIntegrity(t *testing.T) {
	for name, source := range sources(t) {
		set, err := files.New(source)
		if err != nil {
			t.Fatal(err)
		}
		// printf 0123456789 | openssl dgst -sha384 -binary | base64
		const want = "sha384-kK5THyTkhpeQSk0ChvNUxQo1DrtsK578si9xyWzq7/wRxglenKDfDsML9oXc8uXl"
		for range 2 {
			if got := set.Integrity("plan.txt"); got != want {
				t.Errorf("%s: %s", name, got)
			}
		}
		for _, none := range []string{"nothing.txt", ".env", "only.js", "css", "../x"} {
			if got := set.Integrity(none); got != "" {
				t.Errorf("%s: %s has %s", name, none, got)
			}
		}
	}
}

// A hidden folder of a file system is not even read.
func TestHiddenFoldersAreNotRead(t *testing.T) {
	fsys := failing{fstest.MapFS{"a.txt": {}, ".git/config": {}}}
	if _, err := files.New(files.FS(fsys)); err != nil {
		t.Error(err)
	}
	if _, err := files.New(files.FS(failing{fstest.MapFS{"bad/a.txt": {}}})); err == nil {
		t.Error("a file system that fails is no mistake")
	}
}

type failing struct{ fs.FS }

func (f failing) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, ".git") || strings.HasPrefix(name, "bad") {
		return nil, fs.ErrPermission
	}
	return f.FS.Open(name)
}
