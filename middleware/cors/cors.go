package cors

import (
	"net/http"
	"slices"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// rules are those of a route.
var rules = request.NewRouteKey[*Rules]("CORS")

// Set gives an app, a group or a route the rules, in place of those around it. It is for the framework.
func Set(on request.RouteScope, r *Rules) { rules.Set(on, r) }

// Finder returns the route that a request would have by another method. found is false where there is none; the route has
// the answer then. It is for the framework.
type Finder func(req request.Request, method string) (route *request.Route, found bool)

// New returns middleware that answers preflights and tells browsers which scripts may read the answers. It is for the framework.
func New(find Finder) func(next request.Handler) request.Handler {
	return func(next request.Handler) request.Handler {
		return func(req request.Request) response.Response {
			hr := request.StateOf(req).Source()
			if hr.Method == http.MethodOptions {
				if p, ok := preflightOf(hr); ok {
					return p.answer(req, find, next)
				}
			}
			r := rules.Of(req)
			if r == nil {
				return next(req)
			}
			// After next, the request may have ended.
			origin := originOf(hr)
			return r.apply(origin, next(req))
		}
	}
}

// originOf returns the origin of the page whose script has sent a request, "" without exactly one.
func originOf(hr *http.Request) string {
	if lines := http1.Values(hr, "Origin"); len(lines) == 1 {
		return lines[0]
	}
	return ""
}

// apply returns a response with the headers for scripts of an origin, and without those that a handler has set by itself.
func (r *Rules) apply(origin string, resp response.Response) response.Response {
	if resp.Header(keyOrigin) != "" {
		resp = response.StateOf(resp).Without(ofHandlers...)
	}
	if r.all {
		return resp.WithHeadersOf(r.granted.actual)
	}
	if origin == "" {
		return resp.WithHeadersOf(r.refused)
	}
	if g := r.exact[origin]; g != nil {
		return resp.WithHeadersOf(g.actual)
	}
	if r.matches(origin) {
		return resp.WithHeadersOf(r.allowed).WithHeader(keyOrigin, origin)
	}
	return resp.WithHeadersOf(r.refused)
}

// ofHandlers are the headers that code for one origin sets, and which the policy knows better.
var ofHandlers = []string{keyOrigin, "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers"}

// matches reports whether a pattern stands for an origin.
func (r *Rules) matches(origin string) bool {
	for i := range r.patterns {
		if r.patterns[i].matches(origin) {
			return true
		}
	}
	return false
}

// preflight is a question of a browser whether a script may send a request.
type preflight struct {
	origin, method string
	headers        []string // lines
}

// preflightOf returns the question that a request with the method OPTIONS asks. It is false for other requests.
func preflightOf(hr *http.Request) (preflight, bool) {
	origins := http1.ListOf(hr, "Origin")
	if len(origins) != 1 {
		return preflight{}, false
	}
	methods := http1.ListOf(hr, "Access-Control-Request-Method")
	if len(methods) != 1 {
		return preflight{}, false
	}
	return preflight{origins[0], methods[0], http1.ListOf(hr, "Access-Control-Request-Headers")}, true
}

const varyOfPreflights = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

var (
	varied = varying(varyOfPreflights)
	asked  = response.Response{}.WithStatus(http.StatusNoContent)
	errNot = problem.New(http.StatusForbidden, "Scripts of this origin may not send such a request.")
)

// answer answers by the rules of the route that the request of the script would have. Without rules it is a request
// like others.
func (p preflight) answer(req request.Request, find Finder, next request.Handler) response.Response {
	route, found := find(req, p.method)
	r := rules.OfRoute(route)
	if r == nil {
		return next(req)
	}
	state := request.StateOf(req)
	state.SetRoute(route) // logs name the route that is asked about
	if !found {
		return state.Complete(state.Handler(0)(req)).WithHeadersOf(varied)
	}
	if resp, ok := r.preflight(p); ok {
		return resp
	}
	return state.Complete(response.Error(errNot)).WithHeadersOf(varied)
}

// preflight returns the answer to a question. It is false for what is not allowed.
func (r *Rules) preflight(p preflight) (response.Response, bool) {
	g := r.granted
	if g == nil {
		g = r.exact[p.origin]
	}
	if g == nil && !r.matches(p.origin) || !r.allowsMethod(p.method) || !r.headers.allow(p.headers) {
		return response.Response{}, false
	}
	var resp response.Response
	if g != nil {
		resp = asked.WithHeadersOf(g.preflight)
	} else {
		resp = asked.WithHeadersOf(r.preflit).WithHeader(keyOrigin, p.origin)
	}
	if !isSafelisted(p.method) {
		resp = resp.WithHeader(keyMethods, p.method)
	}
	if len(p.headers) > 0 && r.headers.allowed != "" {
		resp = resp.WithHeader(keyHeaders, r.headers.allowed)
	}
	return resp, true
}

func (r *Rules) allowsMethod(method string) bool {
	return isSafelisted(method) || r.methods == nil || slices.Contains(r.methods, method)
}

// isSafelisted reports whether a method needs no permission (Fetch standard, section 2.2.1).
func isSafelisted(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodPost
}
