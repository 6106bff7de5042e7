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
	b = append(append(b, prefix...), kind)
	if len(identity) > maxIdentity {
		sum := sha256.Sum256([]byte(identity))
		return append(append(b, kindHash), sum[:]...)
	}
	return append(b, identity...)
}

// appendAddress appends the key of the client's address. Clients without an address, those of a unix socket, have one
// bucket together.
func appendAddress(b []byte, prefix string, req request.Request, bits int) []byte {
	text := req.ClientIP()
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return appendIdentity(b, prefix, kindAddress, text)
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(bits); err == nil {
			addr = p.Addr()
		}
	}
	return addr.AppendTo(append(append(b, prefix...), kindAddress))
}
