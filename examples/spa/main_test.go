package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
)

var quiet = soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler), DrainDelay: -1}

func with(pairs ...string) requesttest.With {
	header := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		header.Set(pairs[i], pairs[i+1])
	}
	return requesttest.With{Header: header}
}

func TestAnswers(t *testing.T) {
	c := requesttest.New(t, newApp(dist, quiet))
	navigation := with("Sec-Fetch-Mode", "navigate", "Accept", "text/html")
	for _, tt := range []struct {
		description, path string
		with              requesttest.With
		want              int
		part              string
	}{
		{"the page", "/", navigation, 200, `<main id="page">`},
		{"a link of the app", "/notes/2", navigation, 200, `<main id="page">`},
		{"a link that no page is for", "/nowhere", navigation, 200, `<main id="page">`},
		{"the script", "/assets/app.js", with(), 200, "const pages"},
		{"a missing script", "/assets/app.0.js", with("Sec-Fetch-Mode", "no-cors"), 404, "404"},
		{"the API", "/api/notes/2", with(), 200, `{"id":2,"text":"Mend the wall"}`},
		{"a note that is not there", "/api/notes/9", with("Accept", "application/json"), 404, "There is no such note."},
		{"nothing of the API", "/api/cats", navigation, 404, "404"},
		{"hidden", "/.git/config", navigation, 404, "404"},
	} {
		if got := c.Get(tt.path, tt.with); got.Status != tt.want || !strings.Contains(got.Text(), tt.part) {
			t.Errorf("%s: %d, want %d with %q in %q", tt.description, got.Status, tt.want, tt.part, got.Text())
		}
	}
}

// A file is compressed when it is asked for, unless the build has done so.
func TestCompressed(t *testing.T) {
	build := fstest.MapFS{}
	if err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := dist.ReadFile(name)
		build[name] = &fstest.MapFile{Data: text}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	script := string(build["dist/assets/app.js"].Data)
	got := requesttest.New(t, newApp(build, quiet)).Get("/assets/app.js", with("Accept-Encoding", "gzip, deflate, br, zstd"))
	z, err := gzip.NewReader(bytes.NewReader(got.Body))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != script || got.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("%v, %v", err, got.Header)
	}
	build["dist/assets/app.js.br"] = &fstest.MapFile{Data: []byte("of the build")}
	got = requesttest.New(t, newApp(build, quiet)).Get("/assets/app.js", with("Accept-Encoding", "gzip, deflate, br, zstd"))
	if got.Text() != "of the build" || got.Header.Get("Content-Encoding") != "br" {
		t.Errorf("%q, %v", got.Text(), got.Header)
	}
}

// A browser opens links of the app, and shows what the script makes of the API's answers.
func TestInBrowser(t *testing.T) {
	browser := chromium(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- newApp(dist, quiet).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	for path, want := range map[string]string{
		"/":        `<li><a href="/notes/2">Mend the wall</a></li>`,
		"/notes/2": `<h1>Mend the wall</h1><p>Note 2</p>`,
		"/notes/9": `<h1>There is no such note.</h1>`,
		"/nowhere": `<h1>There is no such page.</h1>`,
	} {
		if page := browser("http://" + l.Addr().String() + path); !strings.Contains(page, want) {
			t.Errorf("%s has no %s in\n%s", path, want, page)
		}
	}
}

// chromium returns a function that opens a page in Chromium, and returns it as its scripts have changed it.
func chromium(t *testing.T) func(url string) string {
	t.Helper()
	program := os.Getenv("CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && program == "" {
			program = found
		}
	}
	if program == "" {
		t.Skip("left out: there is no Chromium; install it, or let CHROMIUM name the program")
	}
	return func(url string) string {
		args := []string{"--headless=new", "--user-data-dir=" + t.TempDir(), "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
			"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--virtual-time-budget=10000", "--dump-dom"}
		if os.Getuid() == 0 {
			args = append(args, "--no-sandbox") // there is none for root
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // only ends what hangs
		defer cancel()
		out, err := exec.CommandContext(ctx, program, append(args, url)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
}
