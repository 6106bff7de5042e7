package openapi_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router/openapi"
)

// The tag of a controller's routes is the name of its type, unless the options or the routes have others.
func TestTagsOfControllers(t *testing.T) {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.Controller("/default", &crud[int]{})
	app.Controller("/option", &crud[int]{}, soay.ControllerOptions{Tag: "Option"})
	app.Controller("/nameless", struct{ controllerFunc }{func(g soay.Group) { g.Get("/", hello) }})
	app.Controller("/func", controllerFunc(func(g soay.Group) {
		g.Tags("Own")
		g.Get("/", hello)
		g.Get("/doc", hello).Doc(openapi.Doc{Tags: []string{"Doc"}})
	}))
	app.UseOpenAPI(openapi.Info{Title: "Cats", Version: "1"})
	var buf bytes.Buffer
	if err := soay.WriteOpenAPI(app, &buf); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct{ Tags []string }
	}
	if err := json.Unmarshal(buf.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for path, methods := range doc.Paths {
		got[path] = methods["get"].Tags
	}
	want := map[string][]string{
		"/default": {"crud"}, "/option": {"Option"}, "/nameless": nil, "/func": {"Own"}, "/func/doc": {"Doc"},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// crud is a generic controller.
type crud[T any] struct{ all []T }

// Routes implements soay.Controller.
func (c *crud[T]) Routes(g soay.Group) {
	soay.Get(g, "/", func(soay.Request, struct{}) ([]T, error) { return c.all, nil })
}

// controllerFunc is a function that is a controller.
type controllerFunc func(soay.Group)

// Routes implements soay.Controller.
func (f controllerFunc) Routes(g soay.Group) { f(g) }

// hello answers with a text.
func hello(soay.Request) soay.Response { return response.Text("hello") }
