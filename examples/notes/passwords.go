package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// iterations is the work that each guess costs, as OWASP advises for PBKDF2 with HMAC-SHA-256 in its
// Password Storage Cheat Sheet. Each password has its own number, so it can be raised for new ones.
const iterations = 600_000

// password is the stored form of a password.
type password struct {
	iterations int
	salt, hash string
}

func newPassword(text string, iterations int) (password, error) {
	p := password{iterations: iterations, salt: rand.Text()}
	var err error
	p.hash, err = p.hashOf(text)
	return p, err
}

// hashOf returns the PBKDF2 hash of a text with this salt (NIST SP 800-132).
func (p password) hashOf(text string) (string, error) {
	hash, err := pbkdf2.Key(sha256.New, text, []byte(p.salt), p.iterations, sha256.Size)
	return hex.EncodeToString(hash), err
}

// matches compares in constant time.
func (p password) matches(text string) (bool, error) {
	hash, err := p.hashOf(text)
	return subtle.ConstantTimeCompare([]byte(hash), []byte(p.hash)) == 1, err
}
