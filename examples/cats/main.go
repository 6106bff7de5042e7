// Command cats is a JSON API with a repository behind it. Its handlers say in their types what they
// take and what they answer; from that come binding, validation and the documentation.
//
//	go run ./examples/cats
//	curl -i --json '{"name": "Minka", "born": 2021}' http://127.0.0.1:8000/cats
//	curl http://127.0.0.1:8000/cats/1
//
// The documentation is at http://127.0.0.1:8000/docs, the OpenAPI document at /openapi.json.
package main

import (
	"flag"
	"log"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router/openapi"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	flag.Parse()
	if err := newApp(&Repository{}).Run(*addr); err != nil {
		log.Fatal(err)
	}
}

// maxCat is how many bytes of JSON a cat may have.
const maxCat = 4 << 10

func newApp(cats *Repository, options ...soay.Options) *soay.App {
	app := soay.New(options...)
	app.UseRequestID()
	app.UseAccessLog()
	app.UseOpenAPI(openapi.Info{Title: "Cats", Version: "1.0"}, openapi.Options{
		Production: true,
		Error:      openapi.Response{Value: problem.Problem{}}, // which the handlers of errors below answer
	})

	// The repository knows nothing of HTTP; what its errors mean to a client is said here, once.
	soay.HandleError(app, func(req soay.Request, err *NotFoundError) soay.Response {
		return response.NotFound(err.Error())
	})
	soay.HandleError(app, func(req soay.Request, err *NameTakenError) soay.Response {
		return response.Conflict(err.Error())
	})

	a := &api{cats}
	g := app.Group("/cats").Tags("Cats")
	soay.Get(g, "/", a.list).Doc(openapi.Doc{Summary: "Lists cats"})
	soay.Post(g, "/", a.create).MaxBody(maxCat).
		Doc(openapi.Doc{Summary: "Adds a cat", Errors: []int{409}})
	soay.Get(g, "/{id}", a.show).Name("cat").
		Doc(openapi.Doc{Summary: "Shows a cat", Errors: []int{404}})
	soay.Put(g, "/{id}", a.update).MaxBody(maxCat).
		Doc(openapi.Doc{Summary: "Changes a cat", Errors: []int{404, 409}})
	soay.Delete(g, "/{id}", a.remove).
		Doc(openapi.Doc{Summary: "Removes a cat", Errors: []int{404}})
	return app
}

// NewCat is what a client says of a cat.
type NewCat struct {
	Name string `json:"name" validate:"required,min=1,max=50" doc:"no two cats have the same" example:"Minka"`
	Born int    `json:"born" validate:"omitempty,gte=1900,lte=2100" doc:"the year" example:"2021"`
}

// Search says which cats to list.
type Search struct {
	Text  string `query:"q" validate:"max=50" doc:"what the name contains"`
	Limit int    `query:"limit" default:"100" validate:"gte=1,lte=100" doc:"how many cats at most"`
}

// CatID is the cat that the path names.
type CatID struct {
	ID int `path:"id"`
}

// Change is a cat and what becomes of it.
type Change struct {
	CatID
	Cat NewCat `body:"json"`
}

// api has the handlers and what they need.
type api struct {
	cats *Repository
}

func (a *api) list(req soay.Request, in Search) ([]Cat, error) {
	return a.cats.List(in.Text, in.Limit), nil
}

func (a *api) show(req soay.Request, in CatID) (Cat, error) {
	return a.cats.Find(in.ID)
}

func (a *api) create(req soay.Request, in NewCat) (soay.Created[Cat], error) {
	cat, err := a.cats.Add(Cat{Name: in.Name, Born: in.Born})
	if err != nil {
		return soay.Created[Cat]{}, err
	}
	location, err := req.URLFor("cat", cat.ID)
	return soay.NewCreated(location, cat), err
}

func (a *api) update(req soay.Request, in Change) (Cat, error) {
	cat := Cat{ID: in.ID, Name: in.Cat.Name, Born: in.Cat.Born}
	return cat, a.cats.Replace(cat)
}

func (a *api) remove(req soay.Request, in CatID) (soay.NoContent, error) {
	return soay.NoContent{}, a.cats.Remove(in.ID)
}
