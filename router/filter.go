package router

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response"
)

// Filter makes a group answer only requests that f accepts:
//
//	beta := app.Group("/", router.Filter(func(req soay.Request) bool { return req.Header("X-Beta") == "yes" }))
//	beta.Get("/", betaHome)
//
// Other requests go on to the next route that matches, as if the routes of the group did not exist.
// Of routes with the same pattern, those with filters are tried first. f is called while a route is
// sought, so it must be quick, and knows neither the route nor the session. Used anywhere but in
// the arguments of Group, a filter answers other requests with 404.
func Filter(f func(request.Request) bool) Middleware {
	if f == nil {
		return badFilter(errors.New("the function of a filter is nil"))
	}
	return asMiddleware(filter{test: f})
}

// Host makes a group answer only requests for a host, ignoring case and the dot that may end a full
// domain name. A host without a port stands for all ports. A host that starts with *. stands for
// all names below it. A host that no request can name, such as a URL, is a start-up error; a
// request that names none, or one with a port that is no number, passes no filter for hosts.
func Host(host string) Middleware {
	below, all := strings.CutPrefix(host, "*.")
	name, port, ok := header.ParseHost(below)
	if !ok || all && name[0] == '[' {
		return badFilter(fmt.Errorf("%q is no host, such as api.example.com or *.example.com:8080", host))
	}
	return asMiddleware(filter{test: func(req request.Request) bool {
		gotName, gotPort, ok := header.ParseHost(req.Host())
		if !ok || port != "" && gotPort != port {
			return false
		}
		if all {
			gotName, ok = strings.CutSuffix(gotName, name)
			return ok && strings.HasSuffix(gotName, ".")
		}
		return gotName == name
	}})
}

// Header makes a group answer only requests whose header has exactly this first value.
func Header(name, value string) Middleware {
	return asMiddleware(filter{test: func(req request.Request) bool { return req.Header(name) == value }})
}

// Query makes a group answer only requests with this value of a query parameter.
func Query(name, value string) Middleware {
	return asMiddleware(filter{test: func(req request.Request) bool { return req.Query(name) == value }})
}

// filterFunc is what a filter tests.
type filterFunc func(request.Request) bool

type filter struct {
	test filterFunc
	err  error // what is wrong with the arguments it was made of
}

// badFilter is a filter that stops the start, or else passes no request.
func badFilter(err error) Middleware {
	return asMiddleware(filter{test: func(request.Request) bool { return false }, err: err})
}

// asMiddleware hides a filter in a Middleware, so that Group takes filters and middleware alike.
// asFilter gets it out again.
//
//go:noinline
func asMiddleware(f filter) Middleware {
	return func(next Handler) Handler {
		if next == nil { // asked by asFilter
			return func(request.Request) response.Response { return response.Error(filterCarrier{f}) }
		}
		return func(req request.Request) response.Response {
			if f.test(req) {
				return next(req)
			}
			return response.NotFound()
		}
	}
}

// filterCarrier brings a filter through the type of a Handler.
type filterCarrier struct{ filter }

func (filterCarrier) Error() string { return "router: filter" }

// asFilter returns the filter inside a Middleware that asMiddleware made, and false for all others.
// Function values can be compared only by their code, which is the same for all that asMiddleware
// makes and for nothing else.
func asFilter(m Middleware) (filter, bool) {
	if m == nil || reflect.ValueOf(m).Pointer() != reflect.ValueOf(asMiddleware(filter{})).Pointer() {
		return filter{}, false
	}
	c, ok := m(nil)(request.Request{}).Err().(filterCarrier)
	return c.filter, ok
}
