package router_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

// chooser makes the choices that random routes and requests consist of: a number from 0 to n-1 each.
type chooser func(n int) int

func pick[T any](choose chooser, from []T) T { return from[choose(len(from))] }

// The alphabets are small, so that routes and paths meet often. Literals are pairs of what they are and how patterns
// write them.
var (
	literals = [][2]string{
		{"a", "a"}, {"a", "a"}, {"b", "b"}, {"ab", "ab"}, {"1", "1"}, {"1.5", "1.5"}, {"é", "é"}, {"é", "%C3%a9"},
		{"a/b", "a%2Fb"}, {":a", "%3Aa"}, {"*", "%2A"}, {"{str}", "%7Bstr%7D"}, {"a:b", "a%3Ab"}, {" ", "%20"},
	}
	paramKinds = []string{plain, plain, plain, "uuid", "int", "float", "vowels", "slashed"}
	methods    = []string{"GET", "GET", "POST", "HEAD", "DELETE", "OPTIONS", "PURGE"}
	sentParts  = []string{
		"a", "a", "a", "b", "b", "ab", "c", "1", "1.5", "%31", "é", "%C3%A9", "a%2Fb", "a%2fb", "%3Aa", ":a", "*",
		"%7Bstr%7D", "a:b", "%20", "%2520", "%252F", "%2F", "123e4567-e89b-12d3-a456-426614174000",
	}
	oddParts = []string{
		"", ".", "..", "%2e%2e", ".%2E", "%2F..", "..%5Cx", "...", "%00", "a%00", "%FF", "%C3", "%5C", "A", "-1",
	}
)

// newNaive returns a random table of routes, without duplicates.
func newNaive(choose chooser) *naiveRouter {
	n := &naiveRouter{slash: router.TrailingSlash(choose(3)), fallback: choose(2) == 0}
	filtered := choose(4) == 0
	seen := map[string]bool{}
	count := 1 + choose(12)
	if choose(16) == 0 {
		count *= 8 // so many that they are looked up rather than tried
	}
	for range count {
		route := naiveRoute{method: pick(choose, methods)}
		if filtered {
			route.group = choose(3)
		}
		pattern := route.addSegments(choose)
		route.slash = strings.HasSuffix(pattern, "/")
		route.text = fmt.Sprintf("%s %s %d", route.method, pattern, route.group)
		last := len(route.segments) - 1
		if n.slash == router.Lenient && last >= 0 && route.segments[last] == (naiveSegment{kind: literal}) {
			route.segments = route.segments[:last] // the slash at the end
		}
		key := fmt.Sprint(route.method, route.group, route.shape())
		if !seen[key] {
			seen[key] = true
			n.routes = append(n.routes, route)
		}
	}
	return n
}

// addSegments makes the segments of a random pattern and returns its text.
func (r *naiveRoute) addSegments(choose chooser) string {
	var b strings.Builder
	depth := choose(5)
	for i := range depth {
		b.WriteByte('/')
		if choose(2) == 0 {
			l := pick(choose, literals)
			r.segments = append(r.segments, naiveSegment{kind: literal, text: l[0]})
			b.WriteString(l[1])
			continue
		}
		s := naiveSegment{kind: pick(choose, paramKinds), name: fmt.Sprintf("%c%d", 'x'+rune(choose(3)), i)}
		r.segments = append(r.segments, s)
		b.WriteString(s.write(choose))
	}
	switch choose(8) {
	case 0, 2:
		r.segments = append(r.segments, naiveSegment{kind: catchAll, name: "tail"})
		b.WriteString(pick(choose, []string{"/*", "/{path:tail}", "/<path:tail>"}))
	case 1:
		if depth > 0 {
			r.segments = append(r.segments, naiveSegment{kind: literal})
			b.WriteByte('/')
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// write returns a parameter in one of its spellings.
func (s naiveSegment) write(choose chooser) string {
	inner := s.name
	switch {
	case s.kind != plain:
		inner = s.kind + ":" + s.name
	case choose(4) == 0:
		inner = pick(choose, []string{"str:", "string:"}) + s.name
	}
	return pick(choose, []string{"{" + inner + "}", "<" + inner + ">", ":" + inner})
}

// newPath returns a random path: often that of a route with values put in, sometimes with something odd in it.
func (n *naiveRouter) newPath(choose chooser) string {
	var parts []string
	if choose(3) > 0 && len(n.routes) > 0 {
		for _, s := range pick(choose, n.routes).segments {
			if s.kind == literal && choose(8) > 0 {
				parts = append(parts, pick(choose, writtenAs(s.text)))
				continue
			}
			parts = append(parts, pick(choose, sentParts))
		}
	} else {
		for range choose(6) {
			parts = append(parts, pick(choose, sentParts))
		}
	}
	if choose(6) == 0 {
		parts = slices.Insert(parts, choose(len(parts)+1), pick(choose, oddParts))
	}
	path := "/" + strings.Join(parts, "/")
	if choose(5) == 0 {
		path += "/"
	}
	if choose(5) == 0 {
		path = respell(choose, path)
	}
	return path
}

// respell writes some slash of a path in another way.
func respell(choose chooser, path string) string {
	for i := range path {
		if i > 0 && path[i] == '/' && choose(2) == 0 {
			return path[:i] + pick(choose, []string{"//", "%2F", "%2f", `\`, "%5C", "/./", "/x/../"}) + path[i+1:]
		}
	}
	return "/" + path
}

// writtenAs returns the ways to write a literal.
func writtenAs(text string) []string {
	var ways []string
	for _, l := range literals {
		if l[0] == text {
			ways = append(ways, l[1])
		}
	}
	if ways == nil { // the segment behind a slash at the end
		ways = []string{""}
	}
	return ways
}

// table returns the table of the same routes and settings.
func (n *naiveRouter) table(t testing.TB) *router.Table {
	t.Helper()
	r := router.New(router.Options{TrailingSlash: n.slash, ValuePatterns: ownPatterns()})
	groups := []router.Group{r.Root()}
	for _, name := range []string{"Group-1", "Group-2"} {
		groups = append(groups, r.Root().Group("").Header(name, "yes"))
	}
	for _, route := range n.routes {
		groups[route.group].Handle(route.method, strings.Fields(route.text)[1], named(route.text))
	}
	config := router.Config{}
	if n.fallback {
		config.Fallback = named("fallback")
	}
	table, err := r.Build(config)
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return table
}

// newRequest chooses a method, a path and the groups whose filters it passes.
func (n *naiveRouter) newRequest(choose chooser) naiveRequest {
	req := naiveRequest{method: pick(choose, append(methods, http.MethodTrace)), path: n.newPath(choose)}
	for g := 1; g <= 2; g++ {
		if choose(2) == 0 {
			req.groups = append(req.groups, g)
		}
	}
	return req
}
