package header

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// OriginPattern stands for origins: one, those of all names below a name, or those of all ports of a host. Make it with
// [ParseOriginPattern].
type OriginPattern struct {
	scheme  string
	host    string // an IPv6 address in brackets
	port    string // "" for the default
	below   bool
	anyPort bool
}

// ParseOriginPattern parses an origin as browsers write it in the header Origin (RFC 6454, 6.2), such as
// https://cats.example and http://localhost:5173. A host may start with *. for all names below it, and a port may be *
// for all ports and none. The error says how to write it where browsers spell it in another way.
func ParseOriginPattern(s string) (OriginPattern, error) {
	scheme, authority, ok := strings.Cut(s, "://")
	switch {
	case s == "null":
		return OriginPattern{}, errors.New("null is the origin of any sandboxed page and of many files, so it stands for nobody")
	case !ok || !isOriginScheme(scheme):
		return OriginPattern{}, errors.New("is not of the form scheme://host or scheme://host:port, in lower case")
	case scheme == "file":
		return OriginPattern{}, errors.New("pages in files have no origin")
	case strings.ContainsAny(authority, "/?#"):
		return OriginPattern{}, errors.New("has a path; an origin ends with its host or port")
	case strings.Contains(authority, "@"):
		return OriginPattern{}, errors.New("has a user; an origin has none")
	}
	p := OriginPattern{scheme: scheme}
	p.host, p.port, ok = cutPort(authority)
	if !ok {
		return OriginPattern{}, errors.New("has a colon without a port")
	}
	if p.port == "*" {
		p.anyPort, p.port = true, ""
	}
	if p.port != "" {
		if err := checkOriginPort(scheme, p.port); err != nil {
			return OriginPattern{}, err
		}
	}
	p.host, p.below = strings.CutPrefix(p.host, "*.")
	if err := checkOriginHost(p.host); err != nil {
		return OriginPattern{}, err
	}
	if p.below {
		return p, checkParent(p.host)
	}
	return p, nil
}

func checkOriginPort(scheme, port string) error {
	switch {
	case !isPort(port) || port[0] == '0':
		return fmt.Errorf("port %q is no number from 1 to 65535 without zeros before it", port)
	case port == defaultPort(scheme):
		return fmt.Errorf("names port %s, which browsers leave out for %s", port, scheme)
	}
	return nil
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

// checkOriginHost refuses hosts that no browser writes in this way.
func checkOriginHost(host string) error {
	if strings.HasPrefix(host, "[") {
		ip, ok := parseHostIP(host)
		if !ok || ip.Zone() != "" || "["+ip.String()+"]" != host || ip.Is4In6() {
			return fmt.Errorf("%s is no IPv6 address in its shortest form", host)
		}
		return nil
	}
	for _, c := range host {
		switch {
		case c >= 0x80:
			return fmt.Errorf("host %s has characters beyond ASCII; browsers send its form that starts with xn--", host)
		case 'A' <= c && c <= 'Z':
			return fmt.Errorf("host %s has capitals; browsers send it in lower case", host)
		}
	}
	if !isOriginHost(host) {
		return fmt.Errorf("%q is no host", host)
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if '0' <= last[0] && last[0] <= '9' { // browsers take it for an address (URL Standard, host parsing)
		if ip, err := netip.ParseAddr(host); err != nil || ip.String() != host {
			return fmt.Errorf("host %s ends with a number and is no IPv4 address", host)
		}
	}
	return nil
}

// checkParent refuses names that strangers can have a name below.
func checkParent(host string) error {
	labels := strings.Split(host, ".")
	n := len(labels)
	last := labels[n-1]
	switch {
	case host[0] == '[' || '0' <= last[0] && last[0] <= '9':
		return fmt.Errorf("there are no names below the address %s", host)
	case host == "localhost":
		return nil
	case n < 2:
		return fmt.Errorf("*.%s stands for the sites of strangers; name two labels at least", host)
	case n == 2 && len(last) == 2 && isRegistryLabel(labels[0]):
		return fmt.Errorf("*.%s stands for the sites of strangers, for anybody can register a name there", host)
	}
	return nil
}

// isRegistryLabel reports whether countries sell names below a label of theirs, as below co.uk.
func isRegistryLabel(label string) bool {
	switch label {
	case "ac", "co", "com", "edu", "gov", "net", "org":
		return true
	}
	return false
}

// IsExact reports whether the pattern stands for one origin.
func (p OriginPattern) IsExact() bool { return !p.below && !p.anyPort }

// IsSecure reports whether nobody on the network can take the place of such an origin: its scheme is not http, or its host is this machine.
func (p OriginPattern) IsSecure() bool { return p.scheme != "http" || IsLoopbackHost(p.host) }

// String returns the origin that was parsed.
func (p OriginPattern) String() string {
	s := p.scheme + "://"
	if p.below {
		s += "*."
	}
	s += p.host
	switch {
	case p.anyPort:
		s += ":*"
	case p.port != "":
		s += ":" + p.port
	}
	return s
}

// Matches reports whether the pattern stands for an origin, which must be spelled as browsers do. It allocates nothing.
func (p OriginPattern) Matches(origin string) bool {
	n := len(p.scheme)
	if len(origin) < n+len("://") || origin[:n] != p.scheme || origin[n:n+len("://")] != "://" {
		return false
	}
	host, port, ok := cutPort(origin[n+len("://"):])
	if !ok || !p.matchesPort(port) {
		return false
	}
	if !p.below {
		return host == p.host
	}
	head, ok := strings.CutSuffix(host, p.host)
	return ok && len(head) > 1 && head[len(head)-1] == '.' && isOriginHost(host)
}

func (p OriginPattern) matchesPort(port string) bool {
	if !p.anyPort || port == "" {
		return port == p.port
	}
	return isPort(port) && port[0] != '0' && port != defaultPort(p.scheme)
}

// isOriginScheme accepts the schemes of URLs in lower case (RFC 3986, 3.1).
func isOriginScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if isLower := 'a' <= c && c <= 'z'; !isLower && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

// isOriginHost reports whether s is a name in lower case, of labels that are not empty and not too long (RFC 1035, 2.3.4).
func isOriginHost(s string) bool {
	label := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			if label == 0 {
				return false
			}
			label = 0
			continue
		case ('a' > c || c > 'z') && ('0' > c || c > '9') && c != '-' && c != '_':
			return false
		}
		if label++; label > 63 {
			return false
		}
	}
	return label > 0 && len(s) <= 253
}
