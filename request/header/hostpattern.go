package header

import (
	"net/netip"
	"strings"
)

// HostPattern stands for hosts: a name or an address, or all names below one. Make it with [ParseHostPattern].
type HostPattern struct {
	name, port string
	below      bool
}

// ParseHostPattern parses a host as [ParseHost] does. A host without a port stands for all ports, and one that starts with *. for all
// names below it. It is false for what no request can name.
func ParseHostPattern(s string) (HostPattern, bool) {
	host, below := strings.CutPrefix(s, "*.")
	name, port, ok := ParseHost(host)
	if !ok || below && name[0] == '[' {
		return HostPattern{}, false
	}
	return HostPattern{name, port, below}, true
}

// Matches reports whether a pattern stands for a host, given as [ParseHost] returns it.
func (p HostPattern) Matches(name, port string) bool {
	if p.port != "" && port != p.port {
		return false
	}
	if p.below {
		head, ok := strings.CutSuffix(name, p.name)
		return ok && strings.HasSuffix(head, ".")
	}
	return name == p.name
}

// IsLoopbackHost reports whether host, with or without a port, names this machine.
func IsLoopbackHost(host string) bool {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	if strings.EqualFold(host, "localhost") || hasSuffixFold(host, ".localhost") {
		return true
	}
	if !strings.HasPrefix(host, "127.") && !strings.Contains(host, ":") {
		return false // hardly any host is an address, and parsing costs more than this check
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
