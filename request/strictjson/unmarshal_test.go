package strictjson_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/strictjson"
)

// order has a field for each way in which encoding/json can refuse a value.
type order struct {
	ID      int8               `json:"id"`
	Name    string             `json:"name"`
	Price   float32            `json:"price"`
	Tags    []string           `json:"tags"`
	Items   []item             `json:"items"`
	Places  map[string]item    `json:"places"`
	Counts  map[int8]bool      `json:"counts"`
	Hosts   map[netip.Addr]int `json:"hosts"`
	Quoted  int8               `json:"quoted,string"`
	Secret  []byte             `json:"secret"`
	Number  json.Number        `json:"number"`
	Due     time.Time          `json:"due"`
	Address netip.Addr         `json:"address"`
	Big     *big.Int           `json:"big"`
	Any     any                `json:"any"`
	Own     own                `json:"own"`
	Nested  nested             `json:"nested"`
	Strict  strict             `json:"strict"`
	embedded
}

type item struct {
	SKU   string `json:"sku"`
	Count uint8  `json:"count"`
}

type embedded struct {
	Inside bool `json:"inside"`
}

// own refuses every value with errOwn.
type own struct{}

var errOwn = errors.New("own says no to secret")

func (*own) UnmarshalJSON([]byte) error { return errOwn }

// nested calls json.Unmarshal for its part of the text.
type nested struct{ X []int }

func (n *nested) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &n.X) }

// strict calls this package for its part of the text.
type strict struct{ X []int }

func (s *strict) UnmarshalJSON(data []byte) error {
	return strictjson.Unmarshal(data, &s.X, strictjson.Options{})
}

func TestUnmarshal(t *testing.T) {
	const text = `{"id":1,"name":"Ada","items":[{"sku":"A","count":2}],"nested":[1,2],"strict":[3],"inside":true,"more":0}`
	want := order{
		ID: 1, Name: "Ada", Items: []item{{"A", 2}}, Nested: nested{[]int{1, 2}}, Strict: strict{[]int{3}},
		embedded: embedded{true},
	}
	var got order
	if err := strictjson.Unmarshal([]byte(text), &got, strictjson.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(order{}), cmp.Comparer(sameAddr)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func sameAddr(a, b netip.Addr) bool { return a == b }

func TestUnmarshalRefuses(t *testing.T) {
	const misfit = " does not fit the target"
	tests := []struct {
		description, text string
		want              violation
		reason            string
	}{
		{"what Check refuses", `{"id":1,"ID":2}`, violation{strictjson.KindDuplicate, 8, "/ID"}, "member name occurs twice"},
		{"string for a number", `{"id":"secret"}`, violation{strictjson.KindType, 6, "/id"}, "string" + misfit},
		{"number for a string", `{ "name" : 12345 }`, violation{strictjson.KindType, 11, "/name"}, "number" + misfit},
		{"number too large", `{"id":12345}`, violation{strictjson.KindType, 6, "/id"}, "number" + misfit},
		{"fraction for an integer", `{"id":1.5}`, violation{strictjson.KindType, 6, "/id"}, "number" + misfit},
		{"float too large", `{"price":1e300}`, violation{strictjson.KindType, 9, "/price"}, "number" + misfit},
		{"number too large for any", `{"any":[1,1e999]}`, violation{strictjson.KindType, 10, "/any/1"}, "number" + misfit},
		{"bool for an array", `{"tags":true}`, violation{strictjson.KindType, 8, "/tags"}, "bool" + misfit},
		{"object for an array", `{"tags":{"a":1}}`, violation{strictjson.KindType, 8, "/tags"}, "object" + misfit},
		{"array for an object", `{"places":[]}`, violation{strictjson.KindType, 10, "/places"}, "array" + misfit},
		{"element", `{"tags":["a","b",3]}`, violation{strictjson.KindType, 17, "/tags/2"}, "number" + misfit},
		{"field of an element", `{"items":[{},{"sku":"A","count":-1}]}`, violation{strictjson.KindType, 32, "/items/1/count"}, "number" + misfit},
		{"field in a map", `{"places":{"a/b":{"sku":[]}}}`, violation{strictjson.KindType, 24, "/places/a~1b/sku"}, "array" + misfit},
		{"field of an embedded struct", `{"inside":"yes"}`, violation{strictjson.KindType, 10, "/inside"}, "string" + misfit},
		{"key of a map", `{"counts":{"1":true,"300":true}}`, violation{strictjson.KindType, 20, "/counts/300"}, "number" + misfit},
		{"number in a string", `{"quoted":"300"}`, violation{strictjson.KindType, 10, "/quoted"}, "number" + misfit},
		{"at the top", `[1]`, violation{strictjson.KindType, 0, ""}, "array" + misfit},
		{"first of two", `{"id":"a","name":1}`, violation{strictjson.KindType, 6, "/id"}, "string" + misfit},
		{"in a method, place not found", `{"nested":[1,true]}`, violation{strictjson.KindType, -1, ""}, "bool" + misfit},
		{"in a method that is strict", `{"strict":[1,true]}`, violation{strictjson.KindType, -1, ""}, "bool" + misfit},

		{"unquoted number behind ,string", `{"quoted":3}`, violation{strictjson.KindValue, -1, ""}, "value not accepted"},
		{"word behind ,string", `{"quoted":"secret"}`, violation{strictjson.KindValue, -1, ""}, "value not accepted"},
		{"bytes that are no base64", `{"secret":"s e c r e t"}`, violation{strictjson.KindValue, -1, ""}, "value not accepted"},
		{"json.Number that is none", `{"number":"secret"}`, violation{strictjson.KindValue, -1, ""}, "value not accepted"},
		{"time", `{"due":"secret"}`, violation{strictjson.KindValue, -1, ""}, "value not accepted"},
		{"text method", `{"address":"secret"}`, violation{strictjson.KindValue, -1, ""}, "value not accepted"},
		{"text method of a map key", `{"hosts":{"secret":1}}`, violation{strictjson.KindValue, -1, ""}, "value not accepted"},
		{"big number", `{"big":"secret"}`, violation{strictjson.KindValue, -1, ""}, "value not accepted"},
		{"own method", `{"own":"secret"}`, violation{strictjson.KindValue, -1, ""}, "value not accepted"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			err := strictjson.Unmarshal([]byte(test.text), new(order), strictjson.Options{})
			if diff := cmp.Diff(test.want, violationOf(err)); diff != "" {
				t.Fatalf("Unmarshal(%s) = %v (-want +got):\n%s", test.text, err, diff)
			}
			refused, _ := errors.AsType[*strictjson.Error](err)
			if refused.Reason != test.reason {
				t.Errorf("reason = %q, want %q", refused.Reason, test.reason)
			}
			if strings.Contains(err.Error(), "secret\"") || strings.Contains(err.Error(), "300 ") {
				t.Errorf("text %q tells the value", err)
			}
		})
	}
}

func TestUnmarshalKeepsCause(t *testing.T) {
	err := strictjson.Unmarshal([]byte(`{"own":1}`), new(order), strictjson.Options{})
	if !errors.Is(err, errOwn) || strings.Contains(err.Error(), errOwn.Error()) {
		t.Errorf("err = %v, want %v inside and not in the text", err, errOwn)
	}
	err = strictjson.Unmarshal([]byte(`{"id":31337}`), new(order), strictjson.Options{})
	cause, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || cause.Value != "number" || cause.Field != "id" || cause.Type.Name() != "int8" {
		t.Errorf("cause = %#v, want one for id and int8, without the number", cause)
	}
	var syntax *json.SyntaxError
	if err := strictjson.Check([]byte(`{`), strictjson.Options{}); errors.As(err, &syntax) || errors.Unwrap(err) != nil {
		t.Errorf("Unwrap of %v = %v, want nil", err, errors.Unwrap(err))
	}
}

func TestDisallowUnknownFields(t *testing.T) {
	tests := []struct {
		description, text string
		want              violation
	}{
		{"in another case", `{"id":1,"items":[{"SKU":"A"}]}`, violation{strictjson.KindUnknown, 18, "/items/0/SKU"}},
		{"anything in a map and in any", `{"places":{"x":{}},"any":{"y":1}}`, violation{}},
		{"unknown at the top", `{"id":1,"rolle":"x"}`, violation{strictjson.KindUnknown, 8, "/rolle"}},
		{"unknown in an element", `{"items":[{},{"sk\u0075":"A","cuont":1}]}`, violation{strictjson.KindUnknown, 29, "/items/1/cuont"}},
		{"escaped name", `{"r\u00f4le\n\"":1}`, violation{strictjson.KindUnknown, 1, "/rôle\n\""}},
		{"prefix of a name and longer", `{"any":{"rol":0,"rolled":0},"role":1}`, violation{strictjson.KindUnknown, 28, "/role"}},
		{"unknown or known elsewhere", `{"any":{"rolle":1},"rolle":2}`, violation{strictjson.KindUnknown, 19, "/rolle"}},
		{"wrong type", `{"id":"x"}`, violation{strictjson.KindType, 6, "/id"}},
		{"trailing data", `{} {}`, violation{strictjson.KindTrailing, 3, ""}},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			err := strictjson.Unmarshal([]byte(test.text), new(order), strictjson.Options{DisallowUnknownFields: true})
			if diff := cmp.Diff(test.want, violationOf(err)); diff != "" {
				t.Errorf("Unmarshal(%s) = %v (-want +got):\n%s", test.text, err, diff)
			}
		})
	}
}

// What only the developer can mend is no *strictjson.Error, whatever the client sends.
func TestDeveloperMistakes(t *testing.T) {
	var nothing *order
	tests := []struct {
		description, text string
		target            any
		want              string
	}{
		{"nil", `{}`, nil, "json: Unmarshal(nil)"},
		{"nil pointer", `{}`, nothing, "json: Unmarshal(nil *strictjson_test.order)"},
		{"no pointer", `{}`, order{}, "json: Unmarshal(non-pointer strictjson_test.order)"},
		{"no pointer, and a bad text", `{`, order{}, "json: Unmarshal(non-pointer strictjson_test.order)"},
		{"channel", `{"X":1}`, new(struct{ X chan int }), "chan int"},
		{"function", `[1]`, new([]func()), "func()"},
		{"complex number", `1`, new(complex128), "complex128"},
		{"interface with methods", `{"X":1}`, new(struct{ X error }), "error"},
		{"map with impossible keys", `{"a":1}`, new(map[float64]int), "map[float64]int"},
		{"embedded pointer nobody can set", `{"inside":true}`, new(struct{ *embedded }), "cannot set embedded pointer"},
		{"method that decodes into nothing", `1`, new(careless), "json: Unmarshal(nil)"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			err := strictjson.Unmarshal([]byte(test.text), test.target, strictjson.Options{})
			if err == nil || violationOf(err) != (violation{}) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("err = %T %v, want one of encoding/json with %q", err, err, test.want)
			}
		})
	}
}

type careless struct{}

func (*careless) UnmarshalJSON(data []byte) error {
	var target any // forgotten: & of something
	return json.Unmarshal(data, target)
}

// Errors that a target's method made up must not break anything, however odd.
func TestOddMethodErrors(t *testing.T) {
	tests := []struct {
		description string
		err         error
		want        violation
	}{
		{"type error without a type", &json.UnmarshalTypeError{Value: "secret", Offset: 1}, violation{strictjson.KindType, -1, ""}},
		{"type error out of bounds", &json.UnmarshalTypeError{Value: "number", Offset: 1 << 40}, violation{strictjson.KindType, -1, ""}},
		{"type error at a value's start", &json.UnmarshalTypeError{Value: "number 1", Offset: 1}, violation{strictjson.KindType, 1, "/0"}},
		{"syntax error", new(json.SyntaxError), violation{strictjson.KindValue, -1, ""}},
		{"unknown field", errors.New(`json: unknown field "x"`), violation{strictjson.KindValue, -1, ""}},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			err := strictjson.Unmarshal([]byte(`[1]`), &odd{test.err}, strictjson.Options{})
			if diff := cmp.Diff(test.want, violationOf(err)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("text %q tells the value", err)
			}
		})
	}
}

type odd struct{ err error }

func (o *odd) UnmarshalJSON([]byte) error { return o.err }

func TestRefusedTextLeavesTargetAlone(t *testing.T) {
	got := map[string]int{"before": 1}
	if err := strictjson.Unmarshal([]byte(`{"a":1,"b":2,"A":3}`), &got, strictjson.Options{}); err == nil {
		t.Fatal("accepted")
	}
	if diff := cmp.Diff(map[string]int{"before": 1}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
