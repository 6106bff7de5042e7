package ratelimit

import (
	"crypto/sha256"
	"net/netip"
	"strconv"

	"github.com/soay-go/soay/request"
)

// maxIdentity is how many bytes of a user or of an own key are part of a key as they are. Longer ones are
// hashed, so that nobody fills the memory with long keys.
const maxIdentity = 128

// The kinds of identities in keys.
const (
	kindAddress = 'a'
	kindUser    = 'u'
	kindOwn     = 'k'
	kindHash    = '#' // behind one of the others
)

// keyPrefix returns the beginning of the keys of a limit. The length keeps two names apart of which one begins as the
// other.
func keyPrefix(name string) string { return strconv.Itoa(len(name)) + ":" + name + ":" }

// appendIdentity appends the key of a user or of a key of the app's own.
func appendIdentity(b []byte, prefix string, kind byte, identity string) []byte {
	b = append(b, prefix...)
	return appendText(append(b, kind), identity)
}

// appendText appends a text, or its hash if it is long.
func appendText(b []byte, text string) []byte {
	if len(text) > maxIdentity {
		sum := sha256.Sum256([]byte(text))
		return append(append(b, kindHash), sum[:]...)
	}
	return append(b, text...)
}

// appendAddress appends the key of the client's address.
func appendAddress(b []byte, prefix string, req request.Request, bits int) []byte {
	b = append(b, prefix...)
	return appendClient(append(b, kindAddress), req, bits)
}

// AppendClient appends the address of a request's client as limits count it: of an IPv6 address the first 64 bits. It is
// for the framework.
func AppendClient(b []byte, req request.Request) []byte {
	return appendClient(b, req, defaultIPv6Prefix)
}

// appendClient appends an address without zone, of IPv6 with that many bits. Clients without an address, those of a unix
// socket, are one together.
func appendClient(b []byte, req request.Request, bits int) []byte {
	text := req.ClientIP()
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return appendText(b, text)
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(bits); err == nil {
			addr = p.Addr()
		}
	}
	return addr.AppendTo(b)
}
