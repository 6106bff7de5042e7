package rules

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// words finds the values of oneof: what has no spaces, or is in quotation marks.
var words = regexp.MustCompile(`'[^']*'|\S+`)

func splitWords(param string) []string {
	all := words.FindAllString(param, -1)
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "'", "")
	}
	return all
}

// oneOf makes the check of oneof, or of noneof if want is false. Numbers are compared by their
// decimal text, so that a value such as 007 is never met.
func oneOf(t reflect.Type, param string, want bool) func(v reflect.Value) bool {
	values := splitWords(param)
	switch k := t.Kind(); {
	case k == reflect.String:
		return func(v reflect.Value) bool { return slices.Contains(values, v.String()) == want }
	case isInt(k):
		var numbers []int64
		for _, text := range values {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
				numbers = append(numbers, n)
			}
		}
		return func(v reflect.Value) bool { return slices.Contains(numbers, v.Int()) == want }
	case isUint(k) && k != reflect.Uintptr:
		var numbers []uint64
		for _, text := range values {
			if n, err := strconv.ParseUint(text, 10, 64); err == nil && strconv.FormatUint(n, 10) == text {
				numbers = append(numbers, n)
			}
		}
		return func(v reflect.Value) bool { return slices.Contains(numbers, v.Uint()) == want }
	}
	return nil
}

func oneOfFolded(param string, want bool) func(s string) bool {
	values := splitWords(param)
	return func(s string) bool {
		return slices.ContainsFunc(values, func(value string) bool { return strings.EqualFold(value, s) }) == want
	}
}

// manyElements is the length from which on a map is faster than to compare all with all.
const manyElements = 24

// unique makes the check of lists of texts, numbers and booleans. The library boxes each element.
func unique(t reflect.Type, param string) func(v reflect.Value) bool {
	if param != "" || t.Kind() != reflect.Slice && t.Kind() != reflect.Array {
		return nil
	}
	switch k := t.Elem().Kind(); {
	case k == reflect.String:
		return uniqueBy(reflect.Value.String)
	case isInt(k):
		return uniqueBy(reflect.Value.Int)
	case isUint(k):
		return uniqueBy(reflect.Value.Uint)
	case isFloat(k):
		return uniqueBy(reflect.Value.Float)
	case k == reflect.Bool:
		return uniqueBy(reflect.Value.Bool)
	}
	return nil
}

func uniqueBy[T comparable](value func(v reflect.Value) T) func(v reflect.Value) bool {
	return func(v reflect.Value) bool {
		n := v.Len()
		if n > manyElements {
			return uniqueByMap(v, value)
		}
		var seen [manyElements]T
		for i := range n {
			x := value(v.Index(i))
			if slices.Contains(seen[:i], x) {
				return false
			}
			seen[i] = x
		}
		return true
	}
}

func uniqueByMap[T comparable](v reflect.Value, value func(v reflect.Value) T) bool {
	seen := make(map[T]struct{}, v.Len())
	for i := range v.Len() {
		x := value(v.Index(i))
		if _, ok := seen[x]; ok {
			return false
		}
		seen[x] = struct{}{}
	}
	return true
}
