package header

import (
	"net/netip"
	"strings"
)

// Node is one end of a hop in a Forwarded header (RFC 7239, 6). The zero value is a node that was not given.
type Node struct {
	Name string // an IPv4 or IPv6 address (without brackets), "unknown", or an obfuscated name such as "_proxy1"
	Port string // a number, an obfuscated port such as "_x", or ""
}

// Addr returns the node's address, an IPv4-mapped one as IPv4. It is false if the name is not an address.
func (n Node) Addr() (addr netip.Addr, ok bool) {
	return parseIP(n.Name)
}

// String returns the node as RFC 7239 spells it: "192.0.2.1:80", "[2001:db8::1]:80", "unknown".
func (n Node) String() string {
	name := n.Name
	if strings.IndexByte(name, ':') >= 0 {
		name = "[" + name + "]"
	}
	if n.Port == "" {
		return name
	}
	return name + ":" + n.Port
}

// parseNode parses a node identifier. The name keeps its spelling, but for brackets and the case of "unknown".
func parseNode(s string) (n Node, ok bool) {
	name, port, ok := cutPort(s)
	if !ok || port != "" && !isPort(port) && !isObfuscated(port) {
		return Node{}, false
	}
	if equalFold(name, "unknown") {
		return Node{"unknown", port}, true
	}
	_, ok = parseHostIP(name)
	return Node{strings.Trim(name, "[]"), port}, ok || isObfuscated(name)
}

// isObfuscated reports whether s is an obfuscated node or port (RFC 7239, 6.3).
func isObfuscated(s string) bool {
	return s != "" && s[0] == '_' && obfuscatedChars.spells(s[1:])
}
