package bind_test

import (
	"encoding/json"
	"testing"

	"github.com/soay-go/soay/request/bind"
)

// The rule notnull refuses a null and lets an absent value pass. With required a value must be there as well.
func TestNotNull(t *testing.T) {
	type input struct {
		Pointer  *int                  `json:"pointer" validate:"notnull,min=1"`
		Plain    string                `json:"plain" validate:"notnull"`
		Optional bind.Optional[*int]   `json:"optional" validate:"notnull"`
		List     []int                 `json:"list" validate:"notnull,dive,min=1"`
		Map      map[string]*int       `json:"map" validate:"dive,notnull"`
		Any      any                   `json:"any" validate:"notnull"`
		Own      json.RawMessage       `json:"own" validate:"notnull"`
		Number   int                   `json:"number,string" validate:"notnull"`
		Default  *int                  `json:"default" default:"3" validate:"notnull"`
		There    *int                  `json:"there" validate:"required,notnull"`
		Free     *int                  `json:"free" validate:"min=1"`
		Sent     bind.Optional[string] `json:"sent" validate:"notnull,notblank"`
	}
	const there = `"there":1`
	tests := []struct{ description, body, want string }{
		{"nothing", `{` + there + `}`, ""},
		{"not there", `{}`, "422 body /there required"},
		{"a pointer", `{"pointer":null,` + there + `}`, "422 body /pointer notnull"},
		{"a type without null", `{"plain":null,` + there + `}`, "422 body /plain notnull"},
		{"an Optional of a pointer", `{"optional":null,` + there + `}`, "422 body /optional notnull"},
		{"an Optional", `{"sent":null,` + there + `}`, "422 body /sent notnull"},
		{"a list", `{"list":null,` + there + `}`, "422 body /list notnull"},
		{"an element", `{"list":[1,null],` + there + `}`, "400 body /list/1 integer"},
		{"an element of a map", `{"map":{"a":null,"b":1},` + there + `}`, "422 body /map/a notnull"},
		{"anything", `{"any":null,` + there + `}`, "422 body /any notnull"},
		{"a type that reads itself", `{"own":null,` + there + `}`, "422 body /own notnull"},
		{"a number inside a string", `{"number":null,` + there + `}`, "422 body /number notnull"},
		{"one with a default", `{"default":null,` + there + `}`, "422 body /default notnull"},
		{"one that is required", `{"there":null}`, "422 body /there notnull"},
		{"one without the rule", `{"free":null,` + there + `}`, ""},
		{"values", `{"pointer":1,"plain":"","optional":1,"list":[],"map":{},"any":0,"own":[],"number":"1","default":1,"there":0,"sent":"a"}`, ""},
		{"another rule", `{"pointer":0,"sent":" ",` + there + `}`, "422 body /pointer min; body /sent notblank"},
	}
	for _, tt := range tests {
		_, err := bound[input](t, post(jsonType, tt.body))
		if got := summary(err); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
	}
	_, err := bound[struct {
		Body *input `body:"json" validate:"notnull"`
	}](t, post(jsonType, "null"))
	if got := summary(err); got != "422 body notnull" {
		t.Errorf("the body as a whole: %q", got)
	}
}
