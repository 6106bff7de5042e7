package rules

import (
	"reflect"
	"strconv"
	"strings"
)

// otherField is a field that a rule looks at, or a value below one: Limit, Owner.Name, Tags[0].
type otherField struct {
	c         *Compiler
	index     []int  // of the field, in the struct with the rule
	rest      string // the path below the field
	at        int    // the number of the field; negative if nobody knows whether it was sent
	typ       reflect.Type
	canBeNone bool // it may have no value: a nil, or an optional that was not sent
}

// otherField finds a field of a struct by its name in Go, which may be dotted. The first part of the name
// is a field, of which it is known whether it was sent. The rest is a path below the field; of a value
// there only the value itself is known.
func (c *Compiler) otherField(parent reflect.Type, name string) (otherField, bool) {
	if !hasField(parent, name) {
		return otherField{}, false
	}
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	field, _ := parent.FieldByName(name[:end])
	n := otherField{c: c, index: field.Index, rest: strings.TrimPrefix(name[end:], "."), at: -1, canBeNone: true}
	if n.rest == "" {
		n.typ, n.canBeNone = c.static(field.Type)
	}
	return n, true
}

// optional is implemented by optional values.
type optional interface {
	Wrapped() any // a pointer to the value
	IsZero() bool // there is none
}

var optionalType = reflect.TypeFor[optional]()

// static returns the type of the values that a field has, behind pointers and optional values. It is nil if
// the type is known only when there is a value. The bool reports whether the field can have no value. Both
// let mistakes in tags be found at the start.
func (c *Compiler) static(t reflect.Type) (reflect.Type, bool) {
	canBeNone := canBeNil(t.Kind())
	for {
		switch {
		case t.Kind() == reflect.Interface || t.Implements(valuerType) || c.internals.hasCustomType(t):
			return nil, true
		case t.Kind() == reflect.Pointer:
			t = t.Elem()
		case reflect.PointerTo(t).Implements(optionalType):
			t, canBeNone = reflect.TypeOf(reflect.New(t).Interface().(optional).Wrapped()).Elem(), true
		default:
			return t, canBeNone
		}
	}
}

// extract returns the value behind pointers, interfaces and optional values, or the value that the library
// would put in its place. It is invalid if there is none.
func (c *Compiler) extract(v reflect.Value) reflect.Value {
	for v.IsValid() {
		if canBeNil(v.Kind()) && v.IsNil() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
			return reflect.Value{}
		}
		// The library replaces a value before it looks behind a pointer.
		if v.CanInterface() {
			if valuer, ok := v.Interface().(interface{ ValidatorValue() any }); ok {
				v = reflect.ValueOf(valuer.ValidatorValue())
				continue
			}
			if custom := c.customTypeFuncs[v.Type()]; custom != nil {
				v = reflect.ValueOf(custom(v))
				continue
			}
		}
		switch {
		case v.Kind() == reflect.Pointer, v.Kind() == reflect.Interface:
			v = v.Elem()
		case v.CanInterface() && reflect.PointerTo(v.Type()).Implements(optionalType):
			o := addressable(v).Addr().Interface().(optional)
			if o.IsZero() {
				return reflect.Value{}
			}
			v = reflect.ValueOf(o.Wrapped()).Elem()
		default:
			return v
		}
	}
	return v
}

// addressable returns the value, or a copy that can be addressed.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}

// value returns the value of the field, invalid for none, and whether it was sent. If that is not known, a
// value counts as sent if it is not zero. known is false for a field that could not be read.
func (n *otherField) value(in Parent) (v reflect.Value, sent, known bool) {
	if n.at >= 0 { // it is known whether the field was sent
		if in.Unread.Has(n.at) {
			return v, false, false
		}
		if !in.Sent.Has(n.at) {
			return v, false, true
		}
	}
	v = n.c.follow(walk(in.Struct, n.index), n.rest)
	switch {
	case !v.IsValid():
		return v, false, true
	case n.at < 0 && canBeNil(v.Kind()) && v.IsNil(): // an empty list below a field was sent, a nil was not
		return reflect.Value{}, false, true
	case n.at < 0 || n.rest != "":
		return v, hasValue(v), true
	}
	return v, true, true
}

// walk returns the field at an index. It is invalid behind a nil pointer.
func walk(v reflect.Value, index []int) reflect.Value {
	for i, at := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if !v.IsValid() {
			return v
		}
		v = v.Field(at)
	}
	return v
}

// follow returns the value at a path below another one, such as Name, [0] or Names[de].Text. It is invalid
// if there is no such value; a path that no value can have was refused by hasField.
func (c *Compiler) follow(v reflect.Value, path string) reflect.Value {
	for v = c.extract(v); v.IsValid() && path != ""; v = c.extract(v) {
		end := strings.IndexAny(path[1:], ".[") + 1
		if end == 0 {
			end = len(path)
		}
		step := path[:end]
		path = strings.TrimPrefix(path[end:], ".")
		if index, ok := strings.CutPrefix(step, "["); ok {
			v = element(v, strings.TrimSuffix(index, "]"))
			continue
		}
		if v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		field, ok := v.Type().FieldByName(step)
		if !ok {
			return reflect.Value{}
		}
		v = walk(v, field.Index)
	}
	return v
}

// element returns an element of a list, or an entry of a map whose keys are texts or integers.
func element(v reflect.Value, index string) reflect.Value {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		if i, err := strconv.Atoi(index); err == nil && i >= 0 && i < v.Len() {
			return v.Index(i)
		}
	case reflect.Map:
		key := reflect.New(v.Type().Key()).Elem()
		switch {
		case key.Kind() == reflect.String:
			key.SetString(index)
		case key.CanInt():
			i, _ := strconv.ParseInt(index, 10, 64)
			key.SetInt(i)
		case key.CanUint():
			i, _ := strconv.ParseUint(index, 10, 64)
			key.SetUint(i)
		default:
			return reflect.Value{}
		}
		return v.MapIndex(key)
	}
	return reflect.Value{}
}
