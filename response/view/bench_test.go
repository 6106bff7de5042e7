package view_test

import (
	"bytes"
	"html/template"
	"testing"

	"github.com/soay-go/soay/response/view"
)

// A page with a layout and five items, as the benchmarks of frameworks have it.
const (
	benchLayout = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{template "title" .}}</title></head>
<body><nav><a href="/">Home</a></nav><h1>{{template "title" .}}</h1>
{{template "content" .}}
</body></html>`
	benchPage = `{{define "title"}}{{.Title}}{{end}}{{define "content"}}<ul>
{{- range .Items}}
<li><a href="/notes/{{.ID}}">{{.Title}}</a> by {{.By}}</li>
{{- end}}
</ul>{{end}}`
)

type benchItem struct {
	ID        int
	Title, By string
}

type benchData struct {
	Title string
	Items []benchItem
}

func newBenchData() benchData {
	return benchData{"Notes", []benchItem{{1, "Cats & dogs", "Ada"}, {2, "Sheep", "Bob"}, {3, "<Lambs>", "Cleo"}, {4, "Goats", "Dan"}, {5, "Islands", "Eve"}}}
}

// rawPage is the same page with html/template alone.
func rawPage() *template.Template {
	set := template.Must(template.New("layout").Parse(benchLayout))
	return template.Must(set.Parse(benchPage))
}

func benchSet(tb testing.TB, reload bool) *view.Set {
	tb.Helper()
	set, err := view.New(files(map[string]string{"layouts/base.html": benchLayout, "pages/notes.html": benchPage}), view.Options{}, reload)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// BenchmarkRender compares a page with the execution of its template alone, and with a clone for each request.
func BenchmarkRender(b *testing.B) {
	data := newBenchData()
	b.Run("html-template", func(b *testing.B) {
		raw := rawPage()
		var out bytes.Buffer
		b.ReportAllocs()
		for b.Loop() {
			out.Reset()
			if err := raw.Execute(&out, data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("view", func(b *testing.B) {
		req := requestOf(b, benchSet(b, false), nil)
		b.ReportAllocs()
		for b.Loop() {
			if err := view.Render(req, "notes", data).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		req, page := requestOf(b, benchSet(b, false), nil), view.NewPage[benchData]("notes")
		b.ReportAllocs()
		for b.Loop() {
			if err := page.Render(req, data).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("clone", func(b *testing.B) {
		raw := rawPage() // which is never executed
		var out bytes.Buffer
		b.ReportAllocs()
		for b.Loop() {
			out.Reset()
			if err := template.Must(raw.Clone()).Execute(&out, data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("view in development", func(b *testing.B) {
		req := requestOf(b, benchSet(b, true), nil)
		for b.Loop() {
			if err := view.Render(req, "notes", data).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
