package strictjson

import (
	"encoding/json"
	"reflect"
)

// Unmarshal checks data as [Check] does and then decodes it into v, a pointer that is not nil, as [json.Unmarshal] does.
// A text that Check refuses leaves v as it was; after other errors v may be partly filled and should be dropped.
//
// A mistake of the client is an *[Error]. Every other error is a mistake of the developer: a *[json.InvalidUnmarshalError] for a
// v that is nil or no pointer, whatever data is, and errors of encoding/json for types that no text could be decoded into,
// such as channels. Unmarshal does not keep data; it may be called by several goroutines at once.
func Unmarshal(data []byte, v any, opts Options) error {
	if target := reflect.ValueOf(v); target.Kind() != reflect.Pointer || target.IsNil() {
		return &json.InvalidUnmarshalError{Type: reflect.TypeOf(v)}
	}
	if err := Check(data, opts); err != nil {
		return err
	}
	exact, refused := fit(data, reflect.ValueOf(v), opts)
	if refused != nil {
		return refused
	}
	if err := json.Unmarshal(exact, v); err != nil {
		return refusal(data, err)
	}
	return nil
}
