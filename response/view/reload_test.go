package view_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/view"
)

// folder is a folder of templates on disk.
type folder struct {
	t    testing.TB
	root string
}

func newFolder(t testing.TB, texts map[string]string) folder {
	f := folder{t, t.TempDir()}
	for name, text := range texts {
		f.write(name, text)
	}
	return f
}

func (f folder) write(name, text string) {
	f.t.Helper()
	file := filepath.Join(f.root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		f.t.Error(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		f.t.Error(err)
	}
}

func (f folder) remove(name string) {
	f.t.Helper()
	if err := os.RemoveAll(filepath.Join(f.root, filepath.FromSlash(name))); err != nil {
		f.t.Error(err)
	}
}

// pagesApp shows the page that the path names.
func pagesApp(env string, f folder, options ...view.Options) *soay.App {
	app := quiet(env)
	app.UseViews(os.DirFS(f.root), options...)
	app.Get("/*", func(req soay.Request) soay.Response { return view.Render(req, req.Param("tail"), "data") })
	return app
}

func TestChangedFilesInDevelopment(t *testing.T) {
	f := newFolder(t, map[string]string{
		"pages/a.html": "one", "layouts/base.html": `<i>{{template "content" .}}</i>`, "partials/p.html": "P",
	})
	c := requesttest.New(t, pagesApp("development", f)).WithHeader("Accept", "text/html")
	steps := []struct {
		name   string
		change func()
		page   string
		status int
		want   []string // the page has them
	}{
		{"the beginning", func() {}, "/a", 200, []string{"<i>one</i>"}},
		{"a changed page", func() { f.write("pages/a.html", "two") }, "/a", 200, []string{"<i>two</i>"}},
		{"a page of the same length at the same time", func() { f.write("pages/a.html", "six") }, "/a", 200, []string{"<i>six</i>"}},
		{"a changed layout", func() { f.write("layouts/base.html", `<b>{{template "content" .}}</b>`) }, "/a", 200, []string{"<b>six</b>"}},
		{"a new page with a partial", func() { f.write("pages/n/b.html", `{{template "partials/p"}}`) }, "/n/b", 200, []string{"<b>P</b>"}},
		{"a changed partial", func() { f.write("partials/p.html", `<q>{{.}}</q>`) }, "/n/b", 200, []string{"<b><q></q></b>"}},
		{"a page that is not there", func() {}, "/c", 500, []string{`there is no page &#34;c&#34; in pages`}},
		{"a broken page", func() { f.write("pages/a.html", "<p>\n\n{{if}}</p>") }, "/a", 500,
			[]string{"pages/a.html:3: missing value for if", "<h2>pages/a.html:3</h2>", "<b>    3  {{if}}&lt;/p&gt;</b>", "    1  &lt;p&gt;"}},
		{"another page", func() {}, "/n/b", 200, []string{"<b><q></q></b>"}},
		{"an error in the middle", func() { f.write("pages/a.html", "<p>\n{{.Nothing}}\n</p>") }, "/a", 500,
			[]string{"view: render &#34;a&#34;: pages/a.html:2:2: executing", "<h2>pages/a.html:2</h2>", "<b>    2  {{.Nothing}}</b>"}},
		{"a broken page that is fixed", func() { f.write("pages/a.html", "three") }, "/a", 200, []string{"<b>three</b>"}},
		{"a broken layout", func() { f.write("layouts/base.html", "\n<title") }, "/a", 500, []string{"ends inside of a tag"}},
		{"a layout that does not parse", func() { f.write("layouts/base.html", "\n{{") }, "/n/b", 500, []string{"<h2>layouts/base.html:2</h2>"}},
		{"a fixed layout", func() { f.write("layouts/base.html", `{{template "content" .}}`) }, "/a", 200, []string{"three"}},
		{"a page that has gone", func() { f.remove("pages/a.html") }, "/a", 500, []string{"there is no page"}},
		{"all pages have gone", func() { f.remove("pages") }, "/n/b", 500, []string{"there is no folder pages"}},
		{"a page is back", func() { f.write("pages/a.html", "back") }, "/a", 200, []string{"back"}},
	}
	for _, s := range steps {
		s.change()
		resp := c.Get(s.page)
		for _, want := range s.want {
			if resp.Status != s.status || !strings.Contains(resp.Text(), want) {
				t.Fatalf("%s: %d\n%s\nwant %d with %s", s.name, resp.Status, resp.Text(), s.status, want)
			}
		}
	}
}

func TestChangedFilesInProduction(t *testing.T) {
	f := newFolder(t, map[string]string{"pages/a.html": "one"})
	c := requesttest.New(t, pagesApp("production", f))
	f.write("pages/a.html", "{{")
	f.write("pages/b.html", "new")
	if got := c.Get("/a").Text(); got != "one" {
		t.Errorf("%q, want one", got)
	}
	if got := c.Get("/b").Status; got != 500 {
		t.Errorf("a new page: %d", got)
	}
}

func TestSourceInDevelopment(t *testing.T) {
	f := newFolder(t, map[string]string{"views/pages/a.html": "on disk"})
	embedded := files(map[string]string{"views/pages/a.html": "embedded"})
	for env, want := range map[string]string{"development": "on disk", "production": "embedded"} {
		app := quiet(env)
		app.UseViews(embedded, view.Options{Source: os.DirFS(f.root)})
		app.Get("/", func(req soay.Request) soay.Response { return view.Render(req, "a", nil) })
		if got := requesttest.New(t, app).Get("/").Text(); got != want {
			t.Errorf("in %s it is %q, want %q", env, got, want)
		}
	}
}

// Requests at once see a page as it was before or after a change, or its error.
func TestChangesUnderParallelRequests(t *testing.T) {
	f := newFolder(t, map[string]string{"pages/a.html": "one", "layouts/base.html": `<i>{{template "content" .}}</i>`})
	c := requesttest.New(t, pagesApp("development", f)).WithHeader("Accept", "text/plain")
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				resp, err := c.Try("GET", "/a")
				switch {
				case err != nil:
					t.Error(err)
				case resp.Status == 200 && resp.Text() != "<i>one</i>" && resp.Text() != "<i>two</i>":
					t.Errorf("%q", resp.Text())
				}
			}
		})
	}
	for range 30 {
		for _, text := range []string{"two", "{{", "one"} {
			f.write("pages/a.html.new", text) // a rename, so that nobody reads a half
			if err := os.Rename(filepath.Join(f.root, "pages/a.html.new"), filepath.Join(f.root, "pages/a.html")); err != nil {
				t.Error(err)
			}
		}
	}
	close(done)
	readers.Wait()
	if got := c.Get("/a").Text(); got != "<i>one</i>" {
		t.Errorf("at the end it is %q", got)
	}
}
