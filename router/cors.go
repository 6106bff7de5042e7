package router

import (
	"sync"

	"github.com/soay-go/soay/middleware/cors"
	"github.com/soay-go/soay/request"
)

// CORS says which pages of other origins may read answers, and what their scripts may send. See [cors.Policy].
type CORS = cors.Policy

// CORS sets which pages of other origins may read the answers of the route, in place of what its groups and the app say.
// The zero CORS allows nobody.
func (r *Route) CORS(policy CORS) *Route { r.router.SetCORS(r, policy); return r }

// CORS sets which pages of other origins may read the answers of the routes of the group, in place of what groups around
// it and the app say. The zero CORS allows nobody.
func (g Group) CORS(policy CORS) Group { g.g.router.SetCORS(g, policy); return g }

// SetCORS gives an app, a group or a route a policy. It is for the framework.
func (r *Router) SetCORS(on request.RouteScope, policy CORS) {
	rules, err := cors.Compile(policy)
	if err != nil {
		for _, e := range Unjoin(err) {
			r.fail("CORS: %w", e)
		}
		return
	}
	r.hasCORS = true
	cors.Set(on, rules)
}

// HasCORS reports whether anything has a policy. It is for the framework.
func (r *Router) HasCORS() bool { return r.hasCORS }

// matchers are for look-ups beside that of a request.
var matchers = sync.Pool{New: func() any { return new(Matcher) }}

// Find returns the route that a request would have by another method, for preflights. found is false where there is none; then
// the route is the one that answers 404 or 405. It is for the framework.
func (t *Table) Find(req request.Request, method string) (route *request.Route, found bool) {
	m := matchers.Get().(*Matcher)
	defer matchers.Put(m)
	route = t.matchAs(m, req, method)
	return route, route.Pattern != "" || t.config.Fallback != nil && t.isNotFound(route)
}

// isNotFound reports whether a route is that of paths without routes.
func (t *Table) isNotFound(route *request.Route) bool {
	for _, m := range t.missing {
		if route == m.notFound {
			return true
		}
	}
	return route == t.notFound
}
