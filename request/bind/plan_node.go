package bind

import (
	"reflect"

	"github.com/soay-go/soay/request/upload"
)

// kind says how the values of a type are written, and so which function sets them.
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
	kindFile     // in a form
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

// forms names the form in which values of a kind are written. It is the rule that a value in another form
// breaks.
var forms = [...]string{
	kindBool: "boolean", kindInt: "integer", kindUint: "integer", kindFloat: "number", kindString: "string",
	kindNumber: "number", kindBytes: "base64", kindTime: "date-time", kindDuration: "integer", kindFile: upload.RuleFile, kindText: "text",
	kindCustom: "text", kindSlice: "array", kindArray: "array", kindMap: "object", kindObject: "object",
}

// node knows how the values of one type are set. It never changes once it is compiled.
type node struct {
	kind     kind
	typ      reflect.Type
	size     int64   // of a value in bytes, without what its pointers lead to
	nullable bool    // null is a value
	asText   bool    // for kindCustom: outside of JSON it is written like kindText
	elem     *node   // of a pointer, an Optional, a list or a map
	key      *node   // of a map
	object   *object // of a struct
}

// expects returns the rule that a value in another form breaks.
func (n *node) expects() string {
	if n.elem != nil && (n.kind == kindPointer || n.kind == kindOptional) {
		return n.elem.expects()
	}
	return forms[n.kind]
}

// inner returns the node behind pointers and Optionals. While a type is compiled that contains itself, it
// stops at a node whose parts are not there yet. Such a node is not that of a text.
func (n *node) inner() *node {
	for (n.kind == kindPointer || n.kind == kindOptional) && n.elem != nil {
		n = n.elem
	}
	return n
}

// bare returns the value behind pointers and Optionals, for the rules. It is invalid if a pointer is nil.
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

// open returns the node and the value behind pointers and Optionals. Nil pointers get something to point
// to, and Optionals are marked as sent.
func (n *node) open(v reflect.Value, memory *budget) (*node, reflect.Value) {
	for {
		switch n.kind {
		case kindPointer:
			if v.IsNil() {
				memory.take(n.elem.size)
				v.Set(reflect.New(n.elem.typ))
			}
			v = v.Elem()
		case kindOptional:
			o := v.Addr().Interface().(optional)
			o.mark()
			v = reflect.ValueOf(o.Wrapped()).Elem()
		default:
			return n, v
		}
		n = n.elem
	}
}

// of returns the field in a struct. Nil pointers to embedded structs on the way get something to point to.
func (f *field) of(v reflect.Value, memory *budget) reflect.Value {
	if len(f.index) == 1 { // nearly always
		return v.Field(f.index[0])
	}
	for i, at := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				memory.take(int64(v.Type().Elem().Size()))
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(at)
	}
	return v
}

// embedded returns a struct that is embedded in v, v itself for an empty index. It is invalid behind a nil
// pointer.
func embedded(v reflect.Value, index []int) reflect.Value {
	for _, at := range index {
		if v = v.Field(at); v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
	}
	return v
}

// isText reports whether a value is written as one piece of text outside of JSON.
func (n *node) isText() bool {
	n = n.inner()
	// The kinds up to kindDuration are in this order for the sake of this line.
	return n.kind <= kindDuration && n.kind != kindBytes || n.kind == kindText || n.asText
}

// isTexts reports whether a value is a list of such texts. It is false for a list that contains itself: the
// node of its elements may not be complete yet.
func (n *node) isTexts() bool {
	n = n.inner()
	return n.kind == kindSlice && n.elem != nil && n.elem.isText()
}
