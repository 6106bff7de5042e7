package router

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Matcher is the working memory of one look-up at a time. Its zero value is ready; it is recycled with the request's state.
type Matcher struct {
	leaf *leaf
	http http.Request // what httprouter is asked with; no handler sees it
	url  url.URL
}

// Match returns the route for a request that was begun without one; it is never nil. Where no route of the app matches, it is one
// that answers 404, 405, OPTIONS, a redirect to the right slash, or 400 for a path that is no text.
func (t *Table) Match(m *Matcher, req request.Request) *request.Route {
	hr := req.HTTP()
	if hr.URL.Path == "*" && hr.Method == http.MethodOptions {
		return t.optionsOf(serverWide)
	}
	path, err := request.RoutingPath(hr.URL)
	if err != nil || path[0] != '/' {
		return t.badPath
	}
	if t.slash == Lenient && len(path) > 1 && path[len(path)-1] == '/' {
		path = path[:len(path)-1]
	}
	if route := t.find(m, req, hr.Method, path); route != t.notFound || t.slash != Redirect || path == "/" {
		return route
	}
	if toggled := toggleSlash(path); t.find(m, req, hr.Method, toggled) != t.notFound {
		return t.redirect
	}
	return t.notFound
}

// find looks for the path in the map, in the tree and among the catch-alls.
func (t *Table) find(m *Matcher, req request.Request, method, path string) *request.Route {
	l := t.static[path]
	if l == nil && t.tree != nil {
		l = t.lookUp(m, path)
	}
	if l != nil {
		if route := t.choose(l, req, method, path); route != t.notFound {
			return route
		}
	}
	if len(t.rests.sets) > 0 && (l == nil || !l.checked) {
		return t.choose(&t.rests, req, method, path)
	}
	return t.notFound
}

// lookUp asks httprouter, which answers by calling the handle of a shape.
func (t *Table) lookUp(m *Matcher, path string) *leaf {
	m.leaf = nil
	m.url.Path = path
	m.http.Method, m.http.URL = anyMethod, &m.url
	t.tree.ServeHTTP(m, &m.http)
	m.url.Path = ""
	return m.leaf
}

// choose returns the route of the first set that has the method, or what answers for the sets that have not.
func (t *Table) choose(l *leaf, req request.Request, method, path string) *request.Route {
	candidates := l.candidates(path)
	if !l.checked && len(candidates) > 0 && !utf8.ValidString(path) {
		return t.badPath
	}
	var first *set
	var others []*set // the rare path that several sets stand for, none with the method
	for _, s := range candidates {
		if !l.checked && !s.pattern.matches(path) || !s.passes(req) {
			continue
		}
		for i := range s.methods {
			if s.methods[i].name == method {
				return s.methods[i].route
			}
		}
		if first == nil {
			first = s
		} else {
			others = append(others, s)
		}
	}
	switch {
	case first == nil:
		return t.notFound
	case method == http.MethodOptions && others == nil:
		return first.options
	case others == nil:
		return first.reject
	case method == http.MethodOptions:
		return t.optionsOf(allowOf(append(others, first)))
	}
	return t.notAllowed(allowOf(append(others, first)))
}

// serverWide answers OPTIONS *, which asks about the server rather than a path (RFC 9110 section 9.3.7).
const serverWide = "GET, HEAD, OPTIONS"

func (s *set) passes(req request.Request) bool {
	for _, f := range s.filters {
		if !f(req) {
			return false
		}
	}
	return true
}

func toggleSlash(path string) string {
	if trimmed, ok := strings.CutSuffix(path, "/"); ok {
		return trimmed
	}
	return path + "/"
}

// redirectSlash sends the client to its own path with or without the slash at the end.
func redirectSlash(req request.Request) response.Response {
	u := url.URL{Path: req.URL().Path, RawPath: req.URL().RawPath}
	// Two slashes at the start would name a host (RFC 3986 section 4.2). EscapedPath encodes the backslash, which browsers take for one.
	location := "/" + strings.TrimLeft(toggleSlash(u.EscapedPath()), "/")
	if q := req.URL().RawQuery; q != "" {
		location += "?" + q
	}
	if m := req.Method(); m == http.MethodGet || m == http.MethodHead {
		return response.MovedPermanently(location)
	}
	return response.PermanentRedirect(location)
}

// Header implements http.ResponseWriter, the type as which the Matcher passes through httprouter. Nothing writes to it.
func (m *Matcher) Header() http.Header { return http.Header{} }

// Write implements http.ResponseWriter.
func (m *Matcher) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (m *Matcher) WriteHeader(int) {}
