package router

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

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
	respond(e *emptier) response.Response
	describe() Output
}

func (c Created[T]) respond(e *emptier) response.Response {
	return withLocation(response.JSON(e.filled(c.Value)).WithStatus(http.StatusCreated), c.Location)
}

func (c Created[T]) describe() Output {
	return Output{Status: http.StatusCreated, Type: reflect.TypeFor[T](), MediaType: jsonType, Location: true}
}

func (a Accepted[T]) respond(e *emptier) response.Response {
	return withLocation(response.JSON(e.filled(a.Value)).WithStatus(http.StatusAccepted), a.Location)
}

func (a Accepted[T]) describe() Output {
	return Output{Status: http.StatusAccepted, Type: reflect.TypeFor[T](), MediaType: jsonType, Location: true}
}

func (NoContent) respond(*emptier) response.Response { return response.NoContent() }
func (NoContent) describe() Output                   { return Output{Status: http.StatusNoContent} }

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
func answerWith[Out any]() (func(Out) response.Response, Output) {
	var zero Out
	t := reflect.TypeFor[Out]()
	switch t.Kind() {
	case reflect.Pointer:
		return found[Out](emptierOf(t)), Output{Status: http.StatusOK, Type: t.Elem(), MediaType: jsonType, Missing: true}
	case reflect.Interface:
		return inside[Out], Output{Status: http.StatusOK, Type: t, MediaType: jsonType}
	}
	switch made := any(zero).(type) {
	case result:
		described, e := made.describe(), emptierOfContent(made)
		return func(out Out) response.Response { return any(out).(result).respond(e) }, described
	case response.Response:
		return func(out Out) response.Response { return any(out).(response.Response) }, Output{Status: http.StatusOK}
	case string:
		return func(out Out) response.Response { return response.Text(any(out).(string)) },
			Output{Status: http.StatusOK, Type: t, MediaType: textType}
	}
	e := emptierOf(t)
	return func(out Out) response.Response { return response.JSON(e.filled(out)) },
		Output{Status: http.StatusOK, Type: t, MediaType: jsonType}
}

func emptierOfContent(made result) *emptier {
	if t := made.describe().Type; t != nil {
		return emptierOf(t)
	}
	return nil
}

// found makes a response of a pointer: nil is something that does not exist.
func found[Out any](e *emptier) func(Out) response.Response {
	return func(out Out) response.Response {
		if reflect.ValueOf(out).IsNil() {
			return response.NotFound()
		}
		return response.JSON(e.filled(out))
	}
}

// inside makes a response of what is in an interface, which may be a response already. Nobody has
// been told of a list there.
func inside[Out any](out Out) response.Response {
	switch made := any(out).(type) {
	case result:
		return made.respond(emptierOfContent(made))
	case response.Response:
		return made
	}
	return response.JSON(out)
}

var (
	marshalerType = reflect.TypeFor[json.Marshaler]()
	resultType    = reflect.TypeFor[result]()
	responseType  = reflect.TypeFor[response.Response]()
)

// checkOutput returns why no response can be made of an output.
func checkOutput(out reflect.Type, described *Output) error {
	if out.Kind() == reflect.Pointer && (out.Elem().Implements(resultType) || out.Elem() == responseType) {
		return fmt.Errorf("the output %s is a pointer; return a %s", out, out.Elem())
	}
	if t := described.Type; t != nil && !t.Implements(marshalerType) {
		switch t.Kind() {
		case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
			return fmt.Errorf("the output %s cannot be written as JSON", t)
		}
	}
	return nil
}
