package router

import (
	"slices"
	"strconv"
	"strings"
)

// How patterns become shapes. The tree of httprouter matches fast and allocates nothing, but it cannot hold a
// literal beside a parameter, nor two names for one parameter. These three routes are too much for it:
//
//	/cats/new      /cats/{id}      /cats/{name}/photos
//
// So the tree does not get the patterns but their shapes. First all patterns are entered into a trie of our own,
// in which a node has a child for each literal and one child for all parameters:
//
//	cats ─┬─ new
//	      └─ {} ─── photos
//
// Then emit walks the trie and writes the paths for httprouter. It follows a set of nodes at once, namely all
// nodes that one path may lead to. Where any of them has a parameter, its literals become that parameter as
// well:
//
//	/cats/:1            stands for /cats/new and /cats/{id}
//	/cats/:1/photos     stands for /cats/{name}/photos
//
// Each shape has a leaf with the sets of routes that it stands for, the most specific first. At a request
// httprouter finds the leaf, and choose compares the path with the patterns of its sets in that order: /cats/new
// is found by the first, /cats/7 by the second. Catch-alls are not entered; their sets are added to every shape
// that they may match, and tried alone where no shape matches.

// shape is a node of the trie. It exists while the table is built.
type shape struct {
	literals map[string]*shape
	param    *shape
	sets     []*set // the sets whose patterns end here
}

// shapes is the set of all nodes that one path may lead to.
type shapes struct {
	nodes []*shape
	all   []*set
}

// newShapes returns the root of the trie of all sets but those of catch-alls.
func newShapes(all []*set) shapes {
	root := new(shape)
	for _, s := range all {
		if s.pattern.hasCatchAll() {
			continue
		}
		n := root
		for _, seg := range s.pattern {
			n = n.child(seg)
		}
		n.sets = append(n.sets, s)
	}
	return shapes{[]*shape{root}, all}
}

func (n *shape) child(seg segment) *shape {
	if seg.isParam() {
		if n.param == nil {
			n.param = new(shape)
		}
		return n.param
	}
	if n.literals == nil {
		n.literals = map[string]*shape{}
	}
	if n.literals[seg.text] == nil {
		n.literals[seg.text] = new(shape)
	}
	return n.literals[seg.text]
}

// endingAt returns the sets that end where a path of these parts may lead.
func (s shapes) endingAt(parts []string) []*set {
	for _, part := range parts {
		var next []*shape
		for _, n := range s.nodes {
			if lit := n.literals[part]; lit != nil {
				next = append(next, lit)
			}
			if n.param != nil {
				next = append(next, n.param)
			}
		}
		s.nodes = next
	}
	return s.sets()
}

func (s shapes) sets() []*set {
	var sets []*set
	for _, n := range s.nodes {
		sets = append(sets, n.sets...)
	}
	return sets
}

// emit calls add with each path for httprouter, and the sets that it may stand for in their order.
func (s shapes) emit(add func(path string, sets []*set)) { s.emitBelow(nil, add) }

// emitBelow goes on from the nodes that parts lead to. Where one of them has a parameter, literals become that
// parameter. An empty segment, from a slash at the end, stays apart, because no parameter is empty.
func (s shapes) emitBelow(parts []string, add func(path string, sets []*set)) {
	if ending := s.sets(); len(ending) > 0 && hasMark(parts) {
		add("/"+strings.Join(parts, "/"), inOrder(s.all, slices.Concat(ending, s.catchAllsAt(parts))))
	}
	var collapsed []*shape
	apart := map[string][]*shape{}
	for _, n := range s.nodes {
		if n.param != nil {
			collapsed = append(collapsed, n.param)
		}
	}
	merge := len(collapsed) > 0 || s.hasWildcardText()
	for _, n := range s.nodes {
		for text, lit := range n.literals {
			if merge && text != "" {
				collapsed = append(collapsed, lit)
			} else {
				apart[text] = append(apart[text], lit)
			}
		}
	}
	if len(collapsed) > 0 {
		shapes{collapsed, s.all}.emitBelow(append(slices.Clone(parts), mark+strconv.Itoa(len(parts))), add)
	}
	for text, nodes := range apart {
		shapes{nodes, s.all}.emitBelow(append(slices.Clone(parts), text), add)
	}
}

// mark begins a parameter of httprouter.
const mark = ":"

func hasMark(parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, mark) })
}

// hasWildcardText reports whether a literal has a character that begins a parameter of httprouter.
func (s shapes) hasWildcardText() bool {
	for _, n := range s.nodes {
		for text := range n.literals {
			if strings.ContainsAny(text, ":*") {
				return true
			}
		}
	}
	return false
}

// catchAllsAt returns the catch-alls that may match a path of this shape.
func (s shapes) catchAllsAt(parts []string) []*set {
	var found []*set
	for _, set := range s.all {
		if set.pattern.hasCatchAll() && set.pattern.mayMatch(parts) {
			found = append(found, set)
		}
	}
	return found
}

// mayMatch reports whether a catch-all pattern can match some path of a shape.
func (p pattern) mayMatch(parts []string) bool {
	fixed := p[:len(p)-1]
	if len(parts) < len(fixed) {
		return false
	}
	for i, seg := range fixed {
		if !seg.isParam() && parts[i] != seg.text && !strings.HasPrefix(parts[i], mark) {
			return false
		}
	}
	return true
}
