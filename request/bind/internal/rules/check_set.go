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
