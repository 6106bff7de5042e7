package bind

// names finds the positions of names.
type names struct {
	list   []string
	byName map[string]int // where there are many
}

// few is the number of names up to which comparing with all of them is faster than hashing one.
const few = 8

func (n *names) add(name string) {
	n.list = append(n.list, name)
	// The map is made when it begins to pay.
	if len(n.list) == few+1 {
		n.byName = make(map[string]int)
		for i, earlier := range n.list {
			n.byName[earlier] = i
		}
	} else if n.byName != nil {
		n.byName[name] = len(n.list) - 1
	}
}

// find returns the position of a name, -1 for none. Clients tend to keep the order of the fields,
// so the search begins at a guess.
func (n *names) find(name string, guess int) int {
	if guess < len(n.list) && n.list[guess] == name {
		return guess
	}
	if n.byName != nil {
		if i, ok := n.byName[name]; ok {
			return i
		}
		return -1
	}
	for i := range n.list {
		if n.list[i] == name {
			return i
		}
	}
	return -1
}
