package rules_test

import (
	"database/sql"
	"reflect"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"
	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

func register(t *testing.T, v *validator.Validate, rule string, fn validator.Func, evenIfNil ...bool) {
	t.Helper()
	if err := v.RegisterValidation(rule, fn, evenIfNil...); err != nil {
		t.Fatal(err)
	}
}

// A validator with its own rules under the names of built-in ones is asked about these.
func TestOverriddenRules(t *testing.T) {
	names := []string{"min=3", "email", "oneof=a b", "alpha", "uuid", "contains=x", "isdefault", "unique", "url", "semver", "excluded_with=Name", "port"}
	for _, tag := range names {
		name, _, _ := strings.Cut(tag, "=")
		if name == "isdefault" {
			continue // the library does not let it be replaced
		}
		for description, own := range map[string]func(v *validator.Validate){
			"yes": func(v *validator.Validate) { register(t, v, name, func(validator.FieldLevel) bool { return true }) },
			"looks": func(v *validator.Validate) {
				register(t, v, name, func(fl validator.FieldLevel) bool { return fl.Field().IsValid() })
			},
			"by param": func(v *validator.Validate) {
				register(t, v, name, func(fl validator.FieldLevel) bool { return fl.Param() != "?" })
			},
		} {
			v := validator.New()
			own(v)
			r := compile(t, newCompiler(v), reflect.TypeFor[string](), tag)
			if got := r.CheckIn(reflect.ValueOf("no"), in(reflect.ValueOf(order{}))); got != nil || !r.NeedsParent() {
				t.Errorf("%s, %s: breaks %v, needs its parent: %v", tag, description, got, r.NeedsParent())
			}
		}
	}
}

// All built-in rules of a validator with more rules are still known as such, and cost as little.
func TestBuiltInRulesStay(t *testing.T) {
	v := validator.New()
	register(t, v, "odd", func(fl validator.FieldLevel) bool { return fl.Field().Int()%2 == 1 })
	c := newCompiler(v)
	for _, tag := range compared {
		for _, value := range []any{"", "red", 18, []string{"a"}} {
			r, err := c.Compile(reflect.TypeOf(value), tag)
			if err == nil && r.NeedsParent() {
				t.Errorf("%s is taken for a rule of the application", tag)
			}
		}
	}
	r := compile(t, c, reflect.TypeFor[int](), "min=3,odd")
	parent := reflect.ValueOf(order{})
	if got := r.CheckIn(reflect.ValueOf(4), in(parent)); nameOf(got) != "odd" {
		t.Errorf("4 breaks %v", got)
	}
	if got := r.CheckIn(reflect.ValueOf(1), in(parent)); nameOf(got) != "min" {
		t.Errorf("1 breaks %v", got)
	}
	if got := r.CheckIn(reflect.ValueOf(5), in(parent)); got != nil {
		t.Errorf("5 breaks %v", got)
	}
}

// Rules of the application see the parent as they do in the library, and may ask for absent values.
func TestOwnRuleWithParent(t *testing.T) {
	v := validator.New()
	limit := func(fl validator.FieldLevel) bool {
		return fl.Field().Int() <= fl.Parent().FieldByName("Limit").Int()
	}
	register(t, v, "limited", limit)
	register(t, v, "needed", func(fl validator.FieldLevel) bool { return fl.Parent().FieldByName("Limit").Int() == 0 }, true)
	c := newCompiler(v)
	parent := order{Limit: 5}
	r := compile(t, c, reflect.TypeFor[*int](), "limited")
	got := []string{
		nameOf(r.CheckIn(reflect.ValueOf(5), in(reflect.ValueOf(parent)))),
		nameOf(r.CheckIn(reflect.ValueOf(6), in(reflect.ValueOf(&parent).Elem()))),
		nameOf(r.Absent(reflect.Zero(reflect.TypeFor[*int]()), in(reflect.ValueOf(parent)))),
		nameOf(compile(t, c, reflect.TypeFor[*int](), "needed").Absent(reflect.Zero(reflect.TypeFor[*int]()), in(reflect.ValueOf(parent)))),
	}
	if diff := cmp.Diff([]string{"", "limited", "", "needed"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOwnAliases(t *testing.T) {
	v := validator.New()
	v.RegisterAlias("username", "alphanum,min=3")
	v.RegisterAlias("account", "required,username")
	v.RegisterAlias("list", "max=2,dive,username")
	v.RegisterAlias("email", "contains=@") // the name of a rule
	v.RegisterAlias("limit", "max=1")
	c := newCompiler(v)
	tests := []struct {
		description string
		value       any
		tag         string
		want        string
	}{
		{"fine", "abc", "username", ""},
		{"first rule", "a b", "username", "username"},
		{"second rule", "ab", "username", "username"},
		{"behind another rule", "ab", "max=10,username", "username"},
		{"before another rule", "abcdefghijk", "username,max=10", "max"},
		{"in another one", "ab", "account", "username"},
		{"with dive", []string{"a", "b", "c"}, "list", "list"},
		{"in place of a rule", "@", "email", ""},
		{"in place of a rule, broken", "a", "email", "email"},
		{"among alternatives, first rule", "a b", "username|uuid", "username|uuid"},
		{"among alternatives, fine", "abc", "username|uuid", ""},
		{"with a parameter", "abc", "limit=3", ""},
		{"with a parameter, broken", "abcd", "limit=3", "limit"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := compile(t, c, reflect.TypeOf(test.value), test.tag)
			want := libraryName(v, test.value, strings.ReplaceAll(test.tag, "list", "max=2"))
			got := r.CheckIn(reflect.ValueOf(test.value), in(reflect.ValueOf(order{})))
			if (want == "") != (test.want == "") {
				t.Errorf("the library says %q", want)
			}
			if (got == nil) != (test.want == "") || got != nil && test.want != "username|uuid" && got.Name != test.want {
				t.Errorf("got %v, want %q", got, test.want)
			}
		})
	}
	if r := compile(t, c, reflect.TypeFor[string](), "account"); !r.Required() || nameOf(r.Absent(reflect.ValueOf(""), in(reflect.ValueOf(order{})))) != "account" {
		t.Error("account does not require a value")
	}
	if r := compile(t, c, reflect.TypeFor[[]string](), "list"); nameOf(r.Elem().Check(reflect.ValueOf("ab"))) != "username" {
		t.Error("list says nothing about elements")
	}
}

type cents struct{ n int }

func (c cents) ValidatorValue() any { return c.n }

// Values that the library replaces by others are judged as those.
func TestReplacedValues(t *testing.T) {
	v := validator.New()
	v.RegisterCustomTypeFunc(func(field reflect.Value) any {
		if s := field.Interface().(sql.NullString); s.Valid {
			return s.String
		}
		return nil
	}, sql.NullString{})
	v.RegisterCustomTypeFunc(func(field reflect.Value) any { return strings.Split(field.String(), ",") }, name(""))
	v.RegisterAlias("short", "max=3")
	c := newCompiler(v)
	null := func(s string) sql.NullString { return sql.NullString{String: s, Valid: true} }
	tests := []struct {
		description string
		value       any
		tag         string
		want        string
	}{
		{"custom type", null("abc"), "required,min=3", ""},
		{"custom type, broken", null("ab"), "required,min=3,email", "min"},
		{"custom type, second rule", null("abc"), "min=3,email", "email"},
		{"custom type, alias", null("abcd"), "min=3,short", "short"},
		{"custom type, alternatives", null("abcd"), "email|uuid", "email|uuid"},
		{"custom type without a value", sql.NullString{}, "min=3", "min"},
		{"custom type without a value and omitempty", sql.NullString{}, "omitempty,min=3", ""},
		{"elements of a replaced value", name("abc,ab"), "max=2,dive,min=3", "min"},
		{"too many elements of a replaced value", name("abc,abc,abc"), "max=2,dive,min=3", "max"},
		{"only required", null(""), "required", ""},
		{"other field", null("Ada"), "eqfield=Name", ""},
		{"other field, broken", null("Eva"), "eqfield=Name", "eqfield"},
		{"method", cents{3}, "min=3", ""},
		{"method, broken", cents{2}, "min=3", "min"},
		{"types of elements", []sql.NullString{null("a")}, "min=1", ""},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := compile(t, c, reflect.TypeOf(test.value), test.tag)
			fit(t, r, order{})
			if got := nameOf(r.CheckIn(reflect.ValueOf(test.value), in(reflect.ValueOf(order{Name: "Ada"})))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	r := compile(t, c, reflect.TypeFor[*cents](), "min=3")
	if got := nameOf(r.Check(reflect.ValueOf(cents{2}))); got != "min" {
		t.Errorf("behind a pointer, 2 breaks %q", got)
	}
	elem := compile(t, c, reflect.TypeFor[[]sql.NullString](), "dive,min=2").Elem()
	if got := nameOf(elem.Check(reflect.ValueOf(null("a")))); got != "min" {
		t.Errorf("as an element, it breaks %q", got)
	}
}

// Tags may have another name, and may be registered.
func TestTag(t *testing.T) {
	v := validator.New()
	v.SetTagName("binding")
	type cat struct {
		Name string `validate:"min=1" binding:"max=5"`
		Age  int    `binding:"max=30"`
	}
	v.RegisterStructValidationMapRules(map[string]string{"Age": "max=20"}, cat{})
	typ := reflect.TypeFor[cat]()
	own := newCompiler(v)
	got := []string{own.Tag(typ, typ.Field(0)), own.Tag(typ, typ.Field(1)), plain.Tag(typ, typ.Field(0)), plain.Tag(typ, typ.Field(1))}
	if diff := cmp.Diff([]string{"max=5", "max=20", "min=1", ""}, got); diff != "" {
		t.Error(diff)
	}
}

func TestStruct(t *testing.T) {
	type inner struct {
		Name string `validate:"min=100"`
	}
	type outer struct {
		Name  string `validate:"min=100"`
		Inner inner
		Tags  []inner `validate:"dive"`
	}
	v := validator.New()
	v.RegisterStructValidation(func(sl validator.StructLevel) {
		sl.ReportError(sl.Current().Field(0).Interface(), "name", "Name", "inner", "")
	}, inner{})
	v.RegisterStructValidation(func(sl validator.StructLevel) {
		current := sl.Current().Interface().(outer)
		if current.Name == "" {
			return
		}
		sl.ReportError(current.Name, "name", "Name", "taken", "5")
		sl.ReportError(current.Tags, "Tags[0]", "", "odd", "")
		sl.ReportValidationErrors("Inner.", "Inner.", sl.Validator().Var(current.Inner.Name, "min=3").(validator.ValidationErrors))
	}, outer{})
	c := newCompiler(v)
	value := outer{Name: "x", Tags: []inner{{}}}
	want := []rules.StructViolation{
		{Field: "Name", Rule: rules.Rule{Name: "taken", Param: "5"}}, {Field: "Tags[0]", Rule: rules.Rule{Name: "odd"}},
		{Field: "Inner.", Rule: rules.Rule{Name: "min", Param: "3"}},
	}
	for _, s := range []reflect.Value{reflect.ValueOf(value), reflect.ValueOf(&value).Elem()} {
		if diff := cmp.Diff(want, c.Struct(s)); diff != "" {
			t.Error(diff)
		}
	}
	if got := c.Struct(reflect.ValueOf(outer{})); got != nil {
		t.Errorf("an empty one has the violations %v", got)
	}
	if got := c.Struct(reflect.ValueOf(order{})); got != nil {
		t.Errorf("another type has the violations %v", got)
	}
	if !c.HasStructRules() || plain.HasStructRules() || newCompiler(validator.New()).HasStructRules() || plain.Struct(reflect.ValueOf(value)) != nil {
		t.Error("wrong compilers have struct-level rules")
	}
}
