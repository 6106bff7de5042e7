package messages

import (
	"reflect"
	"time"
)

// Shape is the kind of type that messages distinguish: a text has characters, a list has items.
type Shape uint8

const (
	Number Shape = iota // and all other types
	Text                // string
	Items               // slice, array or map
	Moment              // time.Time, and types of its kind
)

var moments = reflect.TypeFor[time.Time]()

// ShapeOf returns the shape of a type or of what pointers of it lead to.
func ShapeOf(t reflect.Type) Shape {
	for range 4 { // a type may be a pointer to itself
		if t == nil || t.Kind() != reflect.Pointer {
			break
		}
		t = t.Elem()
	}
	switch {
	case t == nil:
		return Number
	case t == moments:
		return Moment
	}
	switch t.Kind() {
	case reflect.String:
		return Text
	case reflect.Slice, reflect.Array, reflect.Map:
		return Items
	case reflect.Struct:
		if t.ConvertibleTo(moments) {
			return Moment
		}
	}
	return Number
}
