package bind_test

import (
	"reflect"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind"
)

// planWith compiles a type with a validator of the application.
func planWith[In any](t *testing.T, setUp func(v *validator.Validate)) *bind.Plan {
	t.Helper()
	v := validator.New(validator.WithRequiredStructEnabled())
	setUp(v)
	plan, err := bind.NewCompiler(v).Plan(reflect.TypeFor[In]())
	if err != nil {
		t.Fatal(err)
	}
	if !plan.Describe().HasRules {
		t.Error("the plan has no rules")
	}
	return plan
}

// The validator of the application has its own tag, its own rules, and rules for structs as a
// whole.
func TestOwnValidator(t *testing.T) {
	type input struct {
		Name  string `json:"name" check:"cat" validate:"nonsense"`
		Other string `json:"other" check:"required"`
	}
	plan := planWith[input](t, func(v *validator.Validate) {
		v.SetTagName("check")
		isTom := func(f validator.FieldLevel) bool { return f.Field().String() == "Tom" }
		if err := v.RegisterValidation("cat", isTom); err != nil {
			t.Fatal(err)
		}
		v.RegisterStructValidation(func(s validator.StructLevel) {
			if in := s.Current().Interface().(input); in.Other == in.Name {
				s.ReportError(in.Other, "Other", "Other", "different", "")
			}
		}, input{})
	})
	for text, want := range map[string]string{
		`{"name":"Tom","other":"x"}`:   "",
		`{"name":"Ann","other":"x"}`:   "422 body /name cat",
		`{"name":"Ann"}`:               "422 body /name cat; body /other required",
		`{"name":"Tom","other":"Tom"}`: "422 body /other different",
		`{"name":1,"other":""}`:        "400 body /name string",
	} {
		var in input
		if got := told(plan.Bind(post(jsonType, text), reflect.ValueOf(&in).Elem())); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

type (
	kitten struct {
		Name string `json:"n~me" xml:"called"`
	}
	litter struct {
		Mother  *kitten  `json:"mother"`
		Kittens []kitten `json:"kittens"`
		Note    string   `json:"note"`
	}
	litterBody struct {
		Page int    `query:"page"`
		In   litter `body:"json,xml"`
	}
)

// A rule for a whole struct may blame any field of it, by the path that the library has for it.
func TestStructRules(t *testing.T) {
	for _, tt := range []struct{ description, field, want, wantXML string }{
		{"a field", "Note", "body /note odd", "body /note odd"},
		{"a field of a field", "Mother.Name", "body /mother/n~0me odd", "body /mother/called odd"},
		{"a field of an element", "Kittens[1].Name", "body /kittens/1/n~0me odd", "body /kittens/1/called odd"},
		{"an element", "Kittens[1]", "body /kittens/1 odd", "body /kittens/1 odd"},
		{"a field that is none", "Father", "body odd", "body odd"},
		{"a field of a field that has none", "Note.Length", "body /note odd", "body /note odd"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			report := func(s validator.StructLevel) { s.ReportError("", tt.field, tt.field, "odd", "") }
			setUp := func(v *validator.Validate) { v.RegisterStructValidation(report, litter{}) }
			var whole litter
			err := planWith[litter](t, setUp).Bind(post(jsonType, `{}`), reflect.ValueOf(&whole).Elem())
			if told(err) != "422 "+tt.want {
				t.Errorf("as JSON: %s, want %s", told(err), tt.want)
			}
			var in litterBody
			err = planWith[litterBody](t, setUp).Bind(post(xmlType, `<x/>`), reflect.ValueOf(&in).Elem())
			if told(err) != "422 "+tt.wantXML {
				t.Errorf("as XML: %s, want %s", told(err), tt.wantXML)
			}
		})
	}
}

// A rule for the input sees parameters and body together.
func TestStructRulesOfInputs(t *testing.T) {
	for _, tt := range []struct{ field, want string }{
		{"Page", "422 query page odd"}, {"In", "422 body odd"}, {"In.Mother.Name", "422 body /mother/n~0me odd"},
		{"In.Kittens[0].Name", "422 body /kittens/0/n~0me odd"},
	} {
		plan := planWith[litterBody](t, func(v *validator.Validate) {
			v.RegisterStructValidation(func(s validator.StructLevel) {
				if in := s.Current().Interface().(litterBody); in.Page == 7 && in.In.Note == "seven" {
					s.ReportError("", tt.field, tt.field, "odd", "")
				}
			}, litterBody{})
		})
		var in litterBody
		req := post(jsonType, `{"note":"seven"}`)
		req.HTTP().URL.RawQuery = "page=7"
		if err := plan.Bind(req, reflect.ValueOf(&in).Elem()); told(err) != tt.want {
			t.Errorf("%s: got %s, want %s", tt.field, told(err), tt.want)
		}
		if err := plan.Bind(post(jsonType, `{"note":"seven"}`), reflect.ValueOf(new(litterBody)).Elem()); err != nil {
			t.Errorf("without the page: %s", told(err))
		}
	}
}
