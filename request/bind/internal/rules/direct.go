package rules

import (
	"fmt"
	"reflect"
)

// direct is a check of a rule without the library. The zero direct has none.
type direct struct {
	check   func(v reflect.Value) bool // nil if there is none for the rule, the type or the parameter
	final   bool                       // a value that the check does not accept breaks the rule
	rejects func(v reflect.Value) bool // if not final: this value breaks the rule as well; nil for no value
}

// final makes a direct check that has the last word.
func final(check func(v reflect.Value) bool) direct { return direct{check: check, final: check != nil} }

// compileDirect finds the direct check of a rule. There is none for many rules, and for some types or
// parameters of others; the library checks these, or says what is wrong with them. It fails for a type
// whose values the library never accepts: the rule is about text, and the type has none.
func (c *Compiler) compileDirect(s subject, rule Rule) (direct, error) {
	if rule.Name == "isdefault" {
		return final(isDefault(s)), nil
	}
	if a, ok := comparisons[rule.Name]; ok {
		return final(compare(s.t, rule, a)), nil
	}
	if isUUIDRule(rule.Name) && s.t.Kind() != reflect.String {
		return direct{}, nil // the library calls a method String if there is one
	}
	// Rules about text are for strings. A few of them accept all numbers, whose text is always right.
	if d, ok := compileText(rule); ok {
		switch {
		case s.t.Kind() == reflect.String:
			return d, nil
		case isContent(rule.Name, s.t.Kind()):
			return final(func(reflect.Value) bool { return true }), nil
		default:
			return direct{}, fmt.Errorf("rules: %s cannot validate %s: it is for strings", rule.Name, s.t)
		}
	}
	switch rule.Name {
	case "oneof":
		return final(oneOf(s.t, rule.Param, true)), nil
	case "noneof":
		return final(oneOf(s.t, rule.Param, false)), nil
	case "unique":
		return final(c.unique(s.t, rule.Param)), nil
	case "port":
		return final(port(s.t)), nil
	}
	return direct{}, nil
}

// isContent reports whether a rule about text accepts all values of a kind.
func isContent(name string, k reflect.Kind) bool {
	switch name {
	case "number", "numeric":
		return isInt(k) || isUint(k) || isFloat(k)
	case "boolean":
		return k == reflect.Bool
	}
	return false
}

// isDefault is the opposite of hasValue. A value behind a pointer is never the default.
func isDefault(s subject) func(v reflect.Value) bool {
	if s.pointer && !canBeNil(s.t.Kind()) {
		return func(reflect.Value) bool { return false }
	}
	return func(v reflect.Value) bool { return !hasValue(v) }
}

func isInt(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Int64 }

func isUint(k reflect.Kind) bool { return k >= reflect.Uint && k <= reflect.Uintptr }

func isFloat(k reflect.Kind) bool { return k == reflect.Float32 || k == reflect.Float64 }

func hasLength(k reflect.Kind) bool {
	return k == reflect.Slice || k == reflect.Map || k == reflect.Array
}
