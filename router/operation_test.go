package router_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// operation is what the tests compare of a router.Operation.
type operation struct {
	Text   string
	Name   string
	Params []router.PathParam
	Input  []string // source and name of each parameter
	Body   bool
	Output reflect.Type
	Status int
	Doc    router.Doc
}

func operations(r *router.Router) []operation {
	var all []operation
	for _, o := range r.Operations() {
		one := operation{Text: o.Method + " " + o.Pattern, Name: o.Name, Params: o.Params, Doc: o.Doc}
		if o.Input != nil {
			input := o.Input.Describe()
			one.Body = input.ReadsBody
			for _, p := range input.Params {
				one.Input = append(one.Input, p.In+" "+p.Name)
			}
		}
		if o.Output != nil {
			one.Output, one.Status = o.Output.Type, o.Output.Status
		}
		all = append(all, one)
	}
	return all
}

func compareOperations(t *testing.T, r *router.Router, want []operation) {
	t.Helper()
	sameType := cmp.Comparer(func(a, b reflect.Type) bool { return a == b })
	if diff := cmp.Diff(want, operations(r), sameType); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestOperations(t *testing.T) {
	r := router.New(lenient)
	if got := r.Operations(); len(got) > 0 {
		t.Errorf("a new router has operations: %v", got)
	}
	root := r.Root()
	root.Get("/", named("x"))
	root.Route("/both/{int:n}/*", named("x"), "PUT", "PURGE").Name("both").Doc(router.Doc{Summary: "Both"})
	router.HandleTyped(root.Group("/owners/{owner}"), "GET", "/cats/{uuid:id}", func(request.Request, struct {
		Owner string `path:"owner"`
		ID    string `path:"id"`
		Loud  bool   `query:"loud"`
		Agent string `header:"User-Agent"`
		Theme string `cookie:"theme"`
	}) (*sheep, error) {
		return nil, nil
	}).Name("cat")
	router.HandleTyped(root, "POST", "/cats", func(request.Request, stated) (router.Created[sheep], error) {
		return router.Created[sheep]{}, nil
	})
	router.HandleTyped(root, "PATCH", "/cats", func(request.Request, filled) (router.NoContent, error) {
		return router.NoContent{}, nil
	})
	want := []operation{
		{Text: "GET /"},
		{Text: "PUT /both/{int:n}/*", Name: "both", Doc: router.Doc{Summary: "Both"},
			Params: []router.PathParam{{Name: "n", Value: "int"}, {Name: "tail", Value: "path"}}},
		{Text: "PURGE /both/{int:n}/*", Name: "both", Doc: router.Doc{Summary: "Both"},
			Params: []router.PathParam{{Name: "n", Value: "int"}, {Name: "tail", Value: "path"}}},
		{Text: "GET /owners/{owner}/cats/{uuid:id}", Name: "cat", Output: typeOf[sheep](), Status: 200,
			Params: []router.PathParam{{Name: "owner", Value: "str"}, {Name: "id", Value: "uuid"}},
			Input:  []string{"path owner", "path id", "query loud", "header User-Agent", "cookie theme"}},
		{Text: "POST /cats", Body: true, Output: typeOf[sheep](), Status: 201},
		{Text: "PATCH /cats", Body: true, Input: []string{"form name"}, Status: 204},
	}
	compareOperations(t, r, want)
	build(t, r)
	compareOperations(t, r, want) // as before
}

func TestDocOfRoutes(t *testing.T) {
	r := router.New(lenient)
	g := r.Root()
	full := router.Doc{
		Summary: "A cat", Description: "*One* cat", Tags: []string{"cats"}, OperationID: "getCat", Deprecated: true,
		Hidden: true, Errors: []int{404, 409},
	}
	takes[byID](g, "GET /a/{id}").Doc(full)
	g.Get("/b", named("x")).Doc(router.Doc{Summary: "first", Deprecated: true}).Doc(router.Doc{Description: "second"})
	build(t, r)
	got := r.Operations()
	for i, want := range []router.Doc{full, {Description: "second"}} {
		if diff := cmp.Diff(want, got[i].Doc); diff != "" {
			t.Errorf("%s (-want +got):\n%s", got[i].Pattern, diff)
		}
	}
}

func TestTagsOfGroups(t *testing.T) {
	r := router.New(lenient)
	root := r.Root()
	root.Get("/before", named("x"))
	outer := root.Group("/outer").Tags("outer", "api")
	inner := outer.Group("/inner")
	outer.Get("/a", named("x"))
	inner.Get("/b", named("x"))
	inner.Get("/own", named("x")).Doc(router.Doc{Tags: []string{"own"}})
	inner.Get("/none", named("x")).Doc(router.Doc{Tags: []string{}})
	inner.Get("/doc", named("x")).Doc(router.Doc{Summary: "doc"})
	tagged := inner.Group("/tagged")
	tagged.Get("/c", named("x"))
	tagged.Tags("late") // for routes registered before, too
	tagged.Tags("last")
	untagged := outer.Group("/untagged").Tags()
	untagged.Get("/d", named("x"))
	build(t, r)
	want := map[string][]string{
		"/before": nil, "/outer/a": {"outer", "api"}, "/outer/inner/b": {"outer", "api"}, "/outer/inner/own": {"own"},
		"/outer/inner/none": {}, "/outer/inner/doc": {"outer", "api"}, "/outer/inner/tagged/c": {"last"},
		"/outer/untagged/d": {"outer", "api"},
	}
	got := map[string][]string{}
	for _, o := range r.Operations() {
		got[o.Pattern] = o.Doc.Tags
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// What an operation says of the input is the plan that requests are bound by.
func TestInputOfOperations(t *testing.T) {
	type newCat struct {
		Shop string `header:"X-Shop" validate:"required"`
		Name string `query:"name" validate:"max=10" default:"Minka" doc:"What to call it"`
		Body stated `body:"json,form"`
	}
	r := router.New(lenient)
	takes[newCat](r.Root(), http.MethodPost+" /cats")
	got := r.Operations()[0].Input.Describe()
	params := got.Params
	if len(params) != 2 {
		t.Fatalf("parameters %v, want two", params)
	}
	if p := params[0]; p.In != "header" || p.Name != "X-Shop" || !p.Required || p.HasDefault || p.Type != typeOf[string]() {
		t.Errorf("parameter %+v", p)
	}
	if p := params[1]; p.In != "query" || p.Required || p.Default != "Minka" || !p.HasDefault ||
		p.Tag.Get("doc") != "What to call it" {
		t.Errorf("parameter %+v", p)
	}
	body := got.Body
	if body == nil || body.Type != typeOf[stated]() || !body.Required {
		t.Fatalf("body %+v", body)
	}
	if diff := cmp.Diff([]string{"application/json", "application/x-www-form-urlencoded"}, got.MediaTypes); diff != "" {
		t.Errorf("content types (-want +got):\n%s", diff)
	}
	if !got.HasRules {
		t.Error("there are no rules")
	}
}
