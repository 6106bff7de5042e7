// Command cats is a JSON API with a repository behind it.
//
//	go run ./examples/cats
//	curl -i --json '{"name": "Minka", "born": 2021}' http://127.0.0.1:8000/cats
//	curl http://127.0.0.1:8000/cats/1
package main

import (
	"flag"
	"log"
	"net/http"
	"strconv"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
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

	// The repository knows nothing of HTTP; what its errors mean to a client is said here, once.
	soay.HandleError(app, func(req soay.Request, err *NotFoundError) soay.Response {
		return response.NotFound(err.Error())
	})
	soay.HandleError(app, func(req soay.Request, err *NameTakenError) soay.Response {
		return response.Conflict(err.Error())
	})

	a := &api{app: app, cats: cats}
	g := app.Group("/cats")
	g.Get("/", a.list)
	g.Post("/", a.create).MaxBody(maxCat)
	g.Get("/{int:id}", a.show).Name("cat")
	g.Put("/{int:id}", a.update).MaxBody(maxCat)
	g.Delete("/{int:id}", a.remove)
	return app
}

// api has the handlers and what they need.
type api struct {
	app  *soay.App
	cats *Repository
}

func (a *api) list(req soay.Request) soay.Response {
	return response.JSON(a.cats.List())
}

func (a *api) show(req soay.Request) soay.Response {
	id, err := catID(req)
	if err != nil {
		return response.Error(err)
	}
	cat, err := a.cats.Find(id)
	if err != nil {
		return response.Error(err)
	}
	return response.JSON(cat)
}

func (a *api) create(req soay.Request) soay.Response {
	cat, err := readCat(req)
	if err != nil {
		return response.Error(err)
	}
	cat, err = a.cats.Add(cat)
	if err != nil {
		return response.Error(err)
	}
	location, err := a.app.URL("cat", cat.ID)
	if err != nil {
		return response.Error(err)
	}
	return response.Created(location, cat)
}

func (a *api) update(req soay.Request) soay.Response {
	id, err := catID(req)
	if err != nil {
		return response.Error(err)
	}
	cat, err := readCat(req)
	if err != nil {
		return response.Error(err)
	}
	cat.ID = id
	if err := a.cats.Replace(cat); err != nil {
		return response.Error(err)
	}
	return response.JSON(cat)
}

func (a *api) remove(req soay.Request) soay.Response {
	id, err := catID(req)
	if err != nil {
		return response.Error(err)
	}
	if err := a.cats.Remove(id); err != nil {
		return response.Error(err)
	}
	return response.NoContent()
}

// catID returns the id in the path. The pattern lets only digits through; there may still be too
// many of them.
func catID(req soay.Request) (int, error) {
	id, err := strconv.Atoi(req.Param("id"))
	if err != nil {
		return 0, problem.New(http.StatusNotFound, "there is no such cat").WithCause(err)
	}
	return id, nil
}

// readCat returns the cat that a client sent, without an id.
func readCat(req soay.Request) (Cat, error) {
	var cat Cat
	if err := req.JSON(&cat); err != nil {
		return Cat{}, err
	}
	cat.ID = 0
	cat.Name = strings.TrimSpace(cat.Name)
	if cat.Name == "" {
		return Cat{}, problem.New(http.StatusBadRequest, "a cat has a name").With("pointer", "/name")
	}
	return cat, nil
}
