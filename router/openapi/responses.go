package openapi

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// success describes the response of a handler that has nothing to complain about, and its status.
func (b *builder) success(op *router.Operation) (status string, r *responseObject, err error) {
	out := op.Output
	if out == nil || out.Status == 0 {
		return "200", &responseObject{Description: "OK"}, nil
	}
	r = &responseObject{Description: http.StatusText(out.Status)}
	if r.Description == "" {
		r.Description = "Status " + strconv.Itoa(out.Status)
	}
	if out.Location {
		r.Headers = map[string]*headerObject{"Location": {
			Description: "The URL of what the response is about.",
			Schema:      &schema{Type: types{"string"}, Format: "uri-reference"},
		}}
	}
	if out.MediaType != "" && op.Method != http.MethodHead {
		content := &mediaType{}
		if out.Type != nil {
			content.Schema, err = b.outputSchema(out)
		}
		r.Content = map[string]*mediaType{out.MediaType: content}
	}
	return strconv.Itoa(out.Status), r, err
}

// outputSchema returns the schema of a returned value. A nil pointer is a 404, and a nil list or map an
// empty one; for these the schema has no null.
func (b *builder) outputSchema(out *router.Output) (*schema, error) {
	kind := out.Type.Kind()
	never := out.Missing || kind == reflect.Slice || kind == reflect.Map
	s, err := b.types.value(out.Type, place{use: asOutput, nonNull: never})
	if err != nil {
		return nil, fmt.Errorf("output: %w", err)
	}
	return s, nil
}

// responses describes all responses of an operation by their status.
func (b *builder) responses(op *router.Operation) (map[string]*responseObject, error) {
	status, ok, err := b.success(op)
	if err != nil {
		return nil, err
	}
	all := map[string]*responseObject{status: ok}
	for _, status := range errorsOf(op) {
		if status < 400 || status > 599 {
			return nil, fmt.Errorf("the status %d in Errors is none of an error", status)
		}
		all[strconv.Itoa(status)] = b.failure(status)
	}
	return all, nil
}

// errorsOf returns the statuses of the errors that an operation can end with.
func errorsOf(op *router.Operation) []int {
	list := slices.Clone(op.Doc.Errors)
	if op.Output != nil && op.Output.Missing {
		list = append(list, http.StatusNotFound)
	}
	if op.Input == nil {
		return list
	}
	input := op.Input.Describe()
	if len(input.Params) > 0 || input.ReadsBody {
		list = append(list, http.StatusBadRequest)
	}
	if input.ReadsBody {
		list = append(list, http.StatusRequestEntityTooLarge)
	}
	if input.ReadsBody && !slices.Contains(input.MediaTypes, "application/octet-stream") { // which any body is
		list = append(list, http.StatusUnsupportedMediaType)
	}
	if input.HasRules {
		list = append(list, http.StatusUnprocessableEntity)
	}
	return list
}

// failure returns a reference to the response for a status, which all operations share.
func (b *builder) failure(status int) *responseObject {
	text := http.StatusText(status)
	name := legal(text)
	if text == "" {
		text = "Status " + strconv.Itoa(status)
		name = "Status" + strconv.Itoa(status)
	}
	b.failures[name] = &responseObject{
		Description: text,
		Content:     map[string]*mediaType{problem.ContentType: {Schema: &schema{Ref: "#/components/schemas/Problem"}}},
	}
	return &responseObject{Ref: "#/components/responses/" + name}
}

// problemSchemas are the schemas of errors (RFC 9457), with the violations that binding reports.
func problemSchemas() map[string]*schema {
	member := func(name, description string) property {
		return property{name, &schema{Type: types{"string"}, Description: description}}
	}
	return map[string]*schema{
		"Problem": {
			Type: types{"object"}, Description: "What went wrong, as of RFC 9457.",
			Properties: properties{
				member("type", "A URI that identifies the kind of problem; about:blank, the default, for what the status says."),
				member("title", "A short summary of the kind."),
				{"status", &schema{Type: types{"integer"}, Minimum: "400", Maximum: "599"}},
				member("detail", "What happened this time."),
				member("instance", "A URI that identifies this occurrence."),
				{"errors", &schema{Type: types{"array"}, Items: &schema{Ref: "#/components/schemas/Fault"}}},
			},
			Required: []string{"status", "title"},
		},
		"Fault": {
			Type: types{"object"}, Description: "One thing that is wrong with a request.",
			Properties: properties{
				member("pointer", "The JSON Pointer (RFC 6901) of a value in the body."),
				member("parameter", "The name of a value outside of the body, or of a field of a form."),
				{"in", &schema{Type: types{"string"}, Enum: wordsOf("path query header cookie form body")}},
				member("rule", "What the value breaks, a stable name for programs."),
				member("param", "What the rule was given, 8 for min=8."),
				member("detail", "A sentence for people."),
			},
			Required: []string{"in", "rule", "detail"},
		},
	}
}
