package router

import (
	"fmt"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
)

// TrailingSlash says what becomes of a path that differs from a pattern only by a slash at its end.
type TrailingSlash int

const (
	// Lenient matches both ways. It is the default.
	Lenient TrailingSlash = iota
	// Strict matches only what was registered.
	Strict
	// Redirect sends the client to what was registered, with 301, or 308 for methods other than GET
	// and HEAD. It never leads to another host.
	Redirect
)

// Options sets up a Router, for the framework. The zero value is the default.
type Options struct {
	// TrailingSlash is Lenient by default.
	TrailingSlash TrailingSlash
	// ValuePatterns adds value patterns of your own. Where several fit, the first one wins, after
	// the built-in ones.
	ValuePatterns []ValuePattern
	// Compiler makes the plans by which typed handlers get their input. The default is one with the
	// rules of the validator's library.
	Compiler *bind.Compiler
	// Late is told about calls after the start, which change nothing. The default is to say nothing.
	Late func(error)
}

// Router collects routes until Build makes a Table of them. It is for the framework: an app has one. Routes are
// registered by one goroutine at a time.
type Router struct {
	options Options
	values  []ValuePattern
	root    *group
	groups  []*group // all others
	routes  []*Route
	errs    []error
	limits  map[string]int // the names of rates, and how many have each
	closed  bool
	timed   bool // a route or a scope has a time for handlers
}

// New returns a router without routes, for the framework.
func New(options Options) *Router {
	r := &Router{options: options, values: append(builtinValues(), options.ValuePatterns...)}
	r.root = &group{settings: r.newSettings(), router: r}
	for _, err := range checkValues(options.ValuePatterns) {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", Source(), err))
	}
	if options.TrailingSlash < Lenient || options.TrailingSlash > Redirect {
		r.errs = append(r.errs, fmt.Errorf("%s: router: TrailingSlash has the unknown value %d",
			Source(), int(options.TrailingSlash)))
	}
	return r
}

// Root returns the group without prefix that all others are below.
func (r *Router) Root() Group { return r.root.public() }

func (r *Router) newSettings() *settings {
	return request.NewRouteSettings(r.open, func(call string, err error) { r.fail("%s: %w", call, err) })
}

// open reports whether registering is still possible.
func (r *Router) open(call string) bool {
	if r.closed && r.options.Late != nil {
		r.options.Late(fmt.Errorf("%s: %s: the app has started; register before", Source(), call))
	}
	return !r.closed
}

// fail notes a mistake of the caller.
func (r *Router) fail(format string, args ...any) {
	if r.open("route") {
		r.errs = append(r.errs, fmt.Errorf("%s: "+format, append([]any{Source()}, args...)...))
	}
}

// checked returns the middleware without nils, which it notes as mistakes.
func (r *Router) checked(middleware []Middleware) []Middleware {
	var checked []Middleware
	for _, m := range middleware {
		if m == nil {
			r.fail("middleware is nil")
			continue
		}
		checked = append(checked, m)
	}
	return checked
}

// add registers a route. A route with mistakes is returned as well, so that its methods can be called; the
// mistakes stop the start.
func (r *Router) add(route *Route) *Route {
	route.router = r
	if !r.open(fmt.Sprintf("route %v %s", route.methods, route.text)) {
		return route
	}
	var err error
	if route.pattern, err = parsePattern(route.text, r.values); err != nil {
		r.fail("%w", err)
		return route
	}
	if route.handler == nil {
		r.fail("route %s: the handler is nil", route.text)
		return route
	}
	for _, m := range route.methods {
		if err := checkMethod(m); err != nil {
			r.fail("route %s: %w", route.text, err)
			return route
		}
	}
	if r.options.TrailingSlash == Lenient {
		n := len(route.pattern)
		route.pattern = route.pattern.withoutSlash()
		route.slash = n == 0 || len(route.pattern) < n
	}
	r.routes = append(r.routes, route)
	return route
}

// withoutSlash drops the empty segment that a slash at the end makes.
func (p pattern) withoutSlash() pattern {
	if n := len(p); n > 0 && p[n-1].rank == rankLiteral && p[n-1].text == "" {
		return p[:n-1]
	}
	return p
}

// Routes describes all routes in the order of registration.
func (r *Router) Routes() []Info {
	var infos []Info
	for _, route := range r.routes {
		for _, m := range route.methods {
			infos = append(infos, route.info(m))
		}
	}
	return infos
}
