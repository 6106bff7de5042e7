package sessions

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// MinKeyLength is the least number of bytes that a session key has.
const MinKeyLength = 32

// sampleKeys are keys that stand in documentation. Somebody will always deploy them.
var sampleKeys = []string{
	"change-me-change-me-change-me-change-me",
	"0123456789abcdef0123456789abcdef",
	"an-example-key-of-at-least-32-characters",
	"<your session key, at least 32 characters>",
}

// NewKey returns a new random key for [New]: 32 bytes in unpadded base64url, 43 characters.
func NewKey() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// CheckKey reports why key cannot be used as a key, of sessions or of a ring. It must have at least
// [MinKeyLength] bytes with at least eight different ones among them, of which none makes up more than
// half, and must not begin or end with white space. It must be no sample from the documentation and no
// placeholder such as ${SESSION_KEY}. And at least twelve characters must be left of it without words such
// as secret and changeme, without what stood in it before, without sequences such as abcd and 4321, and
// without separators; small words such as the and for count, unless the key has one of an instruction, such
// as change and your. That refuses what people type to get past a check, and no key that was drawn at
// random: in hexadecimal, base64, as UUIDs or as some random words.
func CheckKey(key string) error {
	switch {
	case key == "":
		return errors.New("is empty; make one with: go run github.com/soay-go/soay/examples/newkey@latest")
	case len(key) < MinKeyLength:
		return fmt.Errorf("has %d characters; at least %d are needed", len(key), MinKeyLength)
	case isSample(key):
		return errors.New("is the sample from the documentation; make your own")
	case isPlaceholder(key):
		return errors.New("is a placeholder that nobody has replaced")
	case isRepetitive(key), isGuessable(key):
		return errors.New("repeats itself or can be guessed; make a random one: go run github.com/soay-go/soay/examples/newkey@latest")
	case strings.TrimSpace(key) != key: // such as the end of a line, which other instances may cut off
		return errors.New("begins or ends with white space")
	}
	return nil
}

func isSample(key string) bool {
	for _, s := range sampleKeys {
		if strings.EqualFold(key, s) {
			return true
		}
	}
	return false
}

// isRepetitive catches the keys with few different characters, those that are mostly one, and those that
// are one piece three times and more.
func isRepetitive(key string) bool {
	var counts [256]int
	distinct, most := 0, 0
	for i := range len(key) {
		n := &counts[key[i]]
		if *n == 0 {
			distinct++
		}
		*n++
		most = max(most, *n)
	}
	if distinct < 8 || most > len(key)/2 {
		return true
	}
	for period := 1; period <= min(len(key)/3, maxGuessed); period++ {
		if key[period:] == key[:len(key)-period] {
			return true
		}
	}
	return false
}

// deriveKey returns 32 bytes that depend on secret and purpose and tell nothing about either
// (HKDF-SHA-256, RFC 5869).
func deriveKey(secret, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "soay/sessions/v1/"+purpose, 32)
	if err != nil {
		panic(err) // only for lengths beyond 255 hashes
	}
	return key
}

// newID returns 128 random bits as 22 characters of base64url.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
