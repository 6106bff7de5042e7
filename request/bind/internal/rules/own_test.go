package rules_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

func TestNotBlank(t *testing.T) {
	type named string
	v := validator.New()
	v.RegisterAlias("title", "required,notblank,max=9")
	own := newCompiler(v)
	tests := []struct {
		tag   string
		value any
		want  string // the broken rule
	}{
		{"notblank", "a", ""},
		{"notblank", " a ", ""},
		{"notblank", "\u200b", ""}, // a space of no width is no white space of Unicode
		{"notblank", "", "notblank"},
		{"notblank", " ", "notblank"},
		{"notblank", "\t\r\n\v\f", "notblank"},
		{"notblank", "\u00a0\u0085\u1680\u2003\u2028\u3000\ufeff", "notblank"},
		{"notblank", strings.Repeat(" ", 1<<20), "notblank"},
		{"notblank", named(" "), "notblank"},
		{"required,min=1,notblank", "  ", "notblank"},
		{"min=3,notblank", "  ", "min"},
		{"omitempty,notblank", "", ""},
		{"omitempty,notblank", " ", "notblank"},
		{"notblank|eq=", "", ""},
		{"notblank|len=2", "  ", ""},
		{"notblank|len=2", " ", "notblank|len=2"},
		{"title", " ", "title"},
		{"title", "abc", ""},
	}
	for _, tt := range tests {
		r := compile(t, own, reflect.TypeOf(tt.value), tt.tag)
		if got := nameOf(r.Check(reflect.ValueOf(tt.value))); got != tt.want {
			t.Errorf("%s: %.20q breaks %q, want %q", tt.tag, tt.value, got, tt.want)
		}
	}
	for _, c := range []*rules.Compiler{own, plain} {
		r := compile(t, c, reflect.TypeFor[[]string](), "max=2,dive,notblank").Elem()
		if got := nameOf(r.Check(reflect.ValueOf(" "))); got != "notblank" {
			t.Errorf("an element breaks %q", got)
		}
		r = compile(t, c, reflect.TypeFor[map[string]string](), "dive,keys,notblank,endkeys,min=1").Keys()
		if got := nameOf(r.Check(reflect.ValueOf(" "))); got != "notblank" {
			t.Errorf("a key breaks %q", got)
		}
	}
}

func TestNotNull(t *testing.T) {
	v := validator.New()
	v.RegisterAlias("there", "required,notnull")
	own := newCompiler(v)
	tests := []struct {
		tag  string
		typ  reflect.Type
		want string // the rule that a null breaks
	}{
		{"", reflect.TypeFor[*int](), ""},
		{"min=1", reflect.TypeFor[*int](), ""},
		{"required", reflect.TypeFor[*int](), ""},
		{"notnull", reflect.TypeFor[*int](), "notnull"},
		{"notnull,min=1", reflect.TypeFor[int](), "notnull"},
		{"omitempty,notnull", reflect.TypeFor[[]string](), "notnull"},
		{"notnull,dive,min=1", reflect.TypeFor[[]string](), "notnull"},
		{"notnull", reflect.TypeFor[any](), "notnull"},
		{"notnull", reflect.TypeFor[struct{}](), "notnull"},
		{"there", reflect.TypeFor[*string](), "there"},
	}
	for _, tt := range tests {
		r := compile(t, own, tt.typ, tt.tag)
		if got := nameOf(r.NotNull()); got != tt.want {
			t.Errorf("%s of %s: a null breaks %q, want %q", tt.tag, tt.typ, got, tt.want)
		}
		if tt.tag == "notnull" && (r.Absent(reflect.Zero(tt.typ), in(reflect.ValueOf(struct{}{}))) != nil || r.NeedsParent()) {
			t.Errorf("%s of %s: an absent value breaks it", tt.tag, tt.typ)
		}
	}
	if r := compile(t, own, reflect.TypeFor[[]*int](), "dive,notnull"); r.NotNull() != nil || nameOf(r.Elem().NotNull()) != "notnull" {
		t.Error("the rule behind dive is not that of the elements")
	}
}

// A rule of the application with one of these names takes precedence, as with the library's rules.
func TestOwnRulesOfTheApplication(t *testing.T) {
	v := validator.New()
	for _, name := range []string{"notblank", "notnull"} {
		register(t, v, name, func(fl validator.FieldLevel) bool { return fl.Field().String() == "x" })
	}
	c := newCompiler(v)
	for _, name := range []string{"notblank", "notnull"} {
		r := compile(t, c, reflect.TypeFor[string](), name)
		fit(t, r, struct{}{})
		parent := in(reflect.ValueOf(struct{}{}))
		if got := nameOf(r.CheckIn(reflect.ValueOf("y"), parent)); got != name || r.NotNull() != nil {
			t.Errorf("%s: y breaks %q, and a null %v", name, got, r.NotNull())
		}
		if got := r.CheckIn(reflect.ValueOf("x"), parent); got != nil {
			t.Errorf("%s: x breaks %v", name, got)
		}
	}
}

// The library never gets to see these rules.
func TestMistakesWithOwnRules(t *testing.T) {
	type (
		replaced string
		list     []string
	)
	v := validator.New()
	v.RegisterAlias("both", "min=1,max=3")
	v.RegisterCustomTypeFunc(func(reflect.Value) any { return "x" }, replaced(""), list{})
	c := newCompiler(v)
	tests := []struct {
		value any
		tag   string
		want  string
	}{
		{7, "notblank", "rules: notblank cannot validate int: it is for strings"},
		{[]string{}, "notblank", "rules: notblank cannot validate []string: it is for strings"},
		{replaced(""), "notblank", "rules: notblank cannot validate rules_test.replaced: it is for strings"},
		{list{}, "max=2,dive,notblank", "rules: notblank cannot be checked inside of rules_test.list, which the validator replaces"},
		{"", "notblank=1", "rules: notblank takes no parameter"},
		{"", "notnull=1", "rules: notnull takes no parameter"},
		{"", "notnull|min=1", `rules: notnull cannot be an alternative in "notnull|min=1"`},
		{"", "notblank|notnull", `rules: notnull cannot be an alternative in "notblank|notnull"`},
		{"", "notblank|both", `rules: notblank cannot be an alternative in "notblank|both"`},
		{7, "dive,notblank", "rules: dive into int, which is no slice, array or map"},
		{"", "notblank,emial", `rules: unknown rule "emial"`},
		{"", "notblank,min=x", `rules: min of string takes no "x": strconv.ParseInt: parsing "x": invalid syntax`},
	}
	for _, tt := range tests {
		_, err := c.Compile(reflect.TypeOf(tt.value), tt.tag)
		if err == nil || err.Error() != tt.want {
			t.Errorf("Compile(%T, %q):\n got %v\nwant %s", tt.value, tt.tag, err, tt.want)
		}
	}
}
