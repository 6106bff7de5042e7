package rules

import (
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// accepts says which outcomes of a comparison with the parameter please a rule. NaN is unordered.
type outcomes struct{ less, equal, greater, unordered bool }

var comparisons = map[string]outcomes{
	"min": {equal: true, greater: true},
	"gte": {equal: true, greater: true},
	"gt":  {greater: true},
	"max": {less: true, equal: true},
	"lte": {less: true, equal: true},
	"lt":  {less: true},
	"len": {equal: true},
	"eq":  {equal: true},
	"ne":  {less: true, greater: true, unordered: true},
}

func accept[T int64 | uint64 | float64](a outcomes, value, param T) bool {
	switch {
	case value < param:
		return a.less
	case value > param:
		return a.greater
	case value == param:
		return a.equal
	default:
		return a.unordered
	}
}

// compare makes the check of a rule that compares values, or their lengths, with its parameter. It
// is nil if the library has to say what is wrong with the type or the parameter.
func compare(t reflect.Type, rule Rule, a outcomes) func(v reflect.Value) bool {
	isEquality := rule.Name == "eq" || rule.Name == "ne"
	switch k := t.Kind(); {
	case k == reflect.String && isEquality:
		return func(v reflect.Value) bool { return (v.String() == rule.Param) == a.equal }
	case k == reflect.String, hasLength(k):
		return compareLength(k, rule.Param, a)
	case isInt(k):
		return compareInt(t, rule.Param, a)
	case isUint(k):
		return compareUint(rule.Param, a)
	case isFloat(k):
		return compareFloat(t.Bits(), rule.Param, a)
	case k == reflect.Bool && isEquality:
		return compareBool(rule.Param, a)
	case t == timeType && !isEquality && rule.Name != "len":
		return compareWithNow(a)
	}
	return nil
}

// compareLength counts the characters of strings, where bytes that are none count as one each.
func compareLength(k reflect.Kind, param string, a outcomes) func(v reflect.Value) bool {
	limit, err := strconv.ParseInt(param, 0, 64)
	switch {
	case err != nil:
		return nil
	case k == reflect.String:
		return func(v reflect.Value) bool { return accept(a, int64(utf8.RuneCountInString(v.String())), limit) }
	default:
		return func(v reflect.Value) bool { return accept(a, int64(v.Len()), limit) }
	}
}

// compareInt takes 1m30s for a parameter of a [time.Duration], but not of types made of it.
func compareInt(t reflect.Type, param string, a outcomes) func(v reflect.Value) bool {
	limit, err := strconv.ParseInt(param, 0, 64)
	if t == reflect.TypeFor[time.Duration]() {
		if d, err := time.ParseDuration(param); err == nil {
			return func(v reflect.Value) bool { return accept(a, v.Int(), int64(d)) }
		}
	}
	if err != nil {
		return nil
	}
	return func(v reflect.Value) bool { return accept(a, v.Int(), limit) }
}

func compareUint(param string, a outcomes) func(v reflect.Value) bool {
	limit, err := strconv.ParseUint(param, 0, 64)
	if err != nil {
		return nil
	}
	return func(v reflect.Value) bool { return accept(a, v.Uint(), limit) }
}

func compareFloat(bits int, param string, a outcomes) func(v reflect.Value) bool {
	limit, err := strconv.ParseFloat(param, bits)
	if err != nil {
		return nil
	}
	return func(v reflect.Value) bool { return accept(a, v.Float(), limit) }
}

func compareBool(param string, a outcomes) func(v reflect.Value) bool {
	want, err := strconv.ParseBool(param)
	if err != nil {
		return nil
	}
	return func(v reflect.Value) bool { return (v.Bool() == want) == a.equal }
}

// compareWithNow does not look at the parameter: times are compared with the present one.
func compareWithNow(a outcomes) func(v reflect.Value) bool {
	return func(v reflect.Value) bool {
		switch timeOf(v).Compare(time.Now()) {
		case -1:
			return a.less
		case 1:
			return a.greater
		default:
			return a.equal
		}
	}
}

func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}

// port is about numbers; for strings the library has no answer.
func port(t reflect.Type) func(v reflect.Value) bool {
	switch {
	case isInt(t.Kind()):
		return func(v reflect.Value) bool { return v.Int() >= 1 && v.Int() <= 65535 }
	case isUint(t.Kind()):
		return func(v reflect.Value) bool { return v.Uint() >= 1 && v.Uint() <= 65535 }
	}
	return nil
}
