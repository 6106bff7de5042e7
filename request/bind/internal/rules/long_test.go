package rules_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

// A text that is longer than any of a format breaks its rule unseen; texts of any length are judged.
func TestLongTexts(t *testing.T) {
	for _, tt := range []struct {
		description, tag, text string
		want                   string
	}{
		{"a format of the library", "latitude", "1." + strings.Repeat("0", 4094), ""},
		{"longer", "latitude", "1." + strings.Repeat("0", 4095), "latitude"},
		{"an address that is not ordinary", "email", "ä" + strings.Repeat("a", 5000) + "@b.co", "email"},
		{"a tag of languages", "bcp47_language_tag", "en" + strings.Repeat("-aaaaaaa1", 1000), "bcp47_language_tag"},
		{"base64", "base64", strings.Repeat("abcd", 250_000), ""},
		{"base64 that is none", "base64", strings.Repeat("abcd", 250_000) + "!", "base64"},
		{"JSON", "json", "[" + strings.Repeat("1,", 250_000) + "1]", ""},
		{"a URL", "url", "http://ä.b/" + strings.Repeat("a", 5000), ""},
		{"a rule without a format", "max=1000000", strings.Repeat("a", 500_000), ""},
	} {
		r := compile(t, plain, reflect.TypeFor[string](), tt.tag)
		got := ""
		if broken := r.Check(reflect.ValueOf(tt.text)); broken != nil {
			got = broken.Name
		}
		if got != tt.want {
			t.Errorf("%s: %q is broken, want %q", tt.description, got, tt.want)
		}
	}
}

// What a rule allows at most is known before a list is filled, and is never less than what passes.
func TestMaxLength(t *testing.T) {
	for _, tt := range []struct {
		description, tag string
		value            any
		want             int
	}{
		{"max", "max=7", []int{}, 7},
		{"lte", "required,lte=7", [][]int{}, 7},
		{"lt", "omitempty,lt=7", map[string]int{}, 6},
		{"len", "min=1,len=7,dive,max=3", []int{}, 7},
		{"eq", "eq=7", []int{}, 7},
		{"the smallest of several", "max=9,lt=8,max=20", []int{}, 7},
		{"none at all", "lt=0", []int{}, 0},
		{"hexadecimal", "max=0x10", []int{}, 16},
		{"behind a pointer", "max=7", new([]int), 7},
		{"of elements", "dive,max=3", []string{}, math.MaxInt},
		{"one of several rules", "max=7|unique", []int{}, math.MaxInt},
		{"the other way", "min=7,gt=3,ne=5", []int{}, math.MaxInt},
		{"of a text", "max=7", "", math.MaxInt},
		{"of a number", "max=7", 0, math.MaxInt},
		{"behind what ends the judgement", "structonly,max=7", []int{}, math.MaxInt},
	} {
		if got := compile(t, plain, reflect.TypeOf(tt.value), tt.tag).MaxLength(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.description, got, tt.want)
		}
	}
}
