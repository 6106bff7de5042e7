package request

import "github.com/soay-go/soay/response"

// Handler answers a request.
type Handler func(Request) response.Response

// Route is what a request knows of the route it was matched to. It is made by the router and never
// changes. What else was set on the route is read by its [RouteKey].
type Route struct {
	// Pattern is the pattern as it was registered, "" where nothing matched.
	Pattern string
	// Name is the name of the route, "" without one.
	Name string
	// Source is the file and line where the route was registered.
	Source string
	// Params are the parameters of the pattern.
	Params []RouteParam

	settings []setting
	maxBody  int64 // what the settings say of the size of the body, 0 for the app's limit
	handlers []Handler
}

// NewRoute returns a route with handlers, for the framework: the first one answers, and the others are
// the stages that it leads on to. The route has the settings of these scopes, the outermost first.
func NewRoute(info Route, handlers []Handler, scopes ...*RouteSettings) *Route {
	info.handlers, info.settings = handlers, compile(scopes)
	info.maxBody = maxBodyOf(info.settings)
	return &info
}

// Route returns the route the request was matched to, nil where none did.
func (r Request) Route() *Route {
	route := r.onRoute()
	if route == nil || route.Pattern == "" {
		return nil
	}
	return route
}

// onRoute returns the route, loaded before the generations are compared, and nil for a dead
// request.
func (r Request) onRoute() *Route {
	if r.exchange == nil {
		r.live()
	}
	route := r.exchange.route.Load()
	if !r.live() {
		return nil
	}
	return route
}
