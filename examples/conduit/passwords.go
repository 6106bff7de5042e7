package main

import (
	"cmp"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
)

// iterations is the work that each guess of a password costs, as OWASP advises for PBKDF2 with HMAC-SHA-256 in its
// Password Storage Cheat Sheet.
const iterations = 600_000

// Hasher makes hashes of passwords and compares them.
//
// Nobody counts the guesses here. A real program limits them, by account and by address: each guess is work for the
// server, too.
type Hasher struct{ Iterations int }

// PasswordHash is the stored form of a password. It has its own number of iterations, so that the number can be
// raised for new ones. The zero value is the hash of no password.
type PasswordHash struct {
	Iterations int
	Salt, Sum  []byte
}

// Hash returns a new hash.
func (h Hasher) Hash(password string) (PasswordHash, error) {
	hash := PasswordHash{Iterations: h.Iterations, Salt: make([]byte, 16)}
	rand.Read(hash.Salt) // never fails
	var err error
	hash.Sum, err = hash.sumOf(password)
	return hash, err
}

// Matches compares in constant time. The zero hash costs the same work, so that the time of an answer does not tell
// who has an account.
func (h Hasher) Matches(hash PasswordHash, password string) (bool, error) {
	hash.Iterations = cmp.Or(hash.Iterations, h.Iterations)
	sum, err := hash.sumOf(password)
	return subtle.ConstantTimeCompare(sum, hash.Sum) == 1, err
}

// sumOf returns the PBKDF2 sum of a password with this salt (NIST SP 800-132).
func (hash PasswordHash) sumOf(password string) ([]byte, error) {
	sum, err := pbkdf2.Key(sha256.New, password, hash.Salt, hash.Iterations, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("conduit: hash a password: %w", err)
	}
	return sum, nil
}
