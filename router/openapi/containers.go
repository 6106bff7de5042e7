package openapi

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/bind"
)

// container returns the schema of a list or map.
func (r *registry) container(t reflect.Type, at place) (*schema, error) {
	elem, err := r.value(t.Elem(), at.elem())
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case reflect.Array:
		n := int64(t.Len())
		return &schema{Type: types{"array"}, Items: elem, MinItems: &n, MaxItems: &n}, nil
	case reflect.Slice:
		return &schema{Type: types{"array"}, Items: elem}, nil
	}
	names, err := keyNames(t.Key(), at)
	return &schema{Type: types{"object"}, PropertyNames: names, AdditionalProperties: elem}, err
}

// keyNames returns the schema of a map's keys, nil for any.
func keyNames(t reflect.Type, at place) (*schema, error) {
	u := at.use
	if u == asInput {
		u = asText // which is how keys are read
	}
	s := &schema{}
	switch {
	case isTextual(t, u):
		return nil, nil
	case isInteger(t.Kind()):
		s.Pattern = "^(0|-?[1-9][0-9]*)$" // an integer has one spelling as a key
		if !isSigned(t.Kind()) {
			s.Pattern = "^(0|[1-9][0-9]*)$"
		}
	case t.Kind() != reflect.String:
		return nil, fmt.Errorf("the type %s cannot be the key of an object", t)
	case at.rules != nil:
		s.addRules(t, at.rules.Keys, false)
	}
	if s.isEmpty() {
		return nil, nil
	}
	return s, nil
}

// object returns the schema of a struct.
func (r *registry) object(t reflect.Type, u use) (*schema, error) {
	members, err := r.compiler.Fields(t)
	if err != nil {
		return nil, err
	}
	s := ofType("object")
	for _, m := range members {
		member, err := r.member(m, u)
		if err != nil {
			return nil, fmt.Errorf("field %s of %s: %w", m.GoName, t, err)
		}
		name := wireName(m, u)
		s.Properties = append(s.Properties, property{name, member})
		if u == asOutput && !m.Omit || u != asOutput && m.Required {
			s.Required = append(s.Required, name)
		}
	}
	return s, nil
}

// wireName returns the name of a member. Forms and XML have names of their own.
func wireName(m bind.Field, u use) string {
	switch u {
	case asText:
		return m.FormName
	case asXML:
		return m.XMLName
	}
	return m.Name
}

// member returns the schema of a struct's member.
func (r *registry) member(m bind.Field, u use) (*schema, error) {
	s, err := r.memberValue(m, u)
	if err != nil {
		return nil, err
	}
	if u != asOutput && m.HasDefault {
		if s.Default, err = literal(m.Type, m.Default, u); err != nil {
			return nil, fmt.Errorf("default %q: %w", m.Default, err)
		}
	}
	if err := s.annotate(m.Type, m.Tag, u); err != nil {
		return nil, err
	}
	if m.AsString && !u.isText() {
		s.quoteValues()
	}
	return s, nil
}

func (r *registry) memberValue(m bind.Field, u use) (*schema, error) {
	if u == asOutput {
		return r.memberOutput(m)
	}
	nonNull := m.Required || m.Rules.RefusesNull()
	if m.AsString && u == asInput {
		return quoted(m.Type, nonNull), nil
	}
	return r.value(m.Type, place{use: u, rules: m.Rules, nonNull: nonNull})
}

// memberOutput returns the schema of a member of a returned value. The rules of its tag hold if the value
// cannot be zero: a value that was read by them and is written again obeys them.
func (r *registry) memberOutput(m bind.Field) (*schema, error) {
	bare, pointer, optional := strip(m.Type)
	never := m.Omit && (!optional || hasOption(m.Tag.Get("json"), "omitzero")) // null, that is
	if m.AsString {
		return quoted(m.Type, never), nil
	}
	nullable := pointer || optional || isNilable(bare, asOutput)
	strict := m.Required || m.Omit || m.HasDefault || nullable || acceptsEmpty(m, bare)
	return r.value(m.Type, place{use: asOutput, rules: m.Rules, nonNull: never, loose: !strict})
}

// acceptsEmpty reports whether the rules of a member of type t let an empty list or map pass, which is written for a nil one.
func acceptsEmpty(m bind.Field, t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return m.Accepts(reflect.MakeSlice(t, 0, 0))
	case reflect.Map:
		return m.Accepts(reflect.MakeMap(t))
	}
	return false
}

func hasOption(tag, option string) bool { return slices.Contains(strings.Split(tag, ",")[1:], option) }

// quoted returns the schema of a number or bool inside a string, as the option string of a json tag
// makes it.
func quoted(t reflect.Type, nonNull bool) *schema {
	bare, pointer, _ := strip(t)
	s := ofType("string")
	switch kind := bare.Kind(); {
	case kind == reflect.Bool:
		s.Pattern = "^(true|false)$"
	case isInteger(kind) && isSigned(kind):
		s.Pattern = "^-?(0|[1-9][0-9]*)$"
	case isInteger(kind):
		s.Pattern = "^(-?0|[1-9][0-9]*)$"
	case kind == reflect.Float32, kind == reflect.Float64:
		s.Pattern = `^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`
	}
	if pointer && !nonNull {
		return s.orNull()
	}
	return s
}
