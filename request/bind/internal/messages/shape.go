package messages

import (
	"reflect"
	"time"
)

// shape is what messages about types differ by: a text has characters, a list has items.
type shape uint8

const (
	number shape = iota // and whatever else is none of these
	text
	items
	moment
)

var moments = reflect.TypeFor[time.Time]()

func shapeOf(t reflect.Type) shape {
	for range 4 { // a type may be a pointer to itself
		if t == nil || t.Kind() != reflect.Pointer {
			break
		}
		t = t.Elem()
	}
	switch {
	case t == nil:
		return number
	case t == moments:
		return moment
	}
	switch t.Kind() {
	case reflect.String:
		return text
	case reflect.Slice, reflect.Array, reflect.Map:
		return items
	case reflect.Struct:
		if t.ConvertibleTo(moments) {
			return moment
		}
	}
	return number
}

// sample returns a value of the shape. The library asks it for nothing but its kind.
func (s shape) sample() any {
	switch s {
	case text:
		return ""
	case items:
		return []int(nil)
	case moment:
		return time.Time{}
	}
	return 0
}
