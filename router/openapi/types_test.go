package openapi_test

import (
	"encoding/json"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/request/bind"
)

type (
	color  string
	weight float32
	UUID   [16]byte
	key    [16]byte
	oddKey int
	opaque struct{ A int }
	tree   []tree
	words  []string
	broken struct{ C chan int }
	deep   map[string][]*deep
	lists  []struct{ Inner lists }
	reader struct{ A int } // reads itself, but is written like any struct
)

func (u UUID) MarshalText() ([]byte, error)  { return u[:], nil }
func (u *UUID) UnmarshalText(b []byte) error { copy(u[:], b); return nil }

func (k *key) MarshalText() ([]byte, error) { return k[:], nil }
func (k *key) UnmarshalText(b []byte) error { copy(k[:], b); return nil }

func (k oddKey) MarshalText() ([]byte, error)  { return nil, nil }
func (k *oddKey) UnmarshalText(b []byte) error { return nil }

func (o opaque) MarshalJSON() ([]byte, error)  { return []byte("1"), nil }
func (o *opaque) UnmarshalJSON(b []byte) error { return nil }

func (r *reader) UnmarshalJSON(b []byte) error { return nil }

// neverNull makes the schema of an output of one that is otherwise the same: nil lists and maps are
// written as empty ones.
var neverNull = strings.NewReplacer(`["array","null"]`, `"array"`, `["object","null"]`, `"object"`)

func TestTypes(t *testing.T) {
	const (
		text    = `{"type":"string"}`
		anyText = `{"type":["string","null"]}`
		anyTime = `{"type":"string","anyOf":[{"format":"date-time"},{"format":"date"}]}`
		base64  = `{"type":["string","null"],"contentEncoding":"base64"}`
		int64s  = `{"type":"integer","format":"int64"}`
		uints   = `{"type":"integer","format":"uint64","minimum":0}`
		int32s  = `{"type":"integer","format":"int32","minimum":-2147483648,"maximum":2147483647}`
	)
	for _, tt := range []struct {
		description string
		value       any
		input       string
		output      string // "" for the same as input
		query       string // "" where it is not accepted
	}{
		{"bool", false, `{"type":"boolean"}`, "", `{"type":"boolean"}`},
		{"string", "", text, "", text},
		{"named string", color(""), text, "", text},
		{"int", 0, int64s, "", int64s},
		{"int8", int8(0), `{"type":"integer","format":"int32","minimum":-128,"maximum":127}`, "",
			`{"type":"integer","format":"int32","minimum":-128,"maximum":127}`},
		{"int16", int16(0), `{"type":"integer","format":"int32","minimum":-32768,"maximum":32767}`, "",
			`{"type":"integer","format":"int32","minimum":-32768,"maximum":32767}`},
		{"int32", int32(0), int32s, "", int32s},
		{"int64", int64(0), int64s, "", int64s},
		{"uint", uint(0), uints, "", uints},
		{"uint8", uint8(0), `{"type":"integer","format":"int32","minimum":0,"maximum":255}`, "",
			`{"type":"integer","format":"int32","minimum":0,"maximum":255}`},
		{"uint16", uint16(0), `{"type":"integer","format":"int32","minimum":0,"maximum":65535}`, "",
			`{"type":"integer","format":"int32","minimum":0,"maximum":65535}`},
		{"uint32", uint32(0), `{"type":"integer","format":"int64","minimum":0,"maximum":4294967295}`, "",
			`{"type":"integer","format":"int64","minimum":0,"maximum":4294967295}`},
		{"uint64", uint64(0), uints, "", uints},
		{"float32", weight(0), `{"type":"number","format":"float"}`, "", `{"type":"number","format":"float"}`},
		{"float64", 0.0, `{"type":"number","format":"double"}`, "", `{"type":"number","format":"double"}`},
		{"json.Number", json.Number(""), `{"type":"number"}`, "", `{"type":"number"}`},
		{"time", time.Time{}, anyTime, `{"type":"string","format":"date-time"}`, anyTime},
		{"duration", time.Second, int64s, "", text},
		{"bytes", []byte{}, base64, `{"type":"string","contentEncoding":"base64"}`, ""},
		{"UUID", UUID{}, `{"type":"string","format":"uuid"}`, "", `{"type":"string","format":"uuid"}`},
		{"text, written through a pointer", key{}, text, `{}`, text},
		{"address", netip.Addr{}, text, "", text},
		{"JSON of its own", opaque{}, `{}`, "", ""},
		{"big number", big.Int{}, `{}`, "", ""},
		{"raw JSON", json.RawMessage{}, `{}`, "", ""},
		{"pointer", new(string), anyText, "", text},
		{"pointer to pointer", new(*string), anyText, "", text},
		{"optional", bind.Optional[string]{}, text, anyText, text},
		{"optional pointer", bind.Optional[*string]{}, anyText, "", text},
		{"list", []int32{}, `{"type":["array","null"],"items":` + int32s + `}`, "",
			`{"type":"array","items":` + int32s + `}`},
		{"list of pointers", []*bool{}, `{"type":["array","null"],"items":{"type":["boolean","null"]}}`, "",
			`{"type":"array","items":{"type":"boolean"}}`},
		{"list of lists", [][]string{}, `{"type":["array","null"],"items":{"type":["array","null"],"items":{"type":"string"}}}`,
			"", ""},
		{"named list", words{}, `{"type":["array","null"],"items":{"type":"string"}}`, "",
			`{"type":"array","items":{"type":"string"}}`},
		{"array", [3]bool{}, `{"type":"array","items":{"type":"boolean"},"minItems":3,"maxItems":3}`, "", ""},
		{"map", map[string]bool{}, `{"type":["object","null"],"additionalProperties":{"type":"boolean"}}`, "", ""},
		{"map of ints", map[int]bool{}, `{"type":["object","null"],"propertyNames":{"pattern":"^(0|-?[1-9][0-9]*)$"},
			"additionalProperties":{"type":"boolean"}}`, "", ""},
		{"map of uints", map[uint8]bool{}, `{"type":["object","null"],"propertyNames":{"pattern":"^(0|[1-9][0-9]*)$"},
			"additionalProperties":{"type":"boolean"}}`, "", ""},
		{"map of texts", map[oddKey]bool{}, `{"type":["object","null"],"additionalProperties":{"type":"boolean"}}`, "", ""},
		{"anything", new(any), `{}`, "", ""},
		{"struct without a name", struct {
			A bool `json:"a"`
		}{}, `{"type":"object","properties":{"a":{"type":"boolean"}}}`,
			`{"type":"object","properties":{"a":{"type":"boolean"}},"required":["a"]}`, ""},
		{"named struct", reader{}, `{}`, `{"$ref":"#/components/schemas/Reader"}`, ""},
		{"list of itself", tree{}, `{"anyOf":[{"$ref":"#/components/schemas/Tree"},{"type":"null"}]}`, `{"$ref":"#/components/schemas/Tree"}`, ""},
		{"map of itself", deep{}, `{"anyOf":[{"$ref":"#/components/schemas/Deep"},{"type":"null"}]}`, `{"$ref":"#/components/schemas/Deep"}`, ""},
		{"list of itself through a struct", lists{}, `{"anyOf":[{"$ref":"#/components/schemas/Lists"},{"type":"null"}]}`, `{"$ref":"#/components/schemas/Lists"}`, ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			typ := reflect.TypeOf(tt.value)
			if tt.description == "anything" {
				typ = typ.Elem()
			}
			if tt.output == "" {
				tt.output = neverNull.Replace(tt.input)
			}
			same(t, "input", inputOf(t, typ, ""), tt.input)
			same(t, "output", outputOf(t, typ, `"`), tt.output)
			if tt.query != "" {
				same(t, "query", at(queryOf(t, typ, ""), "schema"), tt.query)
			}
		})
	}
}

// Types that hold themselves without a struct between are components.
func TestRecursiveLists(t *testing.T) {
	a := newAPI(t)
	a.add("POST", "/", reflect.TypeFor[struct {
		T tree  `json:"t"`
		D deep  `json:"d"`
		L lists `json:"l"`
	}](), nil)
	schemas := at(a.tree(), "components", "schemas")
	same(t, "tree", at(schemas, "Tree"),
		`{"type":"array","items":{"anyOf":[{"$ref":"#/components/schemas/Tree"},{"type":"null"}]}}`)
	same(t, "deep", at(schemas, "Deep", "additionalProperties", "items"),
		`{"anyOf":[{"$ref":"#/components/schemas/Deep"},{"type":"null"}]}`)
	same(t, "lists", at(schemas, "Lists", "items", "properties", "Inner"),
		`{"anyOf":[{"$ref":"#/components/schemas/Lists"},{"type":"null"}]}`)
}

func TestUnsupportedTypes(t *testing.T) {
	for _, tt := range []struct {
		description string
		output      reflect.Type
		want        string
	}{
		{"channel", reflect.TypeFor[struct{ C chan int }](), "field C of struct { C chan int }: the type chan int has no form in an API"},
		{"channel in a named struct", reflect.TypeFor[[]broken](),
			"field C of openapi_test.broken: the type chan int has no form in an API"},
		{"function", reflect.TypeFor[[]func()](), "the type func() has no form in an API"},
		{"complex number", reflect.TypeFor[complex128](), "the type complex128 has no form in an API"},
		{"map with odd keys", reflect.TypeFor[map[float64]int](), "the type float64 cannot be the key of an object"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			a.add("GET", "/odd", nil, tt.output)
			_, err := a.try()
			if err == nil || !strings.HasPrefix(err.Error(), "main.go:1: openapi: GET /odd: output: ") ||
				!strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("error %v, want it to name main.go:1 and end with %q", err, tt.want)
			}
		})
	}
}
