package rules

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// words matches the values of oneof: texts without spaces, or in quotation marks.
var words = regexp.MustCompile(`'[^']*'|\S+`)

// splitWords returns the values of oneof, without their quotation marks.
func splitWords(param string) []string {
	all := words.FindAllString(param, -1)
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "'", "")
	}
	return all
}

// oneOf makes the check of oneof, or of noneof if want is false. Numbers are compared by their decimal
// text, so that no number is equal to a value such as 007.
func oneOf(t reflect.Type, param string, want bool) func(v reflect.Value) bool {
	values := splitWords(param)
	switch k := t.Kind(); {
	case k == reflect.String:
		return func(v reflect.Value) bool { return slices.Contains(values, v.String()) == want }
	case isInt(k):
		var numbers []int64 // the values that a decimal text can be equal to
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

// oneOfFolded makes the check of oneofci and noneofci, for which case does not count.
func oneOfFolded(param string, want bool) func(s string) bool {
	values := splitWords(param)
	return func(s string) bool {
		return slices.ContainsFunc(values, func(value string) bool { return strings.EqualFold(value, s) }) == want
	}
}
