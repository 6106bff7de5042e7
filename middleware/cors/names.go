package cors

import (
	"slices"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// names are the headers that scripts may set.
type names struct {
	list    []string // in lower case and in order, without *
	any     bool     // any but Authorization, unless that is in the list
	longest int      // of a list that names all of them, with the blanks and empty elements that may be there
}

const authorization = "authorization"

// maxEmpties is how many elements of a list may be empty, and maxBlanks how many blanks may stand around one: browsers
// send neither, but proxies may.
const maxEmpties, maxBlanks = 16, 2

func namesOf(list []string) names {
	n := names{any: slices.Contains(list, "*")}
	for _, name := range list {
		if name != "*" {
			n.list = append(n.list, strings.ToLower(name))
		}
	}
	slices.Sort(n.list)
	n.list = slices.Compact(n.list)
	n.longest = maxEmpties * (1 + maxBlanks)
	for _, name := range n.list {
		n.longest += len(name) + 1 + maxBlanks
	}
	if n.any {
		n.longest = maxAny
	}
	return n
}

// maxAny is how long a list may be where any name is right.
const maxAny = 8 << 10

func (n *names) isEmpty() bool { return len(n.list) == 0 && !n.any }

// String returns the value of Access-Control-Allow-Headers.
func (n *names) String() string {
	if !n.any {
		return strings.Join(n.list, ",")
	}
	if slices.Contains(n.list, authorization) {
		return "*," + authorization
	}
	return "*"
}

// allow reports whether the lines of Access-Control-Request-Headers name a header, and whether all that they name are
// allowed. Browsers send the names in lower case, in order and each once (Fetch Standard, CORS-unsafe request-header
// names), so that nothing has to be sorted or remembered here.
func (n *names) allow(lines []string) (asked, allowed bool) {
	size := 0
	for _, line := range lines {
		if size += len(line) + 1; size > n.longest+1 {
			return true, false
		}
	}
	last, empties := "", 0
	for _, line := range lines {
		for rest, more := line, true; more; {
			var name string
			name, rest, more = strings.Cut(rest, ",")
			if name = trimBlanks(name); name == "" {
				if empties++; empties > maxEmpties {
					return asked, false
				}
				continue
			}
			asked = true
			if name <= last || !n.has(name) {
				return true, false
			}
			last = name
		}
	}
	return asked, true
}

// has reports whether a name is allowed, which must be in lower case.
func (n *names) has(name string) bool {
	if _, ok := slices.BinarySearch(n.list, name); ok {
		return true
	}
	return n.any && name != authorization && header.IsToken(name) && !strings.ContainsFunc(name, isCapital)
}

func isCapital(c rune) bool { return 'A' <= c && c <= 'Z' }

// trimBlanks cuts off the blanks that may stand around a name.
func trimBlanks(s string) string {
	left := maxBlanks
	for ; left > 0 && s != "" && isBlank(s[0]); left-- {
		s = s[1:]
	}
	for ; left > 0 && s != "" && isBlank(s[len(s)-1]); left-- {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
