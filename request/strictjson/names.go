package strictjson

// names remembers the member names of all open objects, to find those that occur twice. Objects nest, so each field is a
// stack on which the innermost object's part is the uppermost. Texts without large objects go on using the same memory and
// allocate nothing.
type names struct {
	folded []byte   // the folded names, one after the other
	spans  []span   // where each is
	slots  []uint32 // a hash table for each object of many names: 0, or 1 + the index of a span among the object's own
}

// A span is a range of names.folded.
type span struct{ start, end int }

// A scope is where the parts of one object start.
type scope struct{ folded, spans, slots int }

// linear is how many names of an object are looked through one by one, which is faster than hashing the next.
const linear = 16

func (n *names) open() scope {
	return scope{len(n.folded), len(n.spans), len(n.slots)}
}

func (n *names) close(s scope) {
	n.folded, n.spans, n.slots = n.folded[:s.folded], n.spans[:s.spans], n.slots[:s.slots]
}

// reset forgets all names, and the memory too where one text took more than others are likely to need: 32 KiB each.
func (n *names) reset() {
	n.close(scope{})
	if cap(n.folded) > 1<<15 || cap(n.spans) > 1<<11 || cap(n.slots) > 1<<13 {
		*n = names{}
	}
}

// add gives the object s the name that was folded last. It reports false if the object has it already.
func (n *names) add(s scope) bool {
	added := span{s.folded, len(n.folded)}
	members := n.spans[s.spans:]
	if len(members) > 0 {
		added.start = members[len(members)-1].end
	}
	if len(members) <= linear {
		if n.contains(members, added) {
			return false
		}
	} else if !n.index(s, added) {
		return false
	}
	n.spans = append(n.spans, added)
	return true
}

func (n *names) contains(members []span, wanted span) bool {
	for _, member := range members {
		if n.equal(member, wanted) {
			return true
		}
	}
	return false
}

func (n *names) equal(a, b span) bool {
	return string(n.folded[a.start:a.end]) == string(n.folded[b.start:b.end])
}
