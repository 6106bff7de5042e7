// Command stays is a site on which people book a stay, made of views: pages with a layout, a form that is shown again,
// and rows that a script puts in place.
//
//	go run ./examples/stays
//
// It serves on http://127.0.0.1:8000. The page docs/views.md explains it. To see changes of templates at once, run it in
// its folder, in development:
//
//	APP_ENV=dev go run .
package main

import (
	"embed"
	"fmt"
	"html/template"
	"log"
	"os"
	"slices"
	"sync"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/view"
)

//go:embed views
var files embed.FS

// Stay is what the form asks for.
type Stay struct {
	Name   string `form:"name" validate:"required,notblank,max=50"`
	Nights int    `form:"nights" validate:"required,gte=1,lte=30"`
	Lambs  bool   `form:"lambs"`
}

// The pages with the types of their data, which are compared when the app starts.
var (
	listPage = view.NewPage[[]Stay]("stays")
	bookPage = view.NewPage[soay.Form[Stay]]("book")
)

func main() {
	if err := newApp().Run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

func newApp(options ...soay.Options) *soay.App {
	app := soay.New(options...)
	app.UseSessions(soay.NewKey()) // they end with the process
	app.UseViews(files, view.Options{
		Source:     os.DirFS("."),
		Funcs:      template.FuncMap{"nights": nights},
		ForRequest: functions,
		Pages:      []view.Checker{listPage, bookPage},
	})
	soay.AddInstance(app, &stays{})

	app.Get("/", list).Name("stays")
	app.Get("/book", func(req soay.Request) soay.Response { return bookPage.Render(req, soay.Form[Stay]{}) }).Name("book")
	soay.Post(app, "/book", book)

	app.HandleStatus(404, func(req soay.Request) soay.Response {
		return view.Render(req, "error", "There is no such page.")
	})
	app.HandleStatus(500, func(req soay.Request) soay.Response {
		return view.Render(req, "error", "Something went wrong. Please try again.")
	})
	return app
}

// list shows all stays, and to a script only the rows.
func list(req soay.Request) soay.Response {
	all, err := soay.Resolve[*stays](req)
	if err != nil {
		return response.Error(err)
	}
	if req.Header("HX-Request") != "" {
		return view.Fragment(req, "stays", "rows", all.All()).WithHeader("Vary", "HX-Request")
	}
	return listPage.Render(req, all.All()).WithHeader("Vary", "HX-Request")
}

// Booking is a filled form, with what the handler needs besides.
type Booking struct {
	All  *stays `inject:""`
	Form soay.Form[Stay]
}

func book(req soay.Request, in Booking) (soay.Response, error) {
	if in.Form.Value.Name == "Dolly" {
		in.Form.AddError("name", "Dolly has a room already")
	}
	if !in.Form.Valid() {
		return bookPage.Render(req, in.Form).WithStatus(422), nil
	}
	in.All.Add(in.Form.Value)
	req.Session.Flash("note", "The room is yours.")
	return response.SeeOther("/"), nil
}

// nights is a function for templates.
func nights(n int) string {
	if n == 1 {
		return "one night"
	}
	return fmt.Sprint(n, " nights")
}

// functions are those for templates that look at the request.
func functions(req soay.Request) template.FuncMap {
	return template.FuncMap{
		"isHere": func(path string) bool { return req.Path() == path },
	}
}

// stays are all that are booked. They are gone when the program ends.
type stays struct {
	mu  sync.Mutex
	all []Stay
}

func (s *stays) Add(stay Stay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, stay)
}

func (s *stays) All() []Stay {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}
