package router

import (
	"reflect"
	"strings"

	"github.com/soay-go/soay/request"
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
func Filter(f func(request.Request) bool) Middleware { return asMiddleware(f) }

// Host makes a group answer only requests for a host, ignoring case. A host without a port stands
// for all ports. A host that starts with *. stands for all names below it.
func Host(host string) Middleware {
	return asMiddleware(func(req request.Request) bool {
		got := req.Host()
		if !hasPort(host) && hasPort(got) {
			got = got[:strings.LastIndexByte(got, ':')]
		}
		if strings.HasPrefix(host, "*.") {
			suffix := host[1:]
			return len(got) > len(suffix) && strings.EqualFold(got[len(got)-len(suffix):], suffix)
		}
		return strings.EqualFold(got, host)
	})
}

// hasPort reports whether a host is followed by a port. The colons of an IPv6 address stand in
// brackets.
func hasPort(host string) bool {
	return strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']')
}

// Header makes a group answer only requests whose header has exactly this first value.
func Header(name, value string) Middleware {
	return asMiddleware(func(req request.Request) bool { return req.Header(name) == value })
}

// Query makes a group answer only requests with this value of a query parameter.
func Query(name, value string) Middleware {
	return asMiddleware(func(req request.Request) bool { return req.Query(name) == value })
}

// filterFunc is what a filter tests.
type filterFunc func(request.Request) bool

// asMiddleware hides a filter in a Middleware, so that Group takes filters and middleware alike.
// asFilter gets it out again.
//
//go:noinline
func asMiddleware(f filterFunc) Middleware {
	return func(next Handler) Handler {
		if next == nil { // asked by asFilter
			return func(request.Request) response.Response { return response.Error(filterCarrier{f}) }
		}
		return func(req request.Request) response.Response {
			if f(req) {
				return next(req)
			}
			return response.NotFound()
		}
	}
}

// filterCarrier brings a filter through the type of a Handler.
type filterCarrier struct{ filterFunc }

func (filterCarrier) Error() string { return "router: filter" }

// asFilter returns the filter inside a Middleware that asMiddleware made, and false for all others.
// Function values can be compared only by their code, which is the same for all that asMiddleware
// makes and for nothing else.
func asFilter(m Middleware) (filterFunc, bool) {
	if m == nil || reflect.ValueOf(m).Pointer() != reflect.ValueOf(asMiddleware(nil)).Pointer() {
		return nil, false
	}
	c, ok := m(nil)(request.Request{}).Err().(filterCarrier)
	return c.filterFunc, ok
}
