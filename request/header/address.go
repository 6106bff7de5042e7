package header

import (
	"net/netip"
	"strconv"
	"strings"
)

// parseIP parses an IPv4 or IPv6 address without brackets or zone. It returns IPv4-mapped addresses as IPv4, so that one peer has
// one spelling when it is compared with a list.
func parseIP(s string) (addr netip.Addr, ok bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}

// parseHostIP parses an IPv4 address or a bracketed IPv6 address.
func parseHostIP(s string) (addr netip.Addr, ok bool) {
	if !strings.HasPrefix(s, "[") {
		addr, ok = parseIP(s)
		return addr, ok && strings.IndexByte(s, ':') < 0
	}
	s, ok = strings.CutSuffix(s[1:], "]")
	if !ok || strings.IndexByte(s, ':') < 0 {
		return netip.Addr{}, false
	}
	return parseIP(s)
}

// cutPort splits name[:port], where the colons in "[…]" belong to the name. It is false if the port is empty.
func cutPort(s string) (name, port string, ok bool) {
	end := strings.LastIndexByte(s, ']') + 1
	colon := strings.IndexByte(s[end:], ':')
	if colon < 0 {
		return s, "", true
	}
	name, port = s[:end+colon], s[end+colon+1:]
	return name, port, port != ""
}

// isPort reports whether s is a decimal port number.
func isPort(s string) bool {
	if len(s) > 5 || !digitChars.spells(s) {
		return false
	}
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// isHost reports whether s is a host with an optional port, as in a Host header. Registered names may have letters, digits and
// "-._~". The URI grammar would allow percent-encoding and punctuation too (RFC 3986, 3.2.2), but no real host has them.
func isHost(s string) bool {
	name, port, ok := cutPort(s)
	if !ok || port != "" && !isPort(port) {
		return false
	}
	if hostChars.spells(name) {
		return true
	}
	_, ok = parseHostIP(name)
	return ok
}
