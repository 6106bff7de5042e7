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

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// failure is an error that an operation can end with.
type failure struct {
	status int
	cause  error // an error like the one that is answered, nil for one that the handler chooses
}

// limitsOf returns the errors of an operation by the limits of its route.
func limitsOf(op *router.Operation) []int {
	var list []int
	if op.IsRateLimited() {
		list = append(list, http.StatusTooManyRequests)
	}
	if op.IsConcurrencyLimited() {
		list = append(list, http.StatusServiceUnavailable)
	}
	return list
}

// failureHeaders describes the headers of an error by a limit, or by what the route asks of its clients.
func failureHeaders(op *router.Operation, status int) map[string]*headerObject {
	limited := slices.Contains(limitsOf(op), status)
	refused := slices.ContainsFunc(op.Refusals, func(err error) bool { return problem.StatusOf(err) == status })
	text := &schema{Type: types{"string"}}
	headers := map[string]*headerObject{}
	if refused && status == http.StatusUnauthorized {
		headers["WWW-Authenticate"] = &headerObject{"A challenge for each scheme that the operation allows.", text}
	}
	if (limited || refused) && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		headers["Retry-After"] = &headerObject{"The seconds after which to try again.", &schema{Type: types{"integer"}}}
	}
	if limited && status == http.StatusTooManyRequests {
		headers["RateLimit-Policy"] = &headerObject{"The rates, q requests in w seconds, if the app tells them.", text}
		headers["RateLimit"] = &headerObject{"What is left: r requests, and all of them after t seconds, if the app tells it.", text}
	}
	return headers
}

// failuresOf returns the errors that an operation can end with. They come from binding, from an output that
// finds nothing, from limits, from what the route asks of its clients, and from the handler as its Doc tells.
func failuresOf(op *router.Operation) []failure {
	var list []failure
	for _, status := range op.Doc.Errors {
		list = append(list, failure{status, nil})
	}
	for status, doc := range op.Doc.Responses {
		if isFailure(status) && isBare(doc) {
			list = append(list, failure{status, nil})
		}
	}
	general := func(status int) { list = append(list, failure{status, problem.New(status, "")}) }
	invalid := func(status int) { list = append(list, failure{status, &bind.Error{Problem: problem.New(status, "")}}) }
	for _, status := range limitsOf(op) {
		list = append(list, failure{status, nil}) // the error is of a type that is not known here
	}
	for _, err := range op.Refusals {
		list = append(list, failure{problem.StatusOf(err), err})
	}
	if op.Output != nil && op.Output.Missing {
		general(http.StatusNotFound)
	}
	if op.Input == nil {
		return list
	}
	input := op.Input.Describe()
	if len(input.Params) > 0 || input.ReadsBody {
		invalid(http.StatusBadRequest)
	}
	if input.ReadsBody {
		general(http.StatusBadRequest)
		general(http.StatusRequestEntityTooLarge)
	}
	if input.ReadsBody && !slices.Contains(input.MediaTypes, "application/octet-stream") { // which any body is
		general(http.StatusUnsupportedMediaType)
	}
	if input.FormBytes > 0 {
		general(http.StatusInsufficientStorage)
	}
	if input.HasRules {
		invalid(http.StatusUnprocessableEntity)
	}
	return list
}

// errAny is an error of which nothing is known but that it is one.
var errAny = errors.New("")

// errorFormats are those that an error may have as far as is known: the app's own, and problem details.
type errorFormats struct{ own, usual bool }

// among returns the formats in which an error is answered where these are the handlers.
func (f failure) among(handlers *router.ErrorHandlers) errorFormats {
	if f.cause == nil {
		return errorFormats{own: handlers.MayAnswer(f.status), usual: handlers.For(f.status, errAny) == nil}
	}
	own := handlers.For(f.status, f.cause) != nil
	return errorFormats{own, !own}
}

// failures describes the errors that an operation can end with. Those that a handler of the app answers have the
// format of Options.Error, or none is told; the others are problem details.
func (b *builder) failures(op *router.Operation, all map[string]*responseObject) error {
	b.hasReasons = b.hasReasons || len(op.Refusals) > 0
	byStatus := map[int]errorFormats{}
	for _, f := range failuresOf(op) {
		if !isFailure(f.status) {
			return fmt.Errorf("the status %d in Errors is none of an error", f.status)
		}
		has, more := byStatus[f.status], f.among(op.Errors)
		byStatus[f.status] = errorFormats{has.own || more.own, has.usual || more.usual}
	}
	for status, has := range byStatus {
		doc := op.Doc.Responses[status]
		if !isBare(doc) {
			continue // the route tells itself what it answers
		}
		if !has.own && doc.Description == "" {
			all[strconv.Itoa(status)] = b.shared(op, status)
			continue
		}
		content, err := b.failureContent(has)
		if err != nil {
			return err
		}
		all[strconv.Itoa(status)] = &responseObject{
			Description: cmp.Or(doc.Description, b.failure.Description, textOf(status)), Content: content,
			Headers: failureHeaders(op, status),
		}
	}
	return nil
}

func isFailure(status int) bool { return 400 <= status && status <= 599 }

// failureContent describes the content of an error in these formats.
func (b *builder) failureContent(has errorFormats) (map[string]*mediaType, error) {
	switch {
	case !has.own:
		return b.problem(), nil
	case isBare(b.failure):
		return nil, nil
	}
	content, err := b.content(b.failure)
	if err != nil {
		return nil, fmt.Errorf("Options.Error: %w", err)
	}
	if has.usual {
		maps.Copy(content, b.problem())
	}
	return content, nil
}

// shared returns a reference to the problem details with a status, which all operations share. They have the headers
// that one of the operations has.
func (b *builder) shared(op *router.Operation, status int) *responseObject {
	name := legal(http.StatusText(status))
	if name == "" {
		name = "Status" + strconv.Itoa(status)
	}
	if b.problems[name] == nil {
		b.problems[name] = &responseObject{
			Description: textOf(status), Content: b.problem(), Headers: map[string]*headerObject{},
		}
	}
	maps.Copy(b.problems[name].Headers, failureHeaders(op, status))
	return &responseObject{Ref: "#/components/responses/" + name}
}

// problem returns the content of an error for which the app has the default format.
func (b *builder) problem() map[string]*mediaType {
	b.hasProblems = true
	return map[string]*mediaType{problem.ContentType: {Schema: &schema{Ref: "#/components/schemas/Problem"}}}
}

var problemType = reflect.TypeFor[problem.Problem]()

// problemSchemas are the schemas of errors (RFC 9457), with the violations that binding reports, and with the reasons of
// refusals.
func problemSchemas(hasReasons bool) map[string]*schema {
	member := func(name, description string) property {
		return property{name, &schema{Type: types{"string"}, Description: description}}
	}
	about := properties{
		member("type", "A URI that identifies the kind of problem; about:blank, the default, for what the status says."),
		member("title", "A short summary of the kind."),
		{"status", &schema{Type: types{"integer"}, Minimum: "400", Maximum: "599"}},
		member("detail", "What happened this time."),
		member("instance", "A URI that identifies this occurrence."),
		{"errors", &schema{Type: types{"array"}, Items: &schema{Ref: "#/components/schemas/Fault"}}},
	}
	if hasReasons {
		about = append(about, member("reason", "Why a client was refused, a stable name for programs: "+
			"credentials-missing, credentials-expired or not-allowed, say."))
	}
	return map[string]*schema{
		"Problem": {
			Type: types{"object"}, Description: "What went wrong, as of RFC 9457.",
			Properties: about, Required: []string{"status", "title"},
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
