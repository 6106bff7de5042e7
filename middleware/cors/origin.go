package cors

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// pattern stands for origins.
type pattern struct {
	scheme  string // with ://
	host    string // canonical; where below is set, with the dot in front of it
	port    string // "" for none
	below   bool   // all names that end in host
	anyPort bool   // and none
}

func (p pattern) isExact() bool { return !p.below && !p.anyPort }

// isInsecure reports whether others than the user can change pages of the origin.
func (p pattern) isInsecure() bool { return p.scheme == "http://" && !p.isLoopback() }

// isLoopback reports whether the origin is on the browser's own machine.
func (p pattern) isLoopback() bool {
	name := strings.TrimPrefix(p.host, ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && ip.IsLoopback()
}

// The mistakes in origins.
var (
	errNull    = errors.New("pages of any site can have the origin null; it stands for nobody")
	errForm    = errors.New("an origin has the form https://name, or https://name:port, without anything behind it")
	errFile    = errors.New("pages that are files have the origin null, which stands for nobody")
	errCase    = errors.New("browsers send origins in lower case, and addresses in their shortest form")
	errPort    = errors.New("browsers leave out the port of the scheme")
	errASCII   = errors.New("browsers send names outside of ASCII in their other form, which begins with xn--")
	errBelow   = errors.New("*. stands for one place: in front of a domain that one owner has, which is at least two labels")
	errPublic  = errors.New("*. stands in front of a domain that many owners share")
	errAddress = errors.New("no names are below an address")
)

// parsePattern parses an origin of a policy.
func parsePattern(s string) (pattern, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	switch {
	case s == "null":
		return pattern{}, errNull
	case strings.IndexFunc(s, func(r rune) bool { return r > '~' }) >= 0:
		return pattern{}, errASCII
	case s != strings.ToLower(s):
		return pattern{}, errCase
	case strings.HasPrefix(s, "file:"):
		return pattern{}, errFile
	case !ok || !isScheme(scheme):
		return pattern{}, errForm
	}
	p := pattern{scheme: scheme + "://"}
	rest, p.below = strings.CutPrefix(rest, "*.")
	rest, p.anyPort = strings.CutSuffix(rest, ":*")
	name, port, ok := header.ParseHost(rest)
	switch {
	case !ok || strings.HasSuffix(rest, ":"):
		return pattern{}, errForm
	case port != "" && (p.anyPort || !isPortOf(scheme, port)):
		return pattern{}, errPort
	case rest != name && rest != name+":"+port:
		return pattern{}, errCase
	}
	p.host, p.port = name, port
	if _, isNumber := lastLabel(name); isNumber && !isAddress(name) {
		return pattern{}, errForm // browsers take it for an address that it is not
	}
	if !p.below {
		return p, nil
	}
	p.host = "." + name
	return p, checkBelow(name)
}

// isScheme follows RFC 3986 section 3.1, in lower case.
func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		isLetter := 'a' <= c && c <= 'z'
		if !isLetter && (i == 0 || !('0' <= c && c <= '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

// isPortOf reports whether browsers send a port in origins with a scheme, written so.
func isPortOf(scheme, port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	isDefault := scheme == "http" && n == 80 || scheme == "https" && n == 443
	return err == nil && n > 0 && port[0] != '0' && !isDefault
}

// lastLabel returns the last label of a name, and whether it is a number.
func lastLabel(name string) (label string, isNumber bool) {
	label = name[strings.LastIndexByte(name, '.')+1:]
	_, err := strconv.ParseUint(label, 0, 64)
	return label, err == nil || strings.Trim(label, "0123456789") == ""
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}

// second are the labels under which countries register names for others.
var second = []string{"ac", "co", "com", "edu", "gov", "net", "org"}

// checkBelow refuses *. in front of names of which several owners have a part. Nobody keeps a complete list of these; the rule
// catches the usual mistakes.
func checkBelow(name string) error {
	if isAddress(name) {
		return errAddress
	}
	labels := strings.Split(name, ".")
	if last := labels[len(labels)-1]; len(labels) == 2 && len(last) == 2 {
		for _, s := range second {
			if labels[0] == s {
				return errPublic
			}
		}
	}
	if len(labels) < 2 && name != "localhost" {
		return errBelow
	}
	return nil
}

// longestName is the length of a name at most (RFC 1035 section 2.3.4).
const longestName = 253

// matches reports whether an origin that a client sent is one of the pattern's.
func (p *pattern) matches(origin string) bool {
	rest, ok := strings.CutPrefix(origin, p.scheme)
	if !ok || len(rest) > longestName+len(":65535") {
		return false
	}
	host, port := rest, ""
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.HasSuffix(rest, "]") {
		host, port = rest[:i], rest[i+1:]
		if !isPortOf(strings.TrimSuffix(p.scheme, "://"), port) {
			return false
		}
	}
	if !p.anyPort && port != p.port {
		return false
	}
	if !p.below {
		return host == p.host
	}
	name, ok := strings.CutSuffix(host, p.host)
	return ok && len(host) <= longestName && isName(name)
}

// isName reports whether a text is labels with dots between them, as browsers send them.
func isName(s string) bool {
	length := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			if length == 0 {
				return false
			}
			length = 0
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
			if length++; length > 63 {
				return false
			}
		default:
			return false
		}
	}
	return length > 0
}
