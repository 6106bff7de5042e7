package rules

import (
	"reflect"
	"time"

	"github.com/go-playground/validator/v10"
)

// subject is what the rules of a tag are for.
type subject struct {
	t        reflect.Type // without pointers
	pointer  bool         // the field is a pointer to it
	replaced bool         // the library replaces such values by others, so that it must see all of the tag
	boxed    bool         // the library must find the value in a slice
	valuer   bool         // a pointer to such a value is replaced by another value
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
	s.replaced = s.t.Kind() == reflect.Interface || c.custom && c.internals.hasCustomType(s.t) ||
		s.t.Implements(valuerType) || s.pointer && s.valuer
	s.boxed = s.replaced || isBoxed(s.t)
	return s
}

// isBoxed reports whether the library judges a value by its tag only if it finds it inside another
// one: it takes a struct on its own for one whose fields are to be judged, and does not see that a
// value came from an interface.
func isBoxed(t reflect.Type) bool {
	return t.Kind() == reflect.Interface || t.Kind() == reflect.Struct && !t.ConvertibleTo(timeType)
}

// hand makes an argument for the library of a value. Methods that rules call may be those of the
// pointer, so that it gets that where it can; but what is behind a pointer is never empty.
func (s subject) hand(v reflect.Value, byPointer bool) any {
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

// field is the value as the field has it.
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

func box(v reflect.Value) reflect.Value {
	in := reflect.MakeSlice(reflect.SliceOf(v.Type()), 1, 1)
	in.Index(0).Set(v)
	return in
}

// samples returns values of a type to try rules on: the zero value and one that is not empty.
func samples(t reflect.Type) []reflect.Value {
	full := reflect.New(t).Elem()
	fill(full, 0)
	return []reflect.Value{reflect.New(t).Elem(), full}
}

// fill gives a value something to look at. Types may contain themselves, so that it stops
// somewhere.
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

// orZero is a value that is not empty if there is none.
func orZero(v reflect.Value) reflect.Value {
	if v.IsValid() {
		return v
	}
	return reflect.ValueOf(true)
}
