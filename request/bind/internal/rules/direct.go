package rules

import (
	"fmt"
	"reflect"
)

// direct is a rule that needs no library.
type direct struct {
	check   func(v reflect.Value) bool // nil if there is none for the rule, or the type, or the parameter
	final   bool                       // what the check refuses need not be shown to the library
	rejects func(v reflect.Value) bool // nor what this is true for; nil for nothing
}

func final(check func(v reflect.Value) bool) direct { return direct{check: check, final: check != nil} }

// compileDirect finds the check of a rule. It fails for types for which the library has the answer
// no whatever the value is, since it looks at the text of what has none.
func (c *Compiler) compileDirect(s subject, rule Rule) (direct, error) {
	if rule.Name == "isdefault" {
		return final(isDefault(s)), nil
	}
	if a, ok := comparisons[rule.Name]; ok {
		return final(compare(s.t, rule, a)), nil
	}
	if isUUIDRule(rule.Name) && s.t.Kind() != reflect.String {
		return direct{}, nil // it may have a method String
	}
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

// isContent reports whether a rule about the text of values lets all values of a kind pass.
func isContent(name string, k reflect.Kind) bool {
	switch name {
	case "number", "numeric":
		return isInt(k) || isUint(k) || isFloat(k)
	case "boolean":
		return k == reflect.Bool
	}
	return false
}

// isDefault is the opposite of having a value, so that what is behind a pointer never passes.
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
