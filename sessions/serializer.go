package sessions

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// Serializer turns one value of a session into bytes and back. Implementations must be safe for
// concurrent use.
type Serializer interface {
	// Encode returns the bytes of v. It must not keep v, and equal values should give equal bytes:
	// a session compares them to see a change.
	Encode(v any) ([]byte, error)
	// Decode reads data into target, a non-nil pointer to the wanted type, which may be *any. Data that
	// does not fit the type is an error.
	Decode(data []byte, target any) error
}

// JSON is the default [Serializer]. Whole numbers read into an any become an int where they fit
// one.
type JSON struct{}

// Encode implements [Serializer]. Text that is not valid UTF-8 is an error, because JSON cannot
// carry it; use []byte for such data.
func (JSON) Encode(v any) ([]byte, error) {
	if data, ok := appendPlain(nil, v); ok {
		return data, nil
	}
	data, err := json.Marshal(v)
	if err == nil && hasReplacement(data) {
		err = errors.New("a text in it is not valid UTF-8")
	}
	return data, err
}

// hasReplacement reports whether encoding/json has put an escaped U+FFFD in the place of bytes that
// are not UTF-8. A U+FFFD that was in the text itself is not escaped.
func hasReplacement(data []byte) bool {
	for {
		before, after, found := bytes.Cut(data, []byte(`\ufffd`))
		if !found {
			return false
		}
		if backslashes := len(before) - len(bytes.TrimRight(before, `\`)); backslashes%2 == 0 {
			return true
		}
		data = after // the backslash was itself escaped
	}
}

// Decode implements [Serializer].
func (JSON) Decode(data []byte, target any) error {
	if decodePlain(data, target) {
		return nil
	}
	switch target.(type) {
	case *any, *map[string]any, *[]any:
	default:
		return json.Unmarshal(data, target)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(target); err != nil {
		return err
	}
	switch v := target.(type) {
	case *any:
		*v = plainNumbers(*v)
	case *map[string]any:
		plainNumbers(*v)
	case *[]any:
		plainNumbers(*v)
	}
	return nil
}

// plainNumbers replaces every json.Number below v by an int or a float64, so that handlers need no
// package json to use them.
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
