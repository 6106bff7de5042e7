package openapi_test

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

type (
	Cat struct {
		Name   string   `json:"name" validate:"required,max=50" doc:"What it is called." example:"Tom"`
		Age    int      `json:"age" validate:"gte=0,lte=30"`
		Tags   []string `json:"tags,omitempty"`
		Mother *Cat     `json:"mother"`
	}
	Same struct { // is read as it is written
		Name  string `json:"name" validate:"required"`
		Same  *Same  `json:"same" validate:"required"`
		Other Twin   `json:"other" validate:"required"`
	}
	Twin struct {
		Same []Same `json:"same,omitempty" validate:"required"`
	}
	Owner struct { // differs only by what it holds
		Cats []Cat `json:"cats" validate:"required"`
	}
	CatInput       struct{ A int }
	Page[T any]    struct{ Items []T }
	Pair[A, B any] struct {
		A A
		B B
	}
	Info   struct{ Own bool }
	Embeds struct {
		Twin
		*Hidden
		Skipped int `json:"-"`
		Plain   int
	}
	Hidden struct {
		Deep int `json:"deep"`
	}
	Node struct{}
	Ж    struct{}
)

func TestDirections(t *testing.T) {
	a := newAPI(t)
	a.add("POST", "/cats", reflect.TypeFor[Cat](), reflect.TypeFor[Cat]())
	schemas := at(a.tree(), "components", "schemas")
	same(t, "input", at(schemas, "CatInput"), `{"type":"object","required":["name"],"properties":{
		"name":{"type":"string","maxLength":50,"description":"What it is called.","examples":["Tom"]},
		"age":{"type":"integer","format":"int64","minimum":0,"maximum":30},
		"tags":{"type":["array","null"],"items":{"type":"string"}},
		"mother":{"anyOf":[{"$ref":"#/components/schemas/CatInput"},{"type":"null"}]}}}`)
	same(t, "output", at(schemas, "Cat"), `{"type":"object","required":["name","age","mother"],"properties":{
		"name":{"type":"string","maxLength":50,"description":"What it is called.","examples":["Tom"]},
		"age":{"type":"integer","format":"int64"},
		"tags":{"type":"array","items":{"type":"string"}},
		"mother":{"anyOf":[{"$ref":"#/components/schemas/Cat"},{"type":"null"}]}}}`)
}

// localCat returns a type that has its name and package in common with two others.
func localCat() reflect.Type {
	type Cat struct{ Other int }
	return reflect.TypeFor[Cat]()
}

func TestComponentNames(t *testing.T) {
	type Cat struct{ Local int }
	type Problem struct{ Own int }
	for _, tt := range []struct {
		description string
		inputs      []reflect.Type
		outputs     []reflect.Type
		want        []string
	}{
		{"read only", []reflect.Type{reflect.TypeFor[Hidden]()}, nil, []string{"Hidden"}},
		{"written only", nil, []reflect.Type{reflect.TypeFor[Hidden]()}, []string{"Hidden"}},
		{"the same both ways", []reflect.Type{reflect.TypeFor[Same]()}, []reflect.Type{reflect.TypeFor[Same]()},
			[]string{"Same", "SameInput", "Twin", "TwinInput"}},
		{"different deep inside", []reflect.Type{reflect.TypeFor[Owner]()}, []reflect.Type{reflect.TypeFor[Owner]()},
			[]string{"Cat", "CatInput", "Owner", "OwnerInput"}},
		{"name for input that is taken", []reflect.Type{reflect.TypeFor[Owner]()},
			[]reflect.Type{reflect.TypeFor[Owner](), reflect.TypeFor[CatInput]()},
			[]string{"Cat", "CatInput", "CatInput2", "Owner", "OwnerInput"}},
		{"one name in three packages", nil, []reflect.Type{reflect.TypeFor[Info](), reflect.TypeFor[router.Info](),
			reflect.TypeFor[openapi.Info]()}, []string{"Contact", "Info", "License", "OpenapiInfo", "RouterInfo"}},
		{"one name in one package", nil, []reflect.Type{reflect.TypeFor[Cat](), reflect.TypeFor[Owner](), localCat()},
			[]string{"Cat", "OpenapiTestCat", "OpenapiTestCat2", "Owner"}},
		{"version in the path of a package", nil, []reflect.Type{reflect.TypeFor[Node](), reflect.TypeFor[yaml.Node]()},
			[]string{"Node", "YamlNode"}},
		{"no letters that are legal", nil, []reflect.Type{reflect.TypeFor[Ж]()}, []string{"Type"}},
		{"reserved", []reflect.Type{reflect.TypeFor[Problem]()}, nil, []string{"OpenapiTestProblem"}},
		{"generic", nil, []reflect.Type{reflect.TypeFor[Page[Hidden]]()}, []string{"Hidden", "PageOfHidden"}},
		{"generic with two", nil, []reflect.Type{reflect.TypeFor[Pair[int, *time.Time]]()}, []string{"PairOfIntAndTime"}},
		{"generic of generic", nil, []reflect.Type{reflect.TypeFor[Page[Pair[Page[bool], []openapi.Tag]]]()},
			[]string{"PageOfBool", "PageOfPairOfPageOfBoolAndListOfTag", "PairOfPageOfBoolAndListOfTag", "Tag"}},
		{"generic of map", nil, []reflect.Type{reflect.TypeFor[Page[map[string][3]int]]()}, []string{"PageOfMapOfStringAndListOf3Int"}},
		{"generic of local", nil, []reflect.Type{reflect.TypeFor[Page[Cat]]()}, []string{"Cat", "PageOfCat"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			for i, in := range tt.inputs {
				a.add("POST", "/in"+string(rune('a'+i)), in, nil)
			}
			for i, out := range tt.outputs {
				a.add("GET", "/out"+string(rune('a'+i)), nil, out)
			}
			got := schemaNames(a.tree())
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMembers(t *testing.T) {
	for _, tt := range []struct {
		description string
		typ         reflect.Type
		tag         string
		want        string
	}{
		{"required pointer", reflect.TypeFor[*string](), `validate:"required"`, `{"type":"string"}`},
		{"required list", reflect.TypeFor[[]int](), `validate:"required"`,
			`{"type":"array","items":{"type":"integer","format":"int64"}}`},
		{"required anything", reflect.TypeFor[any](), `validate:"required"`,
			`{"type":["array","boolean","number","object","string"]}`},
		{"required elements", reflect.TypeFor[[]*int](), `validate:"dive,required"`,
			`{"type":["array","null"],"items":{"type":"integer","format":"int64"}}`},
		{"nullable enum", reflect.TypeFor[*string](), `validate:"oneof=a b"`,
			`{"anyOf":[{"type":"string","enum":["a","b"]},{"type":"null"}]}`},
		{"nullable pattern that must not fit", reflect.TypeFor[*string](), `validate:"excludes=a"`,
			`{"anyOf":[{"type":"string","not":{"pattern":"a"}},{"type":"null"}]}`},
		{"default", reflect.TypeFor[int](), `default:"+7"`, `{"type":"integer","format":"int64","default":7}`},
		{"default of a list", reflect.TypeFor[[]string](), `default:"a,b"`,
			`{"type":["array","null"],"items":{"type":"string"},"default":["a","b"]}`},
		{"default of a duration", reflect.TypeFor[time.Duration](), `default:"1s"`,
			`{"type":"integer","format":"int64","default":1000000000}`},
		{"example of a struct", reflect.TypeFor[Hidden](), `example:"{\"deep\":1}" doc:"d"`,
			`{"$ref":"#/components/schemas/Hidden","description":"d","examples":[{"deep":1}]}`},
		{"example of a list as JSON", reflect.TypeFor[[]bool](), `example:"[true]"`,
			`{"type":["array","null"],"items":{"type":"boolean"},"examples":[[true]]}`},
		{"example of a list of words", reflect.TypeFor[[]string](), `example:"a,b"`,
			`{"type":["array","null"],"items":{"type":"string"},"examples":[["a","b"]]}`},
		{"example of anything", reflect.TypeFor[any](), `example:"no JSON"`, `{"examples":["no JSON"]}`},
		{"example of a time", reflect.TypeFor[time.Time](), `example:"2024-02-29"`,
			`{"type":"string","anyOf":[{"format":"date-time"},{"format":"date"}],"examples":["2024-02-29"]}`},
		{"example of a float", reflect.TypeFor[float32](), `example:"1.5"`, `{"type":"number","format":"float","examples":[1.5]}`},
		{"example of a moment", reflect.TypeFor[time.Time](), `example:"2024-02-29T12:00:00+01:00"`,
			`{"type":"string","anyOf":[{"format":"date-time"},{"format":"date"}],"examples":["2024-02-29T12:00:00+01:00"]}`},
		{"example of a duration", reflect.TypeFor[time.Duration](), `example:"1us"`,
			`{"type":"integer","format":"int64","examples":[1000]}`},
		{"example of a text", reflect.TypeFor[netip.Addr](), `example:"::1"`, `{"type":"string","examples":["::1"]}`},
		{"example of bytes", reflect.TypeFor[[]byte](), `example:"AQID"`,
			`{"type":["string","null"],"contentEncoding":"base64","examples":["AQID"]}`},
		{"example of JSON of its own", reflect.TypeFor[opaque](), `example:"[1]"`, `{"examples":[[1]]}`},
		{"example of an unsigned number", reflect.TypeFor[uint](), `example:"+7"`,
			`{"type":"integer","format":"uint64","minimum":0,"examples":[7]}`},
		{"example of a number that JSON spells differently", reflect.TypeFor[float64](), `example:"+.5"`,
			`{"type":"number","format":"double","examples":[0.5]}`},
		{"deprecated", reflect.TypeFor[bool](), `deprecated:"true"`, `{"type":"boolean","deprecated":true}`},
		{"not deprecated", reflect.TypeFor[bool](), `deprecated:"false"`, `{"type":"boolean"}`},
	} {
		t.Run(tt.description, func(t *testing.T) { same(t, "schema", inputOf(t, tt.typ, tt.tag), tt.want) })
	}
}

func TestQuotedMembers(t *testing.T) {
	for _, tt := range []struct {
		description string
		value       any
		want        string
	}{
		{"int", 0, `{"type":"string","pattern":"^-?(0|[1-9][0-9]*)$"}`},
		{"uint", uint8(0), `{"type":"string","pattern":"^(-?0|[1-9][0-9]*)$"}`},
		{"float", 0.0, `{"type":"string","pattern":"^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$"}`},
		{"bool", false, `{"type":"string","pattern":"^(true|false)$"}`},
		{"pointer", new(bool), `{"type":["string","null"],"pattern":"^(true|false)$"}`},
		{"what cannot be quoted", []bool{}, `{"type":["array","null"],"items":{"type":"boolean"}}`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			same(t, "output", outputOf(t, reflect.TypeOf(tt.value), `,string"`), neverNull.Replace(tt.want))
			a := newAPI(t)
			a.add("POST", "/", structWith(reflect.TypeOf(tt.value), `json:"v,string"`), nil)
			same(t, "input", at(at(a.tree(), "paths", "/", "post"), append(bodySchema, "properties", "v")...), tt.want)
		})
	}
	same(t, "example", outputOf(t, reflect.TypeFor[int](), `,string" example:"7"`),
		`{"type":"string","pattern":"^-?(0|[1-9][0-9]*)$","examples":["7"]}`)
	a := newAPI(t)
	a.add("POST", "/", structWith(reflect.TypeFor[int](), `json:"v,string" default:"8"`), nil)
	same(t, "default", at(at(a.tree(), "paths", "/", "post"), append(bodySchema, "properties", "v")...),
		`{"type":"string","pattern":"^-?(0|[1-9][0-9]*)$","default":"8"}`)
}

// The rules of a tag hold for what is written where the value cannot be the zero one that was never
// judged.
func TestRulesOfOutput(t *testing.T) {
	for _, tt := range []struct {
		description string
		typ         reflect.Type
		tag         string
		want        string
	}{
		{"required", reflect.TypeFor[string](), `" validate:"required,min=1"`, `{"type":"string","minLength":1}`},
		{"may be empty", reflect.TypeFor[string](), `" validate:"min=1"`, `{"type":"string"}`},
		{"has a default", reflect.TypeFor[string](), `" validate:"min=1" default:"a"`, `{"type":"string","minLength":1}`},
		{"left out", reflect.TypeFor[string](), `,omitempty" validate:"min=1"`, `{"type":"string","minLength":1}`},
		{"null", reflect.TypeFor[*string](), `" validate:"min=1"`, `{"type":["string","null"],"minLength":1}`},
		{"null that is left out", reflect.TypeFor[*string](), `,omitempty"`, `{"type":"string"}`},
		{"list that is left out", reflect.TypeFor[[]bool](), `,omitzero"`, `{"type":"array","items":{"type":"boolean"}}`},
		{"elements", reflect.TypeFor[[2]string](), `" validate:"dive,min=1"`,
			`{"type":"array","items":{"type":"string","minLength":1},"minItems":2,"maxItems":2}`},
		{"optional that omitempty leaves", reflect.TypeFor[bind.Optional[bool]](), `,omitempty"`, `{"type":["boolean","null"]}`},
		{"optional that omitzero leaves out", reflect.TypeFor[bind.Optional[bool]](), `,omitzero"`, `{"type":"boolean"}`},
	} {
		t.Run(tt.description, func(t *testing.T) { same(t, "schema", outputOf(t, tt.typ, tt.tag), tt.want) })
	}
}

func TestEmbedded(t *testing.T) {
	a := newAPI(t)
	a.add("GET", "/", nil, reflect.TypeFor[Embeds]())
	same(t, "schema", at(a.tree(), "components", "schemas", "Embeds", "required"), `["deep","Plain"]`)
}

func TestBadTags(t *testing.T) {
	for _, tt := range []struct {
		description string
		typ         reflect.Type
		tag         string
		want        string
	}{
		{"int", reflect.TypeFor[int8](), `example:"300"`, `example "300": it is no value of type int8`},
		{"bool", reflect.TypeFor[bool](), `example:"x"`, `example "x": it is no value of type bool`},
		{"float", reflect.TypeFor[float64](), `example:"\"1\""`, `example "\"1\"": it is no value of type float64`},
		{"negative", reflect.TypeFor[uint](), `example:"-1"`, `example "-1": it is no value of type uint`},
		{"list", reflect.TypeFor[[]int](), `example:"1,b"`, `example "1,b": it is no value of type int`},
		{"list as JSON", reflect.TypeFor[[]int](), `example:"[true]"`, `it is no []int in JSON: `},
		{"time", reflect.TypeFor[time.Time](), `example:"today"`, `it is neither a moment of RFC 3339 nor a date`},
		{"infinity", reflect.TypeFor[float64](), `example:"Inf"`, `it is no value of type float64`},
		{"text", reflect.TypeFor[netip.Addr](), `example:"x"`, `it is no netip.Addr: `},
		{"duration", reflect.TypeFor[time.Duration](), `example:"1"`, `it is no duration such as 1h30m`},
		{"deprecated", reflect.TypeFor[bool](), `deprecated:"since"`, `the tag deprecated is "since", neither true nor false`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			for _, source := range []string{`json:"v" `, `query:"v" `} {
				a := newAPI(t)
				a.add("POST", "/cats", structWith(tt.typ, source+tt.tag), nil)
				_, err := a.try()
				wantError(t, err, "main.go:1: openapi: POST /cats: ", tt.want)
			}
		})
	}
}
