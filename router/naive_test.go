package router_test

import (
	"cmp"
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
	slash    router.TrailingSlash
	fallback bool
	routes   []naiveRoute

	// How often a path that is not clean was asked for which a catch-all or the fallback answers, and how often one
	// for which they do not.
	kept, refused int
}

// naiveRequest is what a router is asked with. groups are those whose header it has.
type naiveRequest struct {
	method, path string
	groups       []int
}

func (r naiveRequest) String() string {
	return fmt.Sprintf("%s %s, groups %v", r.method, r.path, r.groups)
}

func (r naiveRequest) withPath(path string) naiveRequest {
	return naiveRequest{r.method, path, r.groups}
}

// naiveAnswer is what a router answers with.
type naiveAnswer struct {
	from   string         // the text of the route, or the status, with the methods that there are
	values string         // of its parameters
	rest   []naiveSegment // of the first catch-all among the routes that make the answer
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
	}
	return 2000
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

// slashReadings are what some of them do.
var slashReadings = []*regexp.Regexp{
	regexp.MustCompile(`/`),
	regexp.MustCompile(`/|(?i:%2F)`),
	regexp.MustCompile(`/|\\|(?i:%5C)`),
	regexp.MustCompile(`/|\\|(?i:%2F|%5C)`),
}

// hasDot reports whether a resolver of paths would find a dot segment in a value.
func hasDot(value string) bool {
	return slices.ContainsFunc(slashes.Split(value, -1), func(s string) bool { return s == "." || s == ".." })
}

// match returns the values of the parameters. sent are the segments with the slash at the end that parts may lack.
func (r *naiveRoute) match(parts, sent []string) (values []string, ok bool) {
	for i, s := range r.segments {
		if s.kind == catchAll {
			if i > 0 && len(sent) <= i { // there is no slash
				return nil, false
			}
			rest := strings.Join(sent[i:], "/")
			if hasDot(rest) {
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

// ask returns what ask should return.
func (n *naiveRouter) ask(req naiveRequest) string {
	if _, ok := split(req.path); !ok {
		return "400"
	}
	answer := n.find(req)
	if toggled := toggle(req.path); answer.from == "404" && n.redirects(req) && !n.strays(req.withPath(toggled)) {
		status := http.StatusPermanentRedirect
		if req.method == http.MethodGet || req.method == http.MethodHead {
			status = http.StatusMovedPermanently
		}
		return decodeLocation(strconv.Itoa(status) + " Location: " + toggled)
	}
	if n.strays(req) {
		return "404"
	}
	if answer.from == "404" && n.fallback {
		return "fallback"
	}
	return answer.from + answer.values
}

// redirects reports whether there is a route for the path with the other slash.
func (n *naiveRouter) redirects(req naiveRequest) bool {
	return n.slash == router.Redirect && req.path != "/" && n.find(req.withPath(toggle(req.path))).from != "404"
}

func toggle(path string) string {
	if before, ok := strings.CutSuffix(path, "/"); ok {
		return before
	}
	return path + "/"
}

// strays reports whether a path would lead to a catch-all or the fallback, and elsewhere when somebody has cleaned it.
func (n *naiveRouter) strays(req naiveRequest) bool {
	answer := n.find(req)
	nothing := answer.from == "404" && n.fallback
	if answer.rest == nil && !nothing {
		return false
	}
	parts, _ := split(req.path)
	encoded := slices.ContainsFunc(parts, slashes.MatchString)
	if nothing && encoded && slices.ContainsFunc(parts, hasDot) {
		n.refused++
		return true
	}
	for _, reading := range slashReadings {
		cleaned := req.withPath(clean(req.path, answer.rest, reading))
		if cleaned.path == req.path {
			continue
		}
		if n.find(cleaned).from != answer.from || nothing && n.redirects(cleaned) {
			n.refused++
			return true
		}
		n.kept++
	}
	return false
}

// clean returns a path without empty segments and dot segments. slash is what separates segments, but not inside those
// which the pattern has itself.
func clean(path string, pattern []naiveSegment, slash *regexp.Regexp) string {
	var cleaned []string
	last := ""
	for i, part := range strings.Split(path[1:], "/") {
		parts := []string{part}
		if i >= len(pattern) || pattern[i].kind != literal {
			parts = slash.Split(part, -1)
		}
		for _, part := range parts {
			last = part
			switch decoded, _ := url.PathUnescape(part); decoded {
			case "", ".":
			case "..":
				cleaned = cleaned[:max(0, len(cleaned)-1)]
			default:
				cleaned = append(cleaned, part)
			}
		}
	}
	if last == "" && len(cleaned) > 0 {
		cleaned = append(cleaned, "")
	}
	return "/" + strings.Join(cleaned, "/")
}

// find answers for the routes that match. Of those with the same pattern, the ones with a filter come first.
func (n *naiveRouter) find(req naiveRequest) naiveAnswer {
	sent, _ := split(req.path)
	parts := sent
	if n.slash == router.Lenient && len(req.path) > 1 {
		parts, _ = split(cmp.Or(strings.TrimSuffix(req.path, "/"), "/"))
	}
	var matching []naiveRoute
	for _, r := range n.routes {
		if _, ok := r.match(parts, sent); ok && (r.group == 0 || slices.Contains(req.groups, r.group)) {
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
	var rest []naiveSegment
	for _, r := range matching {
		allow = append(allow, r.method)
		if r.method == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
		get := r.method == http.MethodGet && req.method == http.MethodHead && !n.hasHead(r)
		if r.method == req.method || get {
			values, _ := r.match(parts, sent)
			return naiveAnswer{r.text, describeValues(r, values), r.ifCatchAll()}
		}
		if rest == nil {
			rest = r.ifCatchAll()
		}
	}
	if allow == nil {
		return naiveAnswer{from: "404"}
	}
	allow = append(allow, http.MethodOptions)
	slices.Sort(allow)
	status := "405"
	if req.method == http.MethodOptions {
		status = "204"
	}
	return naiveAnswer{from: status + " Allow: " + strings.Join(slices.Compact(allow), ", "), rest: rest}
}

// ifCatchAll returns the segments of a catch-all, and none for other routes.
func (r *naiveRoute) ifCatchAll() []naiveSegment {
	if slices.ContainsFunc(r.segments, func(s naiveSegment) bool { return s.kind == catchAll }) {
		return r.segments
	}
	return nil
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
