package request

import (
	"net/http"
	"reflect"

	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response"
)

// State is the side of a request that other packages of the framework work with and handlers have no use
// for. It ends with the request, as everything that is handed out does: each method says what it returns
// then. It is for the framework.
type State struct{ r Request }

// StateOf returns the state of a request, for the framework.
func StateOf(r Request) State { return State{r} }

// Source returns the request that the server has received, or the last one that middleware has put in its place. Its
// Header may be nil, so its fields are read by package http1, its body is not read, and it is not given to code of
// the app: that is for [Request.HTTP].
func (s State) Source() *http.Request {
	if !s.r.live() {
		return new(http.Request)
	}
	return s.r.source()
}

// ProxyTold reports whether a proxy's word, by SetOrigin, stands for the scheme and for the address of the client.
// It is false for both once the request has ended.
func (s State) ProxyTold() (scheme, client bool) {
	if !s.r.live() {
		return false, false
	}
	if x := s.r.peek(); x != nil {
		o := x.origin()
		return o.scheme != "", o.clientIP != ""
	}
	return false, false
}

// Handler returns handler n of the route, and nil once the request has ended, for its recycled exchange
// may have the route of another request by then.
func (s State) Handler(n int) Handler {
	if s.IsAbandoned() {
		return nil
	}
	if route := s.r.onRoute(); route != nil && n < len(route.handlers) {
		return route.handlers[n]
	}
	return nil
}

// SetRoute puts another route in place of the one that was found, for a preflight, which asks about a route without
// reaching it. Nothing happens once the request has ended.
func (s State) SetRoute(route *Route) {
	if s.r.live() {
		s.r.exchange.SetRoute(route)
	}
}

// Complete returns a response that has a body: the app's error page for an error response without one,
// and any other response as it is. Middleware calls it that needs the whole response, such as the
// session's, for a page may look at the session. Without an app, and once the request has ended, it
// returns the response unchanged.
func (s State) Complete(resp response.Response) response.Response {
	if !response.StateOf(resp).NeedsPage() || s.IsAbandoned() || !s.r.live() || s.r.exchange.settings.Complete == nil {
		return resp
	}
	return s.r.exchange.settings.Complete(s.r, resp)
}

// Service resolves a service by its place in the app's plan, for code that has asked for the place at the
// start. Its errors are as for [Resolve].
func (s State) Service(slot inject.Slot) (reflect.Value, error) { return s.r.service(slot) }

// Resolve resolves a service by its type. Its errors are those of [Resolve].
func (s State) Resolve(t reflect.Type) (reflect.Value, error) { return s.r.resolve(t) }

// Inputs returns the Inputs of the settings, and false once the request has ended, which is a misuse.
func (s State) Inputs() (inputs Inputs, live bool) {
	if !s.r.live() {
		return nil, false
	}
	return s.r.exchange.settings.Inputs, true
}

// Assets returns the static files of the app, nil if there are none and once the request has ended.
func (s State) Assets() Assets {
	if !s.r.live() {
		return nil
	}
	return s.r.exchange.settings.Assets
}

// Services returns the scope of the request's services, opened at the first call. The request that
// factories get is the one of that call. The app closes the scope. It is never nil, but has nothing where
// the app has no services or the request has ended.
func (s State) Services() *inject.Scope { return s.r.services() }
