package router

import (
	"fmt"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
)

// filter decides whether the routes of a group answer a request.
type filter struct {
	accepts func(request.Request) bool
	text    string // the call that made it, for people
}

// Filter returns an inner group that answers only requests that f accepts:
//
//	beta := app.Group("/").Filter(func(req soay.Request) bool { return req.Header("X-Beta") == "yes" })
//	beta.Get("/", betaHome)
//
// Other requests go on to the next route that matches, as if the routes of the group did not exist.
// Of routes with the same pattern, those with filters are tried first. f is called while a route is
// sought, so it must be quick, and knows neither the route nor the session.
func (g Group) Filter(f func(request.Request) bool) Group {
	if f == nil {
		g.g.router.fail("Filter: the function is nil")
	}
	return g.filtered("Filter", "Filter at "+Source(), f)
}

// Host returns an inner group that answers only requests for a host, ignoring case and the dot that may
// end a full domain name. A host without a port stands for all ports. A host that starts with *. stands
// for all names below it. A host that no request can name, such as a URL, is a start-up error; a
// request that names none, or one with a port that is no number, passes no filter for hosts.
func (g Group) Host(host string) Group {
	pattern, ok := header.ParseHostPattern(host)
	if !ok {
		g.g.router.fail("Host: %q is no host, such as api.example.com or *.example.com:8080", host)
	}
	return g.filtered("Host", fmt.Sprintf("Host(%q)", host), func(req request.Request) bool {
		name, port, ok := header.ParseHost(req.Host())
		return ok && pattern.Matches(name, port)
	})
}

// Header returns an inner group that answers only requests whose header has exactly this first value.
func (g Group) Header(name, value string) Group {
	text := fmt.Sprintf("Header(%q, %q)", name, value)
	return g.filtered("Header", text, func(req request.Request) bool { return req.Header(name) == value })
}

// Query returns an inner group that answers only requests with this value of a query parameter.
func (g Group) Query(name, value string) Group {
	text := fmt.Sprintf("Query(%q, %q)", name, value)
	return g.filtered("Query", text, func(req request.Request) bool { return req.Query(name) == value })
}

// filtered returns an inner group with a filter.
func (g Group) filtered(call, text string, accepts func(request.Request) bool) Group {
	inner := g.g.inner(g.g.prefix)
	if g.g.router.open(fmt.Sprintf("%s of group %q", call, g.g.prefix)) {
		inner.filters = []filter{{accepts, text}}
	}
	return inner.public()
}
