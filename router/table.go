package router

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/julienschmidt/httprouter"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Table finds routes, for the framework. It never changes and is safe for concurrent use.
//
// A path without parameters is found in a map. The others are found by httprouter, which has the shapes of the
// patterns rather than the patterns themselves; shape.go says why and how. Catch-alls are tried last. Each of
// these leads to a leaf: the sets of routes that the path may belong to, the most specific first. A set has the
// routes of one pattern by their methods.
type Table struct {
	config    Config
	scope     *settings // of the app
	slash     TrailingSlash
	routes    []*Route // in the order of their registration
	named     map[string]*Route
	around    Handler // the app's middleware, which leads on to the handlers of the route
	static    map[string]*leaf
	lengths   uint64             // a bit for each length that a path in static has, the last for all from 63
	tree      *httprouter.Router // nil without shapes
	filtered  bool               // the search calls functions of the app: filters, or value patterns
	catchAlls leaf
	missing   []*missing // the innermost group first
	notFound  *request.Route
	badPath   *request.Route
	redirect  *request.Route
	server    *request.Route // answers OPTIONS *, which asks about the server rather than a path (RFC 9110 section 9.3.7)
	unclean   *request.Route // answers 404 for a path that is another one once it is cleaned, see clean.go
	replies   sync.Map       // routes that answer 405 and OPTIONS, by replyKey
	matchers  sync.Pool      // of *Matcher, for Find
}

// leaf is the end of a look-up: the sets of routes that a path may belong to.
type leaf struct {
	sets    []*set
	checked bool  // the path is known to match the patterns of all sets
	marked  bool  // the path has an encoded slash
	simple  bool  // there is one set, without filters, and a path that is known to match needs no other choice
	slashed *leaf // the leaf for the path with a slash at its end, nil for this one
	index   *node // finds the sets to try, nil where there are few
}

// Serve finds the route of req, the current request of s, and answers it.
func (t *Table) Serve(s *request.Exchange, m *Matcher, req request.Request) response.Response {
	if t.filtered {
		s.SetRoute(nil) // they must not see that of an earlier request, and neither must their error pages
	}
	s.SetRoute(t.Match(m, req))
	return t.around(req)
}

// fill enters the sets into the map, the tree and the list of catch-alls.
func (t *Table) fill(sets []*set) {
	for _, s := range sets {
		t.finish(s)
		t.filtered = t.filtered || len(s.filters) > 0
		if s.pattern.hasCatchAll() {
			t.catchAlls.sets = append(t.catchAlls.sets, s)
		}
	}
	root := newShapes(sets)
	for _, s := range sets {
		if !s.pattern.isStatic() {
			continue
		}
		path := "/" + strings.Join(texts(s.pattern), "/")
		if t.static[path] == nil {
			t.static[path] = t.leafOf(sets, slices.Concat(root.endingAt(texts(s.pattern)), t.catchAlls.sets), path)
			t.lengths |= lengthBit(path)
		}
	}
	t.catchAlls.index = newIndex(t.catchAlls.sets)
	root.emit(t.addShape)
}

// leafOf returns the leaf of a path without parameters. some are the sets that may match it, of all sets.
func (t *Table) leafOf(all, some []*set, path string) *leaf {
	of := func(full string) *leaf {
		q := &query{path: path, full: full}
		l := &leaf{checked: true, marked: strings.Contains(path, "\x00")}
		l.sets = inOrder(all, slices.DeleteFunc(slices.Clone(some), func(s *set) bool { return !s.matches(q) }))
		l.simple = !l.marked && len(l.sets) == 1 && len(l.sets[0].filters) == 0
		return l
	}
	l := of(path)
	if t.slash == Lenient {
		if slashed := of(path + "/"); !slices.Equal(slashed.sets, l.sets) {
			l.slashed = slashed
		}
	}
	return l
}

// fixed returns the leaf of a static path, nil without one. slashed says that a slash was cut off its end. The
// length rules out most paths with parameters, and costs less than their hash.
func (t *Table) fixed(path string, slashed bool) *leaf {
	if t.lengths&lengthBit(path) == 0 {
		return nil
	}
	l := t.static[path]
	if slashed && l != nil && l.slashed != nil {
		return l.slashed
	}
	return l
}

func lengthBit(path string) uint64 { return 1 << min(len(path), 63) }

// texts returns the segments of a static pattern.
func texts(p pattern) []string {
	parts := make([]string, len(p))
	for i := range p {
		parts[i] = p[i].text
	}
	return parts
}

// inOrder returns the sets in some, each once, in the order of all.
func inOrder(all, some []*set) []*set {
	if len(some) < 2 {
		return some
	}
	wanted := make(map[*set]bool, len(some))
	for _, s := range some {
		wanted[s] = true
	}
	ordered := make([]*set, 0, len(some))
	for _, s := range all {
		if wanted[s] {
			ordered = append(ordered, s)
		}
	}
	return ordered
}

// addShape enters one shape into the tree.
func (t *Table) addShape(path string, sets []*set) {
	if t.tree == nil {
		t.tree = &httprouter.Router{NotFound: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	}
	l := &leaf{sets: sets, index: newIndex(sets)}
	plain := len(sets) == 1 && sets[0].pattern.isPlain(path)
	l.simple = plain && len(sets[0].filters) == 0
	t.tree.Handle(anyMethod, path, func(w http.ResponseWriter, _ *http.Request, params httprouter.Params) {
		m := (*Matcher)(w.(*carrier))
		m.leaf, m.checked = l, plain && arePlain(params)
	})
}

// isPlain reports whether httprouter, at this shape, finds the paths of the pattern and no others, so that they
// need not be compared again: no literal has become a parameter, and there is no value pattern.
func (p pattern) isPlain(shape string) bool {
	parts := strings.Split(shape[1:], "/")
	for i, s := range p {
		if s.match != nil || s.rank == rankCatchAll || s.isParam() != strings.HasPrefix(parts[i], mark) {
			return false
		}
	}
	return true
}

// arePlain reports whether all values are ones that a parameter accepts, and ASCII text.
func arePlain(params httprouter.Params) bool {
	for i := range params {
		v := params[i].Value
		if v == "" || v == "." || v == ".." {
			return false
		}
		for j := range len(v) {
			if c := v[j]; c == 0 || c == '\\' || c >= utf8.RuneSelf {
				return false
			}
		}
	}
	return true
}

// anyMethod is the method under which all shapes are registered. The methods are compared in the leaf, so a path
// that lacks the method is found as well.
const anyMethod = "*"

// answer returns a route that always gives an error response.
func (t *Table) answer(resp response.Response) *request.Route {
	return t.answerIn(resp, []*settings{t.scope})
}

// unregistered returns a route that nobody registered. It has the settings of the app.
func (t *Table) unregistered(h Handler) *request.Route {
	return t.config.newRoute(OfNothing, request.Route{}, t.config.answering(h), []*settings{t.scope})
}
