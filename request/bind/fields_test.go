package bind_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay/request/bind"
)

type (
	secret struct {
		Password string `json:"password" validate:"min=3"`
		Repeat   string `json:"repeat_it" validate:"eqfield=Password"`
	}
	period struct {
		From int `query:"from" validate:"gte=0"`
		To   int `query:"to" validate:"gtfield=From"`
	}
	conditional struct {
		Kind  string                `json:"kind" validate:"oneof=cat dog"`
		Lives *int                  `json:"lives" validate:"required_if=Kind cat,omitempty,gt=0"`
		Bark  bind.Optional[string] `json:"bark" validate:"required_unless=Kind cat"`
		Phone string                `json:"phone" validate:"required_without=Mail"`
		Mail  string                `json:"mail" validate:"excluded_if=Kind dog,omitempty,email"`
	}
	shouting string
	elements struct {
		Shout  map[shouting]int `json:"shout" validate:"dive,ltfield=Limit"`
		Limit  int              `json:"limit"`
		List   []int            `json:"list" validate:"dive,ltfield=Limit"`
		Grid   [2][]*int        `json:"grid" validate:"dive,dive,ltfield=Limit"`
		Map    map[string]int8  `json:"map" validate:"dive,keys,max=3,endkeys,ltfield=Limit8"`
		Limit8 int8             `json:"limit8" default:"9"`
		IDs    map[uuid]int     `json:"ids" validate:"dive,ltfield=Limit"`
		Inner  []secret         `json:"inner"`
	}
)

func (s shouting) String() string { return strings.ToUpper(string(s)) }

// Rules that look at other fields see what was sent for them, and their defaults.
func TestRulesOfOtherFields(t *testing.T) {
	in := func(text string, want string) check { return denies[secret](post(jsonType, text), want) }
	cond := func(text string, want string) check { return denies[conditional](post(jsonType, text), want) }
	each := func(text string, want string) check { return denies[elements](post(jsonType, text), want) }
	runAll(t, []check{
		in(`{"password":"abc","repeat_it":"abc"}`, ""), in(`{"repeat_it":"abc","password":"abc"}`, ""),
		in(`{"password":"abc"}`, ""),
		in(`{"repeat_it":"abc"}`, ""), in(`{"password":"abc","repeat_it":""}`, "422 body /repeat_it eqfield"),
		in(`{"password":"ab","repeat_it":"ac"}`, "422 body /password min; body /repeat_it eqfield"),
		in(`{"password":7,"repeat_it":"ac"}`, "400 body /password string"),
		denies[period](get("/?from=1&to=2"), ""), denies[period](get("/?from=2&to=2"), "422 query to gtfield"),
		denies[period](get("/?from=2"), ""),
		denies[period](get("/?to=-1"), ""), denies[period](get("/?from=x&to=1"), "400 query from integer"),
		cond(`{"kind":"cat","lives":9,"phone":"1"}`, ""), cond(`{"kind":"cat","lives":0,"phone":"1"}`, "422 body /lives gt"),
		cond(`{"kind":"cat","phone":"1"}`, "422 body /lives required_if"),
		cond(`{"kind":"cat","lives":null,"phone":"1"}`, "422 body /lives required_if"),
		cond(`{"kind":"dog","bark":"","phone":"1"}`, ""), cond(`{"kind":"dog","phone":"1"}`, "422 body /bark required_unless"),
		cond(`{"kind":"cat","lives":9}`, "422 body /phone required_without"),
		cond(`{"kind":"cat","lives":9,"mail":"a@b.co"}`, ""),
		cond(`{"kind":"cat","lives":9,"mail":"x"}`, "422 body /mail email"),
		cond(`{"kind":"dog","bark":"w","mail":"a@b.co"}`, "422 body /mail excluded_if"),
		cond(`{}`, "422 body /bark required_unless; body /phone required_without"),
		each(`{"limit":5,"list":[1,5,4,6]}`, "422 body /list/1 ltfield; body /list/3 ltfield"),
		each(`{"limit":5,"list":[]}`, ""),
		each(`{"limit":5,"grid":[[1,null],[5]]}`, "422 body /grid/1/0 ltfield"),
		each(`{"map":{"d":9,"a":8,"c":10,"b":11}}`, "422 body /map/b ltfield; body /map/c ltfield; body /map/d ltfield"),
		each(`{"map":{"a/~":9}}`, "422 body /map/a~1~0 ltfield"), each(`{"map":{"abcd":9}}`, "422 body /map/abcd max"),
		each(`{"limit":5,"ids":{"01-02-03-04":5}}`, "422 body /ids/01-02-03-04 ltfield"),
		each(`{"shout":{"a":1}}`, ""), each(`{"shout":{"a":1},"limit":1}`, "422 body /shout/a ltfield"),
		each(`{"inner":[{"password":"abc","repeat_it":"abd"}]}`, "422 body /inner/0/repeat_it eqfield"),
	})
	_, err := bound[secret](t, post(jsonType, `{"password":"abd","repeat_it":"abc"}`))
	if got := violations(t, err)[0].Detail; got != "repeat_it must be equal to password" {
		t.Errorf("the sentence is %q", got)
	}
}

// What a rule says of a value whose type only the client knows is for the library, but nothing
// panics.
func TestRulesOfAnything(t *testing.T) {
	type input struct {
		Any  any   `json:"any" validate:"omitempty,max=3"`
		List []any `json:"list" validate:"dive,oneof=a b"`
	}
	for text, want := range map[string]string{
		`{"any":"abc"}`: "", `{"any":"abcd"}`: "422 body /any max", `{"any":3}`: "", `{"any":4}`: "422 body /any max",
		`{"any":null}`:      "",
		`{"any":[1,2,3,4]}`: "422 body /any max", `{"any":{"a":1}}`: "", `{"any":true}`: "422 body /any max", `{"any":""}`: "",
		`{"list":["a","b"]}`: "", `{"list":["a","c"]}`: "422 body /list/1 oneof",
		`{"list":[1,{}]}`: "422 body /list/0 oneof; body /list/1 oneof",
	} {
		if _, err := bound[input](t, post(jsonType, text)); told(err) != want {
			t.Errorf("%s: got %q, want %q", text, told(err), want)
		}
	}
}

// Embedded pointers are made when one of their members is sent, and judged like the fields beside
// them.
func TestEmbeddedPointers(t *testing.T) {
	type Inner struct {
		N int `json:"n" validate:"lt=9"`
		M int `json:"m" validate:"eqfield=N"`
	}
	type input struct {
		*Inner
		Outer int `json:"outer"`
	}
	runAll(t, []check{
		takes(post(jsonType, `{"outer":1}`), input{Outer: 1}), takes(post(jsonType, `{"n":1}`), input{Inner: &Inner{N: 1}}),
		denies[input](post(jsonType, `{"m":1}`), ""),
		denies[input](post(jsonType, `{"m":1,"n":2}`), "422 body /m eqfield"),
		denies[input](post(jsonType, `{"n":9,"m":"x"}`), "400 body /n lt; body /m integer"),
	})
}
