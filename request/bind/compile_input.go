package bind

import (
	"errors"
	"fmt"
	"reflect"
)

// source is where a value of a request comes from, named as the tag that says so.
type source string

const (
	inPath   source = "path"
	inQuery  source = "query"
	inHeader source = "header"
	inCookie source = "cookie"
	inForm   source = "form"
	inBody   source = "body"
)

// sources are all sources, in the order in which the tags of a field are looked for.
var sources = []source{inPath, inQuery, inHeader, inCookie, inForm, inBody}

// sourceOf returns the source that the tags of a field name.
func sourceOf(tag reflect.StructTag) (source, bool) {
	for _, s := range sources {
		if _, ok := tag.Lookup(string(s)); ok {
			return s, true
		}
	}
	return "", false
}

// anotherSource returns a source that the tags name besides the first.
func anotherSource(tag reflect.StructTag, first source) (source, bool) {
	for _, s := range sources {
		if _, ok := tag.Lookup(string(s)); ok && s != first {
			return s, true
		}
	}
	return "", false
}

// inputs takes the fields of an input into the plan. Embedded structs are flattened: their fields count as
// fields of the input. index is the way to t from the input.
func (c *Compiler) inputs(p *Plan, t reflect.Type, index []int) []error {
	var errs []error
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int(nil), index...), i) // a slice of its own, since it is kept
		if err := c.input(p, t, f, at); err != nil {
			errs = append(errs, fmt.Errorf("field %s of %s: %w", f.Name, t, err))
		}
		if _, ok := sourceOf(f.Tag); !ok && isFlattened(f) && !reflect.PointerTo(f.Type).Implements(binderType) {
			errs = append(errs, c.inputs(p, f.Type, at)...)
		}
	}
	return errs
}

// input takes one field of an input, or of a struct embedded in it, into the plan. Every exported field
// must say where it comes from: a field that was forgotten would always be zero.
func (c *Compiler) input(p *Plan, t reflect.Type, f reflect.StructField, at []int) error {
	source, ok := sourceOf(f.Tag)
	of, isOne := formOf(f.Type)
	_, injected := f.Tag.Lookup("inject")
	if other, two := anotherSource(f.Tag, source); ok && two {
		return fmt.Errorf("it cannot be both from the %s and from the %s", source, other)
	}
	switch {
	case !f.IsExported() && (ok || injected):
		return errors.New("it is not exported, so it cannot be set")
	case !f.IsExported() && (!f.Anonymous || f.Type.Kind() != reflect.Struct):
		return nil // the program's own; exported fields of an embedded struct can be set
	case ok && injected:
		return fmt.Errorf("it cannot be both from the %s and a service", source)
	case injected:
		p.services = append(p.services, service{typ: f.Type, name: f.Name, index: at})
		return nil
	case holdsFile(f.Type):
		return c.fileField(p, t, f, at, source)
	case isOne:
		return c.formField(p, f, at, of)
	case ok && source == inBody:
		return c.bodyField(p, t, f, at)
	case ok:
		return c.param(p, t, f, at, source)
	case reflect.PointerTo(f.Type).Implements(binderType):
		p.binders = append(p.binders, at)
		return nil
	case f.Anonymous && f.Type.Kind() == reflect.Struct, f.Tag.Get("json") == "-":
		return nil // its fields are taken by inputs; the tag says that the field is not for requests
	case f.Anonymous && structOf(f.Type) != nil:
		return errors.New("it is embedded through a pointer; embed the struct itself")
	}
	return errors.New("nothing says where it comes from; tag it with path, query, header, cookie, form, body or inject")
}

// isFlattened reports whether a field is an embedded struct whose fields count as those of the struct
// around it.
func isFlattened(f reflect.StructField) bool {
	return f.Anonymous && f.Type.Kind() == reflect.Struct && f.Type.NumField() > 0 && !isForm(f.Type)
}
