package router

import (
	"slices"
	"strconv"
	"strings"
)

// shape is a node of the tree of all patterns, in which every kind of parameter is one child. It
// exists to find out which literals stand beside a parameter, and is gone when the table is built.
type shape struct {
	literals map[string]*shape
	param    *shape
	sets     []*set // the sets whose patterns end here
}

// shapes is a set of nodes that one path may lead to.
type shapes struct {
	nodes []*shape
	all   []*set
}

// newShapes returns the tree of the given sets as the set of its root. Catch-alls are entered by
// what stands before them: their sets are added to every shape that they may match.
func newShapes(all []*set) shapes {
	root := new(shape)
	for _, s := range all {
		if s.pattern.hasRest() {
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

// emit calls add with each path that httprouter gets, and the sets it may stand for, in order.
func (s shapes) emit(add func(path string, sets []*set)) { s.emitBelow(nil, add) }

// emitBelow walks all nodes that one shape leads to at once. Where any of them has a parameter, its
// literals become that parameter, for the tree of httprouter cannot hold both. An empty segment,
// from a slash at the end, stays as it is: no parameter is empty.
func (s shapes) emitBelow(parts []string, add func(path string, sets []*set)) {
	if ending := s.sets(); len(ending) > 0 && hasMark(parts) {
		add("/"+strings.Join(parts, "/"), inOrder(s.all, slices.Concat(ending, s.restsAt(parts))))
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

// hasWildcardText reports whether a literal has a character that httprouter would take for the
// start of a parameter.
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

// restsAt returns the catch-alls that may match a path of this shape.
func (s shapes) restsAt(parts []string) []*set {
	var rests []*set
	for _, set := range s.all {
		if set.pattern.hasRest() && set.pattern.mayMatch(parts) {
			rests = append(rests, set)
		}
	}
	return rests
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
