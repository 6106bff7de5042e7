package openapi_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

func TestPaths(t *testing.T) {
	for _, tt := range []struct {
		description string
		pattern     string
		path        string // "" for none
		id          string
		params      string
	}{
		{"root", "/", "/", "getRoot", ``},
		{"literals", "/cats/new", "/cats/new", "getCatsNew", ``},
		{"slash at the end", "/cats/", "/cats/", "getCats", ``},
		{"encoded literal", "/caf%C3%A9/b-c_d", "/caf%C3%A9/b-c_d", "getCafC3A9BC_d", ``},
		{"parameter", "/cats/{id}", "/cats/{id}", "getCatsById",
			`[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}]`},
		{"colon", "/cats/:id/toys", "/cats/{id}/toys", "getCatsByIdToys",
			`[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}]`},
		{"angle brackets and int", "/cats/<int:id>", "/cats/{id}", "getCatsById",
			`[{"name":"id","in":"path","required":true,"schema":{"type":"integer","minimum":0}}]`},
		{"float", "/cats/{float:f}", "/cats/{f}", "getCatsByF",
			`[{"name":"f","in":"path","required":true,"schema":{"type":"number","minimum":0}}]`},
		{"uuid", "/cats/{uuid:u}", "/cats/{u}", "getCatsByU",
			`[{"name":"u","in":"path","required":true,"schema":{"type":"string","format":"uuid"}}]`},
		{"own pattern", "/cats/{slug:s}", "/cats/{s}", "getCatsByS",
			`[{"name":"s","in":"path","required":true,"schema":{"type":"string"}}]`},
		{"two", "/{a}/x/{b}", "/{a}/x/{b}", "getByAXByB", `[
			{"name":"a","in":"path","required":true,"schema":{"type":"string"}},
			{"name":"b","in":"path","required":true,"schema":{"type":"string"}}]`},
		{"catch-all", "/files/*", "", "", ``},
		{"named catch-all", "/files/{path:rest}", "", "", ``},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			a.add("GET", tt.pattern, nil, nil)
			paths := at(a.tree(), "paths").(map[string]any)
			if tt.path == "" {
				if len(paths) > 0 {
					t.Errorf("paths %v, want none", paths)
				}
				return
			}
			if got := slices.Collect(maps.Keys(paths)); !slices.Equal(got, []string{tt.path}) {
				t.Fatalf("paths %q, want %q", got, tt.path)
			}
			same(t, "parameters", at(paths, tt.path, "get", "parameters"), tt.params)
			same(t, "ID", at(paths, tt.path, "get", "operationId"), mustJSON(tt.id))
		})
	}
}

func TestMethods(t *testing.T) {
	a := newAPI(t)
	methods := []string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "CONNECT", "PROPFIND"}
	for _, m := range methods {
		a.add(m, "/", nil, reflect.TypeFor[bool]())
	}
	item := at(a.tree(), "paths", "/").(map[string]any)
	if got := slices.Sorted(maps.Keys(item)); !slices.Equal(got, []string{"delete", "get", "head", "options", "patch", "post", "put"}) {
		t.Errorf("methods %q", got)
	}
	same(t, "response to HEAD", at(item, "head", "responses"), `{"200":{"description":"OK"}}`)
}

func TestParameters(t *testing.T) {
	for _, tt := range []struct {
		description string
		input       reflect.Type
		want        string
	}{
		{"typed path", reflect.TypeFor[struct {
			ID int32 `path:"id" doc:"Which one." example:"7"`
		}](), `[{"name":"id","in":"path","required":true,"description":"Which one.","example":7,
			"schema":{"type":"integer","format":"int32","minimum":0,"maximum":2147483647}}]`},
		{"query", reflect.TypeFor[struct {
			ID  int           `path:"id"`
			Q   string        `query:"q" validate:"required"`
			For time.Duration `query:"for" default:"1h" example:"90m"`
			Old bool          `query:"old" deprecated:"true"`
		}](), `[{"name":"id","in":"path","required":true,"schema":{"type":"integer","format":"int64","minimum":0}},
			{"name":"q","in":"query","required":true,"schema":{"type":"string"}},
			{"name":"for","in":"query","schema":{"type":"string","default":"1h"},"example":"90m"},
			{"name":"old","in":"query","deprecated":true,"schema":{"type":"boolean"}}]`},
		{"headers and cookies", reflect.TypeFor[struct {
			ID     int                   `path:"id"`
			Accept string                `header:"accept"`
			Type   string                `header:"Content-Type"`
			Auth   string                `header:"Authorization"`
			Trace  []string              `header:"X-Trace"`
			Lang   bind.Optional[*int16] `cookie:"lang"`
		}](), `[{"name":"id","in":"path","required":true,"schema":{"type":"integer","format":"int64","minimum":0}},
			{"name":"X-Trace","in":"header","schema":{"type":"array","items":{"type":"string"}}},
			{"name":"lang","in":"cookie","schema":{"type":"integer","format":"int32","minimum":-32768,"maximum":32767}}]`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			a.add("GET", "/cats/{int:id}", tt.input, nil)
			same(t, "parameters", at(a.tree(), "paths", "/cats/{id}", "get", "parameters"), tt.want)
		})
	}
}

type note struct {
	Text  string   `json:"text" form:"t" xml:"x" validate:"required"`
	Lines []string `json:"lines"`
}

// required is a form with a field that is required.
type required struct {
	A string `form:"a" validate:"required,alpha"`
}

// forms is the content of a form with this schema, which may come in either encoding.
func forms(schema string) string {
	return `"content":{"application/x-www-form-urlencoded":{"schema":` + schema + `},"multipart/form-data":{"schema":` + schema + `}}}`
}

var requiredForm = forms(`{"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"^[a-zA-Z]+$"}}}`)

func TestBodies(t *testing.T) {
	const fields = `"lines":{"type":"array","items":{"type":"string"}}}`
	for _, tt := range []struct {
		description string
		input       reflect.Type
		want        string
	}{
		{"none", reflect.TypeFor[struct{}](), ``},
		{"the input itself", reflect.TypeFor[Hidden](), `{"required":true,"content":{"application/json":{
			"schema":{"$ref":"#/components/schemas/Hidden"}}}}`},
		{"optional", reflect.TypeFor[struct {
			Note *note `body:"json" doc:"A note." example:"{\"text\":\"a\"}"`
		}](), `{"description":"A note.","content":{"application/json":{"example":{"text":"a"},
			"schema":{"anyOf":[{"$ref":"#/components/schemas/Note"},{"type":"null"}]}}}}`},
		{"list", reflect.TypeFor[struct {
			Notes []note `body:"json" validate:"min=1"`
		}](), `{"required":true,"content":{"application/json":{
			"schema":{"type":"array","items":{"$ref":"#/components/schemas/Note"},"minItems":1}}}}`},
		{"raw JSON", reflect.TypeFor[struct {
			Raw opaque `body:"json"`
		}](), `{"required":true,"content":{"application/json":{"schema":{}}}}`},
		{"form", reflect.TypeFor[struct {
			Note note `body:"form"`
		}](), `{"required":true,` + forms(`{"type":"object","required":["t"],"properties":{"t":{"type":"string"},`+fields+`}`)},
		{"XML", reflect.TypeFor[struct {
			Note note `body:"xml"`
		}](), `{"required":true,"content":{"application/xml":{"schema":{"$ref":"#/components/schemas/NoteXML"}}}}`},
		{"text", reflect.TypeFor[struct {
			Text string `body:"text" validate:"max=9" example:"Hi"`
		}](), `{"required":true,"content":{"text/plain":{"schema":{"type":"string","maxLength":9},"example":"Hi"}}}`},
		{"bytes", reflect.TypeFor[struct {
			Bytes []byte `body:"bytes"`
		}](), `{"required":true,"content":{"application/octet-stream":{}}}`},
		{"fields of a form", reflect.TypeFor[struct {
			A int      `form:"a" default:"3"`
			B []string `form:"b" doc:"Bees." example:"x,y"`
		}](), `{` + forms(`{"type":"object","properties":{
			"a":{"type":"integer","format":"int64","default":3},
			"b":{"type":"array","items":{"type":"string"},"description":"Bees.","examples":[["x","y"]]}}}`)},
		{"fields that are required", reflect.TypeFor[required](), `{"required":true,` + requiredForm},
		{"a form that is shown again", reflect.TypeFor[bind.Form[required]](), `{` + requiredForm},
		{"one of any format", reflect.TypeFor[bind.Form[Hidden]](), `{` + forms(`{"type":"object","properties":{"deep":{"type":"integer","format":"int64"}}}`)},
		{"one that is a field", reflect.TypeFor[struct {
			ID   int             `query:"id"`
			Form bind.Form[note] `doc:"A note."`
		}](), `{"description":"A note.",` + forms(`{"type":"object","required":["t"],"properties":{"t":{"type":"string"},`+fields+`}`)},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			a.add("POST", "/", tt.input, nil)
			tree := a.tree()
			same(t, "body", at(tree, "paths", "/", "post", "requestBody"), tt.want)
			if xml := at(tree, "components", "schemas", "NoteXML"); xml != nil {
				same(t, "XML", xml, `{"type":"object","required":["x"],"properties":{"x":{"type":"string"},`+fields+`}`)
			}
		})
	}
}

func TestStatuses(t *testing.T) {
	type any400 struct {
		Q string `query:"q"`
	}
	for _, tt := range []struct {
		description string
		input       reflect.Type
		output      *router.Output
		doc         router.Doc
		want        []string
	}{
		{"untyped", nil, nil, router.Doc{}, []string{"200"}},
		{"declared", nil, nil, router.Doc{Errors: []int{404, 409, 404}}, []string{"200", "404", "409"}},
		{"no input", reflect.TypeFor[struct{}](), nil, router.Doc{}, []string{"200"}},
		{"query", reflect.TypeFor[any400](), nil, router.Doc{}, []string{"200", "400"}},
		{"rule", reflect.TypeFor[struct {
			Q string `query:"q" validate:"max=3"`
		}](), nil, router.Doc{}, []string{"200", "400", "422"}},
		{"body", reflect.TypeFor[struct{ A int }](), nil, router.Doc{}, []string{"200", "400", "413", "415"}},
		{"body of any type", reflect.TypeFor[struct {
			Bytes []byte `body:"bytes"`
		}](), nil, router.Doc{}, []string{"200", "400", "413"}},
		{"form with rules", reflect.TypeFor[struct {
			A string `form:"a" validate:"alpha"`
		}](), nil, router.Doc{}, []string{"200", "400", "413", "415", "422"}},
		{"a form that is shown again", reflect.TypeFor[bind.Form[required]](), nil, router.Doc{}, []string{"200", "400", "413", "415"}},
		{"one of any format", reflect.TypeFor[bind.Form[Hidden]](), nil, router.Doc{}, []string{"200", "400", "413", "415"}},
		{"one with a rule beside it", reflect.TypeFor[struct {
			Q string `query:"q" validate:"max=3"`
			F bind.Form[note]
		}](), nil, router.Doc{}, []string{"200", "400", "413", "415", "422"}},
		{"pointer", nil, &router.Output{Status: 200, Type: reflect.TypeFor[*bool](), MediaType: "application/json", Missing: true},
			router.Doc{}, []string{"200", "404"}},
		{"created", nil, &router.Output{Status: 201, Location: true}, router.Doc{}, []string{"201"}},
		{"status without a name", nil, &router.Output{Status: 299}, router.Doc{Errors: []int{599}}, []string{"299", "599"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			a.add("POST", "/", tt.input, nil, tt.doc).Output = tt.output
			tree := a.tree()
			responses := at(tree, "paths", "/", "post", "responses").(map[string]any)
			if diff := cmp.Diff(tt.want, slices.Sorted(maps.Keys(responses))); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			for status, r := range responses {
				ref, _ := at(r, "$ref").(string)
				name, isRef := strings.CutPrefix(ref, "#/components/responses/")
				if isRef != (status >= "400") || isRef && at(tree, "components", "responses", name, "content", "application/problem+json") == nil {
					t.Errorf("status %s is %v", status, r)
				}
			}
		})
	}
}

func TestOperationIDs(t *testing.T) {
	type route struct{ method, pattern, name, source, id string }
	for _, tt := range []struct {
		description string
		routes      []route
		want        []string
	}{
		{"generated", []route{{"GET", "/a", "", "", ""}, {"PUT", "/a", "", "", ""}}, []string{"getA", "putA"}},
		{"generated twice", []route{{"GET", "/a", "", "", ""}, {"GET", "/a/", "", "", ""}, {"GET", "/A", "", "", ""}},
			[]string{"getA", "getA2", "getA3"}},
		{"name", []route{{"GET", "/a", "cats.show-all", "", ""}}, []string{"catsShowAll"}},
		{"name of a route with methods", []route{{"GET", "/a", "cat", "x:1", ""}, {"POST", "/a", "cat", "x:1", ""}}, []string{"getCat", "postCat"}},
		{"name that is a number", []route{{"GET", "/a", "2nd", "", ""}}, []string{"_2nd"}},
		{"name without letters", []route{{"GET", "/a", "猫", "", ""}}, []string{"getA"}},
		{"name that is another's ID", []route{{"GET", "/a", "cat", "", ""}, {"GET", "/b", "", "", "cat"}}, []string{"cat2", "cat"}},
		{"own", []route{{"GET", "/a", "b", "", "my-cat"}}, []string{"my-cat"}},
		{"own of a route with methods", []route{{"GET", "/a", "", "x:1", "cat"}, {"POST", "/a", "", "x:1", "cat"}},
			[]string{"getCat", "postCat"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			for _, r := range tt.routes {
				op := a.add(r.method, r.pattern, nil, nil, router.Doc{OperationID: r.id})
				op.Name = r.name
				if r.source != "" {
					op.Source = r.source
				}
			}
			tree := a.tree()
			var got []string
			for _, r := range tt.routes {
				got = append(got, at(tree, "paths", r.pattern, strings.ToLower(r.method), "operationId").(string))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("IDs %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSamePath(t *testing.T) {
	a := newAPI(t)
	a.add("GET", "/cats/{int:id}", nil, nil)
	a.add("PUT", "/cats/{name}", nil, nil)
	a.add("GET", "/cats/{uuid:key}", nil, nil, router.Doc{Errors: []int{404}})
	d := a.build()
	paths := at(decode(t, d.JSON()), "paths")
	same(t, "parameter of PUT", at(paths, "/cats/{id}", "put", "parameters", "0", "name"), `"id"`)
	same(t, "first GET", at(paths, "/cats/{id}", "get", "parameters", "0", "schema", "type"), `"integer"`)
	want := []string{"main.go:3: GET /cats/{uuid:key} is not in the document, " +
		"which describes GET /cats/{id} of main.go:1 under that path"}
	if diff := cmp.Diff(want, d.Notes()); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func TestDocs(t *testing.T) {
	a := newAPI(t)
	a.add("GET", "/a", nil, nil, router.Doc{Tags: []string{"b", "a"}, Deprecated: true, Summary: "<S>", Description: "D"})
	a.add("GET", "/hidden", nil, reflect.TypeFor[Hidden](), router.Doc{Hidden: true, Tags: []string{"hidden"}})
	tree := a.tree(openapi.Options{Tags: []openapi.Tag{{Name: "z", Description: "Last."}, {Name: "a"}}})
	same(t, "document", tree, `{"openapi":"3.1.0","info":{"title":"Cats","version":"1.0"},
		"tags":[{"name":"z","description":"Last."},{"name":"a"},{"name":"b"}],
		"paths":{"/a":{"get":{"operationId":"getA","tags":["b","a"],"deprecated":true,"summary":"<S>","description":"D",
			"responses":{"200":{"description":"OK"}}}}}}`)
}

func TestBuildErrors(t *testing.T) {
	for _, tt := range []struct {
		description string
		info        openapi.Info
		options     openapi.Options
		add         func(a *api)
		want        string
	}{
		{"no title", openapi.Info{Version: "1"}, openapi.Options{}, nil, "openapi: Info.Title is empty"},
		{"no version", openapi.Info{Title: "a"}, openapi.Options{}, nil, "openapi: Info.Version is empty"},
		{"license", openapi.Info{Title: "a", Version: "1", License: &openapi.License{}}, openapi.Options{}, nil,
			"openapi: Info.License has no Name"},
		{"license twice", openapi.Info{Title: "a", Version: "1", License: &openapi.License{Name: "MIT", Identifier: "MIT", URL: "/"}},
			openapi.Options{}, nil, "openapi: Info.License has both Identifier and URL; one of them says it"},
		{"server", info, openapi.Options{Servers: []openapi.Server{{}}}, nil, "openapi: a server in Options has no URL"},
		{"tag", info, openapi.Options{Tags: []openapi.Tag{{Name: "a"}, {Name: "a"}}}, nil,
			`openapi: the tag "a" in Options is empty or there twice`},
		{"ID twice", info, openapi.Options{}, func(a *api) {
			a.add("GET", "/a", nil, nil, router.Doc{OperationID: "cat"})
			a.add("GET", "/b", nil, nil, router.Doc{OperationID: "cat"})
		}, `main.go:2: openapi: GET /b: the operation ID "cat" is that of the route at main.go:1`},
		{"status", info, openapi.Options{}, func(a *api) { a.add("GET", "/a", nil, nil, router.Doc{Errors: []int{200}}) },
			"main.go:1: openapi: GET /a: the status 200 in Errors is none of an error"},
		{"several", info, openapi.Options{}, func(a *api) {
			a.add("GET", "/a", nil, nil, router.Doc{Errors: []int{0}})
			a.add("GET", "/b", nil, reflect.TypeFor[chan int]())
		}, "main.go:1: openapi: GET /a: the status 0 in Errors is none of an error\n" +
			"main.go:2: openapi: GET /b: output: the type chan int has no form in an API"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			if tt.add != nil {
				tt.add(a)
			}
			_, err := openapi.Build(tt.info, tt.options, a.operations, a.compiler)
			if fmt.Sprint(err) != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}
