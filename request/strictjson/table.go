package strictjson

import (
	"hash/maphash"
	"math/bits"
	"slices"
)

// The hash is seeded, so that a client cannot choose names that all collide and make the look-up slow.
var seed = maphash.MakeSeed()

// index enters a name into the hash table of s, as the next of its members. It reports false if the table has it already.
func (n *names) index(s scope, added span) bool {
	members := n.spans[s.spans:]
	if len(n.slots)-s.slots < 2*len(members) {
		n.grow(s)
	}
	return n.claim(s, added, len(members))
}

// grow gives s an empty hash table, in which its members take a quarter of the slots at most, and enters them.
func (n *names) grow(s scope) {
	members := n.spans[s.spans:]
	size := 1 << bits.Len(uint(4*len(members)-1)) // a power of two, for the mask
	n.slots = slices.Grow(n.slots[:s.slots], size)[:s.slots+size]
	clear(n.slots[s.slots:])
	for i, member := range members {
		n.claim(s, member, i)
	}
}

// claim takes a free slot for a name, the i-th member of s. It reports false if an equal name is found on the way.
func (n *names) claim(s scope, wanted span, i int) bool {
	slots, members := n.slots[s.slots:], n.spans[s.spans:]
	mask := len(slots) - 1
	at := int(maphash.Bytes(seed, n.folded[wanted.start:wanted.end])) & mask
	for ; slots[at] != 0; at = (at + 1) & mask {
		if n.equal(members[slots[at]-1], wanted) {
			return false
		}
	}
	slots[at] = uint32(i + 1)
	return true
}
