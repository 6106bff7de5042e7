package cors

import (
	"net/http"
	"sync"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// Policies are those of an app and its routes, compiled. It is for the framework.
type Policies struct {
	// Find returns the route for another method, as [router.Table.Find] does.
	Find func(req request.Request, method string) *request.Route

	compiled sync.Map // of *policy by the *router.CORS
}

// policyKey has what the route's policy was compiled to, nil without one.
var policyKey = request.NewRouteKey[*policy]("CORS compiled")

// Derive compiles the policy of a route, for [router.Config].
func (p *Policies) Derive(_ router.Subject, scopes []*request.RouteSettings) *request.RouteSettings {
	rules := router.CORSAlong(scopes...)
	if rules == nil {
		return nil
	}
	made, ok := p.compiled.Load(rules)
	if !ok {
		made, _ = p.compiled.LoadOrStore(rules, compile(rules))
	}
	s := request.NewRouteSettings(func(string) bool { return true }, func(string, error) {})
	policyKey.Set(s, made.(*policy))
	return s
}

// Middleware answers preflights, and puts the headers on all other answers. It belongs outside of everything that
// refuses clients.
func (p *Policies) Middleware(next router.Handler) router.Handler {
	return func(req request.Request) response.Response {
		hr := request.StateOf(req).Source()
		if hr.Method == http.MethodOptions {
			origin, method := only(hr, "Origin"), only(hr, "Access-Control-Request-Method")
			if origin != "" && method != "" {
				return p.preflight(req, next, origin, method)
			}
		}
		policy := policyKey.Of(req)
		if policy == nil {
			return next(req)
		}
		origin := only(hr, "Origin")
		return policy.permit(next(req), origin)
	}
}

// Permit returns an answer with the headers that the policy of the route has for the origin of a request. It is for
// answers that are made outside of the middleware.
func (p *Policies) Permit(req request.Request, resp response.Response) response.Response {
	policy := policyKey.Of(req)
	if policy == nil {
		return resp
	}
	return policy.permit(resp, only(request.StateOf(req).Source(), "Origin"))
}

// permit returns an answer with the headers for an origin.
func (p *policy) permit(resp response.Response, origin string) response.Response {
	headers, _ := p.headersFor(&p.actual, origin)
	return response.StateOf(resp).WithoutHeaders(prefix).WithHeadersOf(headers)
}

// prefix begins the names of all headers of the protocol.
const prefix = "Access-Control-"

// only returns the value of a header of which there is exactly one line, and "" otherwise.
func only(hr *http.Request, name string) string {
	if values := http1.Values(hr, name); len(values) == 1 {
		return values[0]
	}
	return ""
}

// preflight answers for the route that the browser means to ask. Where no policy has a word in it, the request is one
// like any other: the app may answer it by itself.
func (p *Policies) preflight(req request.Request, next router.Handler, origin, method string) response.Response {
	route := p.Find(req, method)
	policy := policyKey.Of(req)
	if route != nil {
		policy = policyKey.In(route)
	}
	if policy == nil {
		return next(req)
	}
	if route == nil {
		return refuse(req, policy, response.NotFound())
	}
	request.StateOf(req).SetRoute(route)
	if route.Pattern == "" { // it answers for methods that the path lacks
		if resp := request.StateOf(req).Handler(0)(req); resp.Status() == http.StatusMethodNotAllowed {
			return refuse(req, policy, resp)
		}
		return refuse(req, policy, response.Error(errMethod))
	}
	return policy.answer(req, request.StateOf(req).Source(), origin, method)
}

// refuse returns an answer without the headers by which browsers would go on.
func refuse(req request.Request, p *policy, resp response.Response) response.Response {
	resp = request.StateOf(req).Complete(resp)
	return response.StateOf(resp).WithoutHeaders(prefix).WithHeadersOf(p.refused)
}

// The reasons are for the developer who reads the answer; nothing of what the client has sent is in them.
var (
	errOrigin  = problem.New(http.StatusForbidden, "The origin is not one that the CORS policy of this path allows.")
	errMethod  = problem.New(http.StatusForbidden, "The CORS policy of this path does not allow the method.")
	errHeaders = problem.New(http.StatusForbidden, "The CORS policy of this path does not allow one of the headers of the request.")
)
