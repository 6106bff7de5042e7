package bind

import (
	"encoding/json"
	"reflect"

	"github.com/soay-go/soay/request/strictjson"
)

// Optional is a value that may not have been sent. It distinguishes 0, false and "" from no value. As a
// member of a JSON object it refuses a null, whatever T is, also for a list or a map. Optional[*T] takes a
// null, so that absent, null and a value are three things. An Optional[any] takes anything.
//
// Its zero value is no value. It is not safe for concurrent writes.
type Optional[T any] struct {
	value T
	sent  bool
}

// Some returns an Optional with a value.
func Some[T any](v T) Optional[T] { return Optional[T]{value: v, sent: true} }

// Get returns the value and whether there is one.
func (o Optional[T]) Get() (T, bool) { return o.value, o.sent }

// Or returns the value, or fallback where there is none.
func (o Optional[T]) Or(fallback T) T {
	if o.sent {
		return o.value
	}
	return fallback
}

// IsZero reports whether there is no value. With it the option omitzero of a json tag leaves the
// member out.
func (o Optional[T]) IsZero() bool { return !o.sent }

// MarshalJSON implements json.Marshaler. No value is written as null.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if !o.sent {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON implements json.Unmarshaler, for code other than this package. It reads as strictly
// as package strictjson.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	if err := strictjson.Unmarshal(b, &o.value, strictjson.Options{}); err != nil {
		return err
	}
	o.sent = true
	return nil
}

// optional is implemented by all Optionals.
type optional interface {
	strictjson.Wrapper
	mark()
}

// Wrapped implements [strictjson.Wrapper]: it returns a pointer to the value, sent or not.
func (o *Optional[T]) Wrapped() any { return &o.value }

func (o *Optional[T]) mark() { o.sent = true }

var optionalType = reflect.TypeFor[optional]()

// Unwrap returns the T of an Optional[T] and true, and any other type as it is. It is for the framework.
func Unwrap(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct || !reflect.PointerTo(t).Implements(optionalType) {
		return t, false
	}
	// A struct that embeds an Optional has its methods, too. Its first field is another one.
	o, isOne := reflect.New(t).Interface().(strictjson.Wrapper)
	if !isOne || t.NumField() == 0 || t.Field(0).Name != "value" {
		return t, false // a struct that embeds one
	}
	return reflect.TypeOf(o.Wrapped()).Elem(), true
}
