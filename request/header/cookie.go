package header

import (
	"iter"
	"strings"
)

// MaxCookies is how many cookies of one request are read. Later ones are ignored.
const MaxCookies = 100

// Cookies iterates over the names and values in the field lines of a Cookie header (RFC 6265
// section 4.2.1), at most [MaxCookies] of them. Pairs whose name is no token are skipped, and so are
// values with characters that no server sets. Double quotes around a value are taken off.
func Cookies(lines []string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		left := MaxCookies
		for _, line := range lines {
			for line != "" && left > 0 {
				var pair string
				pair, line, _ = strings.Cut(line, ";")
				name, value, found := strings.Cut(strings.Trim(pair, " \t"), "=")
				if !found {
					continue
				}
				left--
				if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
					value = value[1 : len(value)-1]
				}
				if IsToken(name) && ValidCookieValue(value) && !yield(name, value) {
					return
				}
			}
		}
	}
}

// Cookie returns the value of the first cookie called name, and how many of that name there are.
// Browsers send the cookie with the longer path first (RFC 6265 section 5.4). A second one of the same
// name may also have been planted by a sibling domain, so a caller that must be sure refuses more than
// one.
func Cookie(lines []string, name string) (value string, count int) {
	for n, v := range Cookies(lines) {
		if n != name {
			continue
		}
		if count == 0 {
			value = v
		}
		count++
	}
	return value, count
}

// HasCookie reports whether the field lines have a cookie called name. It counts malformed cookies and
// those beyond [MaxCookies] too, for checks that must not miss a cookie that another reader finds.
func HasCookie(lines []string, name string) bool {
	for _, line := range lines {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			if found, _, _ := strings.Cut(pair, "="); strings.Trim(found, " \t") == name {
				return true
			}
		}
	}
	return false
}

// ValidCookieValue reports whether s can stand as a cookie's value. Like all browsers it allows
// spaces and commas beyond the cookie-octets of RFC 6265.
func ValidCookieValue(s string) bool {
	var wrong byte // collected, because nearly all values are valid: a loop without branches is faster
	for i := range len(s) {
		wrong |= inNoCookie[s[i]]
	}
	return wrong == 0
}

// inNoCookie has a 1 for each byte that cannot be in the value of a cookie.
var inNoCookie = func() (class [256]byte) {
	for b := range class {
		if b < 0x20 || b >= 0x7f || b == '"' || b == ';' || b == '\\' {
			class[b] = 1
		}
	}
	return class
}()
