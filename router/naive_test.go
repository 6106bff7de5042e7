package router_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/soay-go/soay/router"
)

// The naive matcher is the definition of routing written down without a thought for speed: all routes are sorted by how
// specific they are, and each in turn is compared with the path, one segment after the other. It shares no code with
// the router.

// kinds of segments, the most specific first.
const (
	literal  = "literal"
	plain    = "plain"
	catchAll = "catch-all"
	anyRest  = "catch-all of all paths"
)

var valueKinds = []struct {
	kind string
	fits *regexp.Regexp
}{
	{"uuid", regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)},
	{"int", regexp.MustCompile(`^[0-9]+$`)},
	{"float", regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)},
	{"vowels", regexp.MustCompile(`^[aeiou]+$`)},
	{"slashed", regexp.MustCompile(`/`)},
}

// ownPatterns are the value patterns that the router does not know by itself.
func ownPatterns() []router.ValuePattern {
	return []router.ValuePattern{
		{Name: "vowels", Match: valueKinds[3].fits.MatchString},
		{Name: "slashed", Match: func(s string) bool { return strings.Contains(s, "/") }},
	}
}

type naiveSegment struct {
	kind string
	text string // of a literal, decoded
	name string
}

type naiveRoute struct {
	method   string
	segments []naiveSegment
	group    int // 0 has no filter; group n answers requests with the header Group-n
	text     string
	slash    bool // the pattern ends with one
}

// naiveRouter knows all routes in the order of registration.
type naiveRouter struct {
	slash  router.TrailingSlash
	routes []naiveRoute
}

// rankOf orders the kinds of one segment.
func rankOf(kind string) int {
	i := slices.IndexFunc(valueKinds, func(v struct {
		kind string
		fits *regexp.Regexp
	}) bool {
		return v.kind == kind
	})
	switch {
	case kind == literal:
		return -1
	case i >= 0:
		return i
	case kind == plain:
		return 1000
	case kind == catchAll:
		return 2000
	}
	return 2001
}

// rank is what routes are sorted by: left to right, then the shorter one. Where a slash at the end does not count, a
// pattern without one is less specific than a catch-all behind it, which has the slash.
func (n *naiveRouter) rank(r naiveRoute) []int {
	var rank []int
	for _, s := range r.segments {
		rank = append(rank, rankOf(s.kind))
	}
	hasSlash := slices.ContainsFunc(n.routes, func(o naiveRoute) bool { return o.slash && o.shape() == r.shape() })
	if n.slash == router.Lenient && !hasSlash {
		return append(rank, 3000)
	}
	return append(rank, -2)
}

// slashes are what resolvers of paths take for one.
var slashes = regexp.MustCompile(`[/\\]`)

// hasDot reports whether a resolver of paths would find a dot segment in a value.
func hasDot(value string) bool {
	return slices.ContainsFunc(slashes.Split(value, -1), func(s string) bool { return s == "." || s == ".." })
}

// isClean reports whether segments would be the same ones if somebody decoded and cleaned them.
func isClean(parts []string) bool {
	for i, part := range parts {
		if slashes.MatchString(part) || part == "" && i < len(parts)-1 {
			return false
		}
	}
	return true
}

// match returns the values of the parameters. sent are the segments with the slash at the end that parts may lack.
func (r *naiveRoute) match(parts, sent []string) (values []string, ok bool) {
	for i, s := range r.segments {
		if s.kind == catchAll || s.kind == anyRest {
			if i > 0 && len(sent) <= i { // there is no slash
				return nil, false
			}
			rest := strings.Join(sent[i:], "/")
			if hasDot(rest) || s.kind == catchAll && !(isClean(sent[i:]) && isClean(values)) {
				return nil, false
			}
			return append(values, rest), true
		}
		if i >= len(parts) {
			return nil, false
		}
		part := parts[i]
		switch s.kind {
		case literal:
			if part != s.text {
				return nil, false
			}
			continue
		case plain:
			ok = true
		default:
			ok = valueKinds[rankOf(s.kind)].fits.MatchString(part)
		}
		if !ok || part == "" || hasDot(part) {
			return nil, false
		}
		values = append(values, part)
	}
	return values, len(parts) == len(r.segments)
}

// split returns the decoded segments of an escaped path, none for the root.
func split(path string) (parts []string, ok bool) {
	if path == "/" {
		return nil, true
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		decoded, err := url.PathUnescape(part)
		if err != nil || !utf8.ValidString(decoded) || strings.Contains(decoded, "\x00") {
			return nil, false
		}
		parts = append(parts, decoded)
	}
	return parts, true
}

// ask returns what ask should return. groups are those whose header the request has.
func (n *naiveRouter) ask(method, path string, groups []int) string {
	sent, ok := split(path)
	if !ok {
		return "400"
	}
	parts := sent
	if n.slash == router.Lenient && len(path) > 1 && strings.HasSuffix(path, "/") {
		parts, _ = split(path[:max(1, len(path)-1)])
	}
	answer := n.find(method, parts, sent, groups)
	if answer != "404" || n.slash != router.Redirect || path == "/" {
		return answer
	}
	toggled := path + "/"
	if before, ok0 := strings.CutSuffix(path, "/"); ok0 {
		toggled = before
	}
	parts, _ = split(toggled)
	if n.find(method, parts, parts, groups) == "404" {
		return "404"
	}
	status := http.StatusPermanentRedirect
	if method == http.MethodGet || method == http.MethodHead {
		status = http.StatusMovedPermanently
	}
	return decodeLocation(strconv.Itoa(status) + " Location: " + toggled)
}

// find answers for the routes that match. Of those with the same pattern, the ones with a filter come first.
func (n *naiveRouter) find(method string, parts, sent []string, groups []int) string {
	var matching []naiveRoute
	for _, r := range n.routes {
		if _, ok := r.match(parts, sent); ok && (r.group == 0 || slices.Contains(groups, r.group)) {
			matching = append(matching, r)
		}
	}
	slices.SortStableFunc(matching, func(a, b naiveRoute) int {
		if d := slices.Compare(n.rank(a), n.rank(b)); d != 0 {
			return d
		}
		if d := min(1, b.group) - min(1, a.group); d != 0 {
			return d
		}
		return n.first(a) - n.first(b)
	})
	var allow []string
	for _, r := range matching {
		allow = append(allow, r.method)
		if r.method == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
		if r.method == method || r.method == http.MethodGet && method == http.MethodHead && !n.hasHead(r) {
			values, _ := r.match(parts, sent)
			return r.text + describeValues(r, values)
		}
	}
	if allow == nil {
		return "404"
	}
	allow = append(allow, http.MethodOptions)
	slices.Sort(allow)
	status := "405"
	if method == http.MethodOptions {
		status = "204"
	}
	return status + " Allow: " + strings.Join(slices.Compact(allow), ", ")
}

// first returns when the group of a route was given the pattern of the route.
func (n *naiveRouter) first(route naiveRoute) int {
	return slices.IndexFunc(n.routes, func(r naiveRoute) bool {
		return r.group == route.group && r.shape() == route.shape()
	})
}

// hasHead reports whether a route for GET has one for HEAD beside it.
func (n *naiveRouter) hasHead(get naiveRoute) bool {
	return slices.ContainsFunc(n.routes, func(r naiveRoute) bool {
		return r.method == http.MethodHead && r.group == get.group && r.shape() == get.shape()
	})
}

// shape is the same for two patterns that cannot be told apart.
func (r *naiveRoute) shape() string {
	var b strings.Builder
	for _, s := range r.segments {
		fmt.Fprintf(&b, "%s %q, ", s.kind, s.text)
	}
	return b.String()
}

func describeValues(r naiveRoute, values []string) string {
	var b strings.Builder
	for _, s := range r.segments {
		if s.kind != literal {
			fmt.Fprintf(&b, " %s=%q", s.name, values[0])
			values = values[1:]
		}
	}
	return b.String()
}
