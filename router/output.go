package router

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Output describes what a typed handler returns when it succeeds. Nil lists and maps in it are sent as
// empty ones, however deep they are.
type Output struct {
	Status    int
	Type      reflect.Type // of the content, nil for none or where the handler makes the response itself
	MediaType string       // application/json or text/plain; "" without content or where it is not known
	Location  bool         // there is a header Location
	Missing   bool         // the handler may find nothing, which is a 404
	AnyStatus bool         // the handler chooses the status; Status is the usual one
}

// Created is the output of a handler that has made something: status 201 with Value as JSON and the
// URL of what was made. An empty Location is left out.
type Created[T any] struct {
	Value    T
	Location string
}

// Accepted is the output of a handler that will do something later: status 202 with Value as JSON
// and the URL where to ask for it. An empty Location is left out.
type Accepted[T any] struct {
	Value    T
	Location string
}

// NoContent is the output of a handler that has nothing to say: status 204.
type NoContent struct{}

// result is an output that knows its status.
type result interface {
	// respond makes the response. The emptier is that of the content's type.
	respond(req request.Request, e *emptier) response.Response
	describe() Output
}

func (c Created[T]) respond(_ request.Request, e *emptier) response.Response {
	return withLocation(response.JSON(e.filled(c.Value)).WithStatus(http.StatusCreated), c.Location)
}

func (c Created[T]) describe() Output {
	return Output{Status: http.StatusCreated, Type: reflect.TypeFor[T](), MediaType: jsonType, Location: true}
}

func (a Accepted[T]) respond(_ request.Request, e *emptier) response.Response {
	return withLocation(response.JSON(e.filled(a.Value)).WithStatus(http.StatusAccepted), a.Location)
}

func (a Accepted[T]) describe() Output {
	return Output{Status: http.StatusAccepted, Type: reflect.TypeFor[T](), MediaType: jsonType, Location: true}
}

func (NoContent) respond(request.Request, *emptier) response.Response { return response.NoContent() }
func (NoContent) describe() Output                                    { return Output{Status: http.StatusNoContent} }

func withLocation(resp response.Response, location string) response.Response {
	if location == "" || response.StateOf(resp).NeedsPage() {
		return resp
	}
	return resp.WithLocation(location)
}

const (
	jsonType = "application/json"
	textType = "text/plain"
)

// answerWith returns what makes a response of an output, and its description.
func answerWith[Out any]() (func(request.Request, Out) response.Response, Output) {
	var zero Out
	t := reflect.TypeFor[Out]()
	if k := t.Kind(); k != reflect.Interface && k != reflect.Pointer {
		switch made := any(zero).(type) {
		case result:
			described, e := made.describe(), emptierOfContent(made)
			return func(req request.Request, out Out) response.Response { return any(out).(result).respond(req, e) }, described
		case response.Response:
			return func(_ request.Request, out Out) response.Response { return any(out).(response.Response) },
				Output{Status: http.StatusOK}
		}
	}
	e := emptierOf(t)
	return func(req request.Request, out Out) response.Response { return contentOf(req, e, out) }, describeContent(t)
}

// describeContent describes the output of a type that says nothing but its value.
func describeContent(t reflect.Type) Output {
	out := Output{Status: http.StatusOK, Type: t, MediaType: jsonType}
	switch t {
	case stringType:
		out.MediaType = textType
	default:
		if out.Missing = t.Kind() == reflect.Pointer; out.Missing {
			out.Type = t.Elem()
		}
	}
	return out
}

func emptierOfContent(made result) *emptier {
	described := made.describe()
	switch {
	case described.Type == nil:
		return nil
	case described.Missing:
		return emptierOf(reflect.PointerTo(described.Type))
	}
	return emptierOf(described.Type)
}

// contentOf makes a response of a value: a nil pointer is something that does not exist, and what is in an
// interface may be a response already. Nobody has been told of a list there.
func contentOf[T any](req request.Request, e *emptier, v T) response.Response {
	switch reflect.TypeFor[T]().Kind() {
	case reflect.Pointer:
		if reflect.ValueOf(v).IsNil() {
			return response.NotFound()
		}
	case reflect.Interface:
		switch made := any(v).(type) {
		case result:
			return made.respond(req, emptierOfContent(made))
		case response.Response:
			return made
		}
		return response.JSON(v)
	case reflect.String:
		if s, ok := any(v).(string); ok {
			return response.Text(s)
		}
	}
	return response.JSON(e.filled(v))
}

var (
	marshalerType = reflect.TypeFor[json.Marshaler]()
	resultType    = reflect.TypeFor[result]()
	stringType    = reflect.TypeFor[string]()
	responseType  = reflect.TypeFor[response.Response]()
)

// checkOutput returns why no response can be made of an output.
func checkOutput(out reflect.Type, described *Output) error {
	if out.Kind() == reflect.Pointer && (out.Elem().Implements(resultType) || out.Elem() == responseType) {
		return fmt.Errorf("the output %s is a pointer; return a %s", out, out.Elem())
	}
	if t := described.Type; t != nil && (t.Implements(resultType) || t == responseType) {
		return fmt.Errorf("the output %s has a response inside; return a %s", out, t)
	}
	if t := described.Type; t != nil && !t.Implements(marshalerType) {
		switch t.Kind() {
		case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
			return fmt.Errorf("the output %s cannot be written as JSON", t)
		}
	}
	return nil
}
