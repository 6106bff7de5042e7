package header

import (
	"net/netip"
	"strings"
)

// ParseHost parses the value of a Host header (RFC 9110, 7.2). The name comes in lower case, without the dot that may end a full
// domain name, and an IPv6 address in brackets and in its usual form, so that one host has one spelling. The port is "" if none is
// given. It is false for a value that names no host: an empty one, one with a user or with a port that is no number, and names that
// no real host has.
func ParseHost(s string) (name, port string, ok bool) {
	name, port, ok = cutPort(s)
	if !ok { // an empty port is one that was left out
		name, port = s[:len(s)-1], ""
	}
	if port != "" && !isPort(port) {
		return "", "", false
	}
	if strings.HasPrefix(name, "[") {
		if _, ok := parseHostIP(name); !ok {
			return "", "", false
		}
		return "[" + netip.MustParseAddr(name[1:len(name)-1]).String() + "]", port, true
	}
	name = strings.TrimSuffix(name, ".")
	if !hostChars.spells(name) || name[0] == '.' || name[len(name)-1] == '.' || strings.Contains(name, "..") {
		return "", "", false
	}
	return strings.ToLower(name), port, true
}
