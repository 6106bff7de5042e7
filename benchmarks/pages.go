package main

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"testing/fstest"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v4"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/view"
)

const pagePath = "/notes"

// The page of the row: a layout, a title and five items with three values each.
const (
	layoutText = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{template "title" .}}</title></head>
<body><nav><a href="/">Home</a></nav><h1>{{template "title" .}}</h1>
{{template "content" .}}
</body></html>`
	pageText = `{{define "title"}}{{.Title}}{{end}}{{define "content"}}<ul>
{{- range .Items}}
<li><a href="/notes/{{.ID}}">{{.Title}}</a> by {{.By}}</li>
{{- end}}
</ul>{{end}}`
)

type pageItem struct {
	ID        int
	Title, By string
}

type pageData struct {
	Title string
	Items []pageItem
}

func notes() pageData {
	return pageData{"Notes", []pageItem{{1, "Cats & dogs", "Ada"}, {2, "Sheep", "Bob"}, {3, "<Lambs>", "Cleo"}, {4, "Goats", "Dan"}, {5, "Islands", "Eve"}}}
}

// rawTemplate is the page with html/template alone.
func rawTemplate() *template.Template {
	return template.Must(template.Must(template.New("notes").Parse(layoutText)).Parse(pageText))
}

// pageRows lists the row of pages. What counts is the execution of the template, which is the same for all.
func pageRows() []row {
	return []row{{name: "page with a layout", open: openTemplate, target: target{ratio: 1.15, anyAllocs: true}}}
}

func openTemplate(f framework) (*entry, error) {
	var want bytes.Buffer
	if err := rawTemplate().Execute(&want, notes()); err != nil {
		return nil, err
	}
	return openPage(f.page, call{method: http.MethodGet, path: pagePath}, func(a answer) error {
		if err := content(a, "text/html"); err != nil {
			return err
		}
		if a.body != want.String() {
			return fmt.Errorf("answers %q, want %q", a.body, want.String())
		}
		return nil
	})
}

func soayPage() server {
	app := newSoay()
	app.UseViews(fstest.MapFS{"layouts/base.html": {Data: []byte(layoutText)}, "pages/notes.html": {Data: []byte(pageText)}})
	data := notes()
	app.Get(pagePath, func(req soay.Request) soay.Response { return view.Render(req, "notes", data) })
	return soayServer{app}
}

// netHTTPPage renders into a buffer first, as careful programs do.
func netHTTPPage() server {
	page, data := rawTemplate(), notes()
	return mux("GET "+pagePath, func(w http.ResponseWriter, _ *http.Request) {
		var b bytes.Buffer
		if err := page.Execute(&b, data); err != nil {
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
		w.Write(b.Bytes())
	})
}

func ginPage() server {
	engine, data := newGin(), notes()
	engine.SetHTMLTemplate(rawTemplate())
	engine.GET(pagePath, func(c *gin.Context) { c.HTML(http.StatusOK, "notes", data) })
	return httpServer{engine}
}

func echoPage() server {
	e, data := echo.New(), notes()
	e.Renderer = &echo.TemplateRenderer{Template: rawTemplate()}
	e.GET(pagePath, func(c echo.Context) error { return c.Render(http.StatusOK, "notes", data) })
	return httpServer{e}
}

// fiberViews are what fiber asks of an engine.
type fiberViews struct{ page *template.Template }

// Load implements fiber.Views.
func (fiberViews) Load() error { return nil }

// Render implements fiber.Views.
func (v fiberViews) Render(w io.Writer, name string, data any, _ ...string) error {
	return v.page.ExecuteTemplate(w, name, data)
}

func fiberPage() server {
	app, data := fiber.New(fiber.Config{Views: fiberViews{rawTemplate()}}), notes()
	app.Get(pagePath, func(c fiber.Ctx) error { return c.Render("notes", data) })
	return fiberServer{app}
}
