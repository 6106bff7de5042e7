package router

import (
	"net/http"
	"slices"
	"strings"
)

// Group is a set of routes with a common prefix, common middleware, common filters and common settings. It
// is a small value; copies are the same group.
type Group struct {
	g *group
	*settings
}

type group struct {
	*settings
	router     *Router
	parent     *group // nil for the root
	prefix     string
	middleware []Middleware
	filters    []filter
}

// public returns the group as its users see it.
func (g *group) public() Group { return Group{g, g.settings} }

// inner returns a new group below this one.
func (g *group) inner(prefix string) *group {
	child := &group{settings: g.router.newSettings(), router: g.router, parent: g, prefix: prefix}
	if !g.router.closed { // or several goroutines may be here
		g.router.groups = append(g.router.groups, child)
	}
	return child
}

// Get registers a handler for GET, and for HEAD unless the pattern has one of its own.
func (g Group) Get(pattern string, h Handler) *Route { return g.Handle(http.MethodGet, pattern, h) }

// Post registers a handler for POST.
func (g Group) Post(pattern string, h Handler) *Route { return g.Handle(http.MethodPost, pattern, h) }

// Put registers a handler for PUT.
func (g Group) Put(pattern string, h Handler) *Route { return g.Handle(http.MethodPut, pattern, h) }

// Patch registers a handler for PATCH.
func (g Group) Patch(pattern string, h Handler) *Route { return g.Handle(http.MethodPatch, pattern, h) }

// Delete registers a handler for DELETE.
func (g Group) Delete(pattern string, h Handler) *Route {
	return g.Handle(http.MethodDelete, pattern, h)
}

// Head registers a handler for HEAD, in place of the one for GET.
func (g Group) Head(pattern string, h Handler) *Route { return g.Handle(http.MethodHead, pattern, h) }

// Options registers a handler for OPTIONS, in place of the built-in answer.
func (g Group) Options(pattern string, h Handler) *Route {
	return g.Handle(http.MethodOptions, pattern, h)
}

// Trace registers a handler for TRACE, which otherwise no path has.
func (g Group) Trace(pattern string, h Handler) *Route { return g.Handle(http.MethodTrace, pattern, h) }

// Connect registers a handler for CONNECT, which otherwise no path has.
func (g Group) Connect(pattern string, h Handler) *Route {
	return g.Handle(http.MethodConnect, pattern, h)
}

// Handle registers a handler for any method. Methods are case-sensitive.
func (g Group) Handle(method, pattern string, h Handler) *Route { return g.Route(pattern, h, method) }

// Route registers a handler for several methods at once. None is a start-up error.
func (g Group) Route(pattern string, h Handler, methods ...string) *Route {
	if len(methods) == 0 {
		g.g.router.fail("route %s: no method is given", join(g.g.prefix, pattern))
	}
	return g.g.router.add(&Route{
		settings: g.g.router.newSettings(), group: g.g, methods: slices.Clone(methods), text: join(g.g.prefix, pattern), handler: h, source: Source(),
	})
}

// Group returns a new group below this one: its patterns are behind the prefix, and its handlers
// inside the middleware. [Group.Host] and its like restrict which requests a group answers.
func (g Group) Group(prefix string, middleware ...Middleware) Group {
	child := g.g.inner(join(g.g.prefix, prefix))
	if prefix != "" && !strings.HasPrefix(prefix, "/") {
		child.router.fail("Group: prefix %q does not start with a slash", prefix)
	}
	if child.router.open("Group") {
		child.middleware = child.router.checked(middleware)
	}
	return child.public()
}

// Use adds middleware to the group, for all of its routes and inner groups, also those registered
// before.
func (g Group) Use(middleware ...Middleware) {
	if g.g.router.open("Use") {
		g.g.middleware = append(g.g.middleware, g.g.router.checked(middleware)...)
	}
}

// join puts a pattern behind a prefix. A pattern of / means the prefix itself. A pattern that does
// not start with a slash stays alone, to be reported as what was written.
func join(prefix, pattern string) string {
	if pattern != "" && pattern[0] != '/' || prefix == "" || prefix == "/" {
		return pattern
	}
	if pattern == "" || pattern == "/" {
		return prefix
	}
	return strings.TrimSuffix(prefix, "/") + pattern
}

// scopes returns the settings of the groups, the outermost first.
func (g *group) scopes() []*settings {
	var scopes []*settings
	for _, level := range g.path() {
		scopes = append(scopes, level.settings)
	}
	return scopes
}

// path returns the groups from the outermost to this one.
func (g *group) path() []*group {
	if g == nil {
		return nil
	}
	return append(g.parent.path(), g)
}

// filtering returns the innermost group with filters of its own, nil without one. Groups that share
// it have the same filters.
func (g *group) filtering() *group {
	for g != nil && len(g.filters) == 0 {
		g = g.parent
	}
	return g
}

// allFilters returns the filters of the group and those around it, which come first.
func (g *group) allFilters() []filter {
	var filters []filter
	for _, level := range g.path() {
		filters = append(filters, level.filters...)
	}
	return filters
}
