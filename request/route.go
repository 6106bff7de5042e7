package request

import (
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/soay-go/soay/response/problem"
)

// Route is what a request knows of the route it was matched to. It is made by the router and never
// changes.
type Route struct {
	// Pattern is the pattern as it was registered, "" where nothing matched.
	Pattern string
	// Name is the name of the route, "" without one.
	Name string
	// Source is the file and line where the route was registered.
	Source string
	// Params are the parameters of the pattern.
	Params []RouteParam
	// MaxBody limits the body in bytes; 0 means the app's limit.
	MaxBody int64
	// Typed says that the handler states its input and output in types, so that clients are likely
	// to be programs.
	Typed bool
	// IgnoreAntiForgery says that the route is exempt from the check against forged requests.
	IgnoreAntiForgery bool
	// Endpoint is the router's own: what answers the request.
	Endpoint any
}

// RouteParam says where in the path a parameter stands.
type RouteParam struct {
	Name    string
	Segment int  // the number of slashes before it, less one
	Rest    bool // it takes the rest of the path
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
	if r.state == nil {
		r.live()
	}
	route := r.state.route.Load()
	if !r.live() {
		return nil
	}
	return route
}

// ErrorPages returns what the app put into its Settings. It is for middleware that must complete an
// error response itself.
func (r Request) ErrorPages() any {
	if !r.live() {
		return nil
	}
	return r.state.settings.ErrorPages
}

// Endpoint returns what the router put into the route, and nil for a request that has ended: its
// recycled state may have the route of another one by now. It is for the router.
func (r Request) Endpoint() any {
	if route := r.onRoute(); route != nil {
		return route.Endpoint
	}
	return nil
}

// Param returns the value of a parameter of the route's pattern, decoded once, and "" when the
// pattern has no such parameter. In
//
//	app.Get("/cats/{id}", show)
//
// the parameter id of the path /cats/7 is 7. An encoded slash is part of the value.
func (r Request) Param(name string) string {
	route := r.onRoute()
	if route == nil {
		return ""
	}
	for i := range route.Params {
		if p := &route.Params[i]; p.Name == name {
			return p.valueIn(skipSegments(r.routedPath(), p.Segment+1))
		}
	}
	return ""
}

// Params iterates over the names and values of the route's parameters in the order of the path.
func (r Request) Params() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		route := r.onRoute()
		if route == nil {
			return
		}
		rest, at := r.routedPath(), -1
		for i := range route.Params {
			p := &route.Params[i]
			rest, at = skipSegments(rest, p.Segment-at), p.Segment
			if !yield(p.Name, p.valueIn(rest)) {
				return
			}
		}
	}
}

// routedPath returns the path that was routed, see [RoutingPath]. Values are found in it instead of
// being kept since the match: most handlers ask once, and a path that is never recycled cannot show
// another request's value. One that had to be decoded is kept, or reading many values of a long
// path would take time without end.
func (r Request) routedPath() string {
	u := r.source().URL
	x := r.peek()
	if x != nil {
		u = x.routedURL(u)
	}
	if u.RawPath == "" {
		return u.Path
	}
	if x = r.more(); x == nil {
		return ""
	}
	return x.decodedPath(u)
}

// routedURL returns the URL that was routed, of which now is what middleware left.
func (x *extra) routedURL(now *url.URL) *url.URL {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.routed != nil {
		return x.routed
	}
	return now
}

// decodedPath is RoutingPath, and "" for a path that it refuses, which has no route.
func (x *extra) decodedPath(u *url.URL) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.decodedOf != u {
		x.decoded, _ = RoutingPath(u)
		x.decodedOf = u
	}
	return x.decoded
}

// skipSegments returns what stands behind n slashes of a path, "" for a shorter one.
func skipSegments(path string, n int) string {
	for range n {
		i := strings.IndexByte(path, '/')
		if i < 0 {
			return ""
		}
		path = path[i+1:]
	}
	return path
}

// valueIn returns the value at the start of the rest of a path, which begins at the parameter.
func (p *RouteParam) valueIn(rest string) string {
	if i := strings.IndexByte(rest, '/'); i >= 0 && !p.Rest {
		rest = rest[:i]
	}
	if strings.IndexByte(rest, 0) < 0 {
		return rest
	}
	return strings.ReplaceAll(rest, "\x00", "/") // a routed path has no other NUL
}

// RoutingPath returns the path that routes are matched against: decoded once, with a NUL for each
// encoded slash, so that %2F never splits a segment. An encoded NUL is an error with status 400; it
// has no place in a path, and could not be told from such a mark.
func RoutingPath(u *url.URL) (string, error) {
	path := u.Path
	if path == "" {
		return "/", nil
	}
	if strings.IndexByte(path, 0) >= 0 {
		return "", problem.New(http.StatusBadRequest, "The path has an encoded NUL.")
	}
	return markSlashes(path, u.RawPath), nil
}

// markSlashes puts a NUL in place of each slash of path that raw has encoded. raw is only a hint, as
// url.URL has it: it counts if it is an encoding of path.
func markSlashes(path, raw string) string {
	var marked []byte // nil as long as there is nothing to mark
	n := 0            // the bytes of path that have been compared
	for i := 0; i < len(raw); i++ {
		c, encoded := raw[i], raw[i] == '%'
		if encoded {
			if len(raw) < i+3 {
				return path
			}
			v := unhex(raw[i+1])<<4 | unhex(raw[i+2])
			if v < 0 {
				return path
			}
			c, i = byte(v), i+2
		}
		if n == len(path) || path[n] != c {
			return path
		}
		if encoded && c == '/' {
			if marked == nil {
				marked = []byte(path)
			}
			marked[n] = 0
		}
		n++
	}
	if marked == nil || n < len(path) {
		return path
	}
	return string(marked)
}

// unhex returns the value of a hexadecimal digit, negative for another byte.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
