package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/files"
)

func staticDefaults() map[string]check {
	return map[string]check{
		"Name that is hidden, such as `.env` or `a.bak`":     says("404", hiddenFiles),
		"Link out of a folder of `files.Dir`":                says("404", linkOut),
		"Folder without an index":                            says("404", func(t *testing.T) { staticStatus(t, 404, "/s/css/") }),
		"Index of a folder":                                  indexOfAFolder,
		"Path without a file":                                says("404", pathWithoutAFile),
		"Cache-Control under a plain name":                   cacheOf(func(string) string { return "/s/css/app.css" }),
		"Cache-Control under the fingerprint of the content": cacheOf(func(asset string) string { return asset }),
		"Cache-Control under another fingerprint":            cacheOf(func(string) string { return "/s/css/app.0123456789ab.css" }),
		"Siblings `.br`, `.zst`, `.gz`":                      says("sent to clients that take them", sentSiblings),
		"Unknown extension": func(t *testing.T, cell string) {
			headerOf(t, statics(t).Get("/s/a.weird"), "Content-Type", cell)
		},
		"Who may read the files": says("everybody", openFiles),
		"Missing siblings": says("not made", func(t *testing.T) {
			resp := statics(t).Get("/s/long.txt", requesttest.With{Header: map[string][]string{"Accept-Encoding": {"gzip"}}})
			headerOf(t, resp, "Content-Encoding", "``")
		}),
		"Files in memory":                      says("up to 64 KiB each, 32 MiB together", staticInMemory),
		"Time until a file is looked at again": says("1 s, in development none", lookedAtAgain),
		"Cache-Control of `files.Send`":        func(t *testing.T, cell string) { headerOf(t, sent(t, "a.txt"), "Cache-Control", cell) },
		"Page or SVG by `files.Send`": func(t *testing.T, cell string) {
			for _, name := range []string{"a.html", "a.svg"} {
				headerOf(t, sent(t, name), "Content-Security-Policy", strings.Replace(cell, "Content-Security-Policy: ", "", 1))
			}
		},
	}
}

var someFiles = fstest.MapFS{
	"css/app.css": {Data: []byte("body {}")}, "a.weird": {}, ".env": {}, "a.bak": {}, "a.js.br": {Data: []byte("brotli")}, "a.js": {},
	"long.txt": {Data: []byte(strings.Repeat("long ", 1000))}, "with/index.html": {Data: []byte("the index")},
}

// statics serves someFiles below /s.
func statics(t *testing.T) *requesttest.Client {
	t.Helper()
	app := quiet()
	app.Static("/s", files.FS(someFiles))
	app.Get("/asset", func(req soay.Request) soay.Response { return soay.Response{}.WithLocation(req.Asset("/s/css/app.css")) })
	return requesttest.New(t, app)
}

func staticStatus(t *testing.T, want int, path string) {
	t.Helper()
	if got := statics(t).Get(path).Status; got != want {
		t.Errorf("%s is %d, want %d", path, got, want)
	}
}

// headerOf compares a header with the code in a cell.
func headerOf(t *testing.T, resp *requesttest.Response, name, cell string) {
	t.Helper()
	if got := resp.Header.Get(name); "`"+got+"`" != cell {
		t.Errorf("%d: %s is %q, and the page says %s", resp.Status, name, got, cell)
	}
}

func hiddenFiles(t *testing.T) {
	staticStatus(t, 404, "/s/.env")
	staticStatus(t, 404, "/s/a.bak")
}

// folder returns a folder on disk with a file of these names each.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	path := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(path, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func linkOut(t *testing.T) {
	path := folder(t)
	if err := os.Symlink(filepath.Join(folder(t, "secret.txt"), "secret.txt"), filepath.Join(path, "a.txt")); err != nil {
		t.Skip(err)
	}
	app := quiet()
	app.Static("/", files.Dir(path))
	if got := requesttest.New(t, app).Get("/a.txt").Status; got != 404 {
		t.Errorf("it is %d", got)
	}
}

func indexOfAFolder(t *testing.T, cell string) {
	if _, ok := someFiles["with/"+strings.Trim(cell, "`")]; !ok {
		t.Errorf("the page says %s", cell)
	}
	if got := statics(t).Get("/s/with/").Text(); got != "the index" {
		t.Errorf("the folder is %q", got)
	}
}

func pathWithoutAFile(t *testing.T) {
	resp := statics(t).Get("/s/notes/7", requesttest.With{Header: map[string][]string{"Sec-Fetch-Mode": {"navigate"}}})
	if resp.Status != 404 {
		t.Errorf("a navigation is %d", resp.Status)
	}
}

func cacheOf(path func(asset string) string) check {
	return func(t *testing.T, cell string) {
		c := statics(t)
		headerOf(t, c.Get(path(c.Get("/asset").Header.Get("Location"))), "Cache-Control", cell)
	}
}

func sentSiblings(t *testing.T) {
	c := statics(t)
	for coding, want := range map[string]string{"br": "brotli", "gzip": ""} {
		if got := c.Get("/s/a.js", requesttest.With{Header: map[string][]string{"Accept-Encoding": {coding}}}).Text(); got != want {
			t.Errorf("%s: %q", coding, got)
		}
	}
}

func openFiles(t *testing.T) {
	app := quiet()
	app.AddScheme("nobody", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
	app.UseAuthorization()
	app.Static("/s", files.FS(someFiles))
	if got := requesttest.New(t, app).Get("/s/a.weird").Status; got != 200 {
		t.Errorf("it is %d", got)
	}
}

// staticInMemory removes files that were asked for: what is in memory stays, for the time until they are looked at.
func staticInMemory(t *testing.T) {
	for size, kept := range map[int64]bool{64 << 10: true, 64<<10 + 1: false} {
		path := folder(t, "a.txt", "b.txt")
		for _, name := range []string{"a.txt", "b.txt"} {
			if err := os.Truncate(filepath.Join(path, name), size); err != nil {
				t.Fatal(err)
			}
		}
		app := quiet()
		app.Static("/", files.Dir(path), files.Options{Recheck: time.Hour})
		c := requesttest.New(t, app)
		c.Get("/a.txt")
		if err := os.Remove(filepath.Join(path, "a.txt")); err != nil {
			t.Fatal(err)
		}
		if got := c.Get("/a.txt").Status == 200; got != kept {
			t.Errorf("a file of %d bytes that was removed is there: %t", size, got)
		}
	}
	for count, kept := range map[int]bool{400: true, 600: false} { // of 64 KiB: 25 MiB, and 37.5
		path := folder(t)
		for i := range count {
			if err := os.WriteFile(filepath.Join(path, string(rune('a'+i%26))+strings.Repeat("x", i/26)+".txt"), make([]byte, 64<<10), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		app := quiet()
		app.Static("/", files.Dir(path), files.Options{Recheck: time.Hour})
		c := requesttest.New(t, app)
		all := func() (found int) {
			for i := range count {
				if c.Get("/"+string(rune('a'+i%26))+strings.Repeat("x", i/26)+".txt").Status == 200 {
					found++
				}
			}
			return found
		}
		all()
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if found := all(); (found == count) != kept {
			t.Errorf("of %d files of 64 KiB, %d are in memory", count, found)
		}
	}
}

func lookedAtAgain(t *testing.T) {
	for env, want := range map[string]string{"production": "a.txt", "development": "new"} {
		path := folder(t, "a.txt")
		app := soay.New(soay.Options{Env: env, Logger: silent()})
		app.Static("/", files.Dir(path))
		c := requesttest.New(t, app)
		began := time.Now()
		c.Get("/a.txt")
		if err := os.WriteFile(filepath.Join(path, "a.txt"), []byte("new"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := c.Get("/a.txt").Text(); got != want && time.Since(began) < time.Second {
			t.Errorf("in %s the file is %q", env, got)
		}
		for got := ""; got != "new"; got = c.Get("/a.txt").Text() {
			if time.Since(began) > patience {
				t.Fatalf("in %s the file is not looked at", env)
			}
		}
		if took := time.Since(began); env == "production" && took < time.Second {
			t.Errorf("it was looked at after %v", took)
		}
	}
}

func sent(t *testing.T, name string) *requesttest.Response {
	t.Helper()
	root, err := os.OpenRoot(folder(t, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	app := quiet()
	app.Get("/", func(soay.Request) soay.Response { return files.Send(root, name) })
	return requesttest.New(t, app).Get("/")
}
