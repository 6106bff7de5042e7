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

// Table finds routes. It never changes and is safe for concurrent use.
//
// Paths without parameters are found in a map. The others are found by httprouter, whose tree
// cannot hold /cats/new beside /cats/{id} or different names at one place; so the tree gets shapes,
// in which such segments are one parameter, and each shape knows the few sets of routes that it
// stands for, the most specific first. Catch-alls of which no shape knows are tried last.
type Table struct {
	config   Config
	scope    *settings // of the app
	slash    TrailingSlash
	named    map[string]*Route
	around   Handler // the app's middleware, which leads on to the handlers of the route
	static   map[string]*leaf
	lengths  uint64             // a bit for each length that a path in static has, the last for all from 63
	tree     *httprouter.Router // nil without shapes
	filtered bool               // some routes have filters
	rests    leaf
	notFound *request.Route
	badPath  *request.Route
	redirect *request.Route
	server   *request.Route // answers OPTIONS *, which asks about the server rather than a path (RFC 9110 section 9.3.7)
	unclean  *request.Route // answers 404 for a path that is another one once it is cleaned, see clean.go
	replies  sync.Map       // routes that answer 405 and OPTIONS, by replyKey
}

// leaf is what a lookup ends at: the sets of routes a path may belong to.
type leaf struct {
	sets    []*set
	checked bool  // the path is known to match the patterns of all sets
	marked  bool  // the path has an encoded slash
	simple  bool  // there is one set, without filters, and neither of the above is in question
	slashed *leaf // takes the place of this one for a path with a slash that was cut off
	index   *node // finds those of many sets that are worth a try, nil for few
}

// Serve finds the route of req, the current request of s, and answers it.
func (t *Table) Serve(s *request.Exchange, m *Matcher, req request.Request) response.Response {
	if t.filtered {
		s.SetRoute(nil) // filters must not see that of an earlier request
	}
	s.SetRoute(t.Match(m, req))
	return t.around(req)
}

// fill enters the sets.
func (t *Table) fill(sets []*set) {
	for _, s := range sets {
		t.finish(s)
		t.filtered = t.filtered || len(s.filters) > 0
		if s.pattern.hasRest() {
			t.rests.sets = append(t.rests.sets, s)
		}
	}
	root := newShapes(sets)
	for _, s := range sets {
		if !s.pattern.isStatic() {
			continue
		}
		path := "/" + strings.Join(texts(s.pattern), "/")
		if t.static[path] == nil {
			t.static[path] = t.leafOf(sets, slices.Concat(root.endingAt(texts(s.pattern)), t.rests.sets), path)
			t.lengths |= lengthBit(path)
		}
	}
	t.rests.index = newIndex(t.rests.sets)
	root.emit(t.addShape)
}

// leafOf returns the leaf of a path without parameters that only some sets may match.
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

// fixed returns what the map has for a path, from which a slash may have been cut off. Most paths
// with parameters are told apart by their length already, which costs less than hashing them.
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

// inOrder returns the sets of some in the order they have in all, and each once.
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
	t.tree.Handle(anyMethod, path, func(w http.ResponseWriter, _ *http.Request, params httprouter.Params) {
		m := (*Matcher)(w.(*carrier))
		m.leaf, m.checked = l, plain && arePlain(params)
	})
}

// isPlain reports whether httprouter finds exactly the paths of the pattern at its shape, as far as
// values are values: no literal of it has become a parameter, and no value pattern has a say.
func (p pattern) isPlain(shape string) bool {
	parts := strings.Split(shape[1:], "/")
	for i, s := range p {
		if s.match != nil || s.rank == rankRest || s.isParam() != strings.HasPrefix(parts[i], mark) {
			return false
		}
	}
	return true
}

// arePlain reports whether all values are values, and ASCII text, which needs no further look.
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

// anyMethod is the method under which all shapes are registered. The leaf looks at the real one, so
// that a path without the method is known to be a path.
const anyMethod = "*"

// answer returns a route that always gives an error response.
func (t *Table) answer(resp response.Response) *request.Route {
	return t.unregistered(t.config.Answer(resp))
}

// unregistered returns a route that nobody registered. It has the settings of the app.
func (t *Table) unregistered(h Handler) *request.Route {
	return request.NewRoute(request.Route{}, t.config.answering(h), t.scope)
}
