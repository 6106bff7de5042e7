package strictjson_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/strictjson"
)

type (
	// user has its names at every kind of place.
	user struct {
		Role  string          `json:"role"`
		Group *group          `json:"group"`
		List  []group         `json:"list"`
		Pair  [1]group        `json:"pair"`
		Map   map[string]user `json:"map"`
		Any   any             `json:"any"`
		Maybe maybe[group]    `json:"maybe"`
		Own   ownGroup        `json:"own"`
		Untag int
		*Base
		Side
	}
	group struct {
		Name string `json:"name"`
		Kind string `json:"ſort"` // with a long s
	}
	Base struct {
		Admin bool `json:"admin"`
	}
	Side struct {
		Left bool `json:"left"`
	}
	// maybe is what optional types are like.
	maybe[T any] struct{ value T }
	// ownGroup reads its names itself, in any case.
	ownGroup struct{ group }
)

func (m *maybe[T]) Wrapped() any                 { return &m.value }
func (m *maybe[T]) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &m.value) }
func (o *ownGroup) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &o.group) }

// A member fills the field whose name it has exactly; in another spelling it is one without a field.
func TestNamesAreExact(t *testing.T) {
	for _, tt := range []struct {
		description, text string
		want              user
	}{
		{"exact", `{"role":"a","Untag":1,"admin":true}`, user{Role: "a", Untag: 1, Base: &Base{true}}},
		{"escaped", `{"r\u006fle":"a"}`, user{Role: "a"}},
		{"capitals", `{"ROLE":"a"}`, user{}},
		{"one capital, escaped", `{"\u0052ole":"a"}`, user{}},
		{"a value of another type", `{"ROLE":{"a":[1]}}`, user{}},
		{"a field without a tag", `{"untag":1}`, user{}},
		{"a letter that folds", `{"group":{"sort":"a","name":"b"}}`, user{Group: &group{Name: "b"}}},
		{"the letter itself", `{"group":{"\u017fort":"a"}}`, user{Group: &group{Kind: "a"}}},
		{"behind a pointer", `{"group":{"NAME":"a"}}`, user{Group: &group{}}},
		{"in a list", `{"list":[{"name":"a"},{"Name":"b"}]}`, user{List: []group{{Name: "a"}, {}}}},
		{"in an array", `{"pair":[{"Name":"b"},{"Name":"c"}]}`, user{}},
		{"in a map", `{"map":{"ROLE":{"ROLE":"a"}}}`, user{Map: map[string]user{"ROLE": {}}}},
		{"in a wrapper", `{"maybe":{"NAME":"a"}}`, user{}},
		{"exact in a wrapper", `{"maybe":{"name":"a"}}`, user{Maybe: maybe[group]{group{Name: "a"}}}},
		{"embedded", `{"Left":true}`, user{}},
		{"embedded by a pointer", `{"Admin":true}`, user{}},
		{"in what nobody names", `{"any":{"Role":"a"}}`, user{Any: map[string]any{"Role": "a"}}},
		{"in a type that reads itself", `{"own":{"NAME":"a"}}`, user{Own: ownGroup{group{Name: "a"}}}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			var got user
			if err := strictjson.Unmarshal([]byte(tt.text), &got, strictjson.Options{}); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s: got %+v, want %+v", tt.text, got, tt.want)
			}
		})
	}
}

// A target that has something in it is filled in place, as encoding/json does it.
func TestNamesAreExactInPlace(t *testing.T) {
	type envelope struct {
		Data any    `json:"data"`
		List []any  `json:"list"`
		Next *group `json:"next"`
	}
	const text = `{"data":{"NAME":"x","ſort":"a"},"list":[{"Name":"x","ſort":"b"},{"Name":"c"}],"next":{"Name":"x","ſort":"d"}}`
	data, first, next := group{Name: "old"}, group{Name: "old"}, group{Name: "old"}
	var got any = &envelope{Data: &data, List: []any{&first}, Next: &next}
	if err := strictjson.Unmarshal([]byte(text), &got, strictjson.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]group{{"old", "a"}, {"old", "b"}, {"old", "d"}}, []group{data, first, next}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := map[string]any{"Name": "c"}; !reflect.DeepEqual(got.(*envelope).List[1], want) {
		t.Errorf("got %v, want %v", got.(*envelope).List[1], want)
	}
}

// The text itself is never changed.
func TestNamesAreExactInACopy(t *testing.T) {
	text := []byte(`{"ROLE":"a"}`)
	if err := strictjson.Unmarshal(text, new(user), strictjson.Options{}); err != nil || string(text) != `{"ROLE":"a"}` {
		t.Errorf("the text is %s, %v", text, err)
	}
}

// caseless has members of every kind, of which no name has a letter.
type caseless struct {
	A int8                   `json:"1"`
	B string                 `json:"2"`
	C []*caseless            `json:"3"`
	D map[string][]int       `json:"4"`
	E any                    `json:"5"`
	F *[2]caselessPart       `json:"6"`
	G maybe[[]string]        `json:"7"`
	H json.RawMessage        `json:"8"`
	I []byte                 `json:"9"`
	J map[int]map[string]any `json:"10"`
	K float64                `json:"12,string"`
	*CaselessBase
}

type caselessPart struct {
	P [][]bool `json:"1"`
}

type CaselessBase struct {
	Q uint16 `json:"11"`
	R any    `json:"1"` // hidden
}

// FuzzUnmarshalAgreesWithEncoding: where names cannot be spelled in two ways, Unmarshal accepts what encoding/json does of
// the texts that Check accepts, and makes the same of them.
func FuzzUnmarshalAgreesWithEncoding(f *testing.F) {
	addTexts(f)
	for _, text := range []string{
		`{"1":1,"2":"\u00e9\n","3":[{"1":2},null,{"3":[]}],"4":{"a":[1,2],"":[]},"5":{"1":[{"2":null}]},"6":[{"1":[[true]]}]}`,
		`{"6":[{"1":[]},{},{"1":5}],"7":["a"],"8":{"1" : [ 1 ]},"9":"aGk=","10":{"1":{"a":{}}},"12":"1.5","11":7,"13":{"1":"x"}}`,
		`{"9":[1,2],"7":null,"1":"x"}`, `{"\u0031":3,"1\n":4}`, `null`, `[ {"1":1} , [ ] ]`, `{"6":null,"3":{"1":[]}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if strictjson.Check(data, strictjson.Options{}) != nil {
			return
		}
		for _, target := range []func() any{
			func() any { return new(caseless) }, func() any { return new(any) },
			func() any {
				return &caseless{E: &caseless{A: 5}, C: []*caseless{{A: 6}, nil}, CaselessBase: &CaselessBase{Q: 1}}
			},
		} {
			got, want := target(), target()
			err, wantErr := strictjson.Unmarshal(data, got, strictjson.Options{MaxMemory: 1 << 30}), json.Unmarshal(data, want)
			if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, %v; want %+v, %v", data, got, err, want, wantErr)
			}
		}
	})
}
