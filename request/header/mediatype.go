package header

import (
	"errors"
	"fmt"
	"iter"
	"strings"
)

var errMediaType = errors.New("not of the form type/subtype")

// MediaType is a media type such as "application/json; charset=utf-8" (RFC 9110, 8.3.1).
//
// Compare Type and Subtype, or use [IsMediaType]: the operator == also compares how the parameters were written.
type MediaType struct {
	Type    string // "application", in lower case
	Subtype string // "json", in lower case
	params  params // valid, as written
}

// ParseMediaType parses the value of a Content-Type header. Whitespace around it is ignored. It is an error if s does not follow
// the grammar, a parameter appears twice, or there are more than 16 of them. Wildcards such as "*/*" are tokens to that grammar
// and pass.
func ParseMediaType(s string) (MediaType, error) {
	m, err := scanMediaType(s)
	if err != nil {
		return MediaType{}, fmt.Errorf("header: media type %q: %w", excerpt(s), err)
	}
	m.Type, m.Subtype = strings.ToLower(m.Type), strings.ToLower(m.Subtype)
	return m, nil
}

// scanMediaType is ParseMediaType without allocations: it keeps the case of the names.
func scanMediaType(value string) (MediaType, error) {
	s := scanner{trim(value)}
	m := MediaType{Type: s.token()}
	if m.Type == "" || !s.take('/') {
		return MediaType{}, errMediaType
	}
	if m.Subtype = s.token(); m.Subtype == "" || !s.ends(';') {
		return MediaType{}, errMediaType
	}
	m.params = params(s.rest)
	return m, m.params.check()
}

// IsMediaType reports whether value, that of a Content-Type header, is the media type want, such as "text/html". Case and
// parameters are ignored. A value that [ParseMediaType] refuses is no media type. It allocates nothing.
func IsMediaType(value, want string) bool {
	m, err := scanMediaType(value)
	return err == nil && m.is(want)
}

// IsJSON reports whether value, that of a Content-Type header, announces JSON: application/json, or any type with the suffix
// +json (RFC 6839, 3.1). Case and parameters are ignored. A value that [ParseMediaType] refuses is not JSON. It allocates
// nothing.
func IsJSON(value string) bool {
	m, err := scanMediaType(value)
	return err == nil && (m.is("application/json") || equalFold(m.Suffix(), "json"))
}

// is reports whether m is the given type/subtype.
func (m MediaType) is(name string) bool {
	typ, subtype, _ := strings.Cut(name, "/")
	return equalFold(m.Type, typ) && equalFold(m.Subtype, subtype)
}

// Suffix returns the structured syntax suffix (RFC 6838, 4.2.8): "json" for application/problem+json, "" without one.
func (m MediaType) Suffix() string {
	if i := strings.LastIndexByte(m.Subtype, '+'); i > 0 {
		return m.Subtype[i+1:]
	}
	return ""
}

// Param returns the value of a parameter, without quotes and backslashes. The case of its name does not matter, ok is false if
// m has no such parameter.
func (m MediaType) Param(name string) (value string, ok bool) {
	value, ok = m.params.lookup(name)
	return unquote(value), ok
}

// Params iterates over the parameters in order: names in lower case, values without quotes and backslashes.
func (m MediaType) Params() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		s := scanner{string(m.params)}
		for {
			name, value, ok := s.parameter()
			if !ok || !yield(strings.ToLower(name), unquote(value)) {
				return
			}
		}
	}
}

// String returns m in one spelling whatever it was parsed from: "text/html; charset=utf-8", quoting only values that need it.
func (m MediaType) String() string {
	var b strings.Builder
	b.WriteString(m.Type)
	b.WriteByte('/')
	b.WriteString(m.Subtype)
	for name, value := range m.Params() {
		if !IsToken(value) {
			value = Quote(value)
		}
		b.WriteString("; ")
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(value)
	}
	return b.String()
}
