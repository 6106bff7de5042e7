package openapi

import (
	"fmt"

	"github.com/soay-go/soay/request/bind"
)

// body describes the body that a plan takes, nil for none.
func (b *builder) body(plan *bind.Plan) (*requestBody, error) {
	if plan == nil {
		return nil, nil
	}
	body := plan.Body()
	if body == nil {
		return b.form(plan.Params())
	}
	described := &requestBody{Description: body.Tag.Get("doc"), Required: body.Required, Content: map[string]*mediaType{}}
	for _, format := range body.Formats {
		content, err := b.bodyContent(body, format)
		if err != nil {
			return nil, fmt.Errorf("body as %s: %w", format, err)
		}
		described.Content[format.MediaType()] = content
	}
	return described, nil
}

// bodyContent describes a body in one format.
func (b *builder) bodyContent(body *bind.Body, format bind.Format) (*mediaType, error) {
	bare, _, _ := strip(body.Type)
	var s *schema
	var err error
	switch format {
	case bind.JSON:
		s, err = b.types.value(body.Type, place{use: asInput, rules: body.Rules, nonNull: refusesNull(body)})
	case bind.Forms:
		s, err = b.types.object(bare, asText)
	case bind.XML:
		s, err = b.types.value(bare, place{use: asXML, rules: body.Rules})
	case bind.Text:
		s, err = b.types.value(bare, place{use: asText, rules: body.Rules})
	default:
		return &mediaType{}, nil // bytes, which no schema describes
	}
	if err != nil {
		return nil, err
	}
	content := &mediaType{Schema: s}
	if format == bind.JSON || format == bind.Text {
		content.Example, err = exampleOf(body.Type, body.Tag, asInput)
	}
	return content, err
}

// refusesNull reports whether a null is as good as no body, and refused. A type that reads itself gets
// to see it, unless a rule is against that.
func refusesNull(body *bind.Body) bool {
	bare, _, _ := strip(body.Type)
	if own := custom(bare, asInput); own != nil && own.isAny() {
		return body.Rules.Required()
	}
	return body.Required || body.Optional && isList(bare)
}

// form describes the form that fields of an input make together, nil without such fields.
func (b *builder) form(params []bind.Param) (*requestBody, error) {
	form := ofType("object")
	for _, p := range params {
		if p.In != bind.Form {
			continue
		}
		field, err := b.textValue(p)
		if err != nil {
			return nil, err
		}
		form.Properties = append(form.Properties, property{p.Name, field})
		if p.Required {
			form.Required = append(form.Required, p.Name)
		}
	}
	if form.Properties == nil {
		return nil, nil
	}
	content := map[string]*mediaType{bind.Forms.MediaType(): {Schema: form}}
	return &requestBody{Required: form.Required != nil, Content: content}, nil
}
