package router

// indexFrom is the number of sets from which a leaf has an index. Fewer are tried one after the other.
const indexFrom = 8

// node is a node of an index: the tree of the patterns of a leaf. A walk in order finds the sets whose literals
// are those of a path, the most specific first, and does not look at the others.
type node struct {
	texts     map[string]*node
	params    []*node // one for each rank, the most specific first
	catchAlls []*set  // those whose catch-all begins here
	ends      []*set  // those that end here
	rank      rank    // of a parameter
	open      bool    // the sets that end here come after those whose catch-all begins here
}

// newIndex returns the root of the tree of sets, which are in order, and nil where they are few.
func newIndex(sets []*set) *node {
	if len(sets) < indexFrom {
		return nil
	}
	root := new(node)
	for _, s := range sets {
		root.add(s)
	}
	return root
}

func (n *node) add(s *set) {
	for _, seg := range s.pattern {
		if seg.rank == rankCatchAll {
			n.catchAlls = append(n.catchAlls, s)
			return
		}
		n = n.child(seg)
	}
	n.ends = append(n.ends, s)
	n.open = s.open // as all of the same shape are
}

// child returns the child for a segment. Parameters of one rank come one after the other, for the
// sets are in order.
func (n *node) child(seg segment) *node {
	if !seg.isParam() {
		if n.texts == nil {
			n.texts = map[string]*node{}
		}
		if n.texts[seg.text] == nil {
			n.texts[seg.text] = new(node)
		}
		return n.texts[seg.text]
	}
	if last := len(n.params) - 1; last >= 0 && n.params[last].rank == seg.rank {
		return n.params[last]
	}
	n.params = append(n.params, &node{rank: seg.rank})
	return n.params[len(n.params)-1]
}
