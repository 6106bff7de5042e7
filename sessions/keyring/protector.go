package keyring

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"
)

// NoLimit is the maximum age for tokens that never grow too old.
const NoLimit = time.Duration(math.MaxInt64)

// maxSkew is how far ahead the clock of another instance may be.
const maxSkew = time.Minute

// Protector seals data into tokens for one purpose, and opens them. It is safe for concurrent use
// and follows its ring.
type Protector struct {
	ring    *Ring
	purpose string
	bound   []byte // purpose and context as additional data
	block   int    // what the length of data is padded to a multiple of
}

// Protector returns a protector for a purpose, and for a context if there is one. What is protected
// for one purpose and context opens for no other; two contexts are equal if all their parts are. The
// purpose says what tokens are for, such as "password reset"; it selects the key and should be a
// constant. The context says whom or what a token is about, such as the id of a user; it is not in
// the token, so it must be known when the token is opened.
//
// Purposes that begin with "soay/" belong to packages of Soay. With one of them Protector panics, lest
// data that an application protects passes for a token of Soay.
func (r *Ring) Protector(purpose string, context ...string) *Protector {
	if strings.HasPrefix(purpose, reserved) {
		panic(fmt.Sprintf("keyring: the purpose %q begins with %s, which is Soay's; give tokens a purpose of their own",
			purpose, reserved))
	}
	return r.protector(purpose, context)
}

func (r *Ring) protector(purpose string, context []string) *Protector {
	p := &Protector{ring: r, purpose: purpose, bound: appendText(nil, purpose), block: 1}
	for _, text := range context {
		p.bound = appendText(p.bound, text)
	}
	return p
}

// Padded returns a protector whose tokens tell the length of the data only up to a multiple of
// block bytes: data of 0 to block-1 bytes gives tokens of one length, of block to 2*block-1 bytes
// those of the next. A block of 1 or less pads nothing, which is the default. What one of the two
// protects the other opens as well.
func (p *Protector) Padded(block int) *Protector {
	padded := *p
	padded.block = max(1, block)
	return &padded
}

// Protect returns data as a token: encrypted and authenticated with the newest key, in the
// characters of unpadded base64url. The same data gives another token each time. A token is 72
// characters longer than the data in base64.
func (p *Protector) Protect(data []byte) string { return p.seal(data) }

// Unprotect returns the data of a token that Protect has made for the same purpose and context, with
// a key that is still in the ring, less than maxAge ago. Everything else is [ErrUnprotect]. The age
// is counted in milliseconds; with [NoLimit] there is none. A maxAge of 0 or less lets nothing
// through, so that a setting which was forgotten does no harm. A token that another instance has
// issued up to one minute ahead of the clock here is new.
func (p *Protector) Unprotect(token string, maxAge time.Duration) ([]byte, error) {
	return p.unprotect(token, maxAge)
}

// unprotect is Unprotect with further parts of the context.
func (p *Protector) unprotect(token string, maxAge time.Duration, more ...string) ([]byte, error) {
	var now time.Time
	if maxAge != NoLimit || p.ring.watch != nil { // else nobody asks for it
		now = time.Now()
	}
	data, issued, err := p.open(token, now, more)
	if err == nil {
		err = checkAge(now.Sub(issued), maxAge)
	}
	if err != nil {
		p.refused(err)
		return nil, ErrUnprotect
	}
	return data, nil
}

func checkAge(age, maxAge time.Duration) error {
	switch {
	case maxAge == NoLimit:
		return nil
	case maxAge <= 0:
		return errNoMaxAge
	case age >= maxAge:
		return errTooOld
	case age < -maxSkew:
		return errTooNew
	}
	return nil
}

// refused logs why a token was refused.
func (p *Protector) refused(reason error) {
	logger := p.ring.log()
	if logger.Enabled(context.Background(), slog.LevelDebug) {
		logger.Debug("keyring: token refused", "purpose", p.purpose, "reason", reason)
	}
}
