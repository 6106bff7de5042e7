package view_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing/fstest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/view"
)

// templates are those of an embedded folder, as a rule.
var templates = fstest.MapFS{
	"layouts/base.html": {Data: []byte(`<title>{{block "title" .}}Cats{{end}}</title>{{template "content" .}}`)},
	"pages/hello.html":  {Data: []byte(`{{define "title"}}Hello{{end}}<p>Hello, {{.}}!</p>`)},
	"pages/cats.html":   {Data: []byte(`<ul>{{range .}}{{template "cat" .}}{{end}}</ul>{{define "cat"}}<li>{{.Name}}</li>{{end}}`)},
}

type cat struct{ Name string }

// catsPage knows the type of its data, which is compared at the start.
var catsPage = view.NewPage[[]cat]("cats")

func Example() {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.UseViews(templates, view.Options{Pages: []view.Checker{catsPage}})
	app.Get("/hello/{name}", func(req soay.Request) soay.Response {
		return view.Render(req, "hello", req.Param("name"))
	})
	app.Get("/cats", func(req soay.Request) soay.Response { return catsPage.Render(req, []cat{{"Tom"}, {"Minka"}}) })
	app.Get("/cats/last", func(req soay.Request) soay.Response { return view.Fragment(req, "cats", "cat", cat{"Minka"}) })
	app.Get("/all", func(req soay.Request) soay.Response { return view.Stream(req, "cats", []cat{{"Tom"}}) })

	for _, path := range []string{"/hello/<b>", "/cats", "/cats/last", "/all"} {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Body)
	}
	// Output:
	// <title>Hello</title><p>Hello, &lt;b&gt;!</p>
	// <title>Cats</title><ul><li>Tom</li><li>Minka</li></ul>
	// <li>Minka</li>
	// <title>Cats</title><ul><li>Tom</li></ul>
}
