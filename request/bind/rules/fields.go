package rules

import (
	"fmt"
	"reflect"
	"strings"
)

// FitsIn reports what is wrong with rules that look at other fields, once the type of the struct
// with the field is known: names of fields that it does not have, and values that cannot be
// compared with them. Nil means nothing is. The library takes a field that does not exist for one
// that has no value.
func (r *Rules) FitsIn(parent reflect.Type) error {
	if r == nil {
		return nil
	}
	for i := range r.steps {
		for _, fits := range r.steps[i].fits {
			if err := fits(parent); err != nil {
				return err
			}
		}
	}
	if err := r.keys.FitsIn(parent); err != nil {
		return err
	}
	return r.elem.FitsIn(parent)
}

// fitsIn looks for the fields of a rule, and tries it on sample values in an empty parent.
func (q question) fitsIn(rule Rule, parent reflect.Type) error {
	for _, name := range otherFields(rule) {
		if !hasField(parent, name) {
			return fmt.Errorf("rules: %s looks at the field %q, which %s does not have", rule.Name, name, parent)
		}
	}
	return q.try(reflect.Zero(parent))
}

// otherFields are the names in the parameter of a rule.
func otherFields(rule Rule) []string {
	words := splitWords(rule.Param)
	switch rule.Name {
	case "required_if", "required_unless", "skip_unless", "excluded_if", "excluded_unless":
		var names []string
		for i := 0; i < len(words); i += 2 { // a name, a value, a name …
			names = append(names, words[i])
		}
		return names
	}
	if asksEmptiness(rule.Name) || rule.Name == "postcode_iso3166_alpha2_field" {
		return words
	}
	return []string{rule.Param}
}

// hasField follows a dotted name as far as types say what is there: elements of slices and maps,
// and what is in interfaces, may be anything.
func hasField(t reflect.Type, name string) bool {
	for name != "" {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return t.Kind() == reflect.Interface || t.Kind() == reflect.Slice || t.Kind() == reflect.Array ||
				t.Kind() == reflect.Map
		}
		end := strings.IndexAny(name, ".[")
		if end < 0 {
			end = len(name)
		}
		field, ok := t.FieldByName(name[:end])
		if !ok {
			return false
		}
		t, name = field.Type, strings.TrimPrefix(name[end:], ".")
	}
	return true
}
