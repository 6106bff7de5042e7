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

// NewKey returns a new random key for [New]: 32 bytes in unpadded base64url, 43 characters.
func NewKey() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// CheckKey returns an error that says why a key cannot be used, for sessions or in a [keyring]. The error
// begins with name, which says where the key stands, and never contains the key. It is for the framework.
//
//	err := sessions.CheckKey("SESSION_KEY", "short") // SESSION_KEY has 5 characters; …
//
// A key must have at least [MinKeyLength] bytes, at least eight different ones, and none that makes up more
// than half of it. It must not begin or end with white space, and must be neither a sample from the
// documentation nor a placeholder such as ${SESSION_KEY}.
//
// At least twelve characters of it must be hard to guess. Words such as secret and changeme do not count,
// nor do characters that repeat an earlier part of the key, sequences such as abcd and 4321, and
// separators. Small words such as the and for do not count either if the key has a word of an instruction,
// such as change or your. This refuses keys that people type to pass the check. It accepts every key that
// was drawn at random: in hexadecimal, in base64, as UUIDs or as some random words.
//
// [keyring]: https://pkg.go.dev/github.com/soay-go/soay/sessions/keyring
func CheckKey(name, key string) error {
	if reason := weakness(key); reason != "" {
		return errors.New(name + " " + reason)
	}
	return nil
}

// weakness returns why a key cannot be used, "" for a good one.
func weakness(key string) string {
	const makeOne = "go run github.com/soay-go/soay/examples/newkey@latest"
	switch {
	case key == "":
		return "is empty; make one with: " + makeOne
	case len(key) < MinKeyLength:
		return fmt.Sprintf("has %d characters; at least %d are needed", len(key), MinKeyLength)
	case isSample(key):
		return "is the sample from the documentation; make your own"
	case isPlaceholder(key):
		return "is a placeholder that nobody has replaced"
	case isRepetitive(key), isGuessable(key):
		return "repeats itself or can be guessed; make a random one: " + makeOne
	case strings.TrimSpace(key) != key: // such as a line break at the end, which other instances may cut off
		return "begins or ends with white space"
	}
	return ""
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
