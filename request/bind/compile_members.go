package bind

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/request/strictjson"
)

// members returns the fields of the JSON object that a struct type is, as far as its tags and rules say what they are.
func (c *Compiler) members(t reflect.Type) ([]field, error) {
	var all []field
	for _, f := range strictjson.Fields(t) {
		if err := checkEmbedded(t, f.Index); err != nil {
			return nil, err
		}
		m, err := c.member(f)
		if err != nil {
			return nil, fmt.Errorf("field %s of %s: %w", f.Struct.Name, f.Parent, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// checkEmbedded refuses embedded pointers on the way to a field that cannot be set.
func checkEmbedded(t reflect.Type, index []int) error {
	for _, i := range index[:len(index)-1] {
		f := structOf(t).Field(i)
		if f.Type.Kind() == reflect.Pointer && !f.IsExported() {
			return fmt.Errorf("field %s of %s: an embedded pointer to a struct that is not exported cannot be set", f.Name, structOf(t))
		}
		t = f.Type
	}
	return nil
}

// structOf returns the struct that t is or points to, nil for none.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

func (c *Compiler) member(of strictjson.Field) (field, error) {
	sf := of.Struct
	f := field{
		name: of.Name, formName: nameIn("form", sf.Tag, of.Name), xmlName: nameIn("xml", sf.Tag, of.Name), goName: sf.Name,
		pointer: pointerTo(of.Name), in: inBody, index: of.Index, typ: sf.Type, parentType: of.Parent, tag: sf.Tag,
	}
	for _, option := range of.Options {
		switch option {
		case "omitempty", "omitzero":
			f.omit = true
		case "string":
			f.asString = isQuotable(sf.Type)
		}
	}
	var err error
	f.rules, err = c.rulesOf(of.Parent, sf)
	f.required = f.rules.Required()
	return f, err
}

// nameIn returns the name that a tag gives a field, or byDefault without one.
func nameIn(key string, tag reflect.StructTag, byDefault string) string {
	if name, _, _ := strings.Cut(tag.Get(key), ","); name != "" && name != "-" {
		return name
	}
	return byDefault
}

// isQuotable reports whether the option string of a json tag counts for a type.
func isQuotable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	k := t.Kind()
	return reflect.Bool <= k && k <= reflect.Float64 && k != reflect.Uintptr || k == reflect.String
}

// rulesOf compiles the rules of a field of a struct, nil for none.
func (c *Compiler) rulesOf(parent reflect.Type, f reflect.StructField) (*rules.Rules, error) {
	t, _ := Unwrap(f.Type)
	r, err := c.rules.Compile(t, c.rules.Tag(parent, f))
	if err != nil {
		return nil, err
	}
	return r, r.FitsIn(parent, f)
}
