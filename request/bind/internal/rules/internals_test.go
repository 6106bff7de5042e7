package rules_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// Rules are read from unexported fields of the library's validator. If this test fails after an update of the library, look at
// what has become of them, and adapt internals.go before the update is released: until then apps that bring a validator of
// their own do not start.
func TestValidatorHasKnownShape(t *testing.T) {
	if err := rules.CheckShape(reflect.TypeFor[validator.Validate]()); err != nil {
		t.Error(err)
	}
}

// hidden is a field that is not exported.
func hidden(name string, t reflect.Type) reflect.StructField {
	return reflect.StructField{Name: name, PkgPath: "other", Type: t}
}

// shapeWith is the type of a validator whose field of this name has another type, or is missing for nil.
func shapeWith(name string, t reflect.Type) reflect.Type {
	var fields []reflect.StructField
	for f := range reflect.TypeFor[validator.Validate]().Fields() {
		switch {
		case f.Name != name:
			fields = append(fields, hidden(f.Name, f.Type))
		case t != nil:
			fields = append(fields, hidden(name, t))
		}
	}
	return reflect.StructOf(fields)
}

func TestCheckShape(t *testing.T) {
	fn, flag := hidden("fn", reflect.TypeFor[validator.FuncCtx]()), hidden("runValidationOnNil", reflect.TypeFor[bool]())
	rulesOf := func(fields ...reflect.StructField) reflect.Type {
		return reflect.MapOf(reflect.TypeFor[string](), reflect.StructOf(fields))
	}
	for _, tt := range []struct {
		description string
		typ         reflect.Type
		want        string // a part of the error, "" for none
	}{
		{"as it is known", shapeWith("none", nil), ""},
		{"rules in a map of ours", shapeWith("validations", rulesOf(fn, flag)), ""},
		{"nothing of it", reflect.TypeFor[struct{}](), "tagName of struct {} is no string"},
		{"no name of the tag", shapeWith("tagName", nil), " is no string"},
		{"aliases in a list", shapeWith("aliases", reflect.TypeFor[[]string]()), " is no map[string]string"},
		{"no rules", shapeWith("validations", nil), "validations is no map of structs"},
		{"a list of rules", shapeWith("validations", reflect.TypeFor[[]string]()), "validations is no map of structs"},
		{"rules by numbers", shapeWith("validations", reflect.TypeFor[map[int]struct{}]()), "validations is no map of structs"},
		{"rules that are functions", shapeWith("validations", reflect.TypeFor[map[string]validator.FuncCtx]()), "validations is no map of structs"},
		{"rules without a function", shapeWith("validations", rulesOf(flag)), "fn of struct"},
		{"rules with another function", shapeWith("validations", rulesOf(hidden("fn", reflect.TypeFor[validator.Func]()), flag)), "fn of struct"},
		{"rules without a flag", shapeWith("validations", rulesOf(fn)), "runValidationOnNil of struct"},
		{"custom types that become texts", shapeWith("customFuncs", reflect.TypeFor[map[reflect.Type]string]()), "customFuncs of "},
		{"no struct-level rules", shapeWith("structLevelFuncs", nil), "structLevelFuncs of "},
		{"tags of fields by names", shapeWith("rules", reflect.TypeFor[map[string]string]()), "rules of "},
		{"names of fields in a map", shapeWith("tagNameFunc", reflect.TypeFor[map[string]string]()), "tagNameFunc of "},
	} {
		err := rules.CheckShape(tt.typ)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.description, err, tt.want)
		}
	}
}
