package soay_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// fileHandlers are ways to serve the files of a folder at the root, each of which cleans paths in its own way.
var fileHandlers = []struct {
	name string
	put  func(app *soay.App, dir string)
}{
	{"http.FileServer behind a catch-all", func(app *soay.App, dir string) {
		app.Get("/*", soay.FromHTTP(http.FileServer(http.Dir(dir))))
	}},
	{"http.FileServer behind a parameter and a catch-all", func(app *soay.App, dir string) {
		app.Get("/{folder}/*", soay.FromHTTP(http.FileServer(http.Dir(dir))))
	}},
	{"http.FileServer as the fallback", func(app *soay.App, dir string) {
		app.Fallback(soay.FromHTTP(http.FileServer(http.Dir(dir))))
	}},
	{"http.FileServer as middleware around a catch-all", func(app *soay.App, dir string) {
		files := func(http.Handler) http.Handler { return http.FileServer(http.Dir(dir)) }
		app.Get("/*", hello).Use(soay.WrapHTTP(files))
	}},
	{"the value of a catch-all", func(app *soay.App, dir string) {
		app.Get("/*", func(req soay.Request) soay.Response {
			return readFile(filepath.Join(dir, filepath.FromSlash(req.Param("tail"))))
		})
	}},
	{"both values", func(app *soay.App, dir string) {
		app.Get("/{folder}/{path:name}", func(req soay.Request) soay.Response {
			return readFile(filepath.Join(dir, req.Param("folder"), req.Param("name")))
		})
	}},
	{"the value on a system of backslashes", func(app *soay.App, dir string) {
		app.Get("/*", func(req soay.Request) soay.Response {
			return readFile(filepath.Join(dir, strings.ReplaceAll(req.Param("tail"), `\`, "/")))
		})
	}},
	{"the path of the request as the fallback", func(app *soay.App, dir string) {
		app.Fallback(func(req soay.Request) soay.Response { return readFile(filepath.Join(dir, req.Path())) })
	}},
}

func readFile(name string) soay.Response {
	text, err := os.ReadFile(name)
	if err != nil {
		return response.NotFound()
	}
	return response.Bytes("text/plain", text)
}

// No spelling of a path gets a file past the guard of its folder.
func TestFilesAreNotReachedPastTheirGuard(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"public/a.txt": "public", "public/admin/private.txt": "secret"} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var targets []string
	slashes := []string{"/", "//", "%2F", "%2f", `\`, "%5C", "/./", "/%2e/", "/x/../", "/x%2F..%2F", `/x\..\`, "%2F%2F", "/%2F"}
	for _, first := range slashes {
		for _, second := range slashes {
			for _, third := range slashes {
				targets = append(targets, first+"public"+second+"admin"+third+"private.txt")
			}
		}
	}
	for _, h := range fileHandlers {
		t.Run(h.name, func(t *testing.T) {
			app, _ := newApp()
			forbid := func(soay.Request) soay.Response { return response.Forbidden() }
			app.Get("/public/admin/*", forbid)
			h.put(app, dir)
			if w := do(app, "GET", "/public/a.txt"); w.Body.String() != "public" {
				t.Fatalf("GET /public/a.txt: %d %q, want the file", w.Code, w.Body)
			}
			if w := do(app, "GET", "/public/admin/private.txt"); w.Code != http.StatusForbidden {
				t.Fatalf("GET /public/admin/private.txt: %d, want the guard", w.Code)
			}
			for _, target := range targets {
				u, err := url.ParseRequestURI(target)
				if err != nil {
					continue // no server takes it
				}
				w := httptest.NewRecorder()
				app.ServeHTTP(w, &http.Request{Method: "GET", URL: u, Host: "localhost", RequestURI: target, Body: http.NoBody})
				if strings.Contains(w.Body.String(), "secret") {
					t.Errorf("GET %s: %d %q, want another answer than the guarded file", target, w.Code, w.Body)
				}
			}
		})
	}
}
