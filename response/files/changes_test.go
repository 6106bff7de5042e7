package files_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/files"
)

func TestARealFileWinsOverAFingerprint(t *testing.T) {
	root := onDisk(t)
	set, err := files.New(files.Dir(root))
	if err != nil {
		t.Fatal(err)
	}
	name := set.URL("css/app.css")
	write(t, filepath.Join(root, name), "a real file", time.Now().Add(-time.Hour))
	app, _ := newApp()
	app.Static("/", files.Dir(root))
	got := requesttest.New(t, app).Get("/" + name)
	if got.Text() != "a real file" || got.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%q %v", got.Text(), got.Header)
	}
}

func TestChanges(t *testing.T) {
	root := onDisk(t)
	app, _ := newApp(soay.Options{Env: "development", Logger: quiet})
	app.Static("/", files.Dir(root))
	c := requesttest.New(t, app)
	want := func(path string, status int, text string) {
		t.Helper()
		if got := c.Get(path, h("Accept-Encoding", "br")); got.Status != status || status == 200 && got.Text() != text {
			t.Fatalf("%s: %d %q, want %d %q", path, got.Status, got.Text(), status, text)
		}
	}
	want("/plan.txt", 200, "0123456789")
	tag := c.Get("/plan.txt").Header.Get("Etag")
	if err := os.WriteFile(filepath.Join(root, "plan.txt"), []byte("9876543210"), 0o644); err != nil { // of the same size
		t.Fatal(err)
	}
	want("/plan.txt", 200, "9876543210")
	if got := c.Get("/plan.txt", h("If-None-Match", tag)); got.Status != 200 {
		t.Errorf("the old tag: %d", got.Status)
	}
	want("/", 200, "<h1>home</h1>")
	if err := os.Remove(filepath.Join(root, "index.html")); err != nil {
		t.Fatal(err)
	}
	want("/", 404, "")
	want("/app.js", 200, "as brotli")
	if err := os.WriteFile(filepath.Join(root, "app.js"), []byte("let changed = 2"), 0o644); err != nil { // its siblings are old now
		t.Fatal(err)
	}
	want("/app.js", 200, "let changed = 2")
	other := onDisk(t)
	write(t, filepath.Join(other, "plan.txt"), "another folder", time.Now())
	if err := os.Rename(root, root+"-old"); err != nil {
		t.Fatal(err)
	}
	want("/plan.txt", 200, "9876543210") // until there is another one
	if err := os.Rename(other, root); err != nil {
		t.Fatal(err)
	}
	want("/plan.txt", 200, "another folder")
}

func TestLinkOfADeployment(t *testing.T) {
	base := t.TempDir()
	for _, release := range []string{"1", "2"} {
		write(t, filepath.Join(base, release, "version.txt"), release, time.Now().Add(-time.Hour))
	}
	link := filepath.Join(base, "current")
	if err := os.Symlink("1", link); err != nil {
		t.Fatal(err)
	}
	app, _ := newApp(soay.Options{Env: "development", Logger: quiet})
	app.Static("/", files.Dir(link))
	c := requesttest.New(t, app)
	for _, release := range []string{"1", "2"} {
		if got := c.Get("/version.txt").Text(); got != release {
			t.Errorf("%q, want %q", got, release)
		}
		if err := os.Symlink("2", link+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link+".new", link); err != nil {
			t.Fatal(err)
		}
	}
}
