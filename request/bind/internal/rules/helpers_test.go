package rules_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// library is what the rules are compared with.
var library, plain = newCompilers()

func newCompilers() (*validator.Validate, *rules.Compiler) {
	return validator.New(validator.WithRequiredStructEnabled()), newCompiler(nil)
}

func newCompiler(v *validator.Validate) *rules.Compiler {
	c, err := rules.NewCompiler(v)
	if err != nil {
		panic(err)
	}
	return c
}

func compile(t testing.TB, c *rules.Compiler, typ reflect.Type, tag string) *rules.Rules {
	t.Helper()
	r, err := c.Compile(typ, tag)
	if err != nil {
		t.Fatalf("Compile(%s, %q): %v", typ, tag, err)
	}
	return r
}

// libraryName is the name of the rule that the library finds broken, "" if none, and "panic: …".
func libraryName(v *validator.Validate, value any, tag string) (name string) {
	defer func() {
		if cause := recover(); cause != nil {
			name = fmt.Sprint("panic: ", cause)
		}
	}()
	if err := v.Var(value, tag); err != nil {
		return err.(validator.ValidationErrors)[0].Tag()
	}
	return ""
}

// nameOf is the name of a broken rule as the library writes it.
func nameOf(r *rules.Rule) string {
	switch {
	case r == nil:
		return ""
	case strings.Contains(r.Name, "|"):
		return strings.NewReplacer("0x2C", ",", "0x7C", "|").Replace(r.Name)
	default:
		return r.Name
	}
}

// expansions are aliases of the library.
var expansions = map[string]string{
	"iscolor":      "hexcolor|rgb|rgba|hsl|hsla|cmyk",
	"country_code": "iso3166_1_alpha2|iso3166_1_alpha3|iso3166_1_alpha_numeric",
}

// sameName allows for the one difference in what both say of an alias among alternatives: here it is
// told as it is written. The library tells what it stands for, or, if it is the last, only the alias,
// though the others are broken as well.
func sameName(got, want string) bool {
	for alias, all := range expansions {
		if strings.Contains(got, "|") {
			want = strings.ReplaceAll(want, all, alias)
		}
		if want == alias && strings.HasSuffix(got, "|"+alias) {
			return true
		}
	}
	return got == want
}

// checkBoth judges a value with the rules and the library. Values behind a pointer are handed to
// the rules without it.
func checkBoth(t testing.TB, value any, tag string) {
	t.Helper()
	v := reflect.ValueOf(value)
	r, err := plain.Compile(v.Type(), tag)
	want := libraryName(library, value, tag)
	if err != nil {
		t.Fatalf("Compile(%s, %q): %v (the library says %q of %#v)", v.Type(), tag, err, want, value)
	}
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if got := nameOf(r.Check(v)); !sameName(got, want) {
		t.Errorf("%s: %T %#v breaks %q, want %q", tag, value, v, got, want)
	}
	addressable := reflect.New(v.Type()).Elem()
	addressable.Set(v)
	if got := nameOf(r.Check(addressable)); !sameName(got, want) {
		t.Errorf("%s: addressable %T %#v breaks %q, want %q", tag, value, v, got, want)
	}
}

// in is a parent of which nobody knows what was sent.
func in(v reflect.Value) rules.Parent { return rules.Parent{Struct: v} }

// fit tells rules that they are for a field of such a struct.
func fit(t testing.TB, r *rules.Rules, parent any) {
	t.Helper()
	if err := r.FitsIn(reflect.TypeOf(parent), reflect.StructField{Name: "Value"}); err != nil {
		t.Error(err)
	}
}
