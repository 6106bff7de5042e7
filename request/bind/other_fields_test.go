package bind_test

import (
	"reflect"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind"
)

type (
	Contact struct {
		Mail  string `json:"mail"`
		Phone string `json:"phone" validate:"required_without=Mail"`
	}
	byPointer struct {
		*Contact
		Name string `json:"name"`
	}
	Stay struct {
		From int `json:"from" validate:"gte=0"`
		To   int `json:"to" validate:"gtefield=From"`
	}
	// Trip has the same names in Go as Stay, and others for clients.
	Trip struct {
		From string `json:"start"`
		To   string `json:"end" validate:"nefield=From"`
	}
	journey struct {
		Stay
		*Trip
	}
	hiding struct {
		Stay
		From bool `json:"other"`
	}
	conditions struct {
		A *int     `json:"a"`
		B string   `json:"b" validate:"excluded_if=A nil"`
		C *string  `json:"c" validate:"required_if=A 3"`
		D []int    `json:"d"`
		E string   `json:"e" validate:"excluded_unless=D nil"`
		F any      `json:"f"`
		G string   `json:"g" validate:"required_if=F cat"`
		H string   `json:"h" validate:"excluded_if=F 7"`
		I *float64 `json:"i" validate:"required_unless=F 1"`
	}
	optionals struct {
		Min    bind.Optional[int]     `json:"min"`
		Max    int                    `json:"max" validate:"gtefield=Min"`
		Top    bind.Optional[int]     `json:"top" validate:"gtefield=Max"`
		Other  int                    `json:"other" validate:"nefield=Min"`
		Kind   bind.Optional[*string] `json:"kind"`
		Lives  string                 `json:"lives" validate:"required_if=Kind cat"`
		Since  string                 `json:"since" validate:"excluded_with=Min"`
		Nested bind.Optional[Stay]    `json:"nested"`
		Until  int                    `json:"until" validate:"ltefield=Nested.To"`
	}
	halfOpen struct {
		Min int `query:"min" validate:"omitempty,ltefield=Max"`
		Max int `query:"max"`
	}
	otherKind struct {
		A int    `json:"a" validate:"gtfield=B"`
		B string `json:"b"`
	}
	noNumber struct {
		A int                `json:"a" validate:"required_if=B x"`
		B bind.Optional[int] `json:"b"`
	}
	neverNil struct {
		A int `json:"a" validate:"required_if=B nil"`
		B int `json:"b"`
	}
	present struct {
		Count int    `json:"count"`
		Text  string `json:"text"`
		Flag  bool   `json:"flag" default:"false"`
		A     string `json:"a" validate:"required_with=Count"`
		B     string `json:"b" validate:"required_without=Text"`
		C     string `json:"c" validate:"excluded_with=Count"`
		D     int    `json:"d" validate:"required_if=Count 0"`
		E     int    `json:"e" validate:"excluded_without=Flag"`
	}
)

// Rules look at the fields beside theirs in the struct that declares them, by what was sent.
func TestNeighbours(t *testing.T) {
	in := func(text, want string) check { return denies[byPointer](post(jsonType, text), want) }
	trip := func(text, want string) check { return denies[journey](post(jsonType, text), want) }
	cond := func(text, want string) check { return denies[conditions](post(jsonType, text), want) }
	opt := func(text, want string) check { return denies[optionals](post(jsonType, text), want) }
	half := func(query, want string) check { return denies[halfOpen](get("/?"+query), want) }
	pres := func(text, want string) check { return denies[present](post(jsonType, text), want) }
	runAll(t, []check{
		in(`{}`, "422 body /phone required_without"), in(`{"name":"x"}`, "422 body /phone required_without"),
		in(`{"mail":""}`, ""), in(`{"phone":""}`, ""), in(`{"mail":7}`, "400 body /mail string"),
		trip(`{"from":1,"to":2,"start":"a","end":"b"}`, ""), trip(`{"from":2,"to":1,"start":"a","end":"b"}`, "422 body /to gtefield"),
		trip(`{"from":1,"to":1,"start":"a","end":"a"}`, "422 body /end nefield"), trip(`{"to":-1}`, ""), trip(`{"end":""}`, ""),
		denies[hiding](post(jsonType, `{"from":2,"to":1,"other":true}`), "422 body /to gtefield"),
		denies[hiding](post(jsonType, `{"from":1,"to":1}`), ""),
		cond(`{"f":1}`, ""), cond(`{"b":"x","f":1}`, "422 body /b excluded_if"), cond(`{"a":7,"b":"x","f":1}`, ""),
		cond(`{"a":3,"f":1}`, "422 body /c required_if"), cond(`{"a":3,"c":null,"f":1}`, "422 body /c required_if"), cond(`{"a":3,"c":"","f":1}`, ""),
		cond(`{"e":"x","f":1}`, ""), cond(`{"d":[],"e":"x","f":1}`, "422 body /e excluded_unless"), cond(`{"d":null,"e":"x","f":1}`, ""),
		cond(`{"f":"cat","i":0}`, "422 body /g required_if"), cond(`{"f":{"a":1},"i":0}`, ""), cond(`{"f":[1,2],"i":0,"h":"x"}`, ""),
		cond(`{"f":7,"h":"x","i":0}`, "422 body /h excluded_if"), cond(`{"f":"7","h":"x","i":0}`, "422 body /h excluded_if"),
		cond(`{"f":true}`, "422 body /i required_unless"), cond(`{"f":null}`, "422 body /i required_unless"),
		opt(`{"min":3,"max":3}`, ""), opt(`{"min":4,"max":3}`, "422 body /max gtefield"), opt(`{"max":3}`, ""),
		opt(`{"top":2,"max":3}`, "422 body /top gtefield"), opt(`{"top":2}`, ""),
		opt(`{"min":3,"other":3}`, "422 body /other nefield"), opt(`{"other":0}`, ""),
		opt(`{"kind":"cat"}`, "422 body /lives required_if"), opt(`{"kind":null}`, ""), opt(`{"kind":"cat","lives":""}`, ""),
		opt(`{"min":0,"since":"x"}`, "422 body /since excluded_with"), opt(`{"since":"x"}`, ""),
		opt(`{"until":5}`, ""), opt(`{"until":5,"nested":{"to":4}}`, "422 body /until ltefield"), opt(`{"until":4,"nested":{"to":4}}`, ""),
		half("min=1", ""), half("min=1&max=0", "422 query min ltefield"), half("min=1&max=1", ""), half("max=1", ""),
		half("min=1&max=x", "400 query max integer"),
		pres(`{"text":""}`, ""), pres(`{}`, "422 body /b required_without"),
		pres(`{"text":"","count":0}`, "422 body /a required_with; body /d required_if"), pres(`{"text":"","count":0,"a":"","d":0}`, ""),
		pres(`{"text":"","count":0,"a":"","d":0,"c":""}`, "422 body /c excluded_with"), pres(`{"text":"","count":1,"a":"x"}`, ""),
		pres(`{"text":"","e":0}`, ""),
	})
}

// A field of another kind is a mistake of the developer, as is a value that it can never have.
func TestNeighboursThatDoNotFit(t *testing.T) {
	runAll(t, []check{
		mistake[otherKind]("field A of otherKind: rules: gtfield compares int with the field B, which is of another kind, string"),
		mistake[noNumber]("field A of noNumber: rules: required_if takes no \"x\" for the field B, a int"),
		mistake[neverNil]("field A of neverNil: rules: required_if takes no \"nil\" for the field B, a int"),
	})
}

// Structs that are embedded have their rules for the whole, by value and by pointer.
func TestStructRulesOfEmbedded(t *testing.T) {
	type outer struct {
		Stay
		*Trip
		Count int `json:"count"`
	}
	plan := planWith[outer](t, func(v *validator.Validate) {
		v.RegisterStructValidation(func(s validator.StructLevel) {
			if in := s.Current().Interface().(Stay); in.To-in.From > 10 {
				s.ReportError(in.To, "To", "To", "long", "From")
			}
		}, Stay{})
		v.RegisterStructValidation(func(s validator.StructLevel) {
			if in := s.Current().Interface().(Trip); in.From == "here" {
				s.ReportError(in.From, "From", "From", "here", "")
			}
		}, Trip{})
		v.RegisterStructValidation(func(s validator.StructLevel) {
			if in := s.Current().Interface().(outer); in.Count == 7 {
				s.ReportError(in.Count, "Stay.From", "From", "seven", "")
			}
		}, outer{})
	})
	for text, want := range map[string]string{
		`{"from":1,"to":2}`:                           "",
		`{"from":1,"to":12}`:                          "422 body /to long",
		`{"start":"here"}`:                            "422 body /start here",
		`{"from":1,"to":12,"start":"here","count":7}`: "422 body /to long; body /start here; body seven",
		`{"from":5,"to":1,"start":"here"}`:            "422 body /to gtefield",
	} {
		var in outer
		err := plan.Bind(post(jsonType, text), reflect.ValueOf(&in).Elem())
		if summary(err) != want {
			t.Errorf("%s: %s, want %s", text, summary(err), want)
		}
	}
}

// Rules of the application know the field that they validate, the struct that declares it, and what is
// beside it.
func TestOwnRulesKnowTheirField(t *testing.T) {
	type Inner struct {
		Name  string `json:"name" validate:"seen=Other"`
		Other string `json:"other"`
	}
	type input struct {
		*Inner
		Tags []string `json:"tags" validate:"dive,seen=Name"`
		Any  any      `json:"any" validate:"omitempty,seen"`
	}
	var seen []string
	plan := planWith[input](t, func(v *validator.Validate) {
		v.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("json") })
		if err := v.RegisterValidation("seen", func(fl validator.FieldLevel) bool {
			other, _, _, found := fl.GetStructFieldOK2()
			text := fl.FieldName() + " " + fl.StructFieldName() + " " + fl.Parent().Type().Name() + " " + fl.Field().String() + " " + fl.GetTag() + "=" + fl.Param()
			if found && fl.Param() != "" {
				text += " " + other.String()
			}
			seen = append(seen, text)
			return true
		}); err != nil {
			t.Fatal(err)
		}
	})
	var in input
	if err := plan.Bind(post(jsonType, `{"name":"a","other":"b","tags":["c"],"any":"d"}`), valueOf(&in)); err != nil {
		t.Fatal(summary(err))
	}
	want := []string{"name Name Inner a seen=Other b", "tags[0] Tags[0] input c seen=Name a", "any Any input d seen="}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("got  %q\nwant %q", seen, want)
	}
}

// Alternatives are reported as they are written.
func TestAliasesAmongAlternatives(t *testing.T) {
	type input struct {
		Color string `json:"color" validate:"iscolor|email"`
	}
	if _, err := bound[input](t, post(jsonType, `{"color":"x"}`)); summary(err) != "422 body /color iscolor|email" {
		t.Errorf("told %s", summary(err))
	}
}
