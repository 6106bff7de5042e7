package rules

import (
	"reflect"
	"time"

	"github.com/go-playground/validator/v10"
)

// subject is the field that the rules of a tag are for, and how the library must be called for its values.
type subject struct {
	t        reflect.Type // without pointers
	pointer  bool         // the field is a pointer to it
	replaced bool         // the library replaces such values, so it must see the whole tag
	boxed    bool         // the library must find the value in a slice, see isBoxed
	valuer   bool         // the library replaces a pointer to such a value
	location *location    // the field
}

var (
	valuerType = reflect.TypeFor[validator.Valuer]()
	timeType   = reflect.TypeFor[time.Time]()
)

func (c *Compiler) subject(field reflect.Type, at *location) subject {
	s := subject{t: field, location: at}
	for s.t.Kind() == reflect.Pointer {
		s.t, s.pointer = s.t.Elem(), true
	}
	s.valuer = reflect.PointerTo(s.t).Implements(valuerType)
	// The library replaces a value by a method or a custom type function of its type, and by the content of an interface.
	s.replaced = s.t.Kind() == reflect.Interface || c.custom && c.internals.hasCustomType(s.t) ||
		s.t.Implements(valuerType) || s.pointer && s.valuer
	s.boxed = s.replaced || isBoxed(s.t)
	return s
}

// isBoxed reports whether the library checks the tag of a value only if it finds the value inside of
// another one. A struct on its own has its fields checked instead, and for an interface the library does
// not see that the value came from one.
func isBoxed(t reflect.Type) bool {
	return t.Kind() == reflect.Interface || t.Kind() == reflect.Struct && !t.ConvertibleTo(timeType)
}

// argument makes an argument for the library of a value. Rules may call methods of a pointer to the value,
// so byPointer allows one. It is not for rules about emptiness: a value behind a pointer is never empty to
// the library. A boxed value stands in a slice, and its tag behind dive, see isBoxed.
func (s subject) argument(v reflect.Value, byPointer bool) any {
	switch {
	case s.boxed:
		return box(s.field(v)).Interface()
	case s.pointer:
		return s.field(v).Interface()
	case byPointer && v.CanAddr() && !s.valuer:
		return v.Addr().Interface()
	default:
		return v.Interface()
	}
}

// field returns the value with the pointers or the interface that the field has.
func (s subject) field(v reflect.Value) reflect.Value {
	switch {
	case s.pointer && v.CanAddr():
		return v.Addr()
	case s.pointer:
		p := reflect.New(s.t)
		p.Elem().Set(v)
		return p
	case s.t.Kind() == reflect.Interface && v.Kind() != reflect.Interface:
		i := reflect.New(s.t).Elem()
		i.Set(v)
		return i
	}
	return v
}

// box returns a slice with the value as its element.
func box(v reflect.Value) reflect.Value {
	in := reflect.MakeSlice(reflect.SliceOf(v.Type()), 1, 1)
	in.Index(0).Set(v)
	return in
}

// samples returns values of a type to try rules on: the zero value, and one that is not empty.
func samples(t reflect.Type) []reflect.Value {
	full := reflect.New(t).Elem()
	fill(full, 0)
	return []reflect.Value{reflect.New(t).Elem(), full}
}

// fill sets a value to one that is not empty. It stops at some depth, since types may contain themselves.
func fill(v reflect.Value, depth int) {
	if depth > 3 {
		return
	}
	switch {
	case v.CanInt():
		v.SetInt(1)
	case v.CanUint():
		v.SetUint(1)
	case v.CanFloat():
		v.SetFloat(1)
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Array:
		for i := range min(v.Len(), 2) {
			fill(v.Index(i), depth+1)
		}
	case reflect.Map:
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(elem, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, elem)
	}
}

// orZero returns a value that is not empty in place of none.
func orZero(v reflect.Value) reflect.Value {
	if v.IsValid() {
		return v
	}
	return reflect.ValueOf(true)
}
