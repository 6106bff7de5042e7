package rules

import (
	"reflect"
	"strings"
)

// FitsIn says for which field of which struct the rules are, and reports what is then wrong with
// those that look at other fields: names of fields that the struct does not have, fields of another
// kind, and values that these cannot have. Nil means nothing is. It is called once, before the rules
// are asked with a parent; the library takes a field that does not exist for one that has no value.
func (r *Rules) FitsIn(parent reflect.Type, field reflect.StructField) error {
	if r == nil {
		return nil
	}
	for i := range r.steps {
		for _, x := range r.steps[i].crosses {
			if err := x.fitsIn(parent); err != nil {
				return err
			}
		}
	}
	r.location.name, r.location.goName = r.location.c.internals.name(field), field.Name
	if err := r.keys.FitsIn(parent, field); err != nil {
		return err
	}
	return r.elem.FitsIn(parent, field)
}

// Link gives the rules the numbers by which [Parent.Sent] knows other fields. The function is called
// with the index of each in the struct of the rules, and returns a negative number for a field of
// which nobody knows whether it was sent. Link is called once, like FitsIn and after it.
func (r *Rules) Link(number func(index []int) int) {
	if r == nil {
		return
	}
	for i := range r.steps {
		for _, x := range r.steps[i].crosses {
			for j := range x.others {
				if n := &x.others[j]; n.rest == "" {
					n.at = number(n.index)
				}
			}
		}
	}
	r.keys.Link(number)
	r.elem.Link(number)
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
		for t.Kind() == reflect.Pointer || reflect.PointerTo(t).Implements(optionalType) {
			if t.Kind() == reflect.Pointer {
				t = t.Elem()
			} else {
				t = reflect.TypeOf(reflect.New(t).Interface().(optional).Wrapped()).Elem()
			}
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
