package openapi_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/router/openapi"
)

type (
	// money writes itself, and says how.
	money struct{ cents int }
	// point says so by a method of its pointer.
	point struct{ x, y int }
	// garbled says something that is no schema.
	garbled struct{}
	// list says nothing, which is a schema too.
	list []int

	// Written has everything that can be nil, and types that write themselves.
	Written struct {
		Names  []string                  `json:"names" validate:"max=9"`
		Some   []string                  `json:"some" validate:"min=1"`
		Tags   map[string][]int          `json:"tags"`
		Seal   []byte                    `json:"seal"`
		Deep   [][]map[string]*Written   `json:"deep"`
		Next   *Written                  `json:"next"`
		Ref    *[]int                    `json:"ref"`
		Ptrs   []*[]int                  `json:"ptrs"`
		Pair   [2][]bool                 `json:"pair"`
		Maybe  []string                  `json:"maybe,omitempty"`
		Gone   map[string]int            `json:"gone,omitzero"`
		Any    any                       `json:"any"`
		Price  money                     `json:"price"`
		Prices []*money                  `json:"prices"`
		Places map[string]point          `json:"places"`
		Inline struct{ List [][]string } `json:"inline"`
		Wrap   soay.Optional[int]        `json:"wrap"`
		WrittenBase
		*WrittenMore
	}
	WrittenBase struct {
		Base []WrittenMore `json:"base"`
	}
	WrittenMore struct {
		More []int `json:"more,omitempty"`
		Else []int `json:"else,omitempty" validate:"min=1"`
	}
)

func (m money) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `"%d.%02d"`, m.cents/100, m.cents%100), nil
}
func (money) JSONSchema() string             { return `{"type":"string","pattern":"^[0-9]+\\.[0-9]{2}$"}` }
func (p point) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "[%d,%d]", p.x, p.y), nil }
func (*point) JSONSchema() string {
	return `{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":2}`
}
func (garbled) MarshalJSON() ([]byte, error) { return []byte("1"), nil }
func (garbled) JSONSchema() string           { return `{"type":` }
func (list) JSONSchema() string              { return `true` }

func TestTypesThatDescribeThemselves(t *testing.T) {
	const price = `{"type":"string","pattern":"^[0-9]+\\.[0-9]{2}$"}`
	same(t, "output", outputOf(t, reflect.TypeFor[money](), `"`), price)
	same(t, "input", inputOf(t, reflect.TypeFor[money](), ""), price)
	same(t, "with rules and a description", outputOf(t, reflect.TypeFor[*money](), `" doc:"what it costs"`),
		`{"anyOf":[`+price+`,{"type":"null"}],"description":"what it costs"}`)
	same(t, "elements", outputOf(t, reflect.TypeFor[[]money](), `"`), `{"type":"array","items":`+price+`}`)
	same(t, "anything", outputOf(t, reflect.TypeFor[list](), `"`), `true`)
	same(t, "by the pointer", outputOf(t, reflect.TypeFor[point](), `"`),
		`{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":2}`)
	a := newAPI(t)
	a.add("GET", "/", nil, structWith(reflect.TypeFor[garbled](), ""))
	_, err := a.try()
	wantError(t, err, "main.go:1: openapi: GET /: ", `JSONSchema of openapi_test.garbled returns "{\"type\":", which is no JSON Schema`)
}

// QUERY has a place in documents since version 3.2, so that others stay with 3.1.
func TestQuery(t *testing.T) {
	type search struct {
		Text string `json:"text"`
	}
	a := newAPI(t)
	a.add("GET", "/cats", nil, reflect.TypeFor[[]string]())
	if got := at(a.tree(), "openapi"); got != "3.1.0" {
		t.Errorf("without QUERY the version is %v", got)
	}
	a.add("QUERY", "/cats", reflect.TypeFor[search](), reflect.TypeFor[[]string]())
	tree := a.tree()
	if got := at(tree, "openapi"); got != "3.2.0" {
		t.Errorf("with QUERY the version is %v", got)
	}
	same(t, "body", at(at(tree, "paths", "/cats", "query"), append(bodySchema, "$ref")...), `"#/components/schemas/Search"`)
	same(t, "operation", at(tree, "paths", "/cats", "query", "operationId"), `"queryCats"`)
}

// What a handler returns is what its schema says, wherever there is a nil in it.
func TestOutputsAgreeWithSchema(t *testing.T) {
	var value Written
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	app.UseOpenAPI(openapi.Info{Title: "Outputs", Version: "1"}, openapi.Options{Production: true})
	soay.Get(app, "/", func(soay.Request, struct{}) (Written, error) { return value, nil })
	soay.Get(app, "/list", func(soay.Request, struct{}) ([]*Written, error) { return []*Written{&value, nil}, nil })
	client := requesttest.New(t, app)
	tree := decode(t, client.Get("/openapi.json").Body)
	schemas := map[string]*jsonschema.Schema{}
	for _, path := range []string{"/", "/list"} {
		escaped := map[string]string{"/": "~1", "/list": "~1list"}[path]
		schemas[path] = compile(t, true, tree, "paths", escaped, "get", "responses", "200", "content", "application~1json", "schema")
	}
	chance := rand.New(rand.NewPCG(7, 8))
	for range 3000 {
		value = Written{Any: 1}
		fillByChance(chance, reflect.ValueOf(&value).Elem(), 4)
		before := mustJSON(value)
		for path, schema := range schemas {
			resp := client.Get(path)
			if resp.Status != 200 {
				t.Fatalf("%d %s of %s", resp.Status, resp.Text(), before)
			}
			if err := schema.Validate(decode(t, resp.Body)); err != nil {
				t.Fatalf("%s\n%v", resp.Body, err)
			}
			if after := mustJSON(value); after != before {
				t.Fatalf("the value was %s and is %s", before, after)
			}
			equalButForNulls(t, resp.Body, before, path)
		}
	}
}

// equalButForNulls checks that nothing but nulls was changed.
func equalButForNulls(t *testing.T, got []byte, want, path string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if path == "/list" {
		b = []any{b, nil}
	}
	if !reflect.DeepEqual(withoutEmpties(a), withoutEmpties(b)) {
		t.Fatalf("%s\nis not %s", got, want)
	}
}

// withoutEmpties makes null of all that is empty.
func withoutEmpties(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutEmpties(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	case map[string]any:
		for name := range v {
			v[name] = withoutEmpties(v[name])
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" {
			return nil
		}
	}
	return v
}

// fillByChance fills a value, and leaves some of it nil.
func fillByChance(chance *rand.Rand, v reflect.Value, depth int) {
	if depth == 0 || chance.IntN(3) == 0 && v.Kind() != reflect.Struct {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillByChance(chance, v.Elem(), depth-1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+chance.IntN(2), 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fillByChance(chance, v.Index(i), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for i := range chance.IntN(3) {
			elem := reflect.New(v.Type().Elem()).Elem()
			fillByChance(chance, elem, depth-1)
			v.SetMapIndex(reflect.ValueOf(fmt.Sprint(i)), elem)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			if field.CanSet() {
				fillByChance(chance, field, depth-1)
			}
		}
	}
}
