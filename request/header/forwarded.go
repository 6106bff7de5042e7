package header

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

var (
	errNode    = errors.New("invalid node")
	errHost    = errors.New("invalid host")
	errProto   = errors.New("invalid proto")
	errAddress = errors.New("not an IP address")
)

// ForwardedElement describes the request that one proxy received, in the words of that proxy (RFC 7239, 4). Parameters that were not
// given are zero. Nothing in it is true unless the proxy is trusted.
type ForwardedElement struct {
	By    Node   // where the proxy received the request
	For   Node   // who sent it: the client, or the proxy before
	Host  string // the Host header it carried, with the port if there was one
	Proto string // the scheme it was sent with, such as "https", in lower case
}

// ParseForwarded parses the field lines of Forwarded headers, http.Header["Forwarded"]. The elements come in the order of the
// hops, the one nearest to this server last; without a header there are none.
//
// The grammar is that of RFC 7239, and whitespace around ";" is accepted besides, as proxies write it. One mistake makes the whole
// header an error: a parameter that appears twice in an element, more than 16 parameters in one, an invalid node, host or scheme,
// an unterminated quote, more than 64 elements. Unknown parameters are dropped.
func ParseForwarded(values []string) ([]ForwardedElement, error) {
	var hops []ForwardedElement
	elements := list{lines: values}
	for element, ok := elements.next(); ok; element, ok = elements.next() {
		hop, err := parseForwardedElement(params(element))
		if len(hops) == maxElements {
			err = errElements
		}
		if err != nil {
			return nil, fmt.Errorf("header: Forwarded %q: %w", excerpt(element), err)
		}
		hops = append(hops, hop)
	}
	return hops, nil
}

func parseForwardedElement(p params) (ForwardedElement, error) {
	var hop ForwardedElement
	if err := p.check(); err != nil {
		return hop, err
	}
	s := scanner{string(p)}
	for {
		name, value, ok := s.parameter()
		if !ok {
			return hop, nil
		}
		if err := hop.set(name, unquote(value)); err != nil {
			return hop, err
		}
	}
}

// set stores one parameter.
func (e *ForwardedElement) set(name, value string) error {
	ok, wrong := true, errNode
	switch {
	case equalFold(name, "by"):
		e.By, ok = parseNode(value)
	case equalFold(name, "for"):
		e.For, ok = parseNode(value)
	case equalFold(name, "host"):
		e.Host, ok, wrong = value, isHost(value), errHost
	case equalFold(name, "proto"):
		e.Proto, ok, wrong = strings.ToLower(value), isScheme(value), errProto
	}
	if !ok {
		return wrong
	}
	return nil
}

// isScheme reports whether s is a URI scheme (RFC 3986, 3.1).
func isScheme(s string) bool {
	return schemeChars.spells(s) && letterChars[s[0]]
}

// ParseXForwardedFor parses the field lines of X-Forwarded-For headers, http.Header["X-Forwarded-For"]. The addresses come in the
// order of the hops, the one nearest to this server last, IPv4-mapped ones as IPv4; without a header there are none.
//
// The header has no standard. Each element must be an IP address without a zone, an IPv4 address with a port, or an IPv6 address in
// brackets with or without a port; ports are checked and dropped. Anything else, "unknown" included, makes the whole header an
// error, as do more than 64 elements.
func ParseXForwardedFor(values []string) ([]netip.Addr, error) {
	var hops []netip.Addr
	elements := list{lines: values}
	for element, ok := elements.next(); ok; element, ok = elements.next() {
		addr, ok := parsePeer(element)
		if !ok {
			return nil, fmt.Errorf("header: X-Forwarded-For %q: %w", excerpt(element), errAddress)
		}
		if len(hops) == maxElements {
			return nil, fmt.Errorf("header: X-Forwarded-For %q: %w", excerpt(element), errElements)
		}
		hops = append(hops, addr)
	}
	return hops, nil
}

// parsePeer parses an address with an optional port. Only without a port may an IPv6 address go without brackets.
func parsePeer(s string) (addr netip.Addr, ok bool) {
	if addr, ok := parseIP(s); ok {
		return addr, true
	}
	name, port, ok := cutPort(s)
	if !ok || port != "" && !isPort(port) {
		return netip.Addr{}, false
	}
	return parseHostIP(name)
}
