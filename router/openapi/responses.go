package openapi

import (
	"cmp"
	"fmt"
	"net/http"
	"reflect"
	"strconv"

	"github.com/soay-go/soay/router"
)

// success describes the response of a handler that has nothing to complain about, and its status.
func (b *builder) success(op *router.Operation) (status string, r *responseObject, err error) {
	out := op.Output
	if out == nil || out.Status == 0 {
		return "200", &responseObject{Description: "OK"}, nil
	}
	r = &responseObject{Description: textOf(out.Status)}
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
	all := map[string]*responseObject{}
	if !declaresSuccess(op) {
		all[status] = ok
	}
	if err := b.failures(op, all); err != nil {
		return nil, err
	}
	return all, b.declare(op, all)
}

// textOf returns the text of a status.
func textOf(status int) string {
	return cmp.Or(http.StatusText(status), "Status "+strconv.Itoa(status))
}
