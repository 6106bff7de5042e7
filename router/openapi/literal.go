package openapi

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// annotate adds the texts of the tags doc, example and deprecated.
func (s *schema) annotate(t reflect.Type, tag reflect.StructTag, u use) (err error) {
	s.Description = tag.Get("doc")
	if s.Deprecated, err = isDeprecated(tag); err != nil {
		return err
	}
	example, err := exampleOf(t, tag, u)
	if example != nil {
		s.Examples = []json.RawMessage{example}
	}
	return err
}

// exampleOf returns the value of the tag example, nil without.
func exampleOf(t reflect.Type, tag reflect.StructTag, u use) (json.RawMessage, error) {
	s, found := tag.Lookup("example")
	if !found {
		return nil, nil
	}
	value, err := literal(t, s, u)
	if err != nil {
		return nil, fmt.Errorf("example %q: %w", s, err)
	}
	return value, nil
}

func isDeprecated(tag reflect.StructTag) (bool, error) {
	s, found := tag.Lookup("deprecated")
	if !found {
		return false, nil
	}
	b, err := strconv.ParseBool(s)
	if err != nil {
		return false, fmt.Errorf("the tag deprecated is %q, neither true nor false", s)
	}
	return b, nil
}

// quoteValues puts default and examples into strings, for the option string of a json tag.
func (s *schema) quoteValues() {
	if s.Default != nil {
		s.Default = encode(string(s.Default))
	}
	for i, example := range s.Examples {
		s.Examples[i] = encode(string(example))
	}
}

// literal returns the JSON form of a value of type t that a tag spells as text. Lists are JSON, or
// values separated by commas; structs, maps and types with an encoding of their own are JSON.
func literal(t reflect.Type, s string, u use) (json.RawMessage, error) {
	t, _, _ = strip(t)
	switch kind := t.Kind(); {
	case t == timeType:
		return timeLiteral(s)
	case t == durationType:
		return durationLiteral(s, u)
	case isTextual(t, asInput), isTextual(t, asOutput):
		return textLiteral(t, s)
	case custom(t, asInput) != nil && custom(t, asInput).isAny(), kind == reflect.Interface:
		if json.Valid([]byte(s)) {
			return json.RawMessage(s), nil
		}
		return encode(s), nil
	case isBytes(t), kind == reflect.String && t != numberType:
		return encode(s), nil
	case (kind == reflect.Slice || kind == reflect.Array) && !strings.HasPrefix(s, "["):
		return listLiteral(t.Elem(), s, u)
	case kind == reflect.Slice, kind == reflect.Array, kind == reflect.Struct, kind == reflect.Map:
		return jsonLiteral(t, s)
	}
	return scalarLiteral(t, s)
}

func timeLiteral(s string) (json.RawMessage, error) {
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return encode(s), nil
	}
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		return nil, errors.New("it is neither a moment of RFC 3339 nor a date")
	}
	return encode(s), nil
}

func durationLiteral(s string, u use) (json.RawMessage, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return nil, errors.New("it is no duration such as 1h30m")
	case u.isText():
		return encode(s), nil
	}
	return encode(int64(d)), nil
}

// textLiteral lets the type read its text, if it can.
func textLiteral(t reflect.Type, s string) (json.RawMessage, error) {
	if reader, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler); ok {
		if err := reader.UnmarshalText([]byte(s)); err != nil {
			return nil, fmt.Errorf("it is no %s: %w", t, err)
		}
	}
	return encode(s), nil
}

func listLiteral(elem reflect.Type, s string, u use) (json.RawMessage, error) {
	list := []json.RawMessage{}
	for part := range strings.SplitSeq(s, ",") {
		value, err := literal(elem, part, u)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return encode(list), nil
}

func jsonLiteral(t reflect.Type, s string) (json.RawMessage, error) {
	if err := json.Unmarshal([]byte(s), reflect.New(t).Interface()); err != nil {
		return nil, fmt.Errorf("it is no %s in JSON: %w", t, err)
	}
	return json.RawMessage(s), nil
}

func scalarLiteral(t reflect.Type, s string) (json.RawMessage, error) {
	var value any
	var err error
	switch kind := t.Kind(); {
	case kind == reflect.Bool:
		value, err = strconv.ParseBool(s)
	case isInteger(kind) && isSigned(kind):
		value, err = strconv.ParseInt(s, 10, t.Bits())
	case isInteger(kind):
		value, err = strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, t.Bits())
	default: // floats and json.Number
		value, err = numberLiteral(s)
	}
	if err != nil {
		return nil, fmt.Errorf("it is no value of type %s", t)
	}
	return encode(value), nil
}

// numberLiteral keeps the spelling of a number if it is one of JSON.
func numberLiteral(s string) (any, error) {
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil:
		return nil, err
	case math.IsInf(f, 0) || math.IsNaN(f):
		return nil, errors.New("JSON has no such number")
	case json.Valid([]byte(s)):
		return json.Number(s), nil
	}
	return f, nil
}
