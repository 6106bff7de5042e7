package bind_test

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/soay-go/soay/request/bind"
)

type (
	tree struct {
		Name     string          `json:"name" validate:"required,max=5"`
		Children []tree          `json:"children"`
		ByName   map[string]tree `json:"byName"`
		Next     *tree           `json:"next"`
	}
	list  []list
	words []string
	inner struct {
		N int `json:"n"`
	}
)

func TestJSONContainers(t *testing.T) {
	type anything map[string]any
	runAll(t, []check{
		good("[]", []int{}), good("[1,2,3,4,5,6]", []int{1, 2, 3, 4, 5, 6}), good("null", []int(nil)),
		good(`["a"]`, words{"a"}),
		good("[[1],[],[2,3]]", [][]int{{1}, {}, {2, 3}}), good("[null,1]", []*int{nil, new(1)}),
		good("[[],[[]]]", list{{}, {{}}}),
		good("[1,2]", [2]int{1, 2}), good("[]", [0]int{}), good("[[1],[2]]", [2][1]int{{1}, {2}}),
		good("[1,2]", [2]uint8{1, 2}),
		good(`{"b":1,"a":2}`, map[string]int{"a": 2, "b": 1}), good("{}", map[string]int{}), good("null", map[string]int(nil)),
		good(`{"-1":true,"127":false}`, map[int8]bool{-1: true, 127: false}), good(`{"0":"a"}`, map[uint8]string{0: "a"}),
		good(`{"x":[1]}`, map[label][]int{"x": {1}}), good(`{"::1":1}`, map[netip.Addr]int{netip.IPv6Loopback(): 1}),
		good(`{"01-02-03-04":null}`, map[uuid]*int{{1, 2, 3, 4}: nil}), good(`{"~/\u0022":1}`, map[string]int{`~/"`: 1}),
		good(`{"a":{"b":[{"c":null}]}}`, anything{"a": map[string]any{"b": []any{map[string]any{"c": nil}}}}),
		good("1", any(1.0)), good("null", any(nil)), good(` [ 1 , "a" , true ] `, any([]any{1.0, "a", true})),
		good(`{"b": [1 ,2]}`, json.RawMessage(`{"b": [1 ,2]}`)), good("null", json.RawMessage("null")),
		good("5", new(new(5))), good("null", (**int)(nil)), good("5", bind.Some(5)), good("null", bind.Some[*int](nil)),
		good("5", bind.Some(new(5))), good("[]", bind.Some([]int{})), bad[bind.Optional[[]int]]("null", "array"), good("null", bind.Some[*[]int](nil)),
		bad[bind.Optional[map[string]int]]("null", "object"), bad[bind.Optional[[]byte]]("null", "base64"), good("null", bind.Some[*map[string]int](nil)),
		good("null", bind.Some(json.RawMessage("null"))),
		good("5", new(bind.Some(5))),
		good("null", (*bind.Optional[int])(nil)), good(`{"n":1}`, bind.Some(inner{1})), good("null", bind.Some[any](nil)),
		bad[[]int]("{}", "array"), bad[[]int]("1", "array"), bad[[]int](`"1"`, "array"), bad[[2]int]("null", "array"),
		bad[[2]int]("{}", "array"), bad[map[string]int]("[]", "object"), bad[map[string]int](`""`, "object"),
		bad[inner]("[1]", "object"),
		bad[inner]("null", "object"), bad[inner]("3", "object"), bad[bind.Optional[int]]("null", "integer"),
		bad[bind.Optional[inner]]("null", "object"), bad[*bind.Optional[bool]](`{"Value":true}`, "boolean"),
		bad[any]("1e400", "range"),
		bad[bind.Optional[[2]int]]("null", "array"), bad[**int]("{}", "integer"),
	})
}

func TestJSONPlacesOfViolations(t *testing.T) {
	type input struct {
		Ints   []int                `json:"ints"`
		Grid   [2][2]int            `json:"grid"`
		Keys   map[int]int          `json:"keys"`
		Texts  map[uuid]string      `json:"texts"`
		Addrs  map[netip.Addr]int   `json:"addrs"`
		Odd    map[string][]bool    `json:"a~b/c"`
		Inner  *inner               `json:"inner"`
		Trees  []tree               `json:"trees"`
		Maybe  bind.Optional[inner] `json:"maybe"`
		Ruled  []string             `json:"ruled" validate:"max=3,dive,required,max=2"`
		Nested map[string][]int     `json:"nested" validate:"dive,keys,max=2,endkeys,min=1,dive,lt=9"`
	}
	for _, tt := range []struct{ description, text, want string }{
		{"elements", `{"ints":[1,"2",3,null,1.5]}`, "400 body /ints/1 integer; body /ints/3 integer; body /ints/4 integer"},
		{"elements of arrays", `{"grid":[[1,2],[3,true]]}`, "400 body /grid/1/1 integer"},
		{"too short an array", `{"grid":[[1,2]]}`, "422 body /grid len"},
		{"too long an array", `{"grid":[[1,2],[3,4,"x"]]}`, "422 body /grid/1 len"},
		{"keys", `{"keys":{"a":1,"01":2,"+2":3,"-0":4,"":5,"1.0":6}}`, "400 body /keys/a integer; body /keys/01 integer; " +
			"body /keys/+2 integer; body /keys/-0 integer; body /keys/ integer; body /keys/1.0 integer"},
		{"keys beyond their type", `{"keys":{"9223372036854775808":1}}`, "400 body /keys/9223372036854775808 range"},
		{"a key and its value", `{"keys":{"a":"b"}}`, "400 body /keys/a integer; body /keys/a integer"},
		{"two keys that are one", `{"texts":{"01-02-03-aa":"","01-02-03-AA":""}}`, "400 body /texts/01-02-03-AA duplicate"},
		{"two spellings of one key", `{"addrs":{"::1":1,"0:0:0:0:0:0:0:1":2}}`, "400 body /addrs/0:0:0:0:0:0:0:1 duplicate"},
		{"keys that are no text", `{"texts":{"x":""}}`, "400 body /texts/x text"},
		{"escapes", `{"a~b/c":{"~":[1],"/":[true,null]}}`, "400 body /a~0b~1c/~0/0 boolean; body /a~0b~1c/~1/1 boolean"},
		{"members", `{"inner":{"n":"1"}}`, "400 body /inner/n integer"},
		{"members of an Optional", `{"maybe":{"n":[]}}`, "400 body /maybe/n integer"},
		{"trees", `{"trees":[{"name":"a","children":[{"name":"abcdef"},{"next":{}}],"byName":{"x":{"name":1}}}]}`,
			"400 body /trees/0/children/0/name max; body /trees/0/children/1/next/name required; " +
				"body /trees/0/children/1/name required; body /trees/0/byName/x/name string"},
		{"elements with rules", `{"ruled":["ab","abc",null]}`, "422 body /ruled/1 max; body /ruled/2 required"},
		{"a list that is too long and its elements", `{"ruled":["abc","a","a",1]}`, "422 body /ruled max"},
		{"too many elements", `{"ruled":["a","a","a","a"]}`, "422 body /ruled max"},
		{"keys with rules", `{"nested":{"a":[1],"abc":[],"b":[9,8]}}`,
			"422 body /nested/abc max; body /nested/abc min; body /nested/b/0 lt"},
		{"null for an element that has none", `{"ints":[null]}`, "400 body /ints/0 integer"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if _, err := bound[input](t, post(jsonType, tt.text)); told(err) != tt.want {
				t.Errorf("got  %s\nwant %s", told(err), tt.want)
			}
		})
	}
}

func TestJSONPresence(t *testing.T) {
	type input struct {
		Int      int                `json:"int" validate:"required"`
		Bool     bool               `json:"bool" validate:"required"`
		Text     string             `json:"text" validate:"required"`
		List     []int              `json:"list" validate:"required"`
		Map      map[string]int     `json:"map" validate:"required"`
		Pointer  *int               `json:"pointer" validate:"required"`
		Any      any                `json:"any" validate:"required"`
		Optional bind.Optional[int] `json:"optional" validate:"required"`
		Inner    inner              `json:"inner" validate:"required"`
		Raw      json.RawMessage    `json:"raw" validate:"required"`
	}
	all := "422 body /int required; body /bool required; body /text required; body /list required; body /map required; " +
		"body /pointer required; body /any required; body /optional required; body /inner required; body /raw required"
	for _, tt := range []struct{ description, text, want string }{
		{"nothing", `{}`, all},
		{"null", `{"int":null,"bool":null,"text":null,"list":null,"map":null,"pointer":null,"any":null,"optional":null,` +
			`"inner":null,"raw":null}`, all},
		{"zero", `{"int":0,"bool":false,"text":"","list":[],"map":{},"pointer":0,"any":0,"optional":0,"inner":{},"raw":0}`, ""},
		{"other cases", `{"Int":1,"BOOL":true,"texT":"a"}`, all},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if _, err := bound[input](t, post(jsonType, tt.text)); told(err) != tt.want {
				t.Errorf("got  %s\nwant %s", told(err), tt.want)
			}
		})
	}
}

func TestJSONDefaults(t *testing.T) {
	type input struct {
		Int   int           `json:"int" default:"7" validate:"gt=5"`
		Text  string        `json:"text" default:"a,b"`
		Words []string      `json:"words" default:"a,b" validate:"max=2,dive,max=1"`
		Ints  *[]int        `json:"ints" default:"1,2"`
		Flag  *bool         `json:"flag" default:"true"`
		Wait  time.Duration `json:"wait" default:"1m"`
		ID    uuid          `json:"id" default:"01-02-03-04"`
		Day   time.Time     `json:"day" default:"2024-01-02"`
		Ratio float64       `json:"ratio,string" default:"0.5"`
	}
	defaults := input{7, "a,b", []string{"a", "b"}, &[]int{1, 2}, new(true), time.Minute, uuid{1, 2, 3, 4},
		time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), 0.5}
	for range 2 { // the second request must not see what the first has done to its lists
		got, err := bound[input](t, post(jsonType, "{}"))
		if err != nil || !reflect.DeepEqual(got, defaults) {
			t.Fatalf("got %+v, %v", got, err)
		}
		got.Words[0], (*got.Ints)[0], *got.Flag = "changed", 9, false
	}
	got, err := bound[input](t, post(jsonType, `{"int":6,"text":"","words":[],"ints":[],"flag":false,"wait":0,"id":"00-00-00-00",`+
		`"day":"0001-01-01","ratio":"0"}`))
	if want := (input{6, "", []string{}, &[]int{}, new(false), 0, uuid{}, time.Time{}, 0}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("sent values: %+v, %s", got, told(err))
	}
	if _, err := bound[input](t, post(jsonType, `{"int":null,"text":null}`)); told(err) != "400 body /int integer; body /text string" {
		t.Errorf("null where there is a default: %s", told(err))
	}
	if _, err := bound[input](t, post(jsonType, `{"int":0}`)); told(err) != "422 body /int gt" {
		t.Errorf("a sent value that breaks its rule: %s", told(err))
	}
}

func TestJSONStringOption(t *testing.T) {
	type input struct {
		Int   int64         `json:"int,string" validate:"lt=9"`
		Bool  bool          `json:"bool,string"`
		Text  string        `json:"text,string"`
		Float *float64      `json:"float,string"`
		Num   json.Number   `json:"num,string"`
		Must  uint          `json:"must,string,omitempty" validate:"required"`
		Wait  time.Duration `json:"wait,string"`
	}
	got, err := bound[input](t, post(jsonType,
		`{"int":"-5","bool":"true","text":"\"a\\n\"","float":"1e2","num":"1.50","must":"0","wait":"5"}`))
	want := input{-5, true, "a\n", new(100.0), "1.50", 0, 5}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %s", got, told(err))
	}
	for _, tt := range []struct{ text, want string }{
		{`"int":5`, "400 body /int integer"}, {`"int":"x"`, "400 body /int integer"}, {`"int":""`, "400 body /int integer"},
		{`"int":" 5"`, "400 body /int integer"}, {`"int":"5 "`, "400 body /int integer"},
		{`"int":"+5"`, "400 body /int integer"},
		{`"int":"1.0"`, "400 body /int integer"}, {`"int":"1e2"`, "400 body /int integer"},
		{`"int":"1.5"`, "400 body /int integer"}, {`"int":"99999999999999999999"`, "400 body /int range"},
		{`"int":"9"`, "422 body /int lt"}, {`"int":"null"`, "400 body /int integer"}, {`"int":null`, "400 body /int integer"},
		{`"int":"\"5\""`, "400 body /int integer"}, {`"int":"5,6"`, "400 body /int integer"},
		{`"int":["5"]`, "400 body /int integer"},
		{`"bool":"1"`, "400 body /bool boolean"}, {`"bool":true`, "400 body /bool boolean"},
		{`"bool":"True"`, "400 body /bool boolean"},
		{`"text":"a"`, "400 body /text string"}, {`"text":"\"a"`, "400 body /text string"},
		{`"text":"1"`, "400 body /text string"},
		{`"float":null`, ""}, {`"float":"1e400"`, "400 body /float range"}, {`"float":"NaN"`, "400 body /float number"},
		{`"num":"1e2"`, ""}, {`"num":"\"1\""`, "400 body /num number"},
		{`"wait":"1h"`, "400 body /wait integer"},
	} {
		if _, err := bound[input](t, post(jsonType, `{"must":"1",`+tt.text+`}`)); told(err) != tt.want {
			t.Errorf("%s: got %q, want %q", tt.text, told(err), tt.want)
		}
	}
	for _, text := range []string{`{}`, `{"must":null}`} {
		if _, err := bound[input](t, post(jsonType, text)); told(err) != "422 body /must required" {
			t.Errorf("%s: %s", text, told(err))
		}
	}
}

func TestOptional(t *testing.T) {
	type input struct {
		N bind.Optional[int]     `json:"n" validate:"gte=5"`
		P bind.Optional[*string] `json:"p" validate:"max=2"`
	}
	for _, tt := range []struct {
		text      string
		want      input
		violation string
	}{
		{`{}`, input{}, ""}, {`{"n":5}`, input{N: bind.Some(5)}, ""}, {`{"n":0}`, input{}, "422 body /n gte"},
		{`{"p":null}`, input{P: bind.Some[*string](nil)}, ""}, {`{"p":""}`, input{P: bind.Some(new(""))}, ""},
		{`{"p":"abc"}`, input{}, "422 body /p max"}, {`{"p":7}`, input{}, "400 body /p string"},
		{`{"n":"5"}`, input{}, "400 body /n integer"},
	} {
		got, err := bound[input](t, post(jsonType, tt.text))
		if told(err) != tt.violation || tt.violation == "" && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %q", tt.text, got, told(err))
		}
	}
	var o bind.Optional[int]
	if v, sent := o.Get(); v != 0 || sent || !o.IsZero() || o.Or(7) != 7 {
		t.Errorf("the zero value is %+v", o)
	}
	if b, err := json.Marshal(struct{ A, B any }{o, bind.Some(0)}); string(b) != `{"A":null,"B":0}` || err != nil {
		t.Errorf("as JSON: %s, %v", b, err)
	}
	if err := json.Unmarshal([]byte("3"), &o); err != nil || o.Or(7) != 3 || o.IsZero() {
		t.Errorf("from JSON: %+v, %v", o, err)
	}
	if err := json.Unmarshal([]byte(`"x"`), &o); err == nil {
		t.Error("a string was read as a number")
	}
	if u, is := bind.Unwrap(reflect.TypeFor[bind.Optional[int]]()); u != reflect.TypeFor[int]() || !is {
		t.Errorf("Unwrap: %v, %v", u, is)
	}
	type embedding struct{ bind.Optional[int] }
	for _, other := range []reflect.Type{reflect.TypeFor[int](), reflect.TypeFor[embedding](), reflect.TypeFor[*bind.Optional[int]]()} {
		if u, is := bind.Unwrap(other); u != other || is {
			t.Errorf("Unwrap(%v) = %v, %v", other, u, is)
		}
	}
}
