package soay

import (
	"net/http"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/router"
)

// Routes is where typed handlers are registered: an App or a Group.
type Routes = router.Routes

// Optional is a value of an input that may not have been sent. See [bind.Optional].
type Optional[T any] = bind.Optional[T]

// Form is an input for an HTML form that is shown again if something in it is wrong. See [bind.Form].
type Form[T any] = bind.Form[T]

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
