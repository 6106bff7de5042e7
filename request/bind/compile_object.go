package bind

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// object compiles the members of a struct.
func (c *Compiler) object(t reflect.Type) (*object, error) {
	fields, err := c.members(t)
	if err != nil {
		return nil, err
	}
	o := &object{typ: t, fields: fields, c: c}
	var errs []error
	for i := range o.fields {
		f := &o.fields[i]
		if err := c.complete(f); err != nil {
			errs = append(errs, fmt.Errorf("field %s of %s: %w", f.goName, t, err))
		}
		if source, ok := sourceOf(f.tag); ok && source != inForm {
			errs = append(errs, fmt.Errorf("field %s of %s: the tag %s has no place inside a body", f.goName, t, source))
		}
	}
	o.prepare()
	return o, errors.Join(append(errs, o.checkCase())...)
}

// checkCase refuses members that differ only in case: no client could send both, since
// strictjson refuses what two readers might take for one.
func (o *object) checkCase() error {
	for i := range o.fields {
		for j := range i {
			if a, b := &o.fields[j], &o.fields[i]; strings.EqualFold(a.name, b.name) {
				return fmt.Errorf("fields %s and %s of %s: the names %q and %q differ only in case", a.goName, b.goName, o.typ, a.name, b.name)
			}
		}
	}
	return nil
}

// prepare notes what requests should not have to find out.
func (o *object) prepare() {
	o.needsFinish = o.c.rules.HasStructRules()
	for i := range o.fields {
		f := &o.fields[i]
		o.json.add(f.name)
		o.form.put(f.formName, i)
		o.xml.put(f.xmlName, i)
		o.hasRules = o.hasRules || f.rules != nil
		o.needsFinish = o.needsFinish || f.needsParent || f.required && f.in != inPath || f.defaultText != nil // a path has all of its parameters
		f.rules.Link(func(index []int) int { return o.number(f, index) })
	}
	o.findEmbedded(o.typ, nil)
}

// number returns the position of a field that stands beside f in the struct that declares that,
// negative if it is not filled here.
func (o *object) number(f *field, index []int) int {
	at := slices.Concat(f.index[:len(f.index)-1], index)
	return slices.IndexFunc(o.fields, func(other field) bool { return slices.Equal(other.index, at) })
}

// findEmbedded finds the structs that are embedded and have rules of their own, the innermost first.
func (o *object) findEmbedded(t reflect.Type, index []int) {
	if !o.c.rules.HasStructRules() {
		return
	}
	for i := range t.NumField() {
		sf := t.Field(i)
		inner := structOf(sf.Type)
		if !sf.Anonymous || inner == nil || !o.isFlat(append(index, i)) {
			continue
		}
		at := append(slices.Clone(index), i)
		o.findEmbedded(inner, at)
		if o.c.rules.HasStructRule(inner) {
			o.inner = append(o.inner, at)
		}
	}
}

// isFlat reports whether fields of an embedded struct are fields of this one.
func (o *object) isFlat(index []int) bool {
	return slices.ContainsFunc(o.fields, func(f field) bool {
		return len(f.index) > len(index) && slices.Equal(f.index[:len(index)], index)
	})
}
