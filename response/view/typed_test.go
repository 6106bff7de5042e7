package view_test

import (
	"fmt"
	"html/template"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/view"
)

// The data of the page that most of these tests have.
type (
	list struct {
		Title  string
		Notes  []note
		First  *note
		ByName map[string]note
		Count  map[string]int
		ByID   map[int]note
		Any    any
		Reader io.Reader
		Pair   [2]note
		Ch     chan note
		Seq    iter.Seq[note]
		Seq2   iter.Seq2[string, note]
		N      int
		Form   soay.Form[note]
		embedded
		*pointed
		hidden string
	}
	note struct {
		ID   int
		Text string
		When time.Time
		Next *note
	}
	embedded struct{ Based note }
	pointed  struct{ Pointed note }
)

func (note) Short(n int) string                { return fmt.Sprint(n) }
func (note) Many(n int, more ...string) string { return fmt.Sprint(n, more) }
func (*note) Edit() string                     { return "" }
func (note) Pair() (note, error)               { return note{}, nil }
func (note) Nothing()                          {}
func (list) Own() []note                       { return nil }
func (list) Unknown() any                      { return nil }
func (p *pointed) OfPointed() string           { return "" }
func sample() list {
	n := note{Text: "x"}
	return list{
		Notes: []note{n}, First: &n, ByName: map[string]note{"a": n}, Count: map[string]int{"a": 1}, ByID: map[int]note{1: n}, Any: n,
		Reader: strings.NewReader(""), Seq: func(yield func(note) bool) { yield(n) }, Seq2: func(yield func(string, note) bool) { yield("a", n) },
		N: 2, pointed: &pointed{}, hidden: "x",
	}
}

// checks are pages with data of type list and what is said of them, "" if they are right. Those that are right can be rendered.
var checks = []struct{ page, want string }{
	{`{{.Title}} {{.Own}} {{.Based.Text}} {{.Pointed.Text}} {{.OfPointed}} {{.}}`, ""},
	{`{{.Titel}}`, "<.Titel>: view_test.list has no field or method Titel"},
	{`{{.hidden}}`, "the field hidden of view_test.list is not exported"},
	{`{{.Title.X}}`, "string has no X"},
	{`{{$.Titel}}`, "has no field or method Titel"},
	{`{{with .First}}{{.Text}}{{$.Title}}{{.Edit}}{{.Next}}{{end}}`, ""},
	{`{{with .First}}{{.Title}}{{end}}`, "<.Title>: view_test.note has no field or method Title"},
	{`{{with .First}}{{else}}{{.Text}}{{end}}`, "has no field or method Text"},
	{`{{with $n := .First}}{{$n.Text}}{{.Text}}{{end}}`, ""},
	{`{{with $n := .First}}{{$n.Title}}{{end}}`, "<$n.Title>: view_test.note has no"},
	{`{{if .First}}{{.First.When.Year}}{{else if .Nope}}{{end}}`, "<.Nope>"},
	{`{{if $x := .Title}}{{$x}}{{else}}{{$x.Y}}{{end}}`, "string has no Y"},
	{`{{range .Notes}}{{.Text}}{{.Edit}}{{end}}`, ""},
	{`{{range .Notes}}{{.Title}}{{end}}`, "<.Title>: view_test.note has no"},
	{`{{range $i, $n := .Notes}}{{$n.Text}}{{$i}}{{end}}`, ""},
	{`{{range $i, $n := .Notes}}{{$i.Text}}{{end}}`, "int has no Text"},
	{`{{range $n := .Notes}}{{$n.Nope}}{{end}}`, "<$n.Nope>"},
	{`{{range .Notes}}{{else}}{{.Text}}{{end}}`, "view_test.list has no field or method Text"},
	{`{{range .Pair}}{{.Text}}{{end}}`, ""},
	{`{{range .Pair}}{{.Edit}}{{end}}`, "Edit is a method of *view_test.note, and the data is a view_test.note"},
	{`{{range $k, $n := .ByName}}{{$k}}{{$n.Text}}{{.Nope}}{{end}}`, "<.Nope>"},
	{`{{range .ByName}}{{.Edit}}{{end}}`, "Edit is a method of *view_test.note"},
	{`{{range .Ch}}{{.Nope}}{{end}}`, "<.Nope>"},
	{`{{range .Seq}}{{.Text}}{{end}}`, ""},
	{`{{range .Seq}}{{.Nope}}{{end}}`, "<.Nope>"},
	{`{{range $k, $n := .Seq}}{{end}}`, "range does not go over iter.Seq"},
	{`{{range $k, $n := .Seq2}}{{$n.Text}}{{end}}`, ""},
	{`{{range $k := .Seq2}}{{$k.Text}}{{end}}`, "string has no Text"},
	{`{{range .N}}{{.}}{{end}}{{range 3}}{{end}}`, ""},
	{`{{range .N}}{{.Text}}{{end}}`, "int has no Text"},
	{`{{range .Title}}{{end}}`, "range does not go over string"},
	{`{{range .First}}{{end}}`, "range does not go over view_test.note"},
	{`{{.ByName.a.Text}}{{.Count.a}}`, ""},
	{`{{.ByName.a.Title}}`, "view_test.note has no"},
	{`{{.ByID.a}}`, "map[int]view_test.note has no a"},
	{`{{.Any.Nope}}{{.Reader.Nope}}{{.Unknown.Nope}}`, "left"},
	{`{{(index .Notes 0).Nope}}`, "left"},
	{`{{(.First).Text}}{{(.First).Next}}`, ""},
	{`{{(.First).Nope}}`, "has no field or method Nope"},
	{`{{.First.Short 3}}{{3 | .First.Short}}{{.First.Many 1}}{{.First.Many 1 "a" "b"}}`, ""},
	{`{{.First.Short}}`, "Short has 0 arguments, and needs 1"},
	{`{{.Title | .First.Short 3}}`, "Short has 2 arguments, and needs 1"},
	{`{{.First.Many}}`, "Many has 0 arguments, and needs 1 or more"},
	{`{{.Title 1}}`, "the field Title of view_test.list is no method"},
	{`{{.First.Pair.Text}}{{.First.Pair.Short 1}}`, ""},
	{`{{.First.Pair.Edit}}`, "Edit is a method of *view_test.note"},
	{`{{.First.Nothing}}`, "Nothing does not return a value"},
	{`{{printf "%s" .Nope}}`, "<.Nope>"},
	{`{{printf "%s" (printf "%s" .Nope)}}`, "<.Nope>"},
	{`{{.Title | printf "%s %v" .First.Nope}}`, "<.First.Nope>"},
	{`{{len .Notes | printf "%d"}}{{and .First .First.Text}}`, ""},
	{`{{template "row" .First}}{{define "row"}}{{.Text}}{{end}}`, ""},
	{`{{template "row" .}}{{define "row"}}{{.Text}}{{end}}`, "view_test.list has no field or method Text"},
	{`{{template "row"}}{{define "row"}}{{.Text}}{{end}}`, "<.Text>: the template is called without data"},
	{`{{template "row"}}{{define "row"}}{{if .}}yes{{end}}{{range .}}{{end}}{{end}}`, ""},
	{`{{template "row" .First}}{{define "row"}}{{.Text}}{{with .Next}}{{template "row" .}}{{end}}{{end}}`, ""},
	{`{{block "b" .First}}{{.Nope}}{{end}}`, "<.Nope>"},
	{`{{template "row" index .Notes 0}}{{define "row"}}{{.Nope}}{{end}}`, "left"},
	{`{{$x := .First}}{{$x.Text}}`, ""},
	{`{{$x := .First}}{{$x.Nope}}`, "<$x.Nope>"},
	{`{{$x := ""}}{{if .First}}{{$x = .First}}{{end}}{{$x.Text}}`, ""},
	{`{{with .First}}{{$x := .Text}}{{end}}{{with .Notes}}{{$x := index . 0}}{{$x.Text}}{{end}}`, ""},
	{`{{.Form.Raw.Get "text"}}{{.Form.Message "text"}}{{.Form.Valid}}{{.Form.Value.Text}}`, ""},
	{`{{.Form.Raw.Nope}}`, "left"}, // url.Values is a map
	{`{{.Form.Valid.X}}`, "bool has no X"},
	{`{{range $i, $n := .Notes}}{{if $i}}{{break}}{{end}}{{continue}}{{end}}{{/* .Nope */}}`, ""},
}

func TestTypedPages(t *testing.T) {
	for _, test := range checks {
		t.Run(test.page, func(t *testing.T) {
			page := view.NewPage[list]("a")
			fsys := files(map[string]string{"pages/a.html": "\n" + test.page, "layouts/base.html": `{{with .Title}}{{.}}{{end}}{{template "content" .}}`})
			_, err := view.New(fsys, view.Options{Pages: []view.Checker{page}}, false)
			switch {
			case test.want == "" || test.want == "left":
				if err != nil {
					t.Fatal(err)
				}
			case err == nil || !strings.Contains(err.Error(), "pages/a.html:2: ") || !strings.Contains(err.Error(), test.want):
				t.Fatalf("the start says %v, want %s", err, test.want)
			}
			set, err := view.New(fsys, view.Options{}, false)
			if err != nil {
				t.Fatal(err)
			}
			// What is right can be rendered, and what is wrong cannot, unless nothing is shown of it.
			data := sample()
			data.Ch = make(chan note, 1)
			data.Ch <- note{}
			close(data.Ch)
			first := view.Render(requestOf(t, set, nil), "a", data).Err()
			if (first == nil) != (test.want == "") && !strings.Contains(test.page, "else") {
				t.Errorf("without the check it is rendered with the error %v", first)
			}
			got := page.Render(requestOf(t, set, nil), data).Err()
			if (got == nil) != (test.want == "") || test.want != "left" && got != nil && !strings.Contains(got.Error(), test.want) {
				t.Errorf("at its first use the page says %v, want %s", got, test.want)
			}
		})
	}
}

// All mistakes are told at once.
func TestAllMistakesOfATypedPage(t *testing.T) {
	app := quiet("production")
	app.UseViews(files(map[string]string{
		"pages/a.html": "{{.A}}\n{{.B}}{{template \"partials/p\" .}}", "partials/p.html": "\n\n{{.C}}", "pages/b.html": "{{.D}}",
	}), view.Options{Pages: []view.Checker{view.NewPage[struct{}]("a"), view.NewPage[*note]("b"), view.NewPage[any]("b")}})
	err := app.Start(t.Context())
	for _, want := range []string{"pages/a.html:1: <.A>", "pages/a.html:2: <.B>", "partials/p.html:3: <.C>", "pages/b.html:1: <.D>: view_test.note has no"} {
		if err == nil || strings.Count(err.Error(), want) != 1 {
			t.Errorf("the start says\n%v\nwant %s once", err, want)
		}
	}
}

// A page that is wrong for its type is so after a change as well, and the page for errors shows the place.
func TestTypedPageInDevelopment(t *testing.T) {
	f := newFolder(t, map[string]string{"pages/a.html": "{{.Text}}"})
	page := view.NewPage[note]("a")
	app := pagesApp("development", f, view.Options{Pages: []view.Checker{page}})
	app.Get("/typed", func(req soay.Request) soay.Response { return page.Render(req, note{Text: "x"}) })
	c := requesttest.New(t, app).WithHeader("Accept", "text/html")
	for text, want := range map[string]string{"\n{{if false}}{{.Nope}}{{end}}": "<h2>pages/a.html:2</h2>", "{{.Text}}!": "x!"} {
		f.write("pages/a.html", text)
		for range 2 {
			if got := c.Get("/typed").Text(); !strings.Contains(got, want) {
				t.Errorf("%s is\n%s\nwant %s", text, got, want)
			}
		}
	}
}

// Names lead to pages that were read at the start, and to no other file.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"a", "", "../secret", "a/../../secret", "/etc/passwd", "pages/a", "a.html", "../pages/a", "./a", "b/../a", "partials/p", "../partials/p", `..\secret`, "a\x00", "content", "layout"} {
		f.Add(name)
	}
	dir := newFolder(f, map[string]string{"secret.html": "secret", "views/pages/a.html": "page {{.}}", "views/partials/p.html": "secret", "views/secret.html": "secret"})
	var requests []soay.Request
	for _, reload := range []bool{false, true} {
		set, err := view.New(os.DirFS(filepath.Join(dir.root, "views")), view.Options{}, reload)
		if err != nil {
			f.Fatal(err)
		}
		requests = append(requests, requestOf(f, set, nil))
	}
	f.Fuzz(func(t *testing.T, name string) {
		want := "500"
		if name == "a" {
			want = "page &lt;x&gt;"
		}
		for _, req := range requests {
			for what, resp := range map[string]soay.Response{
				"the page": view.Render(req, name, "<x>"), "a fragment": view.Fragment(req, name, "content", "<x>"),
				"a typed page": view.NewPage[string](name).Render(req, "<x>"),
			} {
				if got := text(resp); got != want {
					t.Errorf("%s %q is %q, want %q", what, name, got, want)
				}
			}
		}
	})
}

func TestValuesAreEscaped(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	for page, want := range map[string]string{
		`<p>{{.}}</p>`: `<p>&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>`, `<p title="{{.}}">`: `<p title="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">`,
		`<a href="/x?q={{.}}">`: `<a href="/x?q=%22%3e%3cscript%3ealert%281%29%3c%2fscript%3e">`, `<script>f({{.}})</script>`: `<script>f("\"\u003e\u003cscript\u003ealert(1)\u003c/script\u003e")</script>`,
		`<a href="{{"javascript:alert(1)"}}">`: `<a href="#ZgotmplZ">`,
	} {
		if got := rendered(t, map[string]string{"pages/a.html": page}, "a", evil).Text(); got != want {
			t.Errorf("%s: %s, want %s", page, got, want)
		}
	}
	if got := rendered(t, map[string]string{"pages/a.html": `{{.}}`}, "a", template.HTML("<b>")).Text(); got != "<b>" {
		t.Errorf("HTML that the app takes for safe: %s", got)
	}
}
