package antiforgery

import (
	"net/netip"
	"strconv"
	"strings"
)

// origin is a scheme, a host and a port (RFC 6454 section 4).
type origin struct {
	scheme string
	host   string // of ASCII, in any case; IPv6 addresses in brackets
	port   int    // 0 where the scheme has no default and none is named
}

// parseOrigin reads the value of an Origin header: a scheme, a host and perhaps a port, as browsers write it
// (RFC 6454 section 6.2). It is false for null and for lists.
func parseOrigin(s string) (origin, bool) {
	scheme, authority, ok := strings.Cut(s, "://")
	if !ok || !isScheme(scheme) {
		return origin{}, false
	}
	return newOrigin(scheme, authority)
}

// newOrigin reads a host with an optional port, in the form of the header Host.
func newOrigin(scheme, authority string) (origin, bool) {
	o := origin{scheme: scheme, port: defaultPort(scheme)}
	rest := ""
	if end := strings.IndexByte(authority, ']'); end >= 0 {
		o.host, rest = authority[:end+1], authority[end+1:]
		if _, ok := o.ip(); !ok {
			return origin{}, false
		}
	} else {
		i := strings.IndexByte(authority, ':')
		if i < 0 {
			i = len(authority)
		}
		o.host, rest = authority[:i], authority[i:]
		if !isHost(o.host) {
			return origin{}, false
		}
	}
	if rest == "" {
		return o, true
	}
	var ok bool
	o.port, ok = parsePort(rest)
	return o, ok
}

// is reports whether two origins are the same. A host with a dot at its end is another host, as for browsers.
func (o origin) is(p origin) bool {
	if o.scheme != p.scheme || o.port != p.port {
		return false
	}
	a, isIP := o.ip()
	b, isIP2 := p.ip()
	if isIP || isIP2 {
		return isIP && isIP2 && a == b
	}
	return strings.EqualFold(o.host, p.host)
}

// ip returns the address in brackets.
func (o origin) ip() (netip.Addr, bool) {
	n := len(o.host)
	if n < 2 || o.host[0] != '[' || o.host[n-1] != ']' {
		return netip.Addr{}, false
	}
	ip, err := netip.ParseAddr(o.host[1 : n-1])
	return ip, err == nil && ip.Is6() && ip.Zone() == ""
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !isLower(c) && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

// isHost accepts the characters of host names. Browsers send names beyond ASCII as punycode.
func isHost(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLower(c|0x20) && !isDigit(c) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 255
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// parsePort reads a colon and a port as browsers write it.
func parsePort(s string) (int, bool) {
	if len(s) < 2 || len(s) > 6 || s[0] != ':' || s[1] == '0' || strings.Trim(s[1:], "0123456789") != "" {
		return 0, false
	}
	port, err := strconv.Atoi(s[1:])
	return port, err == nil && port <= 65535
}

func defaultPort(scheme string) int {
	switch scheme {
	case "http":
		return 80
	case "https":
		return 443
	}
	return 0
}
