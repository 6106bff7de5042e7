package bind

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/soay-go/soay/request"
)

// From returns a T that is filled from a request and validated, for handlers that are not typed. T is what
// the input of a typed handler is: a struct with fields from the path, the query, headers, cookies, a form or
// the body, with rules and services, or the JSON body as a whole, or a [Form].
//
//	app.Post("/cats/{id}", func(req soay.Request) soay.Response {
//		in, err := soay.Bind[UpdateCat](req)
//		if err != nil {
//			return response.Error(err)
//		}
//		…
//	})
//
// The error is the one that a typed handler would answer with, an *[Error] where the request does not fit.
// A type is compiled at its first use in the app, with the app's validator. A mistake in T, a
// parameter of the path that the route does not have, and a service that is missing are errors without a
// status at each call: response.Error makes a 500 of them, and the log says what is wrong.
//
// In a unit test with a request of requesttest.Request the rules are those of the validator's library, and
// there are no services. A detached request has its body if that was read before, and singletons. A request that has
// ended is a misuse, and an error. From is safe for concurrent use; it reads the body as [request.Request.Bytes]
// does, so several calls get the same.
func From[T any](req request.Request) (T, error) {
	var in, none T
	inputs, live := request.StateOf(req).Inputs()
	if inputs == nil {
		inputs = ofLibrary()
	}
	err := errEnded
	if live {
		err = inputs.Fill(req, reflect.ValueOf(&in).Elem())
	}
	if err != nil {
		return none, err
	}
	return in, nil
}

// Fill implements [request.Inputs]: it is [From] for a value of any type.
func (c *Compiler) Fill(req request.Request, v reflect.Value) error {
	plan, err := c.Plan(v.Type())
	if err == nil {
		err = plan.checkRoute(req.Route())
	}
	if err != nil {
		return fmt.Errorf("bind: %s cannot be bound: %w", v.Type(), err)
	}
	err = plan.Bind(req, v)
	if _, live := request.StateOf(req).Inputs(); !live {
		return errEnded // what was read last may be of a dead request, which is empty
	}
	return err
}

// errEnded is the error of a request that is used too late.
var errEnded = errors.New("bind: the request has ended")

// ofLibrary returns the compiler for requests without an app.
var ofLibrary = sync.OnceValue(func() *Compiler { return NewCompiler(nil) })

// checkRoute refuses parameters of the path that a route does not have. Without that their fields would be
// empty for each request.
func (p *Plan) checkRoute(route *request.Route) error {
	for _, name := range p.path.list {
		isIt := func(param request.RouteParam) bool { return param.Name == name }
		if route == nil || !slices.ContainsFunc(route.Params, isIt) {
			return fmt.Errorf("it takes the parameter %q of the path, which the route does not have", name)
		}
	}
	return nil
}
