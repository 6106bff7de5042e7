package header

import (
	"net/netip"
	"strings"
)

// Origin is a scheme, a host and a port (RFC 6454, 4). Make it with [ParseOrigin] or [OriginOf].
type Origin struct {
	scheme string
	host   string // of ASCII, in any case; an IPv6 address in brackets
	port   string // "" for the default
}

// ParseOrigin parses the value of an Origin header: a scheme, a host and perhaps a port, as browsers write it (RFC 6454, 6.2). It is
// false for null and for lists. It allocates nothing.
func ParseOrigin(s string) (Origin, bool) {
	scheme, authority, ok := strings.Cut(s, "://")
	if !ok || !isOriginScheme(scheme) {
		return Origin{}, false
	}
	return OriginOf(scheme, authority)
}

// OriginOf returns the origin of a scheme and a host with an optional port, in the form of the header Host.
func OriginOf(scheme, authority string) (Origin, bool) {
	host, port, ok := cutPort(authority)
	if !ok || port != "" && (!isPort(port) || port[0] == '0') {
		return Origin{}, false
	}
	o := Origin{scheme: scheme, host: host, port: port}
	if port == defaultPort(scheme) {
		o.port = ""
	}
	if strings.HasPrefix(host, "[") {
		_, ok = o.ip()
		return o, ok
	}
	return o, host != "" && len(host) <= 255 && hostChars.spells(host)
}

// Is reports whether two origins are the same. A host with a dot at its end is another host, as for browsers.
func (o Origin) Is(p Origin) bool {
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
func (o Origin) ip() (netip.Addr, bool) {
	n := len(o.host)
	if n < 2 || o.host[0] != '[' || o.host[n-1] != ']' {
		return netip.Addr{}, false
	}
	ip, err := netip.ParseAddr(o.host[1 : n-1])
	return ip, err == nil && ip.Is6() && ip.Zone() == ""
}
