package view_test

import (
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/view"
)

// files returns a file system with these texts.
func files(texts map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// quiet is an app that logs nothing.
func quiet(env string) *soay.App {
	return soay.New(soay.Options{Env: env, Logger: slog.New(slog.DiscardHandler)})
}

// rendered returns what an app in production answers with a page of these templates.
func rendered(t *testing.T, texts map[string]string, name string, data any, options ...view.Options) *requesttest.Response {
	t.Helper()
	app := quiet("production")
	app.UseViews(files(texts), options...)
	app.Get("/", func(req soay.Request) soay.Response { return view.Render(req, name, data) })
	app.Get("/cats/{int:id}", func(req soay.Request) soay.Response { return soay.Response{} }).Name("cat")
	return requesttest.New(t, app).Get("/")
}

const base = `<title>{{block "title" .}}Cats{{end}}</title>{{template "content" .}}`

func TestPagesAreMadeOfTheirParts(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a page without anything else", map[string]string{"pages/a.html": "<p>{{.}}</p>"}, "<p>data</p>"},
		{"a page in a layout", map[string]string{"pages/a.html": "<p>{{.}}</p>", "layouts/base.html": base}, "<title>Cats</title><p>data</p>"},
		{"a page with definitions", map[string]string{"pages/a.html": `{{define "title"}}A{{end}} {{define "content"}}C{{end}} `, "layouts/base.html": base}, "<title>A</title>C"},
		{"a page with a title and text", map[string]string{"pages/a.html": `{{define "title"}}A{{end}}<p>C`, "layouts/base.html": base}, "<title>A</title><p>C"},
		{"an empty title", map[string]string{"pages/a.html": `{{define "title"}}{{end}}C`, "layouts/base.html": base}, "<title></title>C"},
		{"a layout that is defined", map[string]string{"pages/a.html": "C", "layouts/base.html": `{{define "layout"}}<i>{{template "content" .}}</i>{{end}}`}, "<i>C</i>"},
		{"a layout of the page's own", map[string]string{"pages/a.html": "{{/* layout: plain */}}\nC", "layouts/base.html": base, "layouts/plain.html": `<b>{{template "content" .}}</b>`}, "<b>\nC</b>"},
		{"a layout with trimming", map[string]string{"pages/a.html": "{{- /* layout: plain */ -}}\nC", "layouts/plain.html": `<b>{{template "content" .}}</b>`}, "<b>C</b>"},
		{"no layout", map[string]string{"pages/a.html": "{{/* layout: none */}}C", "layouts/base.html": base}, "C"},
		{"a partial", map[string]string{"pages/a.html": `{{template "partials/cat" .}}`, "partials/cat.html": "<em>{{.}}</em>"}, "<em>data</em>"},
		{"a partial in a folder", map[string]string{"pages/a.html": `{{template "partials/cats/row" .}}`, "partials/cats/row.html": "<em>{{.}}</em>"}, "<em>data</em>"},
		{"what a partial defines", map[string]string{"pages/a.html": `{{template "cat" .}}`, "partials/all.html": `{{define "cat"}}<em>{{.}}</em>{{end}}`}, "<em>data</em>"},
		{"a partial of a partial", map[string]string{"pages/a.html": `{{template "partials/x" .}}`, "partials/x.html": `{{template "partials/y" .}}`, "partials/y.html": "Y"}, "Y"},
		{"a partial that calls itself", map[string]string{"pages/a.html": `{{template "partials/x" .}}`, "partials/x.html": `{{with .}}{{template "partials/x" ""}}{{end}}!`}, "!!"},
		{"a page puts its own in place of what a partial has", map[string]string{"pages/a.html": `{{define "cat"}}own{{end}}{{template "cat"}}`, "partials/all.html": `{{define "cat"}}shared{{end}}`}, "own"},
		{"a partial that is not used may call what is not there", map[string]string{"pages/a.html": "A", "partials/x.html": `{{template "row"}}`}, "A"},
		{"all in one folder", map[string]string{"views/pages/a.html": "C", "views/layouts/base.html": base, "static/pages.txt": ""}, "<title>Cats</title>C"},
		{"hidden files and others are left alone", map[string]string{"pages/a.html": "A", "pages/.b.html": "{{", "pages/.c/d.html": "{{", "pages/x.txt": "{{", "pages/x.html~": "{{"}, "A"},
		{"the same name in two pages", map[string]string{"pages/a.html": `{{define "row"}}A{{end}}{{template "row"}}`, "pages/b.html": `{{define "row"}}B{{end}}{{template "row"}}`}, "A"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			resp := rendered(t, test.files, "a", "data")
			if got := resp.Text(); resp.Status != 200 || got != test.want {
				t.Errorf("%d %q, want %q", resp.Status, got, test.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	shout := view.Options{Funcs: map[string]any{"shout": strings.ToUpper}}
	tests := []struct {
		name    string
		files   map[string]string
		options view.Options
		want    string
	}{
		{"another layout", map[string]string{"pages/a.html": "A", "layouts/base.html": base, "layouts/b.html": `B{{template "content"}}`}, view.Options{Layout: "b"}, "BA"},
		{"no layout", map[string]string{"pages/a.html": "A", "layouts/base.html": base}, view.Options{Layout: "none"}, "A"},
		{"another extension", map[string]string{"pages/a.tmpl": "A", "pages/a.html": "{{"}, view.Options{Extension: ".tmpl"}, "A"},
		{"functions", map[string]string{"pages/a.html": `{{shout .}}`, "layouts/base.html": `{{shout "x"}}{{template "content" .}}`}, shout, "XDATA"},
		{"delimiters", map[string]string{"pages/a.html": `<%/* layout: b */%>{{<% . %>}}`, "layouts/b.html": `<% template "content" . %>`}, view.Options{Delims: [2]string{"<%", "%>"}}, "{{data}}"},
		{"a source in production", map[string]string{"pages/a.html": "A"}, view.Options{Source: files(map[string]string{"pages/a.html": "B"})}, "A"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			resp := rendered(t, test.files, "a", "data", test.options)
			if got := resp.Text(); resp.Status != 200 || got != test.want {
				t.Errorf("%d %q, want %q", resp.Status, got, test.want)
			}
		})
	}
}

func TestMistakesAtTheStart(t *testing.T) {
	tests := []struct {
		name    string
		files   map[string]string
		options view.Options
		want    string
	}{
		{"no folder", map[string]string{"a.html": ""}, view.Options{}, "there is no folder pages"},
		{"two folders", map[string]string{"x/pages/a.html": "", "y/pages/a.html": ""}, view.Options{}, "there are several folders with a folder pages: x, y"},
		{"a page that does not parse", map[string]string{"pages/a.html": "\n{{if}}"}, view.Options{}, "pages/a.html:2: missing value for if"},
		{"two pages", map[string]string{"pages/a.html": "{{.", "pages/b.html": "{{"}, view.Options{}, "pages/b.html:1:"},
		{"a layout that does not parse", map[string]string{"pages/a.html": "A", "layouts/base.html": "\n\n{{end}}"}, view.Options{}, "layouts/base.html:3: unexpected {{end}}"},
		{"a partial that does not parse", map[string]string{"pages/a.html": "A", "partials/x/y.html": "{{"}, view.Options{}, "partials/x/y.html:1:"},
		{"an unknown function", map[string]string{"pages/a.html": "\n{{shout .}}"}, view.Options{}, `pages/a.html:2: function "shout" not defined`},
		{"an unknown template", map[string]string{"pages/n/a.html": "\n{{template \"row\"}}"}, view.Options{}, `pages/n/a.html:2: the page n/a has no template "row"`},
		{"a page without what its layout needs", map[string]string{"pages/a.html": `{{define "title"}}{{end}}`, "layouts/base.html": "\n" + base}, view.Options{}, `layouts/base.html:2: the page a has no template "content"`},
		{"an empty page", map[string]string{"pages/a.html": " \n"}, view.Options{}, "pages/a.html:1: the page has neither text nor definitions"},
		{"a page without content or layout", map[string]string{"pages/a.html": `{{define "title"}}A{{end}}`}, view.Options{}, "pages/a.html:1: the page has no layout, and neither text"},
		{"content twice", map[string]string{"pages/a.html": "{{define \"content\"}}A{{end}}\n\n B"}, view.Options{}, `pages/a.html:1: there is a definition of "content", and text`},
		{"an empty layout", map[string]string{"pages/a.html": "A", "layouts/base.html": `{{define "x"}}A{{end}}`}, view.Options{}, `layouts/base.html:1: it has neither text nor a definition of "layout"`},
		{"no such layout", map[string]string{"pages/a.html": "{{/* layout: b */}}A"}, view.Options{}, "pages/a.html:1: there is no layout layouts/b.html"},
		{"no such layout in the options", map[string]string{"v/pages/a.html": "A"}, view.Options{Layout: "b"}, "v/pages/a.html:1: there is no layout v/layouts/b.html"},
		{"no layout base beside others", map[string]string{"pages/a.html": "A", "layouts/b.html": "B"}, view.Options{}, "pages/a.html:1: there is no layout layouts/base.html"},
		{"a name twice", map[string]string{"pages/a.html": "A", "partials/x.html": `{{define "row"}}X{{end}}`, "partials/y.html": `{{define "row"}}Y{{end}}`}, view.Options{}, `partials/y.html:1: "row" is defined in partials/x.html already`},
		{"a tag that stays open", map[string]string{"pages/a.html": "<p title=\"x\n", "layouts/base.html": `{{template "content" .}}`}, view.Options{}, "pages/a.html:1: the page or its layout ends inside of a tag"},
		{"branches that end differently", map[string]string{"pages/a.html": "\n<p {{if .}}title='{{end}}>"}, view.Options{}, "pages/a.html:2:"},
		{"one delimiter", map[string]string{"pages/a.html": "A"}, view.Options{Delims: [2]string{"<%"}}, "Delims: there is only one"},
		{"an extension without its dot", map[string]string{"pages/a.html": "A"}, view.Options{Extension: "html"}, `Extension: "html" does not begin with a dot`},
		{"a function that is none", map[string]string{"pages/a.html": "A"}, view.Options{Funcs: map[string]any{"x": 1}}, "Funcs: value for x not a function"},
		{"a name that is taken", map[string]string{"pages/a.html": "A"}, view.Options{Funcs: map[string]any{"url": strings.ToUpper}}, "Funcs: every template has a function url already"},
		{"a name in both", map[string]string{"pages/a.html": "A"}, view.Options{Funcs: map[string]any{"x": strings.ToUpper}, ForRequest: forRequest("x")}, "ForRequest: Funcs has x already"},
		{"a function that uses the request at once", map[string]string{"pages/a.html": "A"}, view.Options{ForRequest: func(req soay.Request) template.FuncMap { return map[string]any{"x": req.Path()} }}, "look at the request inside of the functions"},
		{"a page that is nil", map[string]string{"pages/a.html": "A"}, view.Options{Pages: []view.Checker{nil}}, "Pages: one is nil"},
		{"a typed page that is not there", map[string]string{"pages/a.html": "A"}, view.Options{Pages: []view.Checker{view.NewPage[int]("b")}}, `view.NewPage[int]: there is no page "b" in pages`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, env := range []string{"production", "development"} {
				app := quiet(env)
				app.UseViews(files(test.files), test.options)
				err := app.Start(t.Context())
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "view_test.go:") {
					t.Errorf("in %s the start says\n%v\nwant the place of the call and\n%s", env, err, test.want)
				}
			}
		})
	}
}

func TestMistakesOfTheSetup(t *testing.T) {
	some := files(map[string]string{"pages/a.html": "A"})
	tests := []struct {
		name string
		set  func(app *soay.App)
		want string
	}{
		{"no files", func(app *soay.App) { app.UseViews(nil) }, "UseViews: the file system is nil"},
		{"twice", func(app *soay.App) { app.UseViews(some); app.UseViews(some) }, "UseViews: it was called at"},
		{"two options", func(app *soay.App) { app.UseViews(some, view.Options{}, view.Options{}) }, "UseViews: 2 options"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			app := quiet("production")
			test.set(app)
			if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the start says %v, want %s", err, test.want)
			}
		})
	}
}

// forRequest returns Options.ForRequest with a function that returns the path of the request.
func forRequest(name string) func(soay.Request) template.FuncMap {
	return func(req soay.Request) template.FuncMap {
		return map[string]any{name: func() string { return req.Path() }}
	}
}

func TestRequestsWithoutViews(t *testing.T) {
	app := quiet("production")
	app.Get("/", func(req soay.Request) soay.Response { return view.Render(req, "a", nil) })
	var inApp error
	app.Get("/err", func(req soay.Request) soay.Response {
		inApp = view.Render(req, "a", nil).Err()
		return soay.Response{}
	})
	c := requesttest.New(t, app)
	if got := c.Get("/"); got.Status != 500 {
		t.Errorf("%d %s", got.Status, got.Text())
	}
	c.Get("/err")
	req := requesttest.Request("GET", "/")
	for name, err := range map[string]error{
		"an app": inApp, "Render": view.Render(req, "a", nil).Err(), "Fragment": view.Fragment(req, "a", "b", nil).Err(),
		"Stream": view.Stream(req, "a", nil).Err(), "a Page": view.NewPage[int]("a").Render(req, 1).Err(),
	} {
		if err == nil || !strings.Contains(err.Error(), "there are no views; call App.UseViews") {
			t.Errorf("%s says %v", name, err)
		}
	}
}

// Two apps in one process have views of their own.
func TestTwoApps(t *testing.T) {
	for range 2 {
		for _, text := range []string{"one", "two"} {
			if got := rendered(t, map[string]string{"pages/a.html": text}, "a", nil).Text(); got != text {
				t.Errorf("%q, want %q", got, text)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	app := quiet("production")
	app.UseViews(files(map[string]string{"pages/a.html": "<p>{{.}}"}))
	app.Get("/", func(req soay.Request) soay.Response { return view.Render(req, "a", "x").WithStatus(422) })
	app.Get("/stream", func(req soay.Request) soay.Response { return view.Stream(req, "a", "x") })
	app.Get("/html", func(req soay.Request) soay.Response { return soay.Response{} })
	c := requesttest.New(t, app)
	for _, test := range []struct {
		method, path string
		status       int
		body         string
	}{{"GET", "/", 422, "<p>x"}, {"HEAD", "/", 422, ""}, {"GET", "/stream", 200, "<p>x"}, {"HEAD", "/stream", 200, ""}} {
		resp := c.Do(test.method, test.path)
		if got := resp.Text(); resp.Status != test.status || got != test.body {
			t.Errorf("%s %s: %d %q, want %d %q", test.method, test.path, resp.Status, got, test.status, test.body)
		}
		for name, want := range map[string]string{
			"Content-Type":            "text/html; charset=utf-8",
			"Content-Security-Policy": "base-uri 'self'; frame-ancestors 'self'; object-src 'none'",
			"X-Content-Type-Options":  "nosniff",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", test.method, test.path, name, got, want)
			}
		}
	}
	if got := c.Head("/").Header.Get("Content-Length"); got != "4" {
		t.Errorf("Content-Length of HEAD is %q", got)
	}
}

func TestErrorsAreA500WithNothingOfThePage(t *testing.T) {
	tests := []struct {
		name, page string
		data       any
		log        string
	}{
		{"an error in the last line", strings.Repeat("<p>beginning</p>\n", 10000) + "{{.Nothing}}", struct{}{}, "pages/a.html:10001:2: executing \\\"content\\\" at <.Nothing>"},
		{"a missing key of a map", "beginning\n{{.cat}}", map[string]int{}, "pages/a.html:2:2: executing \\\"content\\\" at <.cat>: map has no entry for key"},
		{"a function", "beginning\n{{call .}}", func() (string, error) { return "", io.ErrUnexpectedEOF }, "unexpected EOF"},
		{"a panic of a function", "beginning\n{{call .}}", func() string { panic("no cat") }, "no cat"},
		{"an unknown route", "beginning\n{{url \"dog\"}}", nil, "pages/a.html:2:2: executing \\\"content\\\" at <url \\\"dog\\\">"},
		{"a problem that asks for another status", "beginning\n{{call .}}", func() (string, error) { return "", &teapot{} }, "teapot"},
		{"flash without sessions", "beginning\n{{flash \"note\"}}", nil, "pages/a.html:2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log requesttest.Log
			app := soay.New(soay.Options{Env: "production", Logger: log.Logger()})
			app.UseViews(files(map[string]string{"pages/a.html": test.page}))
			app.Get("/", func(req soay.Request) soay.Response {
				return view.Render(req, "a", test.data).WithStatus(422).WithHeader("X-Page", "a")
			})
			resp := requesttest.New(t, app).WithHeader("Accept", "text/html").Get("/")
			if got := resp.Text(); resp.Status != 500 || strings.Contains(got, "beginning") || strings.Contains(got, "a.html") || resp.Header.Get("X-Page") != "" {
				t.Errorf("%d %v %.200s", resp.Status, resp.Header, got)
			}
			if !strings.Contains(log.String(), `view: render \"a\": `) || !strings.Contains(log.String(), test.log) {
				t.Errorf("the log has\n%.500s\nwant %s", log.String(), test.log)
			}
		})
	}
}

type teapot struct{}

func (*teapot) Error() string   { return "teapot" }
func (*teapot) StatusCode() int { return 418 }

// A page is what it is, or nothing: after errors and large pages, too.
func TestBuffersAreClean(t *testing.T) {
	app := quiet("production")
	app.UseViews(files(map[string]string{"pages/a.html": "{{range .N}}0123456789abcdef{{end}}{{if .Fail}}{{.Nothing}}{{end}}"}))
	app.Get("/{int:n}/{fail}", func(req soay.Request) soay.Response {
		n, _ := strconv.Atoi(req.Param("n"))
		data := struct {
			N    int
			Fail bool
		}{n, req.Param("fail") == "true"}
		return view.Render(req, "a", data)
	})
	c := requesttest.New(t, app)
	for range 3 {
		for _, n := range []int{1, 1 << 17, 10, 1 << 15, 0} {
			for _, fail := range []bool{false, true} {
				resp := c.Get(fmt.Sprintf("/%d/%t", n, fail))
				if want := strings.Repeat("0123456789abcdef", n); !fail && resp.Text() != want || fail && resp.Status != http.StatusInternalServerError {
					t.Errorf("%d of %t: %d with %d bytes", n, fail, resp.Status, len(resp.Body))
				}
			}
		}
	}
}
