package keyring_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/soay-go/soay/sessions/keyring"
)

// Whatever comes in, it opens only if it does by the documentation too.
func FuzzUnprotect(f *testing.F) {
	ring := newRing(f, key1, key2)
	p := ring.Protector("test", "context")
	good := p.Protect([]byte("data"))
	for _, seed := range []string{
		"", "A", "====", "\xff", good, good[:len(good)-1], good + "=", good + "\n", good[:40] + "\r\n" + good[40:],
		ring.Protector("test").Protect(nil), p.Padded(50).Protect(nil), newRing(f, key2).Protector("test", "context").Protect(nil),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		data, err := p.Unprotect(token, keyring.NoLimit)
		var want []byte
		var errWant error
		for _, key := range []string{key1, key2} {
			if want, errWant = openByHand(key, token, []string{"test", "context"}); errWant == nil {
				break
			}
		}
		if (err == nil) != (errWant == nil) || !bytes.Equal(data, want) {
			t.Errorf("%q opens as %q, %v; by hand as %q, %v", token, data, err, want, errWant)
		}
		if err != nil && !errors.Is(err, keyring.ErrUnprotect) {
			t.Errorf("%q: error %v, want ErrUnprotect", token, err)
		}
	})
}

// What Protect is given comes back, for the purpose and context it was protected for and no other.
func FuzzRoundTrip(f *testing.F) {
	f.Add("test", "context", "test", "other", []byte("data"), 0)
	f.Add("", "", "", "\x00", []byte{0x80, 0, 0}, 16)
	f.Add("a", "b", "ab", "", []byte{}, 1)
	f.Add("a\x01b", "", "a", "b", bytes.Repeat([]byte{0}, 100), 7)
	ring, foreign := newRing(f, key1), newRing(f, key2)
	f.Fuzz(func(t *testing.T, purpose, context, otherPurpose, otherContext string, data []byte, block int) {
		p := ring.Protector(purpose, context).Padded(block % 1000)
		token := p.Protect(data)
		accept(t, p, token, data)
		accept(t, newRing(t, key2, key1).Protector(purpose, context), token, data)
		refuse(t, foreign.Protector(purpose, context), token, "another ring")
		refuse(t, ring.Protector(purpose), token, "without a context")
		if purpose != otherPurpose || context != otherContext {
			refuse(t, ring.Protector(otherPurpose, otherContext), token, "another purpose or context")
		}
	})
}
