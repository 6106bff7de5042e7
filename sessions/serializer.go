package sessions

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// Serializer turns one value of a session into bytes and back. Implementations are safe for concurrent use.
type Serializer interface {
	// Encode returns the bytes of v. It must not keep v, and equal values should give equal bytes: a session compares them to see a change.
	Encode(v any) ([]byte, error)
	// Decode reads data into target, a non-nil pointer to the type that is wanted, which may be *any. Data that does not fit
	// the type is an error.
	Decode(data []byte, target any) error
}

// JSON is the default [Serializer]. Whole numbers read into an any become an int where they fit one.
type JSON struct{}

// Encode implements [Serializer]. Text that is not valid UTF-8 is an error, because JSON cannot carry it; use []byte for such data.
func (JSON) Encode(v any) ([]byte, error) {
	if s, ok := v.(string); ok && !utf8.ValidString(s) {
		return nil, errors.New("the text is not valid UTF-8")
	}
	return json.Marshal(v)
}

// Decode implements [Serializer].
func (JSON) Decode(data []byte, target any) error {
	v, ok := target.(*any)
	if !ok {
		return json.Unmarshal(data, target)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return err
	}
	*v = plainNumbers(*v)
	return nil
}

// plainNumbers replaces every json.Number below v by an int or a float64, so that handlers need no package json to use them.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plainNumbers(v[k])
		}
	}
	return v
}
