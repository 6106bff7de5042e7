package router

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
)

// Near is a route that a request may have meant, and why the request did not reach it. It is for the framework.
type Near struct {
	Methods string
	Pattern string
	Source  string   // the file and line where it was registered
	Why     []string // a clause for each reason
}

// The costs of the differences between a request and a route. The nearest route has the lowest sum.
const (
	costOfMethod    = 1
	costOfFilter    = 1
	costOfParameter = 1  // which accepts the value, and is no proof that the route was meant
	costOfValue     = 2  // that a parameter does not accept
	costOfCharacter = 3  // in a literal
	costOfLiteral   = 16 // however many of its characters differ
	costOfMissing   = 8  // segment of the pattern
	costOfSurplus   = 10 // segment of the path
)

// Nearest returns at most limit routes that a request did not reach, the nearest first, and the number of all
// routes. It is for pages that developers see: it compares the request with every route, and calls the filters.
func (t *Table) Nearest(req request.Request, limit int) (nearest []Near, all int) {
	path, err := request.RoutingPath(req.URL())
	if err != nil || path[0] != '/' {
		return nil, len(t.routes)
	}
	parts := partsOf(t.withoutSlash(path))
	costs := make(map[*Route]int, len(t.routes))
	for _, route := range t.routes {
		costs[route] = route.pattern.distance(parts) + route.costOfRest(req)
	}
	sorted := slices.Clone(t.routes)
	slices.SortStableFunc(sorted, func(a, b *Route) int { return cmp.Compare(costs[a], costs[b]) })
	for _, route := range sorted[:min(limit, len(sorted))] {
		nearest = append(nearest, Near{
			Methods: strings.Join(route.methods, ", "), Pattern: route.text, Source: route.source, Why: route.why(req, parts),
		})
	}
	return nearest, len(sorted)
}

// maxParts is how many segments of a path are compared; the rest counts as one.
const maxParts = 32

func partsOf(path string) []string {
	if path == "/" {
		return nil
	}
	return strings.SplitN(path[1:], "/", maxParts)
}

// costOfRest returns what a request lacks beside the path.
func (r *Route) costOfRest(req request.Request) (cost int) {
	if !r.takes(req.Method()) {
		cost = costOfMethod
	}
	for _, f := range r.group.allFilters() {
		if !f.accepts(req) {
			cost += costOfFilter
		}
	}
	return cost
}

func (r *Route) takes(method string) bool {
	return slices.Contains(r.methods, method) || method == http.MethodHead && slices.Contains(r.methods, http.MethodGet)
}

// why returns the reasons why a request, whose path has these parts, does not reach the route.
func (r *Route) why(req request.Request, parts []string) (reasons []string) {
	if text := r.pattern.mismatch(parts); text != "" {
		reasons = append(reasons, text)
	}
	if m := req.Method(); !r.takes(m) {
		reasons = append(reasons, "the method is "+shown(m))
	}
	for _, f := range r.group.allFilters() {
		if !f.accepts(req) {
			reasons = append(reasons, f.text+" refuses the request")
		}
	}
	if len(reasons) == 0 { // see unlessUnclean
		return []string{"the path is another one once it is cleaned"}
	}
	return reasons
}

// mismatch says where the parts of a path begin to differ from the pattern, "" where they do not.
func (p pattern) mismatch(parts []string) string {
	for i, s := range p {
		switch {
		case s.rank == rankCatchAll && i < len(parts):
			if hasNoDots(strings.Join(parts[i:], "/")) {
				return ""
			}
			return "the path has a dot segment"
		case i == len(parts):
			return "the path ends before " + s.shown()
		case s.accepts(parts[i]):
		case s.match != nil && isValue(parts[i]):
			return fmt.Sprintf("%s does not fit the value pattern %s", shown(parts[i]), s.shown())
		default:
			return fmt.Sprintf("the path has %s in place of %s", shown(parts[i]), s.shown())
		}
	}
	if len(parts) > len(p) {
		return "the path goes on with " + shown("/"+strings.Join(parts[len(p):], "/"))
	}
	return ""
}

// isSlash reports whether the segment stands for a slash at the end.
func (s segment) isSlash() bool { return !s.isParam() && s.text == "" }

// shown returns the segment as it is written in patterns.
func (s segment) shown() string {
	switch {
	case s.isSlash():
		return "the slash at the end"
	case !s.isParam():
		return shown(s.text)
	case s.rank == rankPlain:
		return "{" + s.name + "}"
	}
	return "{" + s.value + ":" + s.name + "}"
}

// shown returns the beginning of a text from a client in quotes.
func shown(text string) string {
	const most = 60
	if runes := []rune(text[:min(len(text), 4*most+1)]); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", strings.ReplaceAll(text, "\x00", "%2F"))
}

// distance returns what it costs to change the parts of a path into ones that the pattern matches.
func (p pattern) distance(parts []string) int {
	if n := len(p); p.hasCatchAll() && len(parts) > n {
		parts = parts[:n] // the catch-all takes the rest
	}
	missing := func(i int) int {
		switch {
		case p[i].rank == rankCatchAll:
			return costOfValue
		case p[i].isSlash():
			return costOfParameter
		}
		return costOfMissing
	}
	cost := 0
	if n := len(parts); n > 0 && parts[n-1] == "" && n > len(p) { // the slash at the end
		parts, cost = parts[:n-1], costOfParameter
	}
	change := func(i, j int) int { return p[i].distance(parts[j]) }
	return cost + editDistance(len(p), len(parts), missing, costOfSurplus, change)
}

// distance returns what it costs to change a part of a path into one that the segment accepts.
func (s segment) distance(part string) int {
	switch {
	case s.isParam() && s.accepts(part):
		return costOfParameter
	case s.isParam():
		return costOfValue
	case s.text == part:
		return 0
	case strings.EqualFold(s.text, part):
		return 1
	}
	a, b := beginning(s.text), beginning(part)
	missing := func(int) int { return costOfCharacter }
	change := func(i, j int) int {
		if a[i] == b[j] {
			return 0
		}
		return costOfCharacter
	}
	return min(costOfLiteral, editDistance(len(a), len(b), missing, costOfCharacter, change))
}

// beginning returns as many characters of a text as are compared.
func beginning(text string) []rune {
	const most = 64
	runes := []rune(text[:min(len(text), 4*most)])
	return runes[:min(len(runes), most)]
}

// editDistance returns the least cost of changing n items into m: item i of the m is missing, one of the n is
// surplus, or item j of the n changes into item i of the m.
func editDistance(m, n int, missing func(i int) int, surplus int, change func(i, j int) int) int {
	row := make([]int, n+1)
	for j := range row {
		row[j] = j * surplus
	}
	for i := range m {
		diagonal := row[0]
		row[0] += missing(i)
		for j := range n {
			above := row[j+1]
			row[j+1] = min(above+missing(i), row[j]+surplus, diagonal+change(i, j))
			diagonal = above
		}
	}
	return row[n]
}
