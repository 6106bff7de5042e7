package openapi_test

import (
	"bytes"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

type (
	Kitten struct {
		ID     int        `json:"id" doc:"Given by the server." example:"7"`
		Name   string     `json:"name" validate:"required,max=50" doc:"What it is called." example:"Tom"`
		Born   *time.Time `json:"born,omitempty"`
		Colors []string   `json:"colors" validate:"max=3,unique,dive,oneof=black white red"`
		Mother *Kitten    `json:"mother,omitempty"`
		Weight float64    `json:"weight" validate:"gt=0,lte=20" deprecated:"true"`
	}
	NewKitten struct {
		Trace   string `header:"X-Trace" validate:"omitempty,uuid"`
		Token   string `header:"Authorization"`
		Kitten  Kitten `body:"json,xml" doc:"The new cat."`
		Replace bool   `query:"replace" default:"false"`
	}
	Search struct {
		Shelter string                   `path:"shelter" validate:"alpha"`
		Words   []string                 `query:"q" doc:"What to look for." example:"tom,tim"`
		Limit   int                      `query:"limit" default:"10" validate:"min=1,max=100"`
		Since   bind.Optional[time.Time] `query:"since"`
		Theme   string                   `cookie:"theme" validate:"oneof=dark light" deprecated:"true"`
	}
	Rename struct {
		ID   int `path:"id"`
		Name struct {
			First string    `json:"first" form:"first-name" validate:"required,alpha"`
			Born  time.Time `json:"born" form:"birth"`
		} `body:"json,form"`
	}
	Vote struct {
		ID    UUID          `path:"id"`
		Stars uint8         `form:"stars" validate:"required,max=5"`
		After time.Duration `form:"after" default:"1m" doc:"When to count it."`
	}
)

// shelter is an API that has a bit of everything.
func shelter(t testing.TB) *api {
	t.Helper()
	a := newAPI(t)
	a.add("GET", "/shelters/{shelter}/cats", reflect.TypeFor[Search](), reflect.TypeFor[Page[Kitten]](), router.Doc{
		Summary: "Find cats", Description: "Finds *cats*.", Tags: []string{"cats", "search"},
	})
	created := a.add("POST", "/cats", reflect.TypeFor[NewKitten](), reflect.TypeFor[Kitten](), router.Doc{
		Tags: []string{"cats"}, Errors: []int{409}, OperationID: "addCat",
	})
	created.Output.Status, created.Output.Location = 201, true
	get := a.add("GET", "/cats/{int:id}", nil, reflect.TypeFor[*Kitten](), router.Doc{Tags: []string{"cats"}})
	get.Output.Missing, get.Name = true, "cat"
	gone := a.add("DELETE", "/cats/:number", nil, nil, router.Doc{Deprecated: true, Errors: []int{418, 499}})
	gone.Output = &router.Output{Status: 204}
	a.add("POST", "/cats/<id>/votes", reflect.TypeFor[Vote](), reflect.TypeFor[string]()).Output.MediaType = "text/plain"
	a.add("PUT", "/cats/{float:id}/photo", reflect.TypeFor[struct {
		Photo []byte `body:"bytes"`
	}](), nil)
	a.add("PATCH", "/cats/{id}", reflect.TypeFor[Rename](), reflect.TypeFor[map[string]string]())
	a.add("GET", "/", nil, nil)
	a.add("GET", "/files/*", nil, nil)
	a.add("GET", "/secret", nil, nil, router.Doc{Hidden: true})
	return a
}

var shelterOptions = openapi.Options{
	Servers: []openapi.Server{{URL: "https://api.example.com", Description: "Where it is."}},
	Tags:    []openapi.Tag{{Name: "search", Description: "Finding things."}},
}

func TestGolden(t *testing.T) {
	want, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(shelter(t).build(shelterOptions).JSON())); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}

func TestSameEveryTime(t *testing.T) {
	want := shelter(t).build(shelterOptions)
	for range 100 {
		got := shelter(t).build(shelterOptions)
		if !bytes.Equal(want.JSON(), got.JSON()) || !bytes.Equal(want.YAML(), got.YAML()) {
			t.Fatalf("built %s, and before %s", got.JSON(), want.JSON())
		}
	}
}

// metaSchema returns the official schema for documents, with that for the schemas inside.
func metaSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	for _, file := range []string{"schema.json", "schema-base.json", "dialect-base.schema.json", "meta-base.schema.json"} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		doc := decode(t, text)
		if err := c.AddResource(at(doc, "$id").(string), doc); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := c.Compile("https://spec.openapis.org/oas/3.1/schema-base/2022-10-07")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestOfficialSchema(t *testing.T) {
	official := metaSchema(t)
	everything := newAPI(t)
	for i, tt := range ruleTests {
		path := "/" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		typ := structWith(reflect.TypeOf(tt.value), `json:"v" doc:"d" validate:"`+tt.rule+`"`)
		everything.add("POST", path, typ, typ)
	}
	for _, tt := range []struct {
		description string
		api         *api
	}{
		{"nothing", newAPI(t)},
		{"a shelter", shelter(t)},
		{"all rules", everything},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if err := official.Validate(tt.api.tree()); err != nil {
				t.Errorf("%v\n%s", err, tt.api.build().JSON())
			}
		})
	}
}

// The official schema finds mistakes, in schemas too.
func TestOfficialSchemaRefuses(t *testing.T) {
	official := metaSchema(t)
	for _, wrong := range []string{
		`{"openapi":"3.1.0","info":{"title":"Cats"},"paths":{}}`,
		`{"openapi":"3.1.0","info":{"title":"Cats","version":"1"},"components":{"schemas":{"Cat":{"type":"cat"}}}}`,
		`{"openapi":"3.1.0","info":{"title":"Cats","version":"1"},"components":{"schemas":{"Cat":{"minLength":-1}}}}`,
		`{"openapi":"3.1.0","info":{"title":"Cats","version":"1"},"paths":{"/":{"get":{"responses":{"ok":{"description":""}}}}}}`,
	} {
		if official.Validate(decode(t, []byte(wrong))) == nil {
			t.Errorf("accepted %s", wrong)
		}
	}
}

// Values of the schemas in a document are judged as they say, through all references.
func TestSchemasWork(t *testing.T) {
	tree := shelter(t).tree()
	for _, tt := range []struct {
		description string
		schema      string
		value       string
		want        bool
	}{
		{"least", "KittenInput", `{"name":"Tom"}`, true},
		{"unknown member", "KittenInput", `{"name":"Tom","Name":1}`, true},
		{"name missing", "KittenInput", `{}`, false},
		{"null for required", "KittenInput", `{"name":null}`, false},
		{"null for a list", "KittenInput", `{"name":"Tom","colors":null}`, true},
		{"color twice", "KittenInput", `{"name":"Tom","colors":["red","red"]}`, false},
		{"wrong color", "KittenInput", `{"name":"Tom","colors":["pink"]}`, false},
		{"null for a number", "KittenInput", `{"name":"Tom","weight":null}`, false},
		{"mother", "KittenInput", `{"name":"Tom","mother":{"name":"Eve","mother":null}}`, true},
		{"bad mother", "KittenInput", `{"name":"Tom","mother":{"name":"Eve","mother":{}}}`, false},
		{"written without a list", "Kitten", `{"id":1,"name":"Tom","colors":null,"weight":0}`, false},
		{"written without ID", "Kitten", `{"name":"Tom","colors":[],"weight":0}`, false},
		{"problem", "Problem", `{"status":422,"title":"Unprocessable Entity","errors":[{"in":"body","rule":"max","detail":"x"}]}`, true},
		{"problem with a bad violation", "Problem", `{"status":422,"title":"Unprocessable Entity","errors":[{"in":"soup"}]}`, false},
	} {
		t.Run(tt.description, func(t *testing.T) {
			err := compile(t, false, tree, "components", "schemas", tt.schema).Validate(decode(t, []byte(tt.value)))
			if (err == nil) != tt.want {
				t.Errorf("judged %v, want valid: %t", err, tt.want)
			}
		})
	}
}

// sameInYAML checks that both forms of a document say the same.
func sameInYAML(t testing.TB, d *openapi.Document) {
	t.Helper()
	var fromYAML any
	if err := yaml.Unmarshal(d.YAML(), &fromYAML); err != nil {
		t.Fatalf("%v in %s", err, d.YAML())
	}
	if diff := cmp.Diff(decode(t, d.JSON()), decode(t, []byte(mustJSON(fromYAML)))); diff != "" {
		t.Errorf("YAML differs (-JSON +YAML):\n%s", diff)
	}
}

func TestYAML(t *testing.T) {
	d := shelter(t).build(shelterOptions)
	sameInYAML(t, d)
	for _, want := range []string{"openapi: 3.1.0\ninfo:\n  title: Cats\n", "\n        \"200\":\n", "\n      summary: Find cats\n"} {
		if !bytes.Contains(d.YAML(), []byte(want)) {
			t.Errorf("no %q in\n%s", want, d.YAML())
		}
	}
}

// FuzzYAML: any text in a document is the same in both forms.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{"", "yes", "1e3", "0x1F", "1:30", "null", "~", "a: b", "- a", "# a", "'", `"`, "\\", "a\nb\n", "\n",
		" a", "a ", "\ttab", "é", "\u0085", "\u2028", "\ufeff", "\x7f", "\x01", "😀", "2024-01-01", "<<", "=", "!x", "&a", "*a", "%", "@", "`"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := newAPI(t)
		a.add("GET", "/", nil, nil, router.Doc{Summary: text, Description: "x" + text, Tags: []string{text + "\n" + text}})
		sameInYAML(t, a.build(openapi.Options{Servers: []openapi.Server{{URL: "/" + text}}}))
	})
}
