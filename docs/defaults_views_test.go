package docs_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/view"
)

func viewDefaults() map[string]check {
	return map[string]check{
		"Page that fails":                  says("500 with nothing of the page", func(t *testing.T) { pageFails(t, "beginning {{call .}}") }),
		"Missing key of a map":             says("500", func(t *testing.T) { pageFails(t, "beginning {{$.missing}}") }),
		"Template with a mistake":          says("no start", noStart),
		"Name of a page":                   says("one that was read at the start", nameOfAPage),
		"Page with a token in a form":      says("`no-store`", pageWithToken),
		"Changed template":                 says("shown in development, not in production", changedTemplate),
		"Content-Type of a page":           contentTypeOfAPage,
		"Layout of a page that names none": defaultLayout,
		"Extension of templates":           defaultExtension,
	}
}

// templates returns templates by their paths.
func templates(texts ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i := 0; i < len(texts); i += 2 {
		files[texts[i]] = &fstest.MapFile{Data: []byte(texts[i+1])}
	}
	return files
}

// shown returns what an app answers with the page of a name.
func shown(t *testing.T, app *soay.App, files fstest.MapFS, name string, data any) *requesttest.Response {
	t.Helper()
	app.UseViews(files)
	app.Get("/", func(req soay.Request) soay.Response { return view.Render(req, name, data) })
	return requesttest.New(t, app).Get("/")
}

func pageFails(t *testing.T, page string) {
	for _, data := range []any{map[string]int{}, func() int { panic("wrong") }} {
		if resp := shown(t, quiet(), templates("pages/a.html", page), "a", data); resp.Status != 500 || strings.Contains(resp.Text(), "beginning") {
			t.Errorf("%d %s", resp.Status, resp.Text())
		}
	}
}

func noStart(t *testing.T) {
	app := quiet()
	app.UseViews(templates("pages/a.html", "A", "pages/b.html", "{{if}}"))
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "pages/b.html:1") {
		t.Errorf("the start says %v", err)
	}
}

func nameOfAPage(t *testing.T) {
	files := templates("pages/a.html", "A", "secret.html", "secret", "pages/b.txt", "B")
	for name, want := range map[string]int{"a": 200, "../secret": 500, "b.txt": 500, "pages/a": 500, "a.html": 500, "/a": 500, "": 500} {
		if got := shown(t, quiet(), files, name, nil).Status; got != want {
			t.Errorf("the page %q is %d, want %d", name, got, want)
		}
	}
}

func pageWithToken(t *testing.T) {
	app := quiet()
	app.UseSessions(soay.NewKey())
	resp := shown(t, app, templates("pages/a.html", "<form>{{antiForgeryField}}</form>"), "a", nil)
	if got := resp.Header.Get("Cache-Control"); got != "no-store" || !strings.Contains(resp.Text(), "<input") {
		t.Errorf("Cache-Control is %q at\n%s", got, resp.Text())
	}
}

func changedTemplate(t *testing.T) {
	for env, want := range map[string]string{"development": "two", "production": "one"} {
		files := templates("pages/a.html", "one")
		app := soay.New(soay.Options{Env: env, Logger: silent()})
		app.UseViews(files)
		app.Get("/", func(req soay.Request) soay.Response { return view.Render(req, "a", nil) })
		c := requesttest.New(t, app)
		files["pages/a.html"] = templates("", "two")[""]
		if got := c.Get("/").Text(); got != want {
			t.Errorf("in %s it is %s, want %s", env, got, want)
		}
	}
}

func contentTypeOfAPage(t *testing.T, cell string) {
	resp := shown(t, quiet(), templates("pages/a.html", "A"), "a", nil)
	if got := "`" + resp.Header.Get("Content-Type") + "`"; got != cell {
		t.Errorf("the page says %s, and it is %s", cell, got)
	}
}

func defaultLayout(t *testing.T, cell string) {
	name := strings.Trim(cell, "`")
	files := templates("pages/a.html", "A", "layouts/"+name+".html", `L{{template "content"}}`, "layouts/other.html", "other")
	if got := shown(t, quiet(), files, "a", nil).Text(); got != "LA" {
		t.Errorf("with the layout %s it is %s", name, got)
	}
}

func defaultExtension(t *testing.T, cell string) {
	if got := shown(t, quiet(), templates("pages/a"+strings.Trim(cell, "`"), "A", "pages/a.other", "B"), "a", nil).Text(); got != "A" {
		t.Errorf("with the extension %s it is %s", cell, got)
	}
}
