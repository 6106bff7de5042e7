package soay

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/upload"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// Routes is where typed handlers are registered: an App or a Group.
type Routes = router.Routes

// Optional is a value of an input that may not have been sent. See [bind.Optional].
type Optional[T any] = bind.Optional[T]

// Form is an input for an HTML form that is shown again if something in it is wrong. See [bind.Form].
type Form[T any] = bind.Form[T]

// File is a file of a form, as a field of an input. See [upload.File].
//
//	Photo soay.File `form:"photo" validate:"required" file:"max=5MiB,types=image/png|image/jpeg"`
type File = upload.File

// FileStream is the last file of a form, which the handler reads while the client sends it. See [upload.Stream].
type FileStream = upload.Stream

// UploadLimits are the limits of a form with files. See [upload.Limits].
type UploadLimits = upload.Limits

// Bind returns a T that is filled from a request and validated, for handlers that are not typed. T is what the
// input of a typed handler is, and the error is what that would answer with. See [bind.From].
func Bind[T any](req Request) (T, error) { return bind.From[T](req) }

// Created is the output of a typed handler that has made something: status 201.
type Created[T any] = router.Created[T]

// NewCreated returns the output of a handler that has made v, which is to be found at location: status 201, with
// the header Location and v as JSON. An empty location is left out.
func NewCreated[T any](location string, v T) Created[T] {
	return Created[T]{Value: v, Location: location}
}

// Result is the output of a typed handler that says more than its value: a status, headers and cookies. See
// [router.Result].
type Result[T any] = router.Result[T]

// Accepted is the output of a typed handler that will do something later: status 202.
type Accepted[T any] = router.Accepted[T]

// NoContent is the output of a typed handler that has nothing to say: status 204.
type NoContent = router.NoContent

// Get registers a typed handler for GET: one that says in its types what it takes and what it
// answers.
//
//	type GetCat struct {
//		ID      int  `path:"id"`
//		Verbose bool `query:"verbose" default:"false"`
//	}
//
//	soay.Get(app, "/cats/{id}", func(req soay.Request, in GetCat) (Cat, error) { … })
//
// In is a struct whose fields are filled from the request as their tags say, and validated; see
// package [bind]. struct{} takes nothing. A request that does not fit is answered with all of its
// violations, with 400 if a value cannot be read and 422 if it breaks a rule, and the handler does not
// run.
//
// Out makes the response. A [Response] is itself, a string is text, [Created], [Accepted] and
// [NoContent] know their status, and a [Result] has headers besides, also inside an interface. Everything else is
// JSON with status 200; a nil pointer is a 404, and a nil slice or map an empty one. An error is an error response,
// see [response.Error].
//
// Mistakes in the types, such as a parameter that the pattern does not have, are reported when the
// app starts.
func Get[In, Out any](to Routes, pattern string, f func(Request, In) (Out, error)) *Route {
	return router.HandleTyped(to, http.MethodGet, pattern, f)
}

// Post registers a typed handler for POST, see [Get]. A struct without tags is the JSON body:
//
//	type NewCat struct {
//		Name string `json:"name" validate:"required,max=50"`
//		Age  int    `json:"age"  validate:"gte=0,lte=30"`
//	}
//
//	soay.Post(app, "/cats", func(req soay.Request, in NewCat) (soay.Created[Cat], error) { … })
func Post[In, Out any](to Routes, pattern string, f func(Request, In) (Out, error)) *Route {
	return router.HandleTyped(to, http.MethodPost, pattern, f)
}

// Put registers a typed handler for PUT, see [Get] and [Post].
func Put[In, Out any](to Routes, pattern string, f func(Request, In) (Out, error)) *Route {
	return router.HandleTyped(to, http.MethodPut, pattern, f)
}

// Patch registers a typed handler for PATCH, see [Get] and [Post].
func Patch[In, Out any](to Routes, pattern string, f func(Request, In) (Out, error)) *Route {
	return router.HandleTyped(to, http.MethodPatch, pattern, f)
}

// Delete registers a typed handler for DELETE, see [Get] and [Post].
func Delete[In, Out any](to Routes, pattern string, f func(Request, In) (Out, error)) *Route {
	return router.HandleTyped(to, http.MethodDelete, pattern, f)
}

// Handle registers a typed handler for any method, see [Get] and [Post]. Methods are
// case-sensitive.
func Handle[In, Out any](to Routes, method, pattern string, f func(Request, In) (Out, error)) *Route {
	return router.HandleTyped(to, method, pattern, f)
}

// Controller is a value whose methods are handlers that belong together: it registers them in the
// group that it is given. A controller may also have one or both of
//
//	OnRequest(soay.Request) error
//	OnResponse(soay.Request, soay.Response) soay.Response
//
// OnRequest runs before each of its handlers; an error is the response, and the handler does not
// run. OnResponse gets every response of its routes, error responses included, and returns the one
// to send.
type Controller interface {
	Routes(Group)
}

// ControllerOptions sets up a controller.
type ControllerOptions struct {
	// Version is a segment in front of the prefix: v2 puts the routes of /cats below /v2/cats. The
	// default is none.
	Version string
	// Tag lists the routes in the description of the API, unless they have tags of their own. The
	// default is the name of the controller's type, without type arguments.
	Tag string
}

// controller is a registered Controller.
type controller struct {
	value  reflect.Value
	source string
}

// Controller registers the routes of a controller below a prefix. Fields of c, and of structs
// embedded in it, that are tagged inject get their services when the app starts, singletons only,
// for all requests share the controller; c must be a pointer then.
func (a *App) Controller(prefix string, c Controller, options ...ControllerOptions) {
	o := one(a, "Controller", options)
	v := reflect.ValueOf(c)
	if k := v.Kind(); k == reflect.Invalid || (k == reflect.Pointer || k == reflect.Func) && v.IsNil() {
		a.fail("Controller: the controller is nil")
		return
	}
	if !a.open("Controller") {
		return
	}
	g := a.router.Root()
	if o.Version != "" {
		if strings.ContainsAny(o.Version, "/{}<>:*") {
			a.fail("Controller: the version %q is no segment of a path", o.Version)
			return
		}
		g = g.Group("/" + o.Version)
	}
	if err := checkHooks(c); err != nil {
		a.fail("Controller: %w", err)
	}
	a.controllers = append(a.controllers, controller{v, router.Source()})
	g = g.Group(prefix, aroundController(c)...)
	if tag := cmp.Or(o.Tag, tagOf(reflect.Indirect(v).Type())); tag != "" {
		g.Tags(tag)
	}
	c.Routes(g)
}

// tagOf returns the name of a type without its type arguments, which have the paths of packages.
func tagOf(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

// The methods that a controller may have besides its handlers.
type (
	requestHook  interface{ OnRequest(Request) error }
	responseHook interface {
		OnResponse(Request, Response) Response
	}
)

// aroundController returns the middleware that calls them.
func aroundController(c Controller) []Middleware {
	var around []Middleware
	if on, ok := c.(responseHook); ok {
		around = append(around, func(next Handler) Handler {
			return func(req Request) Response { return on.OnResponse(req, next(req)) }
		})
	}
	if on, ok := c.(requestHook); ok {
		around = append(around, func(next Handler) Handler {
			return func(req Request) Response {
				if err := on.OnRequest(req); err != nil {
					return response.Error(err)
				}
				return next(req)
			}
		})
	}
	return around
}

// checkHooks refuses methods that have the names of hooks but would never be called, for a method that is meant
// to protect the handlers would not.
func checkHooks(c Controller) error {
	t := reflect.TypeOf(c)
	if t.Kind() != reflect.Pointer {
		t = reflect.PointerTo(t) // which has the methods of both
	}
	const text = "the method %s of %T is never called; it must be %[1]s%[3]s, of what is registered"
	if _, has := t.MethodByName("OnRequest"); has && !isA[requestHook](c) {
		return fmt.Errorf(text, "OnRequest", c, "(soay.Request) error")
	}
	if _, has := t.MethodByName("OnResponse"); has && !isA[responseHook](c) {
		return fmt.Errorf(text, "OnResponse", c, "(soay.Request, soay.Response) soay.Response")
	}
	return nil
}

func isA[T any](v any) bool {
	_, ok := v.(T)
	return ok
}

// checkControllers returns what keeps fields of controllers from being filled.
func (a *App) checkControllers() error {
	var errs []error
	for _, c := range a.controllers {
		for _, err := range router.Unjoin(a.services.plan.CheckFields(c.value, "a controller")) {
			errs = append(errs, fmt.Errorf("%s: controller %s: %w", c.source, c.value.Type(), err))
		}
	}
	return errors.Join(errs...)
}

// fillControllers gives controllers their services.
func (a *App) fillControllers() {
	for _, c := range a.controllers {
		_ = a.services.provider.Load().FillFields(c.value) // checkControllers has found its errors
	}
}
