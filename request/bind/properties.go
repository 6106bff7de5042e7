package bind

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/soay-go/soay/request/bind/rules"
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

	index []int
}

// Properties returns the members of the JSON object that a struct type is, in the order and with
// the names that encoding/json gives them: fields of embedded structs are members too, a field
// hides those of its name that lie deeper, and where two lie equally deep one with a tag wins, or
// neither.
func (c *Compiler) Properties(t reflect.Type) ([]Property, error) {
	var found []Property
	if err := c.collect(t, nil, map[reflect.Type]bool{}, &found); err != nil {
		return nil, err
	}
	byName := map[string][]Property{}
	for _, p := range found {
		byName[p.Name] = append(byName[p.Name], p)
	}
	return slices.DeleteFunc(found, func(p Property) bool { return !dominates(p, byName[p.Name]) }), nil
}

// dominates reports whether p is the one of its namesakes that counts.
func dominates(p Property, namesakes []Property) bool {
	rank := func(q Property) int {
		untagged := 1
		if name, _ := jsonName(q.Tag); name != "" {
			untagged = 0
		}
		return 2*len(q.index) + untagged
	}
	for _, q := range namesakes {
		if !slices.Equal(p.index, q.index) && cmp.Compare(rank(q), rank(p)) <= 0 {
			return false
		}
	}
	return true
}

// collect finds the fields of a struct and of those embedded in it. within are the structs that are
// being looked at; one that embeds itself has nothing new below.
func (c *Compiler) collect(t reflect.Type, index []int, within map[reflect.Type]bool, found *[]Property) error {
	if within[t] {
		return nil
	}
	within[t] = true
	defer delete(within, t)
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(slices.Clone(index), i)
		name, options := jsonName(f.Tag)
		switch {
		case f.Tag.Get("json") == "-":
			continue
		case f.Anonymous && name == "" && structOf(f.Type) != nil:
			if f.Type.Kind() == reflect.Pointer && !f.IsExported() {
				return fmt.Errorf("field %s of %s: an embedded pointer to a struct that is not exported cannot be set", f.Name, t)
			}
			if err := c.collect(structOf(f.Type), at, within, found); err != nil {
				return err
			}
			continue
		case !f.IsExported() && (!f.Anonymous || f.Type.Kind() != reflect.Struct):
			continue
		}
		p, err := c.property(t, f, name, options)
		if err != nil {
			return fmt.Errorf("field %s of %s: %w", f.Name, t, err)
		}
		p.index = at
		*found = append(*found, p)
	}
	return nil
}

// structOf returns the struct that t is or points to, nil for none and for structs that are written
// as something else than an object.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// jsonName returns the name that a tag gives a field in JSON, and the options behind it. A name
// that encoding/json does not take counts as none.
func jsonName(tag reflect.StructTag) (name, options string) {
	name, options, _ = strings.Cut(tag.Get("json"), ",")
	for _, r := range name {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return "", options
		}
	}
	return name, options
}

func (c *Compiler) property(t reflect.Type, f reflect.StructField, name, options string) (Property, error) {
	p := Property{Name: name, FieldName: f.Name, Type: f.Type, Tag: f.Tag}
	if name == "" {
		p.Name = f.Name
	}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty", "omitzero":
			p.Omit = true
		case "string":
			p.AsString = isQuotable(f.Type)
		}
	}
	var err error
	p.FormName, p.XMLName = nameIn("form", f.Tag, p.Name), nameIn("xml", f.Tag, p.Name)
	p.Default, p.HasDefault = f.Tag.Lookup("default")
	p.Rules, err = c.rulesOf(t, f)
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
	return r, r.FitsIn(parent)
}
