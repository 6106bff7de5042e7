package keyring_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/soay-go/soay/sessions/keyring"
)

func TestFlippedBitsAreRefused(t *testing.T) {
	p := newRing(t, key1, key2).Protector("test", "context")
	list, _ := tokens(p, 1000)
	tried := 0
	for i, token := range list {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			t.Fatal(err)
		}
		for bit := range len(raw) * 8 {
			raw[bit/8] ^= 1 << (bit % 8)
			refuse(t, p, base64.RawURLEncoding.EncodeToString(raw), "bit %d of token %d flipped", bit, i)
			raw[bit/8] ^= 1 << (bit % 8)
			tried++
		}
	}
	t.Logf("%d tokens were tried, none opens", tried)
}

func TestChangedCharactersAreRefused(t *testing.T) {
	p := newRing(t, key1).Protector("test")
	list, datas := tokens(p, 200)
	tried := 0
	for i, token := range list {
		b := []byte(token)
		for at, old := range b {
			for _, other := range []byte(alphabet + "=+/%\n\r \x00") {
				if other != old {
					b[at] = other
					refuse(t, p, string(b), "character %d of token %d changed from %q", at, i, old)
					tried++
				}
			}
			b[at] = old
		}
		accept(t, p, token, datas[i])
	}
	t.Logf("%d tokens were tried, none opens", tried)
}

func TestOtherLengthsAreRefused(t *testing.T) {
	p := newRing(t, key1).Protector("test")
	list, _ := tokens(p, 200)
	extras := []string{"\n", "\r\n", " ", "\t", "=", "==", "A", "AA", "AAA", "AAAA", "_", "\x00", strings.Repeat("A", 100)}
	for i, token := range list {
		for at := range len(token) {
			refuse(t, p, token[:at], "token %d cut to %d", i, at)
			refuse(t, p, token[at+1:], "token %d without its first %d", i, at+1)
			refuse(t, p, token[:at]+token[at+1:], "token %d without character %d", i, at)
		}
		for _, extra := range extras {
			refuse(t, p, token+extra, "%q behind token %d", extra, i)
			refuse(t, p, extra+token, "%q before token %d", extra, i)
			refuse(t, p, token[:40]+extra+token[40:], "%q within token %d", extra, i)
		}
		for _, other := range list[max(0, i-3):i] {
			refuse(t, p, token+other, "two tokens in one")
			refuse(t, p, other[:60]+token[60:], "the beginning of another token")
		}
		refuse(t, p, strings.ToUpper(token), "in capitals")
		refuse(t, p, fmt.Sprintf("%q", token), "in quotes")
		if std := strings.NewReplacer("-", "+", "_", "/").Replace(token); std != token {
			refuse(t, p, std, "in the other alphabet")
		}
	}
}

// A token names its version and its key, and is bound to both.
func TestSwappedHeadersAreRefused(t *testing.T) {
	both := newRing(t, key1, key2)
	first, second := newRing(t, key1).Protector("test"), newRing(t, key2).Protector("test")
	p := both.Protector("test")
	for i := range 50 {
		data := fmt.Append(nil, "data ", i)
		one, two := first.Protect(data), second.Protect(data)
		accept(t, p, one, data)
		accept(t, p, two, data)
		refuse(t, first, two, "a token of another ring")
		raw1, _ := base64.RawURLEncoding.DecodeString(one)
		raw2, _ := base64.RawURLEncoding.DecodeString(two)
		for version := range 256 {
			if version != int(raw1[0]) {
				changed := append([]byte{byte(version)}, raw1[1:]...)
				refuse(t, p, base64.RawURLEncoding.EncodeToString(changed), "as version %d", version)
			}
		}
		for cut := 2; cut < len(raw1); cut++ { // within the id of the key and behind
			swapped := append(append([]byte{}, raw1[:cut]...), raw2[cut:]...)
			if bytes.Equal(swapped, raw1) || bytes.Equal(swapped, raw2) {
				continue // their ends, or their beginnings, happen to be equal
			}
			refuse(t, p, base64.RawURLEncoding.EncodeToString(swapped), "the first %d bytes of another token", cut)
		}
	}
}

// The key of a purpose is not the key of the ring, and the other way round.
func TestPurposesAreNotKeys(t *testing.T) {
	if _, err := keyring.FromKeys(key1, key1); err == nil {
		t.Error("a key may be there twice")
	}
	ids := map[string]bool{}
	for _, key := range []string{key1, key2, key3} {
		id := newRing(t, key).IDs()[0]
		if len(id) != 12 || strings.Contains(key, id) || ids[id] {
			t.Errorf("the id %q is no id", id)
		}
		ids[id] = true
	}
}
