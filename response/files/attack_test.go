package files_test

import (
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/files"
)

// spellings are paths that must not lead to a file: hidden names, ways out of the folder, and other ways to write a name.
var spellings = []string{
	"/../outside/secret.txt", "/../public-sibling/secret.txt", "/..%2foutside/secret.txt", "/%2e%2e/outside/secret.txt",
	"/%2e%2e%2foutside%2fsecret.txt", "/..%5coutside%5csecret.txt", `/..\outside\secret.txt`, "/css/../../outside/secret.txt",
	"/css/../plan.txt", "/css/%2e%2e/plan.txt", "/./plan.txt", "/css/./app.css", "/%2e/plan.txt", "//plan.txt", "/css//app.css",
	"/css%2fapp.css", "/css%2Fapp.css", "/css%5capp.css", `/css\app.css`, "/plan.txt%00", "/plan.txt%00.html", "/%00plan.txt",
	"/plan.txt/", "/plan.txt/.", "/plan.txt//", "/plan.txt%2f", "/plan.txt%20", "/plan.txt.", "/plan.txt::$DATA",
	"/plan.txt:stream", "/c:/plan.txt", "/C:%5cplan.txt", "/.env", "/%2eenv", "/.git/config", "/.git", "/.git/", "/css/.hidden/a.txt",
	"/.well-known/info.txt", "/plan.txt~", "/plan.txt%7e", "/plan.txt.bak", "/PLAN.TXT.SWP", "/plan.orig", "/plan.tmp", "/con.txt",
	"/CON.TXT", "/con", "/aux", "/aux/", "/nul.css", "/prn", "/css/lpt1.css", "/com1", "/com%C2%B9.txt", "/conin$", "/a:b.txt", "/a%3ab.txt",
	"/end.", "/git~1/config", "/ENV~1", "/git~1", "/out.txt", "/out", "/out/", "/out/secret.txt", "/absolute.txt", "/nowhere.txt", "/loop", "/loop/", "/loop/x",
	"/%ff", "/plan%ff.txt", "/%c0%ae%c0%ae/outside/secret.txt", "/..%c0%afoutside/secret.txt", "/%252e%252e/outside/secret.txt",
	"/%uff0e%uff0e/outside/secret.txt", "/.../plan.txt", "/....//outside/secret.txt", "/..;/outside/secret.txt", "/app.js.br", "/app.js.gz", "/only.js.gz",
	"/PLAN.txt/..", "/plan.txt%0a", "/~root", "/css/app.css~", "/" + strings.Repeat("a", 5000), "/" + strings.Repeat("a/", 500),
}

func TestSpellings(t *testing.T) {
	root := onDisk(t)
	opened, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	send := func(req soay.Request) soay.Response { return files.Send(opened, req.Param("tail")) }
	for description, setUp := range map[string]func(*soay.App){
		"Dir": func(app *soay.App) { app.Static("/", files.Dir(root)) },
		"FS":  func(app *soay.App) { app.Static("/", files.FS(inMemory())) },
		"with all on": func(app *soay.App) {
			app.Static("/", files.Dir(root), files.Options{Listing: true, HTMLExtension: true})
		},
		"Send": func(app *soay.App) { app.Get("/*", send) },
		"Send of names": func(app *soay.App) {
			app.Get("/{path:name}", func(req soay.Request) soay.Response { return files.Send(opened, req.Param("name")) })
		},
	} {
		app, _ := newApp()
		setUp(app)
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, spelling := range spellings {
			hr := httptest.NewRequest("GET", "/", nil)
			if hr.URL, err = url.ParseRequestURI(spelling); err != nil {
				continue // the server answers 400
			}
			w := httptest.NewRecorder()
			app.ServeHTTP(w, hr)
			isSent := strings.HasPrefix(description, "Send") && (spelling == "/css%2fapp.css" || spelling == "/css%2Fapp.css" || strings.HasSuffix(spelling, ".br") || strings.HasSuffix(spelling, ".gz"))
			if w.Code != 404 && w.Code != 400 && !isSent || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s: %s: %d %q to %q", description, spelling, w.Code, w.Body, w.Header().Get("Location"))
			}
		}
	}
}

// What stands behind a guard is not reached by another spelling of its path.
func TestGuards(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "admin/private.txt"), "private", time.Now().Add(-time.Hour))
	app, _ := newApp()
	app.Static("/", files.Dir(root))
	app.Get("/admin/*", func(soay.Request) soay.Response { return response.Forbidden() })
	c := requesttest.New(t, app)
	for _, path := range []string{"/admin/private.txt", "/admin%2fprivate.txt", "/admin%2Fprivate.txt", "//admin/private.txt", "/./admin/private.txt", "/admin%5cprivate.txt", "/%2fadmin/private.txt"} {
		if got := c.Get(path); got.Status < 400 || strings.Contains(got.Text(), "private") {
			t.Errorf("%s: %d %q", path, got.Status, got.Text())
		}
	}
}

// While a folder is exchanged for a link to another one, only bytes of the root are served.
func TestRenameStorm(t *testing.T) {
	base := t.TempDir()
	root, at := filepath.Join(base, "public"), time.Now().Add(-time.Hour)
	write(t, filepath.Join(root, "a/file.txt"), "inside", at)
	write(t, filepath.Join(base, "outside/file.txt"), "outside", at)
	if err := os.Symlink("../outside", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{0, -1} {
		app, _ := newApp(soay.Options{Env: "development", Logger: quiet})
		app.Static("/", files.Dir(root), files.Options{MemoryBytes: size})
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		var renames sync.WaitGroup
		renames.Go(func() {
			in := func(name string) string { return filepath.Join(root, name) }
			for {
				for _, step := range [][2]string{{"a", "real"}, {"link", "a"}, {"a", "link"}, {"real", "a"}} {
					if err := os.Rename(in(step[0]), in(step[1])); err != nil {
						t.Error(err)
						return
					}
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
		var requests sync.WaitGroup
		for range 4 {
			requests.Go(func() {
				for range 1250 {
					w := httptest.NewRecorder()
					app.ServeHTTP(w, httptest.NewRequest("GET", "/a/file.txt", nil))
					if w.Code != 404 && (w.Code != 200 || w.Body.String() != "inside") {
						t.Errorf("%d %q", w.Code, w.Body)
					}
				}
			})
		}
		requests.Wait()
		close(stop)
		renames.Wait()
	}
}

// A pipe has no writer, so a careless open of it would never end.
func TestWhatIsNoFile(t *testing.T) {
	root := onDisk(t)
	if err := syscall.Mkfifo(filepath.Join(root, "pipe.txt"), 0o644); err != nil {
		t.Skip(err)
	}
	if err := syscall.Mkfifo(filepath.Join(root, "only.css.br"), 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "closed/x.txt"), "x", time.Now())
	write(t, filepath.Join(root, "closed.txt"), "x", time.Now())
	for name, mode := range map[string]fs.FileMode{"closed": 0, "closed.txt": 0} {
		if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(root, "closed"), 0o755) })
	app, log := newApp()
	app.Static("/", files.Dir(root))
	c := requesttest.New(t, app)
	paths := []string{"/pipe.txt", "/only.css", "/out.txt"}
	if os.Getuid() != 0 {
		paths = append(paths, "/closed.txt", "/closed/x.txt")
	}
	for range 3 {
		for _, path := range paths {
			if got := c.Get(path); got.Status != 404 {
				t.Errorf("%s: %d", path, got.Status)
			}
		}
	}
	// What a careful administrator wants to know is logged, and once.
	lines := log.Lines(slog.LevelWarn)
	if len(lines) != len(paths)-1 || !strings.Contains(log.String(), "pipe.txt") || !strings.Contains(log.String(), "out.txt") {
		t.Errorf("the log has\n%s", strings.Join(lines, "\n"))
	}
}

// Whatever the path is, what is served is a file in the root that can be opened there, and nothing hidden.
func FuzzPaths(f *testing.F) {
	root := onDisk(f)
	opened, err := os.OpenRoot(root)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { opened.Close() })
	app, _ := newApp(soay.Options{Env: "production", Logger: quiet})
	var served string
	app.Static("/", files.Dir(root), files.Options{MemoryBytes: -1, HTMLExtension: true, Each: func(name string, r response.Response) response.Response {
		return r.WithHeader("X-Name", url.PathEscape(name))
	}})
	if err := app.Start(f.Context()); err != nil {
		f.Fatal(err)
	}
	for _, spelling := range spellings {
		f.Add(spelling)
	}
	for name := range tree {
		f.Add("/" + name)
	}
	f.Add("/link.txt")
	f.Add("/inner/app.css")
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Host != "" || u.Opaque != "" {
			t.Skip()
		}
		hr := httptest.NewRequest("GET", "/", nil)
		hr.URL = u
		w := httptest.NewRecorder()
		app.ServeHTTP(w, hr)
		if w.Code != http.StatusOK {
			if location := w.Header().Get("Location"); strings.HasPrefix(location, "/") || strings.HasPrefix(location, `\`) {
				t.Errorf("%q leads to %q", target, location)
			}
			return
		}
		if served, err = url.PathUnescape(w.Header().Get("X-Name")); err != nil {
			t.Fatal(err)
		}
		for segment := range strings.SplitSeq(served, "/") {
			if strings.HasPrefix(segment, ".") || strings.HasSuffix(segment, "~") || strings.Contains(segment, ":") {
				t.Errorf("%q served %q", target, served)
			}
		}
		content, err := opened.ReadFile(served)
		if err != nil || string(content) != w.Body.String() || string(content) == "secret" || path.Clean(served) != served {
			t.Errorf("%q served %q, which has %q, %v", target, served, content, err)
		}
	})
}

func TestSend(t *testing.T) {
	root := onDisk(t)
	write(t, filepath.Join(root, "picture.svg"), "<svg onload=alert(1)/>", time.Now())
	opened, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	app, _ := newApp()
	app.Get("/files/*", func(req soay.Request) soay.Response { return files.Send(opened, req.Param("tail")) })
	app.Get("/none", func(req soay.Request) soay.Response { return files.Send(nil, "plan.txt") })
	app.Get("/save/*", func(req soay.Request) soay.Response {
		return files.Send(opened, req.Param("tail")).AsAttachment("copy.txt").WithCacheControl(response.CacheControl{NoStore: true})
	})
	c := requesttest.New(t, app)
	got := c.Get("/files/plan.txt", h("Range", "bytes=1-2"))
	if got.Status != 206 || got.Text() != "12" || got.Header.Get("Cache-Control") != "private, no-cache" || got.Header.Get("Content-Security-Policy") != "" {
		t.Errorf("%d %q %v", got.Status, got.Text(), got.Header)
	}
	if got := c.Get("/files/plan.txt", h("If-None-Match", got.Header.Get("Etag"))); got.Status != 304 {
		t.Errorf("again: %d", got.Status)
	}
	for _, page := range []string{"picture.svg", "about.html"} {
		if got := c.Get("/files/" + page); got.Status != 200 || got.Header.Get("Content-Security-Policy") != "sandbox" {
			t.Errorf("%s: %d %v", page, got.Status, got.Header)
		}
	}
	if got := c.Get("/save/plan.txt"); got.Header.Get("Content-Disposition") != "attachment; filename=copy.txt" && got.Header.Get("Content-Disposition") != `attachment; filename="copy.txt"` || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", got.Header)
	}
	for path, want := range map[string]int{"/files/": 404, "/files/css": 404, "/files/link.txt": 200, "/files/out.txt": 404, "/files/nothing": 404, "/none": 500} {
		if got := c.Get(path); got.Status != want {
			t.Errorf("%s: %d, want %d", path, got.Status, want)
		}
	}
}
