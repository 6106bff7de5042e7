package view

import (
	"fmt"
	"reflect"
)

// kind is what is known of a value. The zero kind is that of a value of which nothing is known.
type kind struct {
	t         reflect.Type
	settable  bool // it has an address, so it has the methods of the pointer, too
	isMissing bool // the template was called without data
}

var (
	unknown = kind{}
	noData  = kind{isMissing: true}
)

var reflectValue = reflect.TypeFor[reflect.Value]()

// kindOf returns the kind of a type. A value in an interface may be of any type.
func kindOf(t reflect.Type, settable bool) kind {
	if t == nil || t.Kind() == reflect.Interface || t == reflectValue {
		return unknown
	}
	return kind{t: t, settable: settable}
}

// value returns the kind of what a pointer leads to, as templates look at it.
func (k kind) value() kind {
	for k.t != nil && k.t.Kind() == reflect.Pointer {
		k = kindOf(k.t.Elem(), true)
	}
	return k
}

// field returns the kind of a field, of a method that is called with args arguments, or of the value of a map; or why there
// is none.
func (k kind) field(name string, args int) (kind, string) {
	if k.isMissing {
		return unknown, "the template is called without data"
	}
	v := k.value()
	if v.t == nil {
		return unknown, ""
	}
	of := v.t
	if v.settable {
		of = reflect.PointerTo(v.t)
	}
	if m, ok := of.MethodByName(name); ok {
		return result(m, args)
	}
	switch v.t.Kind() {
	case reflect.Struct:
		return v.structField(name, args)
	case reflect.Map:
		if reflect.TypeFor[string]().AssignableTo(v.t.Key()) && args == 0 {
			return kindOf(v.t.Elem(), false), ""
		}
	}
	return unknown, fmt.Sprintf("%v has no %s", v.t, name)
}

// structField returns the kind of a field of a struct.
func (k kind) structField(name string, args int) (kind, string) {
	f, ok := k.t.FieldByName(name)
	switch _, ofPointer := reflect.PointerTo(k.t).MethodByName(name); {
	case ofPointer:
		return unknown, fmt.Sprintf("%s is a method of *%v, and the data is a %v", name, k.t, k.t)
	case !ok:
		return unknown, fmt.Sprintf("%v has no field or method %s", k.t, name)
	case !f.IsExported():
		return unknown, fmt.Sprintf("the field %s of %v is not exported", name, k.t)
	case args > 0:
		return unknown, fmt.Sprintf("the field %s of %v is no method, and has arguments", name, k.t)
	}
	settable := k.settable
	for i := range f.Index[:len(f.Index)-1] {
		settable = settable || k.t.FieldByIndex(f.Index[:i+1]).Type.Kind() == reflect.Pointer
	}
	return kindOf(f.Type, settable), ""
}

// result returns the kind of what a method returns.
func result(m reflect.Method, args int) (kind, string) {
	want := m.Type.NumIn() - 1 // the first one is the receiver
	switch {
	case m.Type.IsVariadic() && args < want-1:
		return unknown, fmt.Sprintf("%s has %d arguments, and needs %d or more", m.Name, args, want-1)
	case !m.Type.IsVariadic() && args != want:
		return unknown, fmt.Sprintf("%s has %d arguments, and needs %d", m.Name, args, want)
	case m.Type.NumOut() == 0 || m.Type.NumOut() > 2 || m.Type.NumOut() == 2 && m.Type.Out(1) != reflect.TypeFor[error]():
		return unknown, fmt.Sprintf("%s does not return a value, or a value and an error", m.Name)
	}
	return kindOf(m.Type.Out(0), false), ""
}

// elements returns what range goes over with so many variables: the kinds of the keys and of the elements; or why it cannot.
func (k kind) elements(variables int) (key, element kind, why string) {
	if k.isMissing {
		return unknown, unknown, "" // there is nothing to go over
	}
	v := k.value()
	if v.t == nil {
		return unknown, unknown, ""
	}
	index := kindOf(reflect.TypeFor[int](), false)
	switch t := v.t; {
	case t.Kind() == reflect.Slice:
		return index, kindOf(t.Elem(), true), ""
	case t.Kind() == reflect.Array:
		return index, kindOf(t.Elem(), v.settable), ""
	case t.Kind() == reflect.Map:
		return kindOf(t.Key(), false), kindOf(t.Elem(), false), ""
	case t.Kind() == reflect.Chan && t.ChanDir() != reflect.SendDir:
		return index, kindOf(t.Elem(), false), ""
	case t.Kind() == reflect.Func && t.CanSeq() && variables < 2:
		return unknown, kindOf(t.In(0).In(0), false), ""
	case t.Kind() == reflect.Func && t.CanSeq2():
		if variables < 2 { // then templates get the first value
			return unknown, kindOf(t.In(0).In(0), false), ""
		}
		return kindOf(t.In(0).In(0), false), kindOf(t.In(0).In(1), false), ""
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr && variables < 2:
		return unknown, kindOf(t, false), ""
	}
	return unknown, unknown, fmt.Sprintf("range does not go over %v with %d variables", v.t, variables)
}
