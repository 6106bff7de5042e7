package ratelimit

import (
	"net/http"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// asked is a policy that was asked about a request.
type asked struct {
	policy *policy
	result Result
}

// userTally has what the limits by user have said, for the headers, which the outer middleware sets.
var userTally = request.NewKey[[]asked]("rate limits by user")

// Middleware returns the two pieces of middleware: outer limits by address, and inner by user, which belongs inside of
// the session. It is for the framework, and called once, when all limits were added.
func (l *Limits) Middleware() (outer, inner router.Middleware) {
	l.ofRoutes = l.base()
	outer = func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response { return l.serve(req, next) }
	}
	inner = func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response { return l.serveUser(req, next) }
	}
	return outer, inner
}

// serve limits by address and by what runs, and sets the headers for all limits.
func (l *Limits) serve(req request.Request, next router.Handler) response.Response {
	if l.Exempt != nil && l.Exempt(req) {
		return next(req)
	}
	var few [2]asked // most requests have no more
	route := l.ofRoute(req)
	list, resp, refused := l.ask(req, few[:0], route, false)
	if !refused {
		resp = l.enter(req, next)
		if inner, ok := userTally.Get(req); ok {
			list = append(list, inner...)
		}
	}
	return l.withHeaders(req, resp, list, route, resp.Status() == http.StatusTooManyRequests)
}

// serveUser limits by user.
func (l *Limits) serveUser(req request.Request, next router.Handler) response.Response {
	if l.Exempt != nil && l.Exempt(req) {
		return next(req)
	}
	list, resp, refused := l.ask(req, nil, l.ofRoute(req), true)
	if len(list) > 0 {
		userTally.Set(req, list)
	}
	if refused {
		return resp
	}
	return next(req)
}

// enter calls the next handler unless as many requests for the route run as may.
func (l *Limits) enter(req request.Request, next router.Handler) response.Response {
	limit := router.ConcurrencyLimitOf(req)
	if limit == nil {
		return next(req)
	}
	if !limit.Enter() {
		return refuse(req, response.Error(errBusy).WithHeader("Retry-After", "1"))
	}
	// The end of the response is later than the return of its handler, and comes also after a panic or with a
	// connection that was cut.
	req.AfterResponse(func(request.Outcome) { limit.Leave() })
	return next(req)
}

// ask asks the limits of the app and then those of the route. The first one that refuses ends it, with a response.
// What others have counted before stays counted.
func (l *Limits) ask(req request.Request, list []asked, route *limiter, byUser bool) ([]asked, response.Response, bool) {
	var buf [192]byte
	for i := range len(l.limiters) + 1 {
		each := route
		if i < len(l.limiters) {
			each = l.limiters[i]
		}
		if each == nil {
			continue
		}
		p := each.policy(byUser)
		if len(p.rates) == 0 || each.options.Exempt != nil && each.options.Exempt(req) {
			continue
		}
		key, ok, err := l.appendKey(buf[:0], req, p, byUser)
		if err != nil {
			return list, refuse(req, response.Error(err)), true
		}
		if !ok {
			continue
		}
		result, err := each.store.Take(req, key, p.cost(req), p.rates)
		if err != nil {
			failed := problem.New(http.StatusServiceUnavailable, "").WithCause(err)
			return list, refuse(req, response.Error(failed).WithHeader("Retry-After", "1")), true
		}
		list = append(list, asked{p, result})
		if !result.Allowed {
			e := &RefusedError{Limit: p.options.Name, RetryAfter: result.RetryAfter}
			if each == route {
				e.Limit = routeName
			}
			return list, refuse(req, response.Error(e).WithHeader("Retry-After", seconds(max(1, result.RetryAfter)))), true
		}
	}
	return list, response.Response{}, false
}

func (l *limiter) policy(byUser bool) *policy {
	if byUser {
		return &l.user
	}
	return &l.address
}

// refuse returns a response with its page.
func refuse(req request.Request, resp response.Response) response.Response {
	return request.StateOf(req).Complete(resp)
}

func (p *policy) cost(req request.Request) int {
	if p.options.Cost == nil {
		return 1
	}
	return max(0, p.options.Cost(req))
}

// appendKey appends whose bucket a request takes from, and false if it is not limited.
func (l *Limits) appendKey(b []byte, req request.Request, p *policy, byUser bool) (key []byte, limited bool, err error) {
	if p.options.Key != nil {
		own, ok := p.options.Key(req)
		if !ok {
			return nil, false, nil
		}
		return appendIdentity(b, p.prefix, kindOwn, own), true, nil
	}
	if byUser {
		if user, err := l.User(req); user != "" || err != nil {
			return appendIdentity(b, p.prefix, kindUser, user), true, err
		}
	}
	return appendAddress(b, p.prefix, req, p.options.IPv6Prefix), true, nil
}
