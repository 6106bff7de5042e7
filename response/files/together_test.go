package files_test

import (
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/files"
	"github.com/soay-go/soay/response/view"
)

// In a view asset and integrity know the files, and a wrong name is an error of development alone.
func TestInViews(t *testing.T) {
	pages := fstest.MapFS{
		"pages/good.html":  {Data: []byte(`<link href="{{asset "/static/css/app.css"}}" integrity="{{integrity "/static/css/app.css"}}">`)},
		"pages/wrong.html": {Data: []byte(`<link href="{{asset "/static/none.css"}}">`)},
	}
	for env, wrong := range map[string]int{"production": 200, "development": 500} {
		app, _ := newApp(soay.Options{Env: env, Logger: quiet})
		app.UseViews(pages)
		app.Static("/static", files.FS(inMemory()))
		app.Get("/{name}", func(req soay.Request) soay.Response { return view.Render(req, req.Param("name"), nil) })
		c := requesttest.New(t, app)
		_, rest, _ := strings.Cut(c.Get("/good").Text(), `href="`)
		url, rest, _ := strings.Cut(rest, `"`)
		if got := c.Get(url); got.Text() != tree["css/app.css"] || (url == "/static/css/app.css") != (env == "development") {
			t.Errorf("%s: the page has %s, which is %d %q", env, url, got.Status, got.Text())
		}
		if !strings.Contains(rest, `integrity="sha384-`) {
			t.Errorf("%s: %s", env, rest)
		}
		if got := c.Get("/wrong"); got.Status != wrong || wrong == 200 && !strings.Contains(got.Text(), "/static/none.css") {
			t.Errorf("%s: a wrong name: %d %q", env, got.Status, got.Text())
		}
	}
}

func TestUnknownURLIsLoggedOnce(t *testing.T) {
	app, log := newApp()
	app.Static("/static", files.FS(inMemory()))
	log.Reset()
	set, err := files.NewIn(files.Setup{Logger: log.Logger()}, files.FS(inMemory()))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := set.URL("no such.css"); got != "no%20such.css" {
			t.Errorf("%s", got)
		}
	}
	if lines := log.Lines(slog.LevelWarn); len(lines) != 1 || !strings.Contains(lines[0], "no such.css") {
		t.Errorf("the log has %q", lines)
	}
}

// The app's compression and tags leave files alone: they have their own.
func TestOtherMiddlewareLeavesFilesAlone(t *testing.T) {
	text := strings.Repeat("All work and no play. ", 5000) // more than is kept in memory
	fsys := fstest.MapFS{"large.txt": {Data: []byte(text)}, "small.txt": {Data: []byte(text[:5000])}, "page.html": {Data: []byte("page")}}
	app, _ := newApp()
	app.UseCompression(compress.Options{Personal: compress.Always})
	app.UseETags()
	app.UseSessions(soay.NewKey())
	app.Static("/", files.FS(fsys))
	c := requesttest.New(t, app)
	for _, path := range []string{"/large.txt", "/small.txt", "/page.html"} {
		got := c.Get(path, h("Accept-Encoding", "gzip"))
		tag := got.Header.Get("Etag")
		if got.Header.Get("Content-Encoding") != "" || strings.HasPrefix(tag, "W/") || tag == "" || got.Header.Get("Content-Security-Policy") != "" {
			t.Errorf("%s: %v", path, got.Header)
		}
		if got := c.Get(path, h("Range", "bytes=0-3", "If-Range", tag)); got.Status != 206 || len(got.Body) != 4 {
			t.Errorf("%s: a range: %d %d", path, got.Status, len(got.Body))
		}
	}
}

// What is set on the route holds for the files and for the prefix itself.
func TestRoute(t *testing.T) {
	app, _ := newApp()
	app.Static("/static/", files.FS(inMemory())).Name("static").Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response { return next(req).WithHeader("X-Of", "the route") }
	})
	app.Get("/", func(req soay.Request) soay.Response {
		u, err := req.URLFor("static", "css/app.css")
		if err != nil {
			return response.Error(err)
		}
		return response.Text(u)
	})
	c := requesttest.New(t, app)
	for _, path := range []string{"/static", "/static/", "/static/plan.txt", "/static/nothing"} {
		if got := c.Get(path); got.Header.Get("X-Of") != "the route" {
			t.Errorf("%s: %d %v", path, got.Status, got.Header)
		}
	}
	if got := c.Get("/").Text(); got != "/static/css/app.css" {
		t.Errorf("the URL is %s", got)
	}
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		for _, path := range []string{"/static", "/static/plan.txt"} {
			if got := c.Do(method, path); got.Status != 405 || got.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
				t.Errorf("%s %s: %d %v", method, path, got.Status, got.Header)
			}
		}
	}
}

func TestSet(t *testing.T) {
	set, err := files.New(files.FS(inMemory()))
	if err != nil {
		t.Fatal(err)
	}
	app, _ := newApp()
	app.Route("/books/*", func(req soay.Request) soay.Response { return set.Serve(req, req.Param("tail")) }, "GET", "POST")
	app.Get("/cover", func(req soay.Request) soay.Response { return set.Serve(req, "plan.txt") })
	app.Get("/", func(req soay.Request) soay.Response { return set.Serve(req, "css") })
	c := requesttest.New(t, app)
	for path, want := range map[string]int{"/books/plan.txt": 200, "/books/": 200, "/books/css/": 200, "/books/css": 301, "/books/.env": 404, "/books/css%2fapp.css": 200, "/cover": 200, "/": 301} {
		if got := c.Get(path); got.Status != want || strings.HasPrefix(got.Header.Get("Location"), "/") {
			t.Errorf("%s: %d, want %d, to %q", path, got.Status, want, got.Header.Get("Location"))
		}
	}
	if got := c.Post("/books/plan.txt"); got.Status != 405 || got.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", got.Status, got.Header)
	}
	if _, err := files.New(files.FS(inMemory()), files.Options{}, files.Options{}); err == nil {
		t.Error("two options are no mistake")
	}
}

// A file that becomes shorter while it is sent cuts the connection.
func TestShrinkingFile(t *testing.T) {
	app, _ := newApp()
	app.Static("/", files.FS(shrinking{fstest.MapFS{"large.bin": {Data: make([]byte, 8<<20), ModTime: time.Now()}}}))
	if resp, err := requesttest.New(t, app).Try("GET", "/large.bin"); err == nil {
		t.Errorf("%d with %d bytes, and no error", resp.Status, len(resp.Body))
	}
}

// shrinking is a file system whose files end early.
type shrinking struct{ fstest.MapFS }

func (s shrinking) Open(name string) (fs.File, error) {
	f, err := s.MapFS.Open(name)
	return early{f}, err
}

type early struct{ fs.File }

func (e early) Read(b []byte) (int, error) { return 0, io.EOF }
