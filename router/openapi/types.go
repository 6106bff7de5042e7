package openapi

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	numberType   = reflect.TypeFor[json.Number]()
	readsJSON    = reflect.TypeFor[json.Unmarshaler]()
	readsText    = reflect.TypeFor[encoding.TextUnmarshaler]()
	writesJSON   = reflect.TypeFor[json.Marshaler]()
	writesText   = reflect.TypeFor[encoding.TextMarshaler]()

	describesItself = reflect.TypeFor[Schemer]()
)

// A Schemer is a type that has a JSON Schema of its own. Without the method, a type that reads or writes
// itself by UnmarshalJSON or MarshalJSON has a schema that accepts everything, since its JSON is not known.
type Schemer interface {
	// JSONSchema returns a JSON Schema, of the dialect 2020-12, as JSON: an object, true or false. It is
	// called on a zero value, when the document is built, and holds for input and output.
	JSONSchema() string
}

// ownSchema returns the schema of a Schemer.
func ownSchema(t reflect.Type) json.RawMessage {
	return json.RawMessage(reflect.New(t).Interface().(Schemer).JSONSchema())
}

// checkOwnSchema refuses a text that is no schema.
func checkOwnSchema(t reflect.Type, text json.RawMessage) error {
	var s any
	err := json.Unmarshal(text, &s)
	switch s.(type) {
	case bool, map[string]any:
		return err
	}
	return fmt.Errorf("JSONSchema of %s returns %q, which is no JSON Schema", t, text)
}

// custom returns the schema of a type that is not written like others of its kind. It is nil for all other
// types.
func custom(t reflect.Type, u use) *schema {
	switch {
	case t == timeType && u == asOutput:
		return &schema{Type: types{"string"}, Format: "date-time"}
	case t == timeType:
		return &schema{Type: types{"string"}, AnyOf: []*schema{{Format: "date-time"}, {Format: "date"}}}
	case t == durationType && u.isText():
		return ofType("string")
	case t == durationType:
		return &schema{Type: types{"integer"}, Format: "int64"}
	case t == numberType:
		return ofType("number")
	case t.Kind() == reflect.Interface:
		return nil
	case has(t, describesItself) && !u.isText():
		return &schema{raw: ownSchema(t)}
	case has(t, readsJSON) && u == asInput, has(t, writesJSON) && u == asOutput:
		return &schema{}
	case isTextual(t, u):
		return textual(t, u)
	case isBytes(t):
		return &schema{Type: types{"string"}, ContentEncoding: "base64"}
	}
	return nil
}

// has reports whether values of a type, as they lie in structs, have methods.
func has(t, methods reflect.Type) bool { return reflect.PointerTo(t).Implements(methods) }

// isTextual reports whether a type writes or reads itself as text.
func isTextual(t reflect.Type, u use) bool {
	if t.Kind() == reflect.Interface {
		return false
	}
	if u == asOutput {
		return has(t, writesText)
	}
	return has(t, readsText)
}

// textual returns the schema of a type that is text.
func textual(t reflect.Type, u use) *schema {
	if u == asOutput && !t.Implements(writesText) {
		return &schema{} // encoding/json asks the method only where it can take an address
	}
	s := ofType("string")
	if t.Name() == "UUID" && t.Kind() == reflect.Array && t.Len() == 16 {
		s.Format = "uuid"
	}
	return s
}

// isBytes reports whether a type is written in base64, as encoding/json does.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 &&
		!has(t.Elem(), readsText) && !has(t.Elem(), writesText) && !has(t.Elem(), writesJSON)
}

// isNilable reports whether null stands for the zero value. In output it does not for lists and maps: a
// handler's nil is written as an empty one.
func isNilable(t reflect.Type, u use) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map:
		return u == asInput && (!isTextual(t, u) || has(t, readsJSON))
	case reflect.Interface:
		return !isTextual(t, u)
	}
	return false
}

// isList reports whether an Optional of such values refuses a null: lists and maps, bytes included, but no
// types that read themselves.
func isList(t reflect.Type) bool {
	return (t.Kind() == reflect.Slice || t.Kind() == reflect.Map) && !has(t, readsJSON)
}

// bare returns the schema of a type that is neither a pointer nor an Optional.
func (r *registry) bare(t reflect.Type, at place) (*schema, error) {
	if s := custom(t, at.use); s != nil {
		if s.raw != nil {
			return s, checkOwnSchema(t, s.raw)
		}
		return s, nil
	}
	switch kind := t.Kind(); {
	case kind == reflect.Bool:
		return ofType("boolean"), nil
	case kind == reflect.String:
		return ofType("string"), nil
	case isInteger(kind):
		return integer(t), nil
	case kind == reflect.Float32:
		return &schema{Type: types{"number"}, Format: "float"}, nil
	case kind == reflect.Float64:
		return &schema{Type: types{"number"}, Format: "double"}, nil
	case kind == reflect.Struct && at.use != asText:
		if t.Name() == "" {
			return r.object(t, at.use)
		}
		return r.ref(t, at.use, func() (*schema, error) { return r.object(t, at.use) })
	case kind == reflect.Slice, kind == reflect.Array, kind == reflect.Map && at.use != asText:
		if isRecursive(t) {
			return r.ref(t, at.use, func() (*schema, error) { return r.container(t, place{use: at.use}) })
		}
		return r.container(t, at)
	case kind == reflect.Interface && (at.use == asOutput || t.NumMethod() == 0):
		return &schema{}, nil
	}
	return nil, fmt.Errorf("the type %s has no form in an API", t)
}

func isInteger(k reflect.Kind) bool { return reflect.Int <= k && k <= reflect.Uintptr }

func isSigned(k reflect.Kind) bool { return reflect.Int <= k && k <= reflect.Int64 }

// integer returns the schema of an integer type. Beyond 53 bits the format alone has the limits: programs
// with floating-point numbers only would read other numbers.
func integer(t reflect.Type) *schema {
	s := &schema{Type: types{"integer"}, Format: "int64"}
	bits := t.Bits()
	switch {
	case isSigned(t.Kind()) && bits < 64:
		s.Minimum = json.Number(strconv.FormatInt(math.MinInt64>>(64-bits), 10))
		s.Maximum = json.Number(strconv.FormatInt(math.MaxInt64>>(64-bits), 10))
	case isSigned(t.Kind()):
	case bits < 64:
		s.Minimum = "0"
		s.Maximum = json.Number(strconv.FormatUint(math.MaxUint64>>(64-bits), 10))
	default:
		s.Minimum, s.Format = "0", "uint64"
	}
	if bits < 32 || bits == 32 && isSigned(t.Kind()) {
		s.Format = "int32"
	}
	return s
}

// isRecursive reports whether a type that is no struct holds itself without a named struct between.
func isRecursive(t reflect.Type) bool {
	if t.Name() == "" {
		return false
	}
	seen := map[reflect.Type]bool{}
	var reaches func(reflect.Type) bool
	reaches = func(from reflect.Type) bool {
		if from == t && len(seen) > 0 {
			return true
		}
		if seen[from] {
			return false
		}
		seen[from] = true
		switch from.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			return reaches(from.Elem())
		case reflect.Struct:
			for i := 0; from.Name() == "" && i < from.NumField(); i++ {
				if reaches(from.Field(i).Type) {
					return true
				}
			}
		}
		return false
	}
	return reaches(t)
}
