package problem

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// MarshalJSON returns the form of RFC 9457 section 3, with the members in the order of their names.
func (p *Problem) MarshalJSON() ([]byte, error) {
	if len(p.Extensions) > 0 {
		return p.marshalExtended()
	}
	b := make([]byte, 0, 128+128*len(p.Violations))
	b = append(b, '{')
	if p.Detail != "" {
		b = append(appendText(append(b, `"detail":`...), p.Detail), ',')
	}
	if len(p.Violations) > 0 {
		b = append(appendViolations(append(b, `"errors":`...), p.Violations), ',')
	}
	if p.Instance != "" {
		b = append(appendText(append(b, `"instance":`...), p.Instance), ',')
	}
	b = strconv.AppendInt(append(b, `"status":`...), int64(p.Status), 10)
	b = appendText(append(b, `,"title":`...), p.title())
	if p.Type != "" {
		b = appendText(append(b, `,"type":`...), p.Type)
	}
	return append(b, '}'), nil
}

// marshalExtended is MarshalJSON for the few problems with members of their own.
func (p *Problem) marshalExtended() ([]byte, error) {
	bare := *p
	bare.Extensions = nil
	standard, err := bare.MarshalJSON()
	if err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(p.Extensions)) {
		if members[name], err = json.Marshal(p.Extensions[name]); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"type", "title", "status", "detail", "instance"} {
		delete(members, name) // an extension is none of these, whether the problem has it or not
	}
	if err := json.Unmarshal(standard, &members); err != nil {
		return nil, err
	}
	return json.Marshal(members)
}

func appendViolations(b []byte, violations []Violation) []byte {
	b = append(b, '[')
	for i := range violations {
		if i > 0 {
			b = append(b, ',')
		}
		b = violations[i].appendJSON(b)
	}
	return append(b, ']')
}

// MarshalJSON always writes the pointer of a value in the body: "" is the pointer of the body itself.
func (v Violation) MarshalJSON() ([]byte, error) { return v.appendJSON(nil), nil }

func (v Violation) appendJSON(b []byte) []byte {
	v = v.bounded()
	b = append(b, '{')
	if v.In == "body" || v.Pointer != "" {
		b = append(appendText(append(b, `"pointer":`...), v.Pointer), ',')
	}
	if v.Parameter != "" {
		b = append(appendText(append(b, `"parameter":`...), v.Parameter), ',')
	}
	b = appendText(append(b, `"in":`...), v.In)
	b = appendText(append(b, `,"rule":`...), v.Rule)
	if v.Param != "" {
		b = appendText(append(b, `,"param":`...), v.Param)
	}
	b = appendText(append(b, `,"detail":`...), v.Detail)
	return append(b, '}')
}

// appendText appends s as a JSON string, as encoding/json writes it.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // which a string does not make fail
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
