package openapi_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
)

type (
	// Everything has a member of every kind.
	Everything struct {
		Bool     bool                    `json:"bool" validate:"required"`
		Yes      bool                    `json:"yes" validate:"omitempty,eq=true"`
		Int      int                     `json:"int" validate:"gte=-2,lt=5"`
		Int8     *int8                   `json:"int8" validate:"required,ne=3"`
		Uint16   uint16                  `json:"uint16" validate:"oneof=1 2 65535"`
		Uint     bind.Optional[uint]     `json:"uint" validate:"max=9"`
		Float    float64                 `json:"float" validate:"omitempty,gt=0.5"`
		Float32  float32                 `json:"float32" validate:"lte=2"`
		Text     string                  `json:"text" validate:"required,min=2,max=4"`
		Color    color                   `json:"color" validate:"oneof=red 'dark blue'"`
		Alpha    *string                 `json:"alpha" validate:"omitempty,alpha"`
		Either   string                  `json:"either" validate:"numeric|eq=none"`
		Prefix   string                  `json:"prefix" validate:"startswith=a.,excludes=b"`
		UUID     string                  `json:"uuid" validate:"omitempty,uuid"`
		Time     time.Time               `json:"time"`
		Later    *time.Time              `json:"later"`
		For      time.Duration           `json:"for"`
		Address  oddKey                  `json:"address"` // a text
		Words    []string                `json:"words" validate:"max=2,unique,dive,min=1"`
		Numbers  []*int                  `json:"numbers" validate:"required,dive,required,gt=0"`
		Matrix   [][]int                 `json:"matrix" validate:"dive,min=1,dive,lt=9"`
		Pair     [2]bool                 `json:"pair"`
		Map      map[string]int          `json:"map" validate:"max=2,dive,keys,alpha,endkeys,gt=0"`
		ByNumber map[int8]string         `json:"byNumber" validate:"omitempty,min=1"`
		Any      any                     `json:"any" validate:"required"`
		Raw      json.RawMessage         `json:"raw"`
		Own      opaque                  `json:"own"`
		Inner    Part                    `json:"inner" validate:"required"`
		Pointer  *Part                   `json:"pointer"`
		Parts    []Part                  `json:"parts" validate:"min=1"`
		Maybe    bind.Optional[*Part]    `json:"maybe"`
		Quoted   int                     `json:"quoted,string"`
		Flag     *bool                   `json:"flag,string"`
		Cleared  bind.Optional[[]string] `json:"cleared" validate:"max=1"`
	}
	Part struct {
		Name string `json:"name" validate:"required,max=3"`
		Size int    `json:"size" validate:"min=1" default:"7"`
		Part *Part  `json:"part"`
	}
)

// fitting are bodies in which every member is accepted, and odd are values to put in their place.
const fitting = `{"bool":false,"yes":true,"int":4,"int8":-128,"uint16":65535,"uint":0,"float":0.75,"float32":2,"text":"äöü",
	"color":"dark blue","alpha":"x","either":"-1.5","prefix":"a.c","uuid":"01890a5d-ac96-774b-bcce-b302099a8057",
	"time":"2024-02-29","later":"2024-02-29T23:59:59.5-08:00","for":1000,"address":"::1","words":["a","b"],"numbers":[1,2],
	"matrix":[[1],[2,3]],"pair":[true,false],"map":{"a":1},"byNumber":{"1":"a"},"any":{},"raw":null,"own":[],
	"inner":{"name":"abc","size":1},"pointer":{"name":""},"parts":[{"name":"a","part":{"name":"b"}}],"maybe":null,"quoted":"-7",
	"flag":"true","cleared":["a"]}`

var odd = strings.Fields(`null true false 0 1 -1 2 3 5 9 10 0.5 0.50001 2.5 1.0 1e0 -0 -129 127 128 255 65535 65536 -2 -3
	"" "a" "ab" "abcd" "abcde" "äöüß" "😀😀" "red" "dark" "none" "1" "+1" "1." "a." "a.b" "b.a" "-0" "12" "true" "null"
	"01890A5D-AC96-774B-BCCE-B302099A8057" "01890a5dac96774bbcceb302099a8057" "2024-02-30" "2024-02-29" "2024-02-29T10:00:00Z"
	"2024-02-29T10:00:00" "10:00:00Z" [] [null] ["a"] ["a","a"] ["a","b","c"] [""] [1] [0] [1,1] [1.5] [true] [true,true]
	[true,false,true] [[]] [[1]] [[9]] [[1],null] [{}] [{"name":"a"}] [{"name":null}] {} {"a":1} {"a":0} {"1":1} {"a":null}
	{"1":"a"} {"x":"a"} {"name":"a"} {"name":"abcd"} {"name":"a","size":0} {"name":"a","size":null}
	{"name":"a","part":null} {"name":"a","part":{}} {"Name":"a"} {"name":"a","other":[]} {"name":1}`)

// Bodies are valid by the schema exactly if binding accepts them.
func TestSchemaAndBindingAgree(t *testing.T) {
	typ := reflect.TypeFor[Everything]()
	a := newAPI(t)
	plan := a.add("POST", "/", typ, nil).Input
	schema := compile(t, true, a.tree(), "components", "schemas", "Everything")
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(fitting), &members); err != nil {
		t.Fatal(err)
	}
	var names []string
	for field := range typ.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	accepted := 0
	try := func(body string) {
		t.Helper()
		req := requesttest.Request("POST", "/", requesttest.With{
			Body: strings.NewReader(body), Header: http.Header{"Content-Type": {"application/json"}},
		})
		bound := plan.Bind(req, reflect.New(typ).Elem())
		parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if valid := schema.Validate(parsed); (valid == nil) != (bound == nil) {
			t.Errorf("%s\nschema: %v\nbinding: %v", body, valid, describe(bound))
		}
		if bound == nil {
			accepted++
		}
	}
	try(fitting)
	for _, name := range names { // each value in each place
		for _, value := range odd {
			try(changed(members, name, value))
		}
		try(changed(members, name, ""))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 { // and several at once
		body := members
		for range 1 + r.IntN(3) {
			text := changed(body, names[r.IntN(len(names))], append(odd, "")[r.IntN(len(odd)+1)])
			body = map[string]json.RawMessage{}
			if err := json.Unmarshal([]byte(text), &body); err != nil {
				t.Fatal(err)
			}
		}
		try(mustJSON(body))
	}
	if accepted < 500 {
		t.Errorf("only %d bodies were accepted, so that little was compared", accepted)
	}
}

// changed returns an object with another value for a member, "" for none.
func changed(members map[string]json.RawMessage, name, value string) string {
	c := map[string]json.RawMessage{}
	maps.Copy(c, members)
	c[name] = json.RawMessage(value)
	if value == "" {
		delete(c, name)
	}
	return mustJSON(c)
}

// describe tells the violations of a refusal.
func describe(err error) any {
	var refusal *bind.Error
	if errors.As(err, &refusal) {
		return mustJSON(refusal)
	}
	return err
}
