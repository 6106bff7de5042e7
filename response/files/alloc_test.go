package files_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/files"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// measured are folders with a file of 1 KiB and one of 64 KiB, the second with a compressed sibling.
func measured(tb testing.TB) string {
	root, at := tb.TempDir(), time.Now().Add(-time.Hour)
	write(tb, filepath.Join(root, "small.txt"), strings.Repeat("s", 1<<10), at)
	write(tb, filepath.Join(root, "large.js"), strings.Repeat("l", 64<<10), at)
	write(tb, filepath.Join(root, "large.js.gz"), strings.Repeat("g", 16<<10), at)
	return root
}

type work struct {
	description, path, header, value string
	want                             int
}

func works(h http.Handler) []work {
	d := &discard{header: http.Header{}}
	h.ServeHTTP(d, httptest.NewRequest("GET", "/static/small.txt", nil))
	return []work{
		{"1 KiB", "/static/small.txt", "", "", 200},
		{"64 KiB", "/static/large.js", "", "", 200},
		{"304", "/static/small.txt", "If-None-Match", d.header.Get("Etag"), 304},
		{"a sibling", "/static/large.js", "Accept-Encoding", "gzip, deflate, br", 200},
	}
}

func (w work) request() *http.Request {
	hr := httptest.NewRequest("GET", w.path, nil)
	if w.header != "" {
		hr.Header.Set(w.header, w.value)
	}
	return hr
}

func served(tb testing.TB, root string) *soay.App {
	app, _ := newApp()
	app.Static("/static", files.Dir(root), files.Options{Recheck: time.Hour})
	if err := app.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return app
}

// What is in memory costs at most three allocations.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	app := served(t, measured(t))
	for _, w := range works(app) {
		hr, d := w.request(), &discard{header: http.Header{}}
		n := testing.AllocsPerRun(200, func() {
			clear(d.header)
			app.ServeHTTP(d, hr)
		})
		if n > 3 || d.status != w.want {
			t.Errorf("%s: %v allocations, status %d", w.description, n, d.status)
		}
	}
}

func BenchmarkStatic(b *testing.B) {
	root := measured(b)
	for name, h := range map[string]http.Handler{
		"soay": served(b, root), "FileServer": http.StripPrefix("/static/", http.FileServer(http.Dir(root))),
		"FileServerFS": http.StripPrefix("/static/", http.FileServerFS(os.DirFS(root))),
	} {
		for _, w := range works(h) {
			b.Run(strings.ReplaceAll(w.description, " ", "")+"/"+name, func(b *testing.B) {
				hr, d := w.request(), &discard{header: http.Header{}}
				b.ReportAllocs()
				for b.Loop() {
					clear(d.header)
					h.ServeHTTP(d, hr)
				}
			})
		}
	}
}
