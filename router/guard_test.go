package router_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
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
		app.Get("/*", named("hello")).Use(soay.WrapHTTP(files))
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
	{"the path of the request", func(app *soay.App, dir string) {
		app.Get("/*", func(req soay.Request) soay.Response { return readFile(filepath.Join(dir, req.Path())) })
	}},
	{"the path of the request as the fallback", func(app *soay.App, dir string) {
		app.Fallback(func(req soay.Request) soay.Response { return readFile(filepath.Join(dir, req.Path())) })
	}},
	{"the path cleaned before and after it is decoded, as the fallback", func(app *soay.App, dir string) {
		app.Fallback(func(req soay.Request) soay.Response {
			name, _ := url.PathUnescape(path.Clean(req.URL().EscapedPath()))
			return readFile(filepath.Join(dir, name))
		})
	}},
	{"the value in a group", func(app *soay.App, dir string) {
		app.Group("/public").Get("/*", func(req soay.Request) soay.Response {
			return readFile(filepath.Join(dir, "public", req.Param("tail")))
		})
	}},
}

// guards are ways to keep others from files of the folder /public/admin.
var guards = []struct {
	name  string
	files []string // as paths have them
	put   func(app *soay.App)
}{
	{"a catch-all", []string{"private.txt", `pri\vate.txt`, "pri%5Cvate.txt"}, func(app *soay.App) {
		app.Get("/public/admin/*", forbid)
	}},
	{"a parameter", []string{"private.txt", `pri\vate.txt`, "pri%5Cvate.txt"}, func(app *soay.App) {
		app.Get("/public/admin/{file}", forbid)
	}},
	{"a path without parameters", []string{"private.txt"}, func(app *soay.App) {
		app.Get("/public/admin/private.txt", forbid)
	}},
	{"middleware of a group", []string{"private.txt", `pri\vate.txt`, "pri%5Cvate.txt"}, func(app *soay.App) {
		admin := app.Group("/public/admin", func(soay.Handler) soay.Handler { return forbid })
		admin.Get("/*", named("hello"))
	}},
}

func forbid(soay.Request) soay.Response { return response.Forbidden() }

func readFile(name string) soay.Response {
	text, err := os.ReadFile(name)
	if err != nil {
		return response.NotFound()
	}
	return response.Bytes("text/plain", text)
}

// spellings returns many paths that a server might take for the path of a file in /public/admin.
func spellings(file string) []string {
	slashes := []string{
		"/", "//", "%2F", "%2f", `\`, "%5C", "/./", "/%2e/", "/x/../", "/x%2F..%2F", `/x\..\`, "%2F%2F", "/%2F", "/x%2Fy/../",
	}
	var targets []string
	for _, one := range slashes {
		for _, other := range slashes {
			start := "/" + strings.TrimPrefix(one, "/") // no server takes another one
			targets = append(targets, start+"public"+other+"admin/"+file, start+"public/admin"+other+file,
				"/public"+one+"admin"+other+file)
		}
	}
	return targets
}

// filesFolder returns a folder with a file for everybody and two secret ones.
func filesFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"public/a.txt": "public", "public/admin/private.txt": "secret", `public/admin/pri\vate.txt`: "secret",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// No spelling of a path gets a file past the guard of its folder.
func TestFilesAreNotReachedPastTheirGuard(t *testing.T) {
	dir := filesFolder(t)
	for _, h := range fileHandlers {
		for _, guard := range guards {
			t.Run(h.name+", behind "+guard.name, func(t *testing.T) {
				app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
				guard.put(app)
				h.put(app, dir)
				if w := getRaw(t, app, "/public/a.txt"); w.Body.String() != "public" {
					t.Fatalf("GET /public/a.txt: %d %q, want the file", w.Code, w.Body)
				}
				for _, file := range guard.files {
					if w := getRaw(t, app, "/public/admin/"+file); w.Code != http.StatusForbidden {
						t.Fatalf("GET /public/admin/%s: %d, want the guard", file, w.Code)
					}
					for _, target := range spellings(file) {
						if w := getRaw(t, app, target); strings.Contains(w.Body.String(), "secret") {
							t.Errorf("GET %s: %d %q, want another answer than the guarded file", target, w.Code, w.Body)
						}
					}
				}
			})
		}
	}
}

// Without a guard the same spellings reach the file. So the test above is not empty.
func TestFilesWithoutAGuard(t *testing.T) {
	dir := filesFolder(t)
	for _, h := range fileHandlers {
		t.Run(h.name, func(t *testing.T) {
			app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
			h.put(app, dir)
			reached := 0
			for _, target := range spellings("private.txt") {
				if w := getRaw(t, app, target); strings.Contains(w.Body.String(), "secret") {
					reached++
				}
			}
			if reached < 10 {
				t.Errorf("only %d spellings reach the file", reached)
			}
		})
	}
}

// getRaw sends a GET with a target as it is.
func getRaw(t *testing.T, app *soay.App, target string) *httptest.ResponseRecorder {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, &http.Request{Method: "GET", URL: u, Host: "localhost", RequestURI: target, Body: http.NoBody})
	return w
}
