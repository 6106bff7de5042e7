package cors

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// requestHeaders are the headers that scripts may set.
type requestHeaders struct {
	all     bool     // but authorization
	names   []string // in lower case, sorted
	length  int      // of the longest list that can be allowed
	allowed string   // the value of Access-Control-Allow-Headers
}

const (
	authorization = "authorization"
	// Proxies may write a list again, with blanks, or with empty elements for what they took away. Nobody needs more than these.
	mostEmpty = 16
	// mostAll is how long a list may be where all names are allowed.
	mostAll = 8 << 10
)

func newRequestHeaders(names []string, credentials bool) (requestHeaders, error) {
	var h requestHeaders
	var errs []error
	for _, name := range names {
		switch lower := strings.ToLower(name); {
		case name == allNames && credentials:
			errs = append(errs, errors.New("option RequestHeaders: \"*\" means nothing with Credentials; name the headers"))
		case name == allNames:
			h.all = true
		case !header.IsToken(name):
			errs = append(errs, fmt.Errorf("option RequestHeaders: %q is no name of a header", name))
		default:
			h.names = append(h.names, lower)
		}
	}
	slices.Sort(h.names)
	h.names = slices.Compact(h.names)
	if i := slices.IndexFunc(h.names, func(name string) bool { return name != authorization }); h.all && i >= 0 {
		errs = append(errs, fmt.Errorf("option RequestHeaders: \"*\" has %q in it; only Authorization stands beside it", h.names[i]))
	}
	h.allowed = strings.Join(h.names, ",")
	h.length = len(h.allowed) + 2*len(h.names) + mostEmpty
	if h.all {
		h.length, h.allowed = mostAll, strings.TrimSuffix(allNames+","+h.allowed, ",")
	}
	return h, errors.Join(errs...)
}

// allow reports whether all names of lists, lines of Access-Control-Request-Headers, are allowed. Browsers send names in lower
// case, sorted and each once (Fetch standard, section 4.8), so nothing else needs to be understood.
func (h *requestHeaders) allow(lines []string) bool {
	last, empty, length := "", 0, 0
	for _, line := range lines {
		if length += len(line); length > h.length {
			return false
		}
		for name := range strings.SplitSeq(line, ",") {
			name = trim(name)
			if name == "" {
				if empty++; empty > mostEmpty {
					return false
				}
				continue
			}
			if name <= last || !h.has(name) {
				return false
			}
			last = name
		}
	}
	return true
}

// trim takes one blank away at each end.
func trim(s string) string {
	if s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	if n := len(s); n > 0 && (s[n-1] == ' ' || s[n-1] == '\t') {
		s = s[:n-1]
	}
	return s
}

func (h *requestHeaders) has(name string) bool {
	if _, found := slices.BinarySearch(h.names, name); found {
		return true
	}
	return h.all && name != authorization && header.IsToken(name) && name == strings.ToLower(name)
}
