package bind

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	numberType   = reflect.TypeFor[json.Number]()
	customType   = reflect.TypeFor[json.Unmarshaler]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// node returns the node of a type. It is in the map before its parts are made, so that a part of the same
// type finds it: that is how the circle of a type that contains itself is closed.
func (c *Compiler) node(t reflect.Type) (*node, error) {
	if n := c.nodes[t]; n != nil {
		return n, nil
	}
	n := &node{typ: t, size: int64(t.Size())}
	c.nodes[t] = n // before its parts, which may be of the same type
	if err := c.fill(n); err != nil {
		delete(c.nodes, t)
		return nil, err
	}
	return n, nil
}

// fill finds the kind of a node. The order matters:
//
//   - types that this package knows, since time.Time also has methods of its own
//   - pointers, which are followed
//   - types that read themselves; JSON comes before text, as in encoding/json
//   - the kind of the Go type
func (c *Compiler) fill(n *node) error {
	elem, isOptional := Unwrap(n.typ)
	pointer := reflect.PointerTo(n.typ)
	switch {
	case isForm(n.typ):
		return errors.New("a Form is an input, or a field of one; it has no place elsewhere")
	case n.typ == fileType || n.typ == streamType:
		return errors.New("a file is a field of an input, tagged form; it has no place in a body. " +
			"A Form with files is the input as a whole, with a tag at each field")
	case isOptional:
		n.kind = kindOptional
		return c.fillElem(n, elem)
	case n.typ == timeType:
		n.kind = kindTime
	case n.typ == durationType:
		n.kind = kindDuration
	case n.typ == numberType:
		n.kind = kindNumber
	case n.typ.Kind() == reflect.Pointer:
		n.kind, n.nullable = kindPointer, true
		return c.fillElem(n, n.typ.Elem())
	case pointer.Implements(customType): // a method of the value is one of the pointer too
		n.kind, n.asText = kindCustom, pointer.Implements(textType)
		n.nullable = n.typ.Kind() == reflect.Slice || n.typ.Kind() == reflect.Map
	case pointer.Implements(textType):
		n.kind = kindText
	default:
		return c.fillKind(n)
	}
	return nil
}

// fillKind fills the node of a type without methods of its own.
func (c *Compiler) fillKind(n *node) error {
	switch t := n.typ; t.Kind() {
	case reflect.Bool:
		n.kind = kindBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n.kind = kindInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n.kind = kindUint
	case reflect.Float32, reflect.Float64:
		n.kind = kindFloat
	case reflect.String:
		n.kind = kindString
	case reflect.Struct:
		n.kind = kindObject
		var err error
		n.object, err = c.object(t)
		return err
	case reflect.Slice, reflect.Array, reflect.Map:
		return c.fillContainer(n)
	case reflect.Interface:
		if t.NumMethod() == 0 {
			n.kind, n.nullable = kindAny, true
			return nil
		}
		fallthrough // no value has the methods of another interface
	default:
		return fmt.Errorf("no value that a client sends fits a %s", t)
	}
	return nil
}

// fillContainer fills the node of a list or map.
func (c *Compiler) fillContainer(n *node) error {
	t := n.typ
	switch t.Kind() {
	case reflect.Slice:
		n.kind, n.nullable = kindSlice, true
		// A slice of bytes is base64, as in encoding/json, unless the bytes read themselves.
		elem := reflect.PointerTo(t.Elem())
		if t.Elem().Kind() == reflect.Uint8 && !elem.Implements(textType) && !elem.Implements(customType) {
			n.kind = kindBytes
			return nil
		}
	case reflect.Array:
		n.kind = kindArray
	case reflect.Map:
		n.kind, n.nullable = kindMap, true
		key, err := c.node(t.Key())
		if err != nil {
			return err
		}
		// A name in JSON is a string, so a key must be written as text.
		switch key.kind {
		case kindString, kindInt, kindUint, kindText:
			n.key = key
		default:
			return fmt.Errorf("the keys of a %s cannot be read", t)
		}
	}
	return c.fillElem(n, t.Elem())
}

// fillElem adds the node of elements, or of the value behind a pointer. It refuses a type that consists of
// pointers alone, such as type T *T: following them would never end.
func (c *Compiler) fillElem(n *node, t reflect.Type) (err error) {
	if n.elem, err = c.node(t); err != nil {
		return err
	}
	// The chain of pointers may lead back to n: then all of it is compiled but n itself.
	for m := n.elem; m != nil && (m.kind == kindPointer || m.kind == kindOptional); m = m.elem {
		if m == n {
			return fmt.Errorf("a %s points to nothing but itself", t)
		}
	}
	return nil
}
