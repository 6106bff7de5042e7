package router

import (
	"path"
	"strings"

	"github.com/soay-go/soay/request"
)

// File servers and reverse proxies clean paths: for them //admin/x, admin%2Fx and on some systems admin\x mean
// admin/x. A handler behind a catch-all may pass its path on to one of them. Were /files/*, say, to take
// /files//admin/x, the request would reach the file without the middleware of the route /files/admin/*. So a
// catch-all or a fallback takes a path that is not clean only if the clean path leads to the same route. Every
// other one is 404.

// readings are the ways to read a path: some programs decode slashes, and some take a backslash for one.
var readings = []*strings.Replacer{
	strings.NewReplacer(),
	strings.NewReplacer(`\`, "/"),
	strings.NewReplacer("\x00", "/"),
	strings.NewReplacer("\x00", "/", `\`, "/"),
}

// unlessUnclean returns the route that was found for a path. It returns the route that answers 404 if the path
// was found by a catch-all or not at all, and leads to another route once it is cleaned.
func (t *Table) unlessUnclean(q *query, route *request.Route) *request.Route {
	fallback := route == t.notFound && t.config.Fallback != nil
	if q.catchAll == nil && !fallback || q.clean || isClean(q.full) {
		return route
	}
	if fallback && hasSlash(q.full) && !hasNoDots(q.full) {
		return t.unclean // what a dot segment removes depends on what is decoded first
	}
	ways := readings
	if !hasSlash(q.full) {
		ways = readings[:1] // the others would find the same
	}
	var last string
	for _, reading := range ways {
		full := q.catchAll.cleaned(q.full, reading)
		if full == q.full || full == last {
			continue
		}
		last = full
		other := t.queryFor(q, full)
		other.clean = true
		if t.search(&other, t.mapped(&other)) != route {
			return t.unclean
		}
	}
	return route
}

// isClean reports whether cleaning leaves a path as it is. It may report false for a clean path.
func isClean(path string) bool {
	return !strings.Contains(path, "//") && !hasSlash(path) && !strings.Contains(path, "/.")
}

// hasSlash reports whether a path has an encoded slash or a backslash.
func hasSlash(path string) bool {
	return strings.IndexByte(path, 0) >= 0 || strings.IndexByte(path, '\\') >= 0
}

// cleaned returns the path that a reading and then cleaning make of one. The slash at its end stays, and so do
// the literals of the pattern: the app itself has asked for an encoded slash in one of them.
func (p pattern) cleaned(full string, reading *strings.Replacer) string {
	var b strings.Builder
	b.Grow(len(full))
	rest := full
	for i := 0; i < len(p) && rest != ""; i++ {
		part, next := nextPart(rest[1:])
		if p[i].isParam() {
			part = reading.Replace(part)
		}
		b.WriteByte('/')
		b.WriteString(part)
		rest = next
	}
	b.WriteString(reading.Replace(rest))
	clean := path.Clean(b.String())
	if strings.HasSuffix(b.String(), "/") && clean != "/" {
		return clean + "/"
	}
	return clean
}
