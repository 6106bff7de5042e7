package router

import "github.com/soay-go/soay/request"

// Route is one registered route. Its methods refine it and return it again; they belong before the
// start of the app.
type Route struct {
	*settings
	router     *Router
	group      *group
	methods    []string
	text       string // the whole pattern
	name       string
	source     string
	handler    Handler
	middleware []Middleware
	doc        Doc
	typed      *typed // nil for a plain Handler
	twin       *Route // the same route with another pattern, which has the middleware; nil for nearly all

	pattern pattern
	slash   bool           // pattern was registered with a slash at its end, which it lacks
	live    *request.Route // what requests get to know, made by Build
}

// Name names the route for URL. Names are unique in an app.
func (r *Route) Name(name string) *Route {
	if r.router.open("Name") {
		r.name = name
	}
	return r
}

// Use adds middleware to this route, inside that of its groups.
func (r *Route) Use(middleware ...Middleware) *Route {
	if r.router.open("Use") {
		r.middleware = append(r.middleware, r.router.checked(middleware)...)
	}
	return r
}

// scopes returns where settings of the route are, the outermost first.
func (r *Route) scopes() []*settings { return append(r.group.scopes(), r.settings) }

// Info describes the routes of an app, one entry for each method.
type Info struct {
	Method  string
	Pattern string
	Name    string
	Source  string // the file and line where it was registered

	// Settings are those that the route has of its own and of its app and groups, by the names of their keys,
	// nil without any. See [request.RouteKey].
	Settings map[string]any
	// IgnoreAntiForgery says that the route is exempt from the check against forged requests.
	IgnoreAntiForgery bool
}

func (r *Route) info(method string) Info {
	scopes := r.scopes()
	return Info{
		Method: method, Pattern: r.text, Name: r.name, Source: r.source,
		Settings: request.SettingsAlong(scopes...), IgnoreAntiForgery: ignoreAntiForgery.Along(scopes...),
	}
}
