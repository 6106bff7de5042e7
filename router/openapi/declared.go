package openapi

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// declaresSuccess reports whether a route tells itself how it answers where nothing is wrong, and the types of
// its handler do not.
func declaresSuccess(op *router.Operation) bool {
	if out := op.Output; out != nil && (out.Status != http.StatusOK || out.Type != nil) {
		return false
	}
	for status := range op.Doc.Responses {
		if status < 400 {
			return true
		}
	}
	return false
}

// declare adds the answers that a route tells of itself to those that its types tell of.
func (b *builder) declare(op *router.Operation, all map[string]*responseObject) error {
	var errs []error
	for _, status := range slices.Sorted(maps.Keys(op.Doc.Responses)) {
		if isFailure(status) && isBare(op.Doc.Responses[status]) {
			continue // it is among the failures
		}
		known := all[strconv.Itoa(status)]
		if known == nil && hasOutput(op, status) {
			known = &responseObject{Description: textOf(status), Content: all[strconv.Itoa(op.Output.Status)].Content}
		}
		r, err := b.declared(op, status, known)
		if err != nil {
			errs = append(errs, fmt.Errorf("the status %d in Responses: %w", status, err))
			continue
		}
		all[strconv.Itoa(status)] = r
	}
	return errors.Join(errs...)
}

// hasOutput reports whether the output of a handler that chooses the status can be the content of an answer with
// this one.
func hasOutput(op *router.Operation, status int) bool {
	return op.Output != nil && op.Output.AnyStatus && status >= 200 && status < 300 && response.HasContent(http.MethodGet, status)
}

// declared describes the answer with a status of Responses. known is what the types tell of it, nil for
// nothing.
func (b *builder) declared(op *router.Operation, status int, known *responseObject) (*responseObject, error) {
	if (status < 200 || status > 599) && status != http.StatusSwitchingProtocols {
		return nil, errors.New("is none of an answer; 200 to 599 are, and 101")
	}
	doc := op.Doc.Responses[status]
	r := &responseObject{Description: textOf(status)}
	if known != nil {
		*r = *known
	}
	if r.Description = cmp.Or(doc.Description, r.Description); isBare(doc) {
		return r, nil
	}
	if !response.HasContent(http.MethodGet, status) || status < 200 {
		return nil, errors.New("has no content")
	}
	content, err := b.content(doc)
	if op.Method != http.MethodHead {
		r.Content = content
	}
	return r, err
}

// isBare reports whether an answer tells nothing of its content.
func isBare(doc Response) bool { return doc.Value == nil && doc.MediaType == "" }

// content describes the content that an answer is said to have.
func (b *builder) content(doc Response) (map[string]*mediaType, error) {
	made, name := &mediaType{}, doc.MediaType
	if doc.Value != nil {
		t := reflect.TypeOf(doc.Value)
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t == problemType {
			return b.problem(), nil
		}
		if name == "" && t.Kind() == reflect.String {
			name = "text/plain"
		}
		var err error
		made.Schema, err = b.types.value(t, place{use: asOutput, nonNull: true})
		if err != nil {
			return nil, err
		}
	}
	return map[string]*mediaType{cmp.Or(name, "application/json"): made}, nil
}
