package rules

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"
)

// cross is a rule of the library that looks at other fields: eqfield=Password, required_with=Name Email,
// excluded_if=Kind free. The fields are known when the parent is, see [Rules.FitsIn].
type cross struct {
	c       *Compiler
	rule    Rule
	subject subject
	others  []otherField
	wanted  []func(v reflect.Value) bool // for rules with a value behind each name; by the number of the other field
}

// fitsIn finds the fields in the parent, and refuses rules that could never hold or never be broken.
func (x *cross) fitsIn(parent reflect.Type) error {
	x.others, x.wanted = nil, nil
	names := otherFields(x.rule)
	for _, name := range names {
		n, ok := x.c.otherField(parent, name)
		if !ok {
			return fmt.Errorf("rules: %s looks at the field %q, which %s does not have", x.rule.Name, name, parent)
		}
		x.others = append(x.others, n)
	}
	switch {
	case hasValues(x.rule.Name):
		return x.fitValues()
	case isComparison(x.rule.Name), x.rule.Name == "unique":
		other := x.others[0].typ
		if own, _ := x.c.static(x.subject.t); own != nil && other != nil && own.Kind() != other.Kind() {
			return fmt.Errorf("rules: %s compares %s with the field %s, which is of another kind, %s", x.rule.Name, own, names[0], other)
		}
	}
	return nil
}

// fitValues reads the values that the other fields are compared with.
func (x *cross) fitValues() error {
	words := splitWords(x.rule.Param)
	for i := range x.others {
		n, text := &x.others[i], words[2*i+1]
		if n.typ == nil { // each value has a type of its own
			x.wanted = append(x.wanted, func(v reflect.Value) bool {
				is, err := equals(v.Type(), text)
				return err == nil && is(v)
			})
			continue
		}
		is, err := equals(n.typ, text)
		switch {
		case err == nil:
		case text == "nil" && n.canBeNone: // for no value, which holds asks about itself
			is = func(reflect.Value) bool { return false }
		default:
			return fmt.Errorf("rules: %s takes no %q for the field %s, a %s", x.rule.Name, text, words[2*i], n.typ)
		}
		x.wanted = append(x.wanted, is)
	}
	return nil
}

// equals makes the check that a value is the one that a text stands for. For lists and maps that is their
// length.
func equals(t reflect.Type, text string) (func(v reflect.Value) bool, error) {
	switch k := t.Kind(); {
	case isInt(k):
		want, err := strconv.ParseInt(text, 0, 64)
		return func(v reflect.Value) bool { return v.Int() == want }, err
	case isUint(k):
		want, err := strconv.ParseUint(text, 0, 64)
		return func(v reflect.Value) bool { return v.Uint() == want }, err
	case isFloat(k):
		want, err := strconv.ParseFloat(text, t.Bits())
		return func(v reflect.Value) bool { return v.Float() == want }, err
	case hasLength(k):
		want, err := strconv.Atoi(text)
		return func(v reflect.Value) bool { return v.Len() == want }, err
	case k == reflect.Bool:
		return func(v reflect.Value) bool { return v.Bool() == (text == "true") }, nil
	}
	return func(v reflect.Value) bool { return v.String() == text }, nil
}

// hasValues reports whether the parameter of a rule has a value behind the name of each field.
func hasValues(name string) bool {
	return slices.Contains([]string{"required_if", "required_unless", "skip_unless", "excluded_if", "excluded_unless"}, name)
}

// isComparison reports whether a rule compares values of one kind.
func isComparison(name string) bool {
	return strings.HasSuffix(name, "field") && !strings.HasPrefix(name, "postcode")
}

// holds reports whether the condition of a rule about presence is true: whether required_with asks for a
// value, or excluded_with for none. It is false as well if another field could not be read, since the
// answer is not known then.
//
//	required_if=Kind cat Age 3    all of the fields have these values
//	required_unless=Kind cat      none has
//	required_with=Name Email      any was sent
//	required_with_all=Name Email  all were sent
//	required_without=Name Email   any was not sent
//	required_without_all=…        none was sent
func (x *cross) holds(in Parent) bool {
	any, all := false, true // of the other fields have the wanted value, or were sent
	for i := range x.others {
		v, sent, known := x.others[i].value(in)
		if !known {
			return false
		}
		is := sent // required_with and its like ask whether the fields were sent
		if x.wanted != nil {
			is = v.IsValid() && x.wanted[i](v) || !v.IsValid() && x.others[i].canBeNone && splitWords(x.rule.Param)[2*i+1] == "nil"
		}
		any, all = any || is, all && is
	}
	_, condition, _ := strings.Cut(x.rule.Name, "_") // behind required, excluded or skip
	switch {
	case condition == "if", x.rule.Name == "skip_unless", condition == "with_all":
		return all
	case condition == "unless":
		return !any
	case condition == "with":
		return any
	case condition == "without":
		return !all
	}
	return !any // without_all
}

// compare is the predicate of a rule that compares a value with that of another field. It accepts
// everything while that field has no value.
func (x *cross) compare(fn validator.FuncCtx) predicate {
	numbers, isNumeric := fieldComparisons[strings.Replace(x.rule.Name, "cs", "", 1)]
	return func(v reflect.Value, in Parent) bool {
		other, _, known := x.others[0].value(in)
		if !known || !other.IsValid() {
			return true // there is nothing to compare with
		}
		if x.subject.replaced {
			if v = x.c.extract(v); !v.IsValid() {
				return true
			}
		}
		// Numbers are compared without a call of the function, which would allocate.
		if k := v.Kind(); isNumeric && k == other.Kind() {
			switch {
			case isInt(k):
				return accept(numbers, v.Int(), other.Int())
			case isUint(k):
				return accept(numbers, v.Uint(), other.Uint())
			case isFloat(k):
				return accept(numbers, v.Float(), other.Float())
			}
		}
		return fn(context.Background(), &fieldLevel{c: x.c, field: v, other: other, parent: in.Struct, location: noLocation, rule: x.rule})
	}
}

// fieldComparisons are the rules that compare with another field, by their names without the cs of those
// that look at structs around theirs. For numbers both are the same.
var fieldComparisons = map[string]outcomes{
	"eqfield":  {equal: true},
	"nefield":  {less: true, greater: true, unordered: true},
	"gtfield":  {greater: true},
	"gtefield": {greater: true, equal: true},
	"ltfield":  {less: true},
	"ltefield": {less: true, equal: true},
}

// differs is the predicate of unique for a value that is no list: the other field has another value.
func (x *cross) differs(v reflect.Value, in Parent) bool {
	other, _, known := x.others[0].value(in)
	v = x.c.extract(v)
	return !known || !other.IsValid() || !v.IsValid() || !other.CanInterface() || !reflect.DeepEqual(v.Interface(), other.Interface())
}

var noLocation = &location{}
