package bind

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/bind/rules"
	"github.com/soay-go/soay/request/strictjson"
)

// Property is a member of the JSON object that a struct is.
type Property struct {
	Name       string // on the wire
	FormName   string // in a form: that of the tag form, or else Name
	XMLName    string // in XML: that of the tag xml, or else Name
	FieldName  string // in Go
	Type       reflect.Type
	Omit       bool // is left out of output when empty or zero: omitempty or omitzero
	AsString   bool // the option string of the tag: a number or bool inside a string
	Required   bool // must be there in input
	Default    string
	HasDefault bool
	Rules      *rules.Rules // nil without
	Tag        reflect.StructTag

	index  []int
	parent reflect.Type // the struct that declares the field
}

// Properties returns the members of the JSON object that a struct type is, in the order and with
// the names that encoding/json gives them, see [strictjson.Fields].
func (c *Compiler) Properties(t reflect.Type) ([]Property, error) {
	var all []Property
	for _, f := range strictjson.Fields(t) {
		if err := checkEmbedded(t, f.Index); err != nil {
			return nil, err
		}
		p, err := c.property(f)
		if err != nil {
			return nil, fmt.Errorf("field %s of %s: %w", f.Struct.Name, f.Parent, err)
		}
		all = append(all, p)
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

func (c *Compiler) property(f strictjson.Field) (Property, error) {
	sf := f.Struct
	p := Property{Name: f.Name, FieldName: sf.Name, Type: sf.Type, Tag: sf.Tag, index: f.Index, parent: f.Parent}
	for _, option := range f.Options {
		switch option {
		case "omitempty", "omitzero":
			p.Omit = true
		case "string":
			p.AsString = isQuotable(sf.Type)
		}
	}
	var err error
	p.FormName, p.XMLName = nameIn("form", sf.Tag, p.Name), nameIn("xml", sf.Tag, p.Name)
	p.Default, p.HasDefault = sf.Tag.Lookup("default")
	p.Rules, err = c.rulesOf(f.Parent, sf)
	p.Required = p.Rules.Required()
	return p, err
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
