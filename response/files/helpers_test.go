package files_test

import (
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/files"
)

// tree is what most tests serve. The folder outside stands beside it on disk.
var tree = map[string]string{
	"index.html":             "<h1>home</h1>",
	"plan.txt":               "0123456789",
	"empty.txt":              "",
	"css/app.css":            "body { color: black }",
	"css/index.html":         "styles",
	"about.html":             "about",
	"blank/note.txt":         "a note",
	"LICENSE":                "free",
	"naïve name.txt":         "umlaut",
	"app.js":                 "let original = 1",
	"app.js.br":              "as brotli",
	"app.js.gz":              "as gzip",
	"only.js.gz":             "only gzip",
	"archive.tar.gz":         "an archive",
	".env":                   "secret",
	".git/config":            "secret",
	".well-known/info.txt":   "known",
	"css/.hidden/a.txt":      "secret",
	"plan.txt~":              "secret",
	"plan.txt.bak":           "secret",
	"PLAN.TXT.SWP":           "secret",
	"plan.orig":              "secret",
	"plan.tmp":               "secret",
	"con.txt":                "secret",
	"a:b.txt":                "secret",
	"end.":                   "secret",
	"aux":                    "secret",
	"git~1/config":           "secret",
	"ENV~1":                  "secret",
	"css/lpt1.css":           "secret",
	"deep/er/est/file.weird": "deep",
}

// onDisk makes the tree in a folder of its own, with a folder outside of it, and links.
func onDisk(t testing.TB) string {
	t.Helper()
	base := t.TempDir()
	old := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		write(t, filepath.Join(base, "public", filepath.FromSlash(name)), tree[name], old)
	}
	write(t, filepath.Join(base, "outside", "secret.txt"), "secret", old)
	write(t, filepath.Join(base, "public-sibling", "secret.txt"), "secret", old)
	root := filepath.Join(base, "public")
	for link, to := range map[string]string{
		"link.txt": "plan.txt", "out.txt": "../outside/secret.txt", "out": "../outside", "loop": "loop", "inner": "css",
		"absolute.txt": filepath.Join(base, "outside", "secret.txt"), "nowhere.txt": "missing.txt",
	} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func write(t testing.TB, name, text string, at time.Time) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, at, at); err != nil {
		t.Fatal(err)
	}
}

// inMemory is the tree as a file system without times, as an embedded one is.
func inMemory() fs.FS {
	fsys := fstest.MapFS{}
	for name, text := range tree {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// sources are the tree in both forms.
func sources(t testing.TB) map[string]files.Source {
	return map[string]files.Source{"Dir": files.Dir(onDisk(t)), "FS": files.FS(inMemory())}
}

func newApp(options ...soay.Options) (*soay.App, *requesttest.Log) {
	log := new(requesttest.Log)
	o := soay.Options{Env: "production"}
	if len(options) > 0 {
		o = options[0]
	}
	if o.Logger == nil {
		o.Logger = log.Logger()
	}
	return soay.New(o), log
}

var quiet = slog.New(slog.DiscardHandler)

// h is a request with these headers.
func h(pairs ...string) requesttest.With {
	header := map[string][]string{}
	for i := 0; i < len(pairs); i += 2 {
		header[pairs[i]] = []string{pairs[i+1]}
	}
	return requesttest.With{Header: header}
}
