package bind_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/soay-go/soay/request/bind"
)

// breed is an enumeration as applications write them.
type breed string

func (b *breed) UnmarshalText(text []byte) error {
	if *b = breed(text); *b != "soay" && *b != "merino" {
		return errors.New("no breed")
	}
	return nil
}

// An empty text is a value for strings alone: forms send all of their fields.
func TestBlankTexts(t *testing.T) {
	type ofQuery struct {
		ID    *uuid                `query:"id"`
		Breed breed                `query:"breed" default:"soay"`
		Addr  netip.Addr           `query:"addr" validate:"required"`
		Maybe bind.Optional[breed] `query:"maybe"`
		List  []breed              `query:"list"`
		Text  *string              `query:"text"`
	}
	type ofForm struct {
		ID    *uuid                `form:"id"`
		Breed breed                `form:"breed" default:"soay"`
		Addr  netip.Addr           `form:"addr" validate:"required"`
		Maybe bind.Optional[breed] `form:"maybe"`
		List  []breed              `form:"list"`
		Text  *string              `form:"text"`
	}
	type whole struct {
		ID    *uuid                `json:"id"`
		Breed breed                `json:"breed" default:"soay"`
		Addr  netip.Addr           `json:"addr" validate:"required"`
		Maybe bind.Optional[breed] `json:"maybe"`
		List  []breed              `json:"list"`
		Text  *string              `json:"text"`
	}
	type inBody struct {
		In whole `body:"form,xml"`
	}
	const query = "id=&breed=&addr=::1&maybe=&list=&list=merino&text="
	const text = `<a id="" breed="" addr="::1"><maybe/><list/><list>merino</list><text></text></a>`
	addr := netip.MustParseAddr("::1")
	runAll(t, []check{
		takes(get("/?"+query), ofQuery{Breed: "soay", Addr: addr, List: []breed{"merino"}, Text: new("")}),
		takes(post(formType, query), ofForm{Breed: "soay", Addr: addr, List: []breed{"merino"}, Text: new("")}),
		takes(post(formType, query), inBody{whole{Breed: "soay", Addr: addr, List: []breed{"merino"}, Text: new("")}}),
		takes(post(xmlType, text), inBody{whole{Breed: "soay", Addr: addr, List: []breed{"merino"}, Text: new("")}}),
		denies[ofQuery](get("/?addr="), "422 query addr required"), denies[ofQuery](get("/?addr=::1&breed=x"), "400 query breed text"),
		denies[ofForm](post(formType, "addr="), "422 form addr required"), denies[inBody](post(formType, "addr="), "422 form addr required"),
	})
}

// A null is a value of what can be nil, and takes no default.
func TestNullTakesNoDefault(t *testing.T) {
	type input struct {
		P *int     `json:"p" default:"7"`
		L []string `json:"l" default:"a,b"`
		N int      `json:"n" default:"5"`
	}
	runAll(t, []check{
		takes(post(jsonType, `{}`), input{P: new(7), L: []string{"a", "b"}, N: 5}),
		takes(post(jsonType, `{"p":null,"l":null}`), input{N: 5}),
		takes(post(jsonType, `{"p":1,"l":[]}`), input{P: new(1), L: []string{}, N: 5}),
		denies[input](post(jsonType, `{"n":null}`), "400 body /n integer"),
	})
}

// What a rule about the layout takes for a time, and a time.Time, agree about offsets.
func TestOffsets(t *testing.T) {
	type input struct {
		Text string          `json:"text" validate:"datetime=2006-01-02T15:04:05Z07:00"`
		Raw  json.RawMessage `json:"raw"`
	}
	for offset, valid := range map[string]bool{
		"Z": true, "+00:00": true, "-23:59": true, "+24:00": false, "+01:60": false, "-24:59": false, "+1:00": false, "+0100": false,
	} {
		text := "2024-02-29T10:00:00" + offset
		_, err := bound[input](t, post(jsonType, `{"text":"`+text+`"}`))
		_, timeErr := bound[fromQuery[time.Time]](t, get("/?v="+url.QueryEscape(text)))
		if (err == nil) != valid || (timeErr == nil) != valid {
			t.Errorf("%s: %s and %s, want it valid: %v", text, summary(err), summary(timeErr), valid)
		}
	}
}
