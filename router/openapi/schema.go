package openapi

import (
	"encoding/json"
	"slices"
)

// schema is a JSON Schema of the dialect 2020-12. An empty one accepts everything.
type schema struct {
	Ref                  string            `json:"$ref,omitempty"`
	Type                 types             `json:"type,omitempty"`
	Format               string            `json:"format,omitempty"`
	Description          string            `json:"description,omitempty"`
	Deprecated           bool              `json:"deprecated,omitempty"`
	Const                json.RawMessage   `json:"const,omitempty"`
	Enum                 []json.RawMessage `json:"enum,omitempty"`
	Minimum              json.Number       `json:"minimum,omitempty"`
	ExclusiveMinimum     json.Number       `json:"exclusiveMinimum,omitempty"`
	Maximum              json.Number       `json:"maximum,omitempty"`
	ExclusiveMaximum     json.Number       `json:"exclusiveMaximum,omitempty"`
	MinLength            *int64            `json:"minLength,omitempty"`
	MaxLength            *int64            `json:"maxLength,omitempty"`
	Pattern              string            `json:"pattern,omitempty"`
	ContentEncoding      string            `json:"contentEncoding,omitempty"`
	ContentMediaType     string            `json:"contentMediaType,omitempty"`
	Items                *schema           `json:"items,omitempty"`
	MinItems             *int64            `json:"minItems,omitempty"`
	MaxItems             *int64            `json:"maxItems,omitempty"`
	UniqueItems          bool              `json:"uniqueItems,omitempty"`
	Properties           properties        `json:"properties,omitempty"`
	Required             []string          `json:"required,omitempty"`
	PropertyNames        *schema           `json:"propertyNames,omitempty"`
	AdditionalProperties *schema           `json:"additionalProperties,omitempty"`
	MinProperties        *int64            `json:"minProperties,omitempty"`
	MaxProperties        *int64            `json:"maxProperties,omitempty"`
	Not                  *schema           `json:"not,omitempty"`
	AnyOf                []*schema         `json:"anyOf,omitempty"`
	AllOf                []*schema         `json:"allOf,omitempty"`
	Default              json.RawMessage   `json:"default,omitempty"`
	Examples             []json.RawMessage `json:"examples,omitempty"`

	target *component      // of Ref; it gets its name when all components are known
	raw    json.RawMessage // of a Schemer, in place of all other fields
}

// MarshalJSON implements json.Marshaler.
func (s *schema) MarshalJSON() ([]byte, error) {
	if s.raw != nil {
		return s.raw, nil
	}
	type plain schema
	return encode((*plain)(s)), nil
}

// types are names of types, written as a string if there is one and as an array if there are more.
type types []string

// MarshalJSON implements json.Marshaler.
func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// properties are the members of an object in the order of the fields.
type properties []property

type property struct {
	name   string
	schema *schema
}

// MarshalJSON implements json.Marshaler.
func (p properties) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, member := range p {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, encode(member.name)...), ':')
		b = append(b, encode(member.schema)...)
	}
	return append(b, '}'), nil
}

func ofType(name string) *schema { return &schema{Type: types{name}} }

// isEmpty reports whether the schema has no keywords.
func (s *schema) isEmpty() bool { return len(encode(s)) == len("{}") }

// isAny reports whether the schema leaves the type of a value open.
func (s *schema) isAny() bool {
	return s.target == nil && s.raw == nil && s.Type == nil && s.AnyOf == nil && s.AllOf == nil && s.Not == nil
}

// orNull returns a schema that accepts null besides the values of s.
func (s *schema) orNull() *schema {
	switch {
	case s.isAny():
		return s
	case s.target != nil || s.raw != nil || s.Type == nil || s.Const != nil || s.Enum != nil || s.Not != nil || s.AnyOf != nil || s.AllOf != nil:
		return &schema{AnyOf: []*schema{s, ofType("null")}}
	}
	s.Type = append(slices.Clone(s.Type), "null")
	return s
}

// notNull returns a schema that does not accept null, from one that says nothing of types.
func (s *schema) notNull() *schema {
	if s.isAny() {
		s.Type = types{"array", "boolean", "number", "object", "string"}
	}
	return s
}
