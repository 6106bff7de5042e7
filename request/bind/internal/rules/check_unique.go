package rules

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// manyElements is the length from which on a map is faster than comparing all elements with each other.
const manyElements = 24

// unique makes the check of lists and maps. A parameter is the name of the field by which elements are
// compared. The check is nil for values without elements, and for elements without the field. Elements of
// the usual types are compared without an allocation.
func (c *Compiler) unique(t reflect.Type, param string) func(v reflect.Value) bool {
	if !hasLength(t.Kind()) {
		return nil
	}
	elem := t.Elem()
	if param != "" && t.Kind() != reflect.Map {
		if inner := deref(elem); inner.Kind() == reflect.Struct {
			if field, ok := inner.FieldByName(param); ok && field.IsExported() {
				return c.uniqueKeys(func(v reflect.Value) any { return c.key(walk(c.extract(v), field.Index)) })
			}
		}
		return nil
	}
	switch k := elem.Kind(); {
	case t.Kind() == reflect.Map:
	case k == reflect.String:
		return uniqueBy(reflect.Value.String)
	case isInt(k):
		return uniqueBy(reflect.Value.Int)
	case isUint(k):
		return uniqueBy(reflect.Value.Uint)
	case isFloat(k):
		return uniqueBy(reflect.Value.Float)
	case k == reflect.Bool:
		return uniqueBy(reflect.Value.Bool)
	}
	return c.uniqueKeys(c.key)
}

// deref returns the type that t points to, or t.
func deref(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// uniqueBy makes the check of lists whose elements are compared by a value of theirs. A short list needs no
// memory.
func uniqueBy[T comparable](value func(v reflect.Value) T) func(v reflect.Value) bool {
	return func(v reflect.Value) bool {
		n := v.Len()
		if n > manyElements {
			return allUnique(v, value)
		}
		var seen [manyElements]T // on the stack
		for i := range n {
			x := value(v.Index(i))
			if slices.Contains(seen[:i], x) {
				return false
			}
			seen[i] = x
		}
		return true
	}
}

// allUnique is the check of a long list.
func allUnique[T comparable](v reflect.Value, value func(v reflect.Value) T) bool {
	seen := make(map[T]struct{}, v.Len())
	for i := range v.Len() {
		x := value(v.Index(i))
		if _, ok := seen[x]; ok {
			return false
		}
		seen[x] = struct{}{}
	}
	return true
}

// uniqueKeys makes the check of lists and maps whose elements are compared by keys.
func (c *Compiler) uniqueKeys(key func(v reflect.Value) any) func(v reflect.Value) bool {
	return func(v reflect.Value) bool {
		if v.Kind() != reflect.Map {
			return allUnique(v, key)
		}
		seen := make(map[any]struct{}, v.Len())
		for entries := v.MapRange(); entries.Next(); {
			seen[key(entries.Value())] = struct{}{}
		}
		return len(seen) == v.Len()
	}
}

// uniqueInside checks a value in an interface, which must have elements.
func (c *Compiler) uniqueInside(v reflect.Value) bool {
	v = c.extract(v)
	return v.IsValid() && hasLength(v.Kind()) && c.uniqueKeys(c.key)(v)
}

// Keys of elements that cannot be keys themselves.
type (
	nothing struct{} // of nil
	written struct{ text string }
)

// key returns a value that is equal for equal elements, and for no others. An element that Go cannot
// compare is written as JSON, and the texts are compared.
func (c *Compiler) key(v reflect.Value) any {
	switch v = c.extract(v); {
	case !v.IsValid():
		return nothing{}
	case v.Comparable():
		return v.Interface()
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return written{fmt.Sprintf("%#v", v.Interface())}
	}
	return written{string(text)}
}
