package router

import (
	"path"
	"strings"

	"github.com/soay-go/soay/request"
)

// What opens files, and what passes requests on, cleans paths: it takes //admin/x, admin%2Fx and on
// some systems admin\x for admin/x. So a catch-all takes such a path, and a fallback gets it, only
// if the clean path has the same answer. Else it would lead past the middleware of that other route.

// readings are the ways to read a path: some decode its slashes, some take a backslash for one.
var readings = []*strings.Replacer{
	strings.NewReplacer(),
	strings.NewReplacer(`\`, "/"),
	strings.NewReplacer("\x00", "/"),
	strings.NewReplacer("\x00", "/", `\`, "/"),
}

// unlessUnclean returns the route that was found for a path, or what answers 404 if it is that of a
// catch-all, or none, and the path leads elsewhere once it is cleaned.
func (t *Table) unlessUnclean(q *query, route *request.Route) *request.Route {
	fallback := route == t.notFound && t.config.Fallback != nil
	if q.rest == nil && !fallback || q.clean || isClean(q.full) {
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
		full := q.rest.cleaned(q.full, reading)
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

// isClean reports whether nobody who cleans a path would change it. It may report false for a path
// that is clean.
func isClean(path string) bool {
	return !strings.Contains(path, "//") && !hasSlash(path) && !strings.Contains(path, "/.")
}

// hasSlash reports whether a path has an encoded slash or a backslash.
func hasSlash(path string) bool {
	return strings.IndexByte(path, 0) >= 0 || strings.IndexByte(path, '\\') >= 0
}

// cleaned returns a path as somebody takes it who reads and cleans it. The slash at its end stays,
// and so do the texts of the pattern: an encoded slash in one of them is what the app has asked for.
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
