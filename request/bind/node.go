package bind

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// kind says how a value is written.
type kind uint8

const (
	kindBool kind = iota
	kindInt
	kindUint
	kindFloat
	kindString
	kindNumber   // a json.Number
	kindBytes    // base64
	kindTime     // RFC 3339, or a date
	kindDuration // nanoseconds in JSON, 1h30m elsewhere
	kindText     // by encoding.TextUnmarshaler
	kindCustom   // by json.Unmarshaler
	kindAny
	kindPointer
	kindOptional
	kindSlice
	kindArray
	kindMap
	kindObject
)

// forms are what a value of a kind should have been, as rules of violations.
var forms = [...]string{
	kindBool: "boolean", kindInt: "integer", kindUint: "integer", kindFloat: "number", kindString: "string",
	kindNumber: "number", kindBytes: "base64", kindTime: "date-time", kindDuration: "integer", kindText: "text",
	kindCustom: "text", kindSlice: "array", kindArray: "array", kindMap: "object", kindObject: "object",
}

// node knows how values of one type are filled. It never changes once it is compiled.
type node struct {
	kind     kind
	typ      reflect.Type
	size     int64   // of a value, in bytes, without what is behind pointers
	nullable bool    // null is a value
	asText   bool    // of kindCustom: outside of JSON it is written as kindText is
	elem     *node   // of a pointer, an Optional, a list or a map
	key      *node   // of a map
	object   *object // of a struct
}

// expects returns the rule that a value of another form breaks.
func (n *node) expects() string {
	if n.elem != nil && (n.kind == kindPointer || n.kind == kindOptional) {
		return n.elem.expects()
	}
	return forms[n.kind]
}

// inner returns the node behind pointers and Optionals, as far as they are compiled: one that is
// not is a part of itself, and so no text.
func (n *node) inner() *node {
	for (n.kind == kindPointer || n.kind == kindOptional) && n.elem != nil {
		n = n.elem
	}
	return n
}

// bare returns the value behind pointers and Optionals, which rules are about. It is invalid if a
// pointer is nil.
func (n *node) bare(v reflect.Value) reflect.Value {
	for {
		switch n.kind {
		case kindPointer:
			if v = v.Elem(); !v.IsValid() {
				return v
			}
		case kindOptional:
			v = reflect.ValueOf(v.Addr().Interface().(optional).Wrapped()).Elem()
		default:
			return v
		}
		n = n.elem
	}
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	numberType   = reflect.TypeFor[json.Number]()
	customType   = reflect.TypeFor[json.Unmarshaler]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// node returns the node of a type.
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

func (c *Compiler) fill(n *node) error {
	elem, isOptional := Unwrap(n.typ)
	pointer := reflect.PointerTo(n.typ)
	switch {
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
	case pointer.Implements(customType):
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
		fallthrough
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
		switch key.kind {
		case kindString, kindInt, kindUint, kindText:
			n.key = key
		default:
			return fmt.Errorf("the keys of a %s cannot be read", t)
		}
	}
	return c.fillElem(n, t.Elem())
}

func (c *Compiler) fillElem(n *node, t reflect.Type) (err error) {
	if n.elem, err = c.node(t); err != nil {
		return err
	}
	for m := n.elem; m != nil && (m.kind == kindPointer || m.kind == kindOptional); m = m.elem {
		if m == n {
			return fmt.Errorf("a %s points to nothing but itself", t)
		}
	}
	return nil
}
