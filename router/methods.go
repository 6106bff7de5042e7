package router

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// finish gives a set its routes, HEAD from GET, and its answer to OPTIONS.
func (t *Table) finish(s *set) {
	for i := range s.methods {
		s.methods[i].route = s.methods[i].from.live
	}
	if get := s.find(http.MethodGet); get != nil && s.find(http.MethodHead) == nil {
		s.methods = append(s.methods, method{name: http.MethodHead, route: get.route, from: get.from})
	}
	for _, m := range s.methods {
		s.allow = append(s.allow, m.name)
	}
	if s.find(http.MethodOptions) == nil {
		s.allow = append(s.allow, http.MethodOptions)
	}
	s.reject, s.options = t.reply("", []*set{s}), t.reply(http.MethodOptions, []*set{s})
}

var methodNotAllowed = problem.New(http.StatusMethodNotAllowed, "")

// replyKey is what a route that answers 405 or OPTIONS depends on. Most paths share it.
type replyKey struct {
	options bool
	allow   string
	scope   *settings // the innermost one with settings
}

// reply returns the route that answers a method which no set of a path has: OPTIONS by the methods that are
// there, and any other by 405.
func (t *Table) reply(method string, sets []*set) *request.Route {
	scopes := leading(sets).scopes()
	key := replyKey{method == http.MethodOptions, allowOf(sets), request.Innermost(scopes...)}
	if route, ok := t.replies.Load(key); ok {
		return route.(*request.Route)
	}
	h := allowing(key.allow)
	if !key.options {
		h = t.config.Answer(response.Error(methodNotAllowed).WithHeader("Allow", key.allow), errorHandlers.Along(scopes...))
	}
	route := t.config.newRoute(OfRoute, request.Route{}, t.config.answering(h), scopes)
	t.replies.Store(key, route)
	return route
}

// leading returns the route whose settings count for what a path answers by itself: that of GET, or else the
// first one.
func leading(sets []*set) *Route {
	for _, s := range sets {
		if get := s.find(http.MethodGet); get != nil {
			return get.from
		}
	}
	return sets[0].methods[0].from
}

// allowing returns the handler that answers OPTIONS with these methods.
func allowing(allow string) Handler {
	resp := response.NoContent().WithHeader("Allow", allow)
	return func(request.Request) response.Response { return resp }
}

// allowOf returns the methods of all sets as the value of Allow.
func allowOf(sets []*set) string {
	var methods []string
	for _, s := range sets {
		methods = append(methods, s.allow...)
	}
	slices.Sort(methods)
	return strings.Join(slices.Compact(methods), ", ")
}

// bodiless are the methods whose requests have no body that means anything (RFC 9110 section 9.3).
var bodiless = []string{http.MethodGet, http.MethodHead, http.MethodConnect, http.MethodTrace}

// knownMethods are those of RFC 9110 and RFC 5789.
var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

// checkMethod refuses what no client sends. Methods are case-sensitive (RFC 9110 section 9.1), so
// get is a method of its own that nobody means.
func checkMethod(method string) error {
	if !header.IsToken(method) {
		return fmt.Errorf("%q is no method", method)
	}
	if up := strings.ToUpper(method); up != method && slices.Contains(knownMethods, up) {
		return fmt.Errorf("method %q is spelled %s", method, up)
	}
	return nil
}
