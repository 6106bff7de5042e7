package router

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response"
)

// Config is what an app adds to its routes when it builds them, for the framework.
type Config struct {
	// Middleware runs around everything, also where no route matches; the first is outermost.
	Middleware []Middleware
	// Endpoint is middleware that goes directly around each handler, inside all other middleware, and once more
	// around the middleware of the route and its groups. A handler without any middleware does without it. nil
	// means none.
	Endpoint Middleware
	// Answer returns a handler that always gives this response, which is an error response, for routes with
	// these handlers of errors. nil means that it is returned as it is.
	Answer func(response.Response, *ErrorHandlers) Handler
	// Fallback answers where no route matches. nil means 404.
	Fallback Handler
	// Derive has functions that return settings which follow from those of the scopes of a route, the outermost first.
	// They are called whenever a route is made, of several goroutines too. The result nil means that there are none.
	Derive []func(of Subject, scopes []*request.RouteSettings) *request.RouteSettings
	// Services are those that inputs of typed handlers can take. nil means that there are none.
	Services *inject.Plan
}

// Subject says what a route answers, for Config.Derive. It is for the framework.
type Subject int

// The subjects. They are for the framework.
const (
	// OfRoute is a path that has routes: the one that was registered, or the answer for a method that none has.
	OfRoute Subject = iota
	// OfFallback is a path without routes, which Config.Fallback answers.
	OfFallback
	// OfNothing is a path without routes that gets an answer of the router's own.
	OfNothing
)

// newRoute makes a route with the settings of scopes and what follows from them.
func (c *Config) newRoute(of Subject, info request.Route, handlers []Handler, scopes []*settings) *request.Route {
	given := scopes
	for _, derive := range c.Derive {
		if more := derive(of, given); more != nil {
			scopes = append(slices.Clip(scopes), more)
		}
	}
	return request.NewRoute(info, handlers, scopes...)
}

// Build makes a table of the routes. The error joins all mistakes made while registering and all
// conflicts between routes, each with its place in the source.
func (r *Router) Build(config Config) (*Table, error) {
	r.closed = true
	if config.Endpoint == nil {
		config.Endpoint = func(next Handler) Handler { return next }
	}
	if config.Answer == nil {
		config.Answer = func(resp response.Response, _ *ErrorHandlers) Handler {
			return func(request.Request) response.Response { return resp }
		}
	}
	sets, conflicts := r.collect()
	named, duplicates := r.names()
	missing := r.link(config.Services)
	if err := errors.Join(slices.Concat(r.errs, conflicts, duplicates, missing)...); err != nil {
		return nil, err
	}
	b := &builder{config: &config}
	b.connect(r.routes)
	t := &Table{
		config: config,
		scope:  r.root.settings,
		slash:  r.options.TrailingSlash,
		routes: r.routes,
		named:  named,
		static: map[string]*leaf{},
	}
	t.matchers.New = func() any { return new(Matcher) }
	t.around = b.chain(toRoute, config.Middleware)
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	t.notFound = t.notFoundIn([]*settings{t.scope})
	t.badPath = t.answer(response.BadRequest("The path is not properly encoded."))
	t.redirect = t.unregistered(redirectSlash)
	t.unclean = t.answer(response.NotFound())
	t.fill(sets)
	t.fillMissing(r.groups, r.values)
	t.filtered = t.filtered || len(r.options.ValuePatterns) > 0
	t.server = t.unregistered(allowing(allowOf(append(sets, &set{allow: []string{http.MethodOptions}}))))
	return t, nil
}

// The handlers of a route are one that answers, and stages behind it: one for each group with middleware, and
// one of its own. Each but the last ends by calling the next one of the route, so the middleware of the app,
// and that of a group, is made once for all routes.

// tooLate is the response to a request that has ended. Nobody gets it. Its status makes middleware
// take back what it has begun, such as changes of a session.
func tooLate() response.Response { return response.Status(http.StatusServiceUnavailable) }

// toRoute leads on to the first handler of the route, from the middleware of the app.
func toRoute(req request.Request) response.Response {
	h := request.StateOf(req).Handler(0)
	if h == nil {
		return tooLate()
	}
	return h(req)
}

// toStage leads on to handler n of the route, from middleware around it. Every chain of middleware asks at
// its end whether the request goes on, for a timeout around the chain may have answered already.
func toStage(n int) Handler {
	return func(req request.Request) response.Response {
		h := request.StateOf(req).Handler(n)
		if h == nil {
			return tooLate()
		}
		return h(req)
	}
}

// toHandler leads on from the middleware of a route.
func toHandler(h Handler) Handler {
	return func(req request.Request) response.Response {
		if request.StateOf(req).Handler(0) == nil {
			return tooLate()
		}
		return h(req)
	}
}

// answering returns the handlers of a route without groups or middleware of its own.
func (c *Config) answering(h Handler) []Handler {
	if len(c.Middleware) > 0 {
		h = c.Endpoint(h)
	}
	return []Handler{h}
}

// builder makes the chains of handlers, and notes what is wrong with them.
type builder struct {
	config *Config
	errs   []error
}

// chain returns h inside the middleware, the first one outermost.
func (b *builder) chain(h Handler, middleware []Middleware) Handler {
	for _, m := range slices.Backward(middleware) {
		outer := m(h)
		if outer == nil {
			f := runtime.FuncForPC(reflect.ValueOf(m).Pointer())
			file, line := f.FileLine(f.Entry())
			b.errs = append(b.errs, fmt.Errorf("%s:%d: middleware %s returned no handler", shortPath(file), line, f.Name()))
			continue
		}
		h = outer
	}
	return h
}

// connect gives every route its handlers.
func (b *builder) connect(routes []*Route) {
	made := map[*group]Handler{}
	for _, route := range routes {
		if route.twin != nil {
			route.middleware = route.twin.middleware
		}
		var stages []Handler
		for _, g := range route.group.path() {
			if len(g.middleware) == 0 {
				continue
			}
			if made[g] == nil {
				made[g] = b.chain(toStage(len(stages)+1), g.middleware)
			}
			stages = append(stages, made[g])
		}
		info := request.Route{Pattern: route.text, Name: route.name, Source: route.source, Params: route.pattern.params()}
		scopes := route.scopes()
		route.live = b.config.newRoute(OfRoute, info, withCacheControl(b.handlersOf(route, stages), scopes), scopes)
	}
}

// handlersOf returns the handlers of a route in groups with these stages.
func (b *builder) handlersOf(route *Route, stages []Handler) []Handler {
	if len(stages)+len(route.middleware) == 0 {
		return b.config.answering(route.handler)
	}
	last := b.config.Endpoint(route.handler)
	if len(route.middleware) > 0 {
		last = b.chain(toHandler(last), route.middleware)
	}
	stages = append(stages, last)
	first := b.config.answering(stages[0]) // what fails in the route's middleware, the app's gets complete
	return append(first, stages[1:]...)
}

// names returns the routes by their names, and the names that stand twice.
func (r *Router) names() (map[string]*Route, []error) {
	var errs []error
	named := map[string]*Route{}
	for _, route := range r.routes {
		if route.name == "" {
			continue
		}
		if other := named[route.name]; other != nil {
			errs = append(errs, fmt.Errorf("%s: the name %q is that of the route at %s",
				route.source, route.name, other.source))
		}
		named[route.name] = route
	}
	return named, errs
}

// set holds the routes with one pattern, apart from the names of parameters, and one list of
// filters. It differs by method.
type set struct {
	pattern pattern
	open    bool // a slash may follow that no pattern of this shape was registered with
	filters []filter
	methods []method
	allow   []string
	reject  *request.Route // answers a method that is not there
	options *request.Route // answers OPTIONS where no route does
}

type method struct {
	name  string
	route *request.Route
	from  *Route
}

// collect groups the routes into sets, the most specific first, and returns the conflicts between routes.
func (r *Router) collect() ([]*set, []error) {
	var sets []*set
	var errs []error
	type key struct {
		shape  string
		filter *group
	}
	byKey := map[key]*set{}
	closed := map[string]bool{}
	for _, route := range r.routes {
		if route.slash || r.options.TrailingSlash != Lenient {
			closed[route.pattern.shape()] = true
		}
	}
	for _, route := range r.routes {
		k := key{route.pattern.shape(), route.group.filtering()}
		s := byKey[k]
		if s == nil {
			s = &set{pattern: route.pattern, open: !closed[k.shape], filters: route.group.allFilters()}
			sets = append(sets, s)
			byKey[k] = s
		}
		for _, m := range route.methods {
			if other := s.find(m); other != nil {
				errs = append(errs, fmt.Errorf("%s: route %s %s conflicts with %s %s at %s",
					route.source, m, route.text, m, other.from.text, other.from.source))
				continue
			}
			s.methods = append(s.methods, method{name: m, from: route})
		}
	}
	slices.SortStableFunc(sets, func(a, b *set) int {
		if d := a.compare(b); d != 0 {
			return d
		}
		return min(1, len(b.filters)) - min(1, len(a.filters))
	})
	return sets, errs
}

// compare orders sets so that of two that match a path the more specific one comes first.
func (s *set) compare(o *set) int {
	for i := range min(len(s.pattern), len(o.pattern)) + 1 {
		a, b := s.at(i), o.at(i)
		if d := int(a.rank - b.rank); d != 0 {
			return d
		}
		if d := strings.Compare(a.text, b.text); d != 0 {
			return d
		}
	}
	return 0
}

// at returns segment i, or a segment that stands for the end of the pattern. Where the pattern ends, another
// one may have a catch-all. For the path /static/ the catch-all comes before a pattern /static, and after a
// pattern /static/.
func (s *set) at(i int) segment {
	switch {
	case i < len(s.pattern):
		return s.pattern[i]
	case s.open:
		return segment{rank: rankOpenEnd}
	}
	return segment{rank: rankEnd}
}

func (s *set) find(name string) *method {
	for i := range s.methods {
		if s.methods[i].name == name {
			return &s.methods[i]
		}
	}
	return nil
}

// shape returns a text that is the same for two patterns if and only if they match the same paths in the same
// way.
func (p pattern) shape() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteByte('/')
		if s.isParam() {
			b.WriteString("{" + s.value)
		} else {
			b.WriteString("=" + s.text) // which may look like a parameter, as %7Bstr does
		}
	}
	return b.String()
}
