package strictjson

import (
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
)

// refusal turns an error of encoding/json into an *Error, unless it is a mistake of the developer. One such error has no
// type of its own and is known by the start of its text.
func refusal(data []byte, err error) error {
	if _, ok := errors.AsType[*json.InvalidUnmarshalError](err); ok {
		return err // from a method of the target that calls json.Unmarshal
	}
	switch e := err.(type) {
	case *json.UnmarshalTypeError:
		return typeError(data, e)
	case *Error: // from a method too; it counts bytes from the start of its part
		return &Error{Kind: e.Kind, Reason: e.Reason, Offset: -1, cause: e}
	}
	if strings.HasPrefix(err.Error(), "json: cannot set embedded pointer to unexported struct") {
		return err
	}
	return &Error{Kind: KindValue, Reason: "value not accepted", Offset: -1, cause: err}
}

func typeError(data []byte, e *json.UnmarshalTypeError) error {
	if undecodable(e) {
		return e
	}
	cause := *e
	cause.Value = jsonType(e.Value)
	offset, place := refused(data, e)
	return &Error{
		Kind:    KindType,
		Reason:  cause.Value + " does not fit the target",
		Offset:  int64(offset),
		Pointer: place,
		cause:   &cause,
	}
}

// undecodable reports whether e is about a type that no value of its kind could ever be decoded into.
func undecodable(e *json.UnmarshalTypeError) bool {
	if e.Type == nil || reflect.PointerTo(e.Type).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return false
	}
	switch e.Type.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return true
	case reflect.Interface:
		return e.Type.NumMethod() > 0
	case reflect.Map:
		return e.Value == "object" // only the type of its keys can be the obstacle
	}
	return false
}

// jsonType reduces the Value of a json.UnmarshalTypeError, which can be as telling as "number 300", to a JSON type.
func jsonType(value string) string {
	word, _, _ := strings.Cut(value, " ")
	switch word {
	case "array", "object", "string", "number", "bool":
		return word
	}
	return "value"
}

// refused finds the value or map key that e is about. A method of the target that calls json.Unmarshal itself counts from
// the start of its part of the text. The value found then is seldom a real one, and does no harm.
func refused(data []byte, e *json.UnmarshalTypeError) (offset int, place string) {
	var p path
	for start, end := range tokens(data) {
		isName := p.take(data[start:end])
		switch {
		case !isMeant(data[start:end], int64(start), isName, e):
		case isName:
			return start, pointer(data, end)
		default:
			return start, pointer(data, start)
		}
	}
	return -1, ""
}

// isMeant reports whether e is about the token that starts at this offset. The offset in e is the start or the end of the
// token, or one byte after these, depending on the value and on the version of encoding/json.
func isMeant(token []byte, start int64, isName bool, e *json.UnmarshalTypeError) bool {
	if !describes(jsonType(e.Value), token[0], isName) {
		return false
	}
	switch e.Offset - start {
	case 0:
		return true
	case 1:
		return isName || len(token) == 1
	case int64(len(token)):
		return !isName
	case int64(len(token)) + 1:
		return e.Value == "number "+string(token)
	}
	return false
}

// describes reports whether kind can be the JSON type of a token that starts with this byte. For a key of a map, and for a
// string behind the ",string" tag option, it is the type of its content.
func describes(kind string, first byte, isName bool) bool {
	switch first {
	case '"':
		return kind == "number" || kind == "string" && !isName
	case '[':
		return kind == "array"
	case '{':
		return kind == "object"
	case 't', 'f':
		return kind == "bool"
	}
	return kind == "number" && (first == '-' || isDigit(first))
}
