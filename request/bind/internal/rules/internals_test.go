package rules_test

import (
	"context"
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

type (
	knownShape struct {
		tagName          string
		aliases          map[string]string
		validations      map[string]knownFunction
		customFuncs      map[reflect.Type]validator.CustomTypeFunc
		structLevelFuncs map[reflect.Type]validator.StructLevelFuncCtx
		rules            map[reflect.Type]map[string]string
		tagNameFunc      validator.TagNameFunc
	}
	knownFunction struct {
		fn                 validator.FuncCtx
		runValidationOnNil bool
	}
	noAliases struct {
		knownShape
		aliases []string
	}
	listedRules struct {
		knownShape
		validations []knownFunction
	}
	numberedRules struct {
		knownShape
		validations map[int]knownFunction
	}
	bareRules struct {
		knownShape
		validations map[string]validator.FuncCtx
	}
	otherFunctions struct {
		knownShape
		validations map[string]struct {
			fn                 func(context.Context, validator.FieldLevel, string) bool
			runValidationOnNil bool
		}
	}
	noNilFlag struct {
		knownShape
		validations map[string]struct{ fn validator.FuncCtx }
	}
	otherTypes struct {
		knownShape
		customFuncs map[reflect.Type]func(reflect.Value) string
	}
)

func TestCheckShape(t *testing.T) {
	for _, tt := range []struct {
		description string
		typ         reflect.Type
		want        string // a part of the error, "" for none
	}{
		{"as it is known", reflect.TypeFor[knownShape](), ""},
		{"nothing of it", reflect.TypeFor[struct{}](), "tagName of struct {} is no string"},
		{"a field of another type", reflect.TypeFor[noAliases](), "aliases of rules_test.noAliases is no map[string]string"},
		{"a list of rules", reflect.TypeFor[listedRules](), "validations is no map of structs by their names"},
		{"rules by numbers", reflect.TypeFor[numberedRules](), "validations is no map of structs by their names"},
		{"rules that are functions", reflect.TypeFor[bareRules](), "validations is no map of structs by their names"},
		{"functions with another signature", reflect.TypeFor[otherFunctions](), "fn of struct {"},
		{"functions without a flag", reflect.TypeFor[noNilFlag](), "runValidationOnNil of struct {"},
		{"custom types that become texts", reflect.TypeFor[otherTypes](), "customFuncs of rules_test.otherTypes is no map["},
	} {
		err := rules.CheckShape(tt.typ)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.description, err, tt.want)
		}
	}
}
