package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
)

const (
	deviceAge   = 90 * 24 * time.Hour
	maxAccounts = 5
	maxDevice   = 1 << 10 // bytes of a cookie, far more than one has
)

// account is a hash of the name of an account, so that neither stores nor cookies have names.
type account [16]byte

// accountOf returns the same account for all ways to write a name that people take for one. Case is folded where accents
// stand apart, for some letters are one character only in one case.
func accountOf(name string) account {
	folded := strings.Map(fold, norm.NFD.String(strings.TrimSpace(name)))
	sum := sha256.Sum256([]byte("soay/account:" + folded))
	return account(sum[:])
}

// String returns the account as a part of a key.
func (a account) String() string { return hex.EncodeToString(a[:]) }

// fold returns the least of the letters that differ only by case.
func fold(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return least
}

// clientOf returns the client of a request as a part of a key.
func clientOf(req request.Request) string { return string(ratelimit.AppendClient(nil, req)) }

// device has the accounts that a browser has signed in to, the newest first.
type device []sighting

type sighting struct {
	account account
	until   int64 // Unix time
}

const sightingSize = len(account{}) + 8

// deviceName returns the name of the cookie. The prefix keeps other hosts of the domain from planting one.
func deviceName(secure bool) string {
	if secure {
		return "__Host-device"
	}
	return "device"
}

// deviceOf returns what the cookie of a request says, nothing if it was made elsewhere, is too old or there are two.
func (t *throttle) deviceOf(req request.Request) device {
	name := deviceName(t.secure(req.Scheme() == "https", req.Host()))
	token, count := header.Cookie(http1.Values(request.StateOf(req).Source(), "Cookie"), name)
	if count != 1 || len(token) > maxDevice {
		return nil
	}
	data, err := t.devices.Unprotect(token, deviceAge)
	if err != nil || len(data)%sightingSize != 0 {
		return nil
	}
	var d device
	for part := range slices.Chunk(data, sightingSize) {
		d = append(d, sighting{account(part), int64(binary.BigEndian.Uint64(part[len(account{}):]))})
	}
	return d
}

// encode returns the data that deviceOf decodes.
func (d device) encode() []byte {
	var data []byte
	for _, s := range d {
		data = binary.BigEndian.AppendUint64(append(data, s.account[:]...), uint64(s.until))
	}
	return data
}

// knows reports whether the browser has signed in to an account.
func (d device) knows(a account) bool {
	return slices.ContainsFunc(d, func(s sighting) bool { return s.account == a && s.until > now().Unix() })
}

// with returns the device once it has signed in to an account.
func (d device) with(a account, at time.Time) device {
	others := slices.DeleteFunc(slices.Clone(d), func(s sighting) bool { return s.account == a || s.until <= at.Unix() })
	return append(device{{a, at.Add(deviceAge).Unix()}}, others[:min(len(others), maxAccounts-1)]...)
}
