package request

import (
	"iter"
	"net/url"
	"strings"
)

// RouteParam says where in the path a parameter stands.
type RouteParam struct {
	Name    string
	Segment int  // the number of slashes before it, less one
	Offset  int  // the number of bytes before it, 0 where they are not always as many
	Rest    bool // it takes the rest of the path
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
			return p.valueIn(p.restOf(r.routedPath()))
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

// routedPath returns the path that was routed, see [RoutingPath]. The match keeps no values; they are cut from
// this path. Most handlers ask for each value once, and the path is never recycled, so it cannot show another
// request's value. A path that had to be decoded is kept, or many values of a long path would take quadratic
// time.
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

// routedURL returns the URL that was routed. now is the URL of the request, which middleware may have replaced.
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

// restOf returns the path from the parameter on.
func (p *RouteParam) restOf(path string) string {
	if p.Offset > 0 && p.Offset <= len(path) {
		return path[p.Offset:]
	}
	return skipSegments(path, p.Segment+1)
}

// skipSegments returns the part of a path behind its first n slashes, "" for a shorter path.
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

// valueIn returns the value of the parameter. rest is the path from the parameter on.
func (p *RouteParam) valueIn(rest string) string {
	if i := strings.IndexByte(rest, '/'); i >= 0 && !p.Rest {
		rest = rest[:i]
	}
	if strings.IndexByte(rest, 0) < 0 {
		return rest
	}
	return strings.ReplaceAll(rest, "\x00", "/") // a routed path has no other NUL
}
