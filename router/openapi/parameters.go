package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/router"
)

// parameters returns those of an operation: of the path in its order, then what the input takes
// besides. names are those of the path's template.
func (b *builder) parameters(op *router.Operation, names []string) ([]*parameter, error) {
	var bound []bind.Field
	if op.Input != nil {
		bound = op.Input.Describe().Params
	}
	var list []*parameter
	for i, p := range op.Params {
		described := &parameter{Schema: pathValue(p.Value)}
		if k := slices.IndexFunc(bound, func(f bind.Field) bool { return f.In == "path" && f.Name == p.Name }); k >= 0 {
			var err error
			if described, err = b.parameter(bound[k]); err != nil {
				return nil, err
			}
			if p.Value == "int" || p.Value == "float" {
				described.Schema.and(&schema{Minimum: "0"}) // a path with a sign is not of this route
			}
		}
		described.Name, described.In, described.Required = names[i], "path", true
		list = append(list, described)
	}
	for _, p := range bound {
		if p.In == "path" || p.In == "form" || isReserved(p) {
			continue
		}
		described, err := b.parameter(p)
		if err != nil {
			return nil, err
		}
		list = append(list, described)
	}
	return list, nil
}

// isReserved reports whether a parameter is a header that OpenAPI describes elsewhere (4.8.12.1).
func isReserved(p bind.Field) bool {
	return p.In == "header" && slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(p.Name))
}

// parameter describes one value that is bound.
func (b *builder) parameter(p bind.Field) (*parameter, error) {
	s, err := b.textValue(p)
	if err != nil {
		return nil, err
	}
	described := &parameter{
		Name: p.Name, In: p.In, Required: p.Required, Description: s.Description, Deprecated: s.Deprecated, Schema: s,
	}
	if len(s.Examples) > 0 {
		described.Example = s.Examples[0]
	}
	s.Description, s.Deprecated, s.Examples = "", false, nil // said by the parameter
	return described, nil
}

// textValue returns the schema of a parameter or of a field of a form, with what its tags say.
func (b *builder) textValue(p bind.Field) (*schema, error) {
	s, err := b.types.value(p.Type, place{use: asText, rules: p.Rules})
	if err == nil && p.HasDefault {
		if s.Default, err = literal(p.Type, p.Default, asText); err != nil {
			err = fmt.Errorf("default %q: %w", p.Default, err)
		}
	}
	if err == nil {
		err = s.annotate(p.Type, p.Tag, asText)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", p.In, p.Name, err)
	}
	return s, nil
}

// pathValue returns the schema of a parameter that nothing is known about but its value pattern.
func pathValue(pattern string) *schema {
	switch pattern {
	case "int":
		return &schema{Type: types{"integer"}, Minimum: "0"}
	case "float":
		return &schema{Type: types{"number"}, Minimum: "0"}
	case "uuid":
		return &schema{Type: types{"string"}, Format: "uuid"}
	}
	return ofType("string")
}
