package router

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// errorHandlers are those of an app or a group. A route has those of its groups and of the app.
var errorHandlers = request.NewRouteKey("HandleError", (*ErrorHandlers).with)

// ErrorScope is what handlers of errors can be set on: an App or a Group.
type ErrorScope interface {
	request.RouteScope
	HandleStatus(status int, h Handler)
}

// ErrorHandlers are the handlers of errors that a route has: those of its innermost group that has some, and
// outside of them those of the other groups and of the app. nil has none. They never change, so several
// goroutines may use them. It is for the framework.
type ErrorHandlers struct {
	scope    *settings // what they were set on
	outer    *ErrorHandlers
	byType   []errorType
	byStatus map[int]Handler
}

// errorType is a handler of the errors of one type.
type errorType struct {
	of     reflect.Type // nil for a handler that is nil
	takes  func(error) bool
	answer func(request.Request, error) response.Response
}

// HandleError sets the function that answers errors of type E on an app or a group. It is for the framework.
func HandleError[E error](on ErrorScope, f func(request.Request, E) response.Response) {
	made := errorType{}
	if f != nil {
		made = errorType{
			of:    reflect.TypeFor[E](),
			takes: func(err error) bool { _, ok := errors.AsType[E](err); return ok },
			answer: func(req request.Request, err error) response.Response {
				e, _ := errors.AsType[E](err)
				return f(req, e)
			},
		}
	}
	errorHandlers.Set(on, &ErrorHandlers{scope: request.SettingsOf(on), byType: []errorType{made}})
}

// HandleStatus registers the handler that makes the body of error responses with a status, for the routes of
// the group and the requests below its prefix that no route matches, unless a handler of an inner group or one
// of HandleError for this group has made it. A response that does not set a status keeps this one. Responses
// that a handler has given a body itself are left alone. HTML is for clients that accept it, as for
// App.HandleStatus.
func (g Group) HandleStatus(status int, h Handler) {
	own := errorHandlers.Along(g.settings)
	switch {
	case h == nil:
		g.g.router.fail("HandleStatus: the handler is nil")
	case status < 400 || status > 599:
		g.g.router.fail("HandleStatus: %d is no error status; 400 to 599 are", status)
	case own != nil && own.byStatus[status] != nil:
		g.g.router.fail("HandleStatus: there is one for %d already", status)
	case g.g.router.open("HandleStatus"):
		errorHandlers.Set(g, &ErrorHandlers{scope: g.settings, byStatus: map[int]Handler{status: h}})
	}
}

// with returns the handlers of two scopes, or those that were set on one scope one after the other.
func (e *ErrorHandlers) with(inner *ErrorHandlers) *ErrorHandlers {
	if e.scope != inner.scope {
		c := *inner
		c.outer = e
		return &c
	}
	c := *e
	c.byType = slices.Concat(e.byType, inner.byType)
	c.byStatus = map[int]Handler{}
	maps.Copy(c.byStatus, e.byStatus)
	maps.Copy(c.byStatus, inner.byStatus)
	return &c
}

// Check returns what is wrong with the handlers.
func (e *ErrorHandlers) Check() error {
	if slices.ContainsFunc(e.byType, func(t errorType) bool { return t.of == nil }) {
		return errors.New("the function is nil")
	}
	return nil
}

// For returns the handler for an error and its status, nil without one. The innermost scope that has one
// decides; there, the types of errors come before statuses.
func (e *ErrorHandlers) For(status int, err error) Handler {
	for ; e != nil; e = e.outer {
		for _, t := range e.byType {
			if t.takes(err) {
				return func(req request.Request) response.Response { return t.answer(req, err) }
			}
		}
		if h := e.byStatus[status]; h != nil {
			return h
		}
	}
	return nil
}

// MayAnswer reports whether there are handlers that may answer an error of a type which is not known, with a
// status.
func (e *ErrorHandlers) MayAnswer(status int) bool {
	for ; e != nil; e = e.outer {
		if len(e.byType) > 0 || e.byStatus[status] != nil {
			return true
		}
	}
	return false
}

// String lists the types and statuses, those of inner groups first.
func (e *ErrorHandlers) String() string {
	var list []string
	for ; e != nil; e = e.outer {
		for _, t := range e.byType {
			list = append(list, t.of.String())
		}
		for _, status := range slices.Sorted(maps.Keys(e.byStatus)) {
			list = append(list, fmt.Sprint(status))
		}
	}
	return strings.Join(list, " ")
}

// ErrorHandlersOf returns the handlers of errors that the route of a request has, and nil where no route has
// been sought yet. It is for the framework.
func ErrorHandlersOf(req request.Request) *ErrorHandlers { return errorHandlers.Of(req) }

// ErrorHandlers returns those of the app.
func (r *Router) ErrorHandlers() *ErrorHandlers { return errorHandlers.Along(r.root.settings) }
