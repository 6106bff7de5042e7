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
	input := plan.Describe()
	body := input.Body
	if body == nil {
		return b.form(input)
	}
	described := &requestBody{Description: body.Tag.Get("doc"), Required: body.Required, Content: map[string]*mediaType{}}
	for _, name := range input.MediaTypes {
		content, err := b.bodyContent(body, name)
		if err != nil {
			return nil, fmt.Errorf("body as %s: %w", name, err)
		}
		described.Content[name] = content
		if name == typeForm {
			described.Content[typeMultipart] = content // either is taken
		}
	}
	return described, nil
}

// The content types in which schemas describe bodies.
const (
	typeJSON = "application/json"
	typeForm = "application/x-www-form-urlencoded"
	typeXML  = "application/xml"
	typeText = "text/plain"
)

// bodyContent describes a body of one content type.
func (b *builder) bodyContent(body *bind.Field, name string) (*mediaType, error) {
	t, _ := bind.Unwrap(body.Type)
	bare, _, _ := strip(t)
	var s *schema
	var err error
	switch name {
	case typeJSON:
		s, err = b.types.value(t, place{use: asInput, rules: body.Rules, nonNull: refusesNull(body)})
	case typeForm:
		s, err = b.types.object(bare, asText)
	case typeXML:
		s, err = b.types.value(bare, place{use: asXML, rules: body.Rules})
	case typeText:
		s, err = b.types.value(bare, place{use: asText, rules: body.Rules})
	default:
		return &mediaType{}, nil // bytes, which no schema describes
	}
	if err != nil {
		return nil, err
	}
	content := &mediaType{Schema: s}
	if name == typeJSON || name == typeText {
		content.Example, err = exampleOf(body.Type, body.Tag, asInput)
	}
	return content, err
}

// refusesNull reports whether a null counts as no body, and is refused. A type that reads itself gets to
// see the null, unless it is required.
func refusesNull(body *bind.Field) bool {
	bare, _, _ := strip(body.Type)
	if own := custom(bare, asInput); own != nil && own.isAny() {
		return body.Rules.RefusesNull()
	}
	_, optional := bind.Unwrap(body.Type)
	return body.Required || body.Rules.RefusesNull() || optional && isList(bare)
}

// form describes the form that fields of an input make together, nil without such fields.
func (b *builder) form(input bind.Description) (*requestBody, error) {
	form, described := ofType("object"), &mediaType{}
	for _, p := range input.Params {
		if p.In != "form" {
			continue
		}
		field, err := b.formField(p, described)
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
	described.Schema = form
	content := map[string]*mediaType{typeMultipart: described}
	if input.FormBytes == 0 { // without files
		content[typeForm] = described
	}
	return &requestBody{Required: form.Required != nil && !input.AnyForm, Content: content}, nil
}
