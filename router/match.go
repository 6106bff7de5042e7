package router

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Matcher is the working memory of one look-up at a time, for the framework. Its zero value is ready; it is
// recycled with the exchange of the request.
type Matcher struct {
	leaf    *leaf
	checked bool         // the path matches the pattern of the leaf's only set
	http    http.Request // what httprouter is asked with; no handler sees it
	url     url.URL
}

// carrier is the Matcher in the type in which it passes through httprouter, which takes a ResponseWriter.
// Nothing writes to it.
type carrier Matcher

func (*carrier) Header() http.Header         { return http.Header{} }
func (*carrier) Write(b []byte) (int, error) { return len(b), nil }
func (*carrier) WriteHeader(int)             {}

// Match returns the route for a request; it is never nil. Where no route of the app matches, the route is one
// of the table's own: it answers 404, 405 or OPTIONS, redirects to the path with the right slash, or answers
// 400 if the path is not valid text.
func (t *Table) Match(m *Matcher, req request.Request) *request.Route {
	hr := request.StateOf(req).Source()
	path := hr.URL.Path
	if hr.URL.RawPath != "" || path == "" || path[0] != '/' {
		return t.matchURL(m, req, hr.URL, hr.Method)
	}
	full := path
	if t.slash == Lenient && len(path) > 1 && path[len(path)-1] == '/' {
		path = path[:len(path)-1]
	}
	l := t.fixed(path, len(path) < len(full))
	likely := l
	if l == nil && t.tree != nil {
		if likely = t.lookUp(m, path); !m.checked {
			likely = nil
		}
	}
	if likely != nil && likely.simple {
		if route := likely.sets[0].route(hr.Method); route != nil {
			return route
		}
		return likely.sets[0].refusal(hr.Method)
	}
	q := &query{m: m, req: req, method: hr.Method, path: path, full: full, lookedUp: l == nil}
	route := t.search(q, l)
	if len(t.missing) == 0 { // as in most apps
		return route
	}
	return t.inGroup(q, route)
}

// Find returns the route for a request of another method to the same URL, for the preflights of browsers. It is nil
// where no route of the app has the path. Where none has the method, the route is the table's own that answers 405. It
// allocates nothing but its working memory, which is recycled.
func (t *Table) Find(req request.Request, method string) *request.Route {
	m := t.matchers.Get().(*Matcher)
	defer t.matchers.Put(m)
	route := t.matchURL(m, req, request.StateOf(req).Source().URL, method)
	if t.isMissing(route) {
		return nil
	}
	return route
}

// matchURL matches any URL and method. Match leaves to it paths whose encoding differs from Go's own, so that URL.RawPath
// has it, and request targets that are no path, such as * (RFC 9112 section 3.2.4).
func (t *Table) matchURL(m *Matcher, req request.Request, u *url.URL, method string) *request.Route {
	if u.Path == "*" && method == http.MethodOptions {
		return t.server
	}
	full, err := request.RoutingPath(u)
	if err != nil || full[0] != '/' {
		return t.badPath
	}
	path := t.withoutSlash(full)
	q := &query{m: m, req: req, method: method, path: path, full: full, marked: u.RawPath != ""}
	return t.inGroup(q, t.search(q, t.mapped(q)))
}

// search finds the route for a query, or the one that redirects to it. l is the leaf that the map of static
// paths has for the path, nil without one.
func (t *Table) search(q *query, l *leaf) *request.Route {
	route := t.find(q, l)
	if route != t.notFound {
		return t.unlessUnclean(q, route)
	}
	if !q.isText() {
		return t.badPath
	}
	if t.slash == Redirect && q.path != "/" {
		other := t.queryFor(q, toggleSlash(q.path))
		found := t.find(&other, t.mapped(&other))
		if found != t.notFound && t.unlessUnclean(&other, found) == found {
			return t.redirect
		}
	}
	return t.unlessUnclean(q, t.notFound)
}

// query is a path and method for which a route is sought, and the state of the search.
type query struct {
	m      *Matcher
	req    request.Request
	method string
	path   string // without the slash at its end, if that does not count
	full   string // with it, for catch-alls
	marked bool   // a NUL stands for an encoded slash
	clean  bool   // the path has been cleaned, see clean.go

	lookedUp bool // m has what the tree has for the path

	// The search among the sets of one leaf.
	checked  bool // the path is known to match the patterns of all sets
	route    *request.Route
	first    *set    // the first that matches but lacks the method
	others   []*set  // further sets that match and lack the method, which is rare
	catchAll pattern // of the first catch-all among the sets that the answer depends on, nil without one
}

// queryFor returns the query for another path of the same request.
func (t *Table) queryFor(q *query, full string) query {
	return query{
		m: q.m, req: q.req, method: q.method, path: t.withoutSlash(full), full: full, marked: q.marked, clean: q.clean,
	}
}

// withoutSlash returns a path without the slash at its end, if that does not count.
func (t *Table) withoutSlash(path string) string {
	if t.slash == Lenient && len(path) > 1 {
		return strings.TrimSuffix(path, "/")
	}
	return path
}

// mapped returns the leaf that the map of static paths has for the path, nil without one.
func (t *Table) mapped(q *query) *leaf { return t.fixed(q.path, len(q.path) < len(q.full)) }

// isText reports whether the path is valid UTF-8 without an encoded NUL.
func (q *query) isText() bool {
	return utf8.ValidString(q.path) && (q.marked || strings.IndexByte(q.path, 0) < 0)
}

// find looks in leaf l, or without one in the tree and among the catch-alls.
func (t *Table) find(q *query, l *leaf) *request.Route {
	if l != nil {
		if l.marked && !q.marked {
			return t.badPath
		}
		return t.choose(l, q, true)
	}
	if t.tree != nil {
		if l = q.m.leaf; !q.lookedUp {
			l = t.lookUp(q.m, q.path)
		}
		if l != nil && q.m.checked {
			return t.choose(l, q, true)
		}
	}
	if l == nil && len(t.catchAlls.sets) == 0 {
		return t.notFound
	}
	if !q.isText() {
		return t.badPath
	}
	if l != nil {
		if route := t.choose(l, q, false); route != t.notFound {
			return route
		}
	}
	return t.choose(&t.catchAlls, q, false)
}

// lookUp returns the leaf that httprouter finds: it calls the handle of the shape, which sets m.leaf and m.checked.
func (t *Table) lookUp(m *Matcher, path string) *leaf {
	m.leaf, m.checked = nil, false
	m.url.Path = path
	m.http.Method, m.http.URL = anyMethod, &m.url
	t.tree.ServeHTTP((*carrier)(m), &m.http)
	m.url.Path = ""
	return m.leaf
}

// choose returns the route of the first set that matches the path and has the method. If the sets that match
// lack the method, it returns the route that answers 405 or OPTIONS. checked says that the path is known to
// match the patterns of all sets.
func (t *Table) choose(l *leaf, q *query, checked bool) *request.Route {
	q.checked, q.route, q.first, q.others, q.catchAll = checked, nil, nil, nil, nil
	if l.index != nil {
		q.walk(l.index, q.path)
	} else {
		q.among(l.sets)
	}
	switch {
	case q.route != nil:
		return q.route
	case q.first == nil:
		return t.notFound
	case q.others == nil:
		return q.first.refusal(q.method)
	}
	return t.reply(q.method, append([]*set{q.first}, q.others...))
}

// among tries sets until one that matches has the method, and reports whether one has.
func (q *query) among(sets []*set) bool {
	for _, s := range sets {
		if !q.checked && !s.matches(q) || len(s.filters) > 0 && !s.passes(q.req) {
			continue
		}
		q.route = s.route(q.method)
		if q.route != nil || q.catchAll == nil {
			q.catchAll = s.pattern.ifCatchAll()
		}
		if q.route != nil {
			return true
		}
		if q.first == nil {
			q.first = s
		} else {
			q.others = append(q.others, s)
		}
	}
	return false
}

// walk tries the sets below a node of an index whose literals are those of the rest of the path, in their
// order, until one has the method.
func (q *query) walk(n *node, rest string) bool {
	ended := rest == "" || q.path == "/"
	if ended && !n.open && q.among(n.ends) {
		return true
	}
	if rest != "" {
		part, next := nextPart(rest[1:])
		if child := n.texts[part]; child != nil && q.walk(child, next) {
			return true
		}
		for _, child := range n.params {
			if part != "" && q.walk(child, next) {
				return true
			}
		}
	}
	return q.among(n.catchAlls) || ended && n.open && q.among(n.ends)
}

// matches reports whether a path is one of the set's. The slash at its end counts for catch-alls.
func (s *set) matches(q *query) bool {
	if s.pattern.hasCatchAll() {
		return s.pattern.matches(q.full)
	}
	return s.pattern.matches(q.path)
}

// route returns the route for a method, nil without one.
func (s *set) route(name string) *request.Route {
	for i := range s.methods {
		if s.methods[i].name == name {
			return s.methods[i].route
		}
	}
	return nil
}

// refusal returns the route that answers 405 or OPTIONS to a method that the set lacks.
func (s *set) refusal(method string) *request.Route {
	if method == http.MethodOptions {
		return s.options
	}
	return s.reject
}

// passes reports whether all filters let the request through.
func (s *set) passes(req request.Request) bool { return passAll(s.filters, req) }

func passAll(filters []filter, req request.Request) bool {
	for _, f := range filters {
		if !f.accepts(req) {
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
	path, _ := request.RoutingPath(req.URL()) // it has been matched
	u := url.URL{Path: toggleSlash(path)}
	// Two slashes at the start would name a host (RFC 3986 section 4.2). A backslash, which
	// browsers take for a slash, is encoded.
	location := "/" + strings.TrimLeft(strings.ReplaceAll(u.EscapedPath(), "%00", "%2F"), "/")
	if q := req.URL().RawQuery; q != "" {
		location += "?" + strings.ReplaceAll(q, `\`, "%5C")
	}
	if m := req.Method(); m == http.MethodGet || m == http.MethodHead {
		return response.MovedPermanently(location)
	}
	return response.PermanentRedirect(location)
}
