package openapi_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

var info = openapi.Info{Title: "Cats", Version: "1.0"}

// An api is a list of operations in the making.
type api struct {
	t          testing.TB
	compiler   *bind.Compiler
	operations []router.Operation
}

func newAPI(t testing.TB) *api { return &api{t: t, compiler: bind.NewCompiler(nil)} }

// add adds an operation. In and out may be nil; out is status 200 as JSON.
func (a *api) add(method, pattern string, in, out reflect.Type, doc ...router.Doc) *router.Operation {
	a.t.Helper()
	op := router.Operation{Info: router.Info{
		Method: method, Pattern: pattern, Source: fmt.Sprintf("main.go:%d", len(a.operations)+1),
	}}
	for _, m := range regexp.MustCompile(`[{<:](?:(\w+):)?(\w+)`).FindAllStringSubmatch(pattern, -1) {
		op.Params = append(op.Params, router.PathParam{Value: cmp.Or(m[1], "str"), Name: m[2]})
	}
	if strings.HasSuffix(pattern, "*") {
		op.Params = append(op.Params, router.PathParam{Value: "path", Name: "tail"})
	}
	if in != nil {
		plan, err := a.compiler.Plan(in)
		if err != nil {
			a.t.Fatalf("plan for %s: %v", in, err)
		}
		op.Input = plan
	}
	if out != nil {
		op.Output = &router.Output{Status: 200, Type: out, MediaType: "application/json"}
	}
	if doc != nil {
		op.Doc = doc[0]
	}
	a.operations = append(a.operations, op)
	return &a.operations[len(a.operations)-1]
}

// build returns the document, which has to be a valid one.
func (a *api) build(options ...openapi.Options) *openapi.Document {
	a.t.Helper()
	doc, err := a.try(options...)
	if err != nil {
		a.t.Fatal(err)
	}
	return doc
}

func (a *api) try(options ...openapi.Options) (*openapi.Document, error) {
	return openapi.Build(info, append(options, openapi.Options{})[0], a.operations, a.compiler)
}

// tree returns the document as maps and slices.
func (a *api) tree(options ...openapi.Options) any {
	a.t.Helper()
	return decode(a.t, a.build(options...).JSON())
}

func decode(t testing.TB, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// at returns a part of a decoded document by its keys, nil if it is not there.
func at(v any, keys ...string) any {
	for _, key := range keys {
		switch parent := v.(type) {
		case map[string]any:
			v = parent[key]
		case []any:
			var i int
			if _, err := fmt.Sscan(key, &i); err != nil || i >= len(parent) {
				return nil
			}
			v = parent[i]
		default:
			return nil
		}
	}
	return v
}

// same compares a part of a document with a JSON text, "" for nothing.
func same(t testing.TB, what string, got any, want string) {
	t.Helper()
	var wanted any
	if want != "" {
		wanted = decode(t, []byte(want))
	}
	if diff := gocmp.Diff(wanted, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// structWith returns a struct with the one field V.
func structWith(t reflect.Type, tag string) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "V", Type: t, Tag: reflect.StructTag(tag)}})
}

var (
	bodySchema   = []string{"requestBody", "content", "application/json", "schema"}
	outputSchema = []string{"responses", "200", "content", "application/json", "schema"}
)

// inputOf returns the schema of a member of type t in a JSON body.
func inputOf(t testing.TB, typ reflect.Type, tag string) any {
	t.Helper()
	a := newAPI(t)
	a.add("POST", "/", structWith(typ, `json:"v" `+tag), nil)
	return at(at(a.tree(), "paths", "/", "post"), append(bodySchema, "properties", "v")...)
}

// outputOf returns the schema of a member of type t in a response.
func outputOf(t testing.TB, typ reflect.Type, tag string) any {
	t.Helper()
	a := newAPI(t)
	a.add("GET", "/", nil, structWith(typ, `json:"v`+tag))
	return at(at(a.tree(), "paths", "/", "get"), append(outputSchema, "properties", "v")...)
}

// queryOf returns a parameter of type t in the query.
func queryOf(t testing.TB, typ reflect.Type, tag string) any {
	t.Helper()
	a := newAPI(t)
	a.add("GET", "/", structWith(typ, `query:"v" `+tag), nil)
	return at(a.tree(), "paths", "/", "get", "parameters", "0")
}

// schemaNames returns the names of the schemas but those of errors.
func schemaNames(tree any) []string {
	var list []string
	schemas, _ := at(tree, "components", "schemas").(map[string]any)
	for name := range schemas {
		if name != "Problem" && name != "Fault" {
			list = append(list, name)
		}
	}
	return list
}

// compile makes a validator of a part of a document, to which formats count if they are to.
func compile(t testing.TB, formats bool, tree any, keys ...string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if formats {
		c.AssertFormat()
	}
	if err := c.AddResource("https://example.com/openapi.json", tree); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("https://example.com/openapi.json#/" + strings.Join(keys, "/"))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// wantError checks that an error begins and goes on as wanted.
func wantError(t testing.TB, err error, prefix, part string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), prefix) || !strings.Contains(err.Error(), part) {
		t.Errorf("error %v, want one that begins with %q and has %q", err, prefix, part)
	}
}
