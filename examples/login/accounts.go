package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
)

// demo are the accounts of this example and their passwords. A real program has accounts in a database, which
// never gets a password but only the result of hashPassword.
var demo = map[string]string{
	"ada":   "correct horse battery staple",
	"grace": "correct horse battery staple",
}

// iterations is the work that each guess costs, as OWASP advises for PBKDF2 with HMAC-SHA-256 in its
// Password Storage Cheat Sheet. Each hash has its own number, so it can be raised for new ones.
const iterations = 600_000

// passwordHash is the stored form of a password.
type passwordHash struct {
	iterations int
	salt, sum  []byte
}

func hashPassword(password string, iterations int) (passwordHash, error) {
	h := passwordHash{iterations: iterations, salt: make([]byte, 16)}
	rand.Read(h.salt) // never fails
	var err error
	h.sum, err = h.of(password)
	return h, err
}

// of returns the PBKDF2 sum of a password with this salt (NIST SP 800-132).
func (h passwordHash) of(password string) ([]byte, error) {
	sum, err := pbkdf2.Key(sha256.New, password, h.salt, h.iterations, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("login: hash a password: %w", err)
	}
	return sum, nil
}

// matches compares in constant time.
func (h passwordHash) matches(password string) (bool, error) {
	sum, err := h.of(password)
	return subtle.ConstantTimeCompare(sum, h.sum) == 1, err
}

// accounts are the people who can sign in.
type accounts struct {
	hashes map[string]passwordHash
	decoy  passwordHash
}

// newAccounts returns accounts by names and passwords.
func newAccounts(iterations int, passwords map[string]string) (*accounts, error) {
	decoy, err := hashPassword(rand.Text(), iterations)
	a := &accounts{hashes: map[string]passwordHash{}, decoy: decoy}
	for name, password := range passwords {
		if err == nil {
			a.hashes[name], err = hashPassword(password, iterations)
		}
	}
	return a, err
}

// find returns whose name and password these are, nil for nobody.
//
// The number of guesses is not limited here. A real program limits it, by account and by address: each guess is
// work for the server, too.
func (a *accounts) find(name, password string) (*soay.Identity, error) {
	hash, known := a.hashOf(name)
	matches, err := hash.matches(password)
	if err != nil || !known || !matches {
		return nil, err
	}
	return auth.NewIdentity(auth.Profile{Subject: name, Name: name})
}

// hashOf returns the hash of an account. For an unknown name it returns a decoy that costs the same work, so the
// time of the answer does not reveal which names exist.
func (a *accounts) hashOf(name string) (hash passwordHash, known bool) {
	if hash, known = a.hashes[name]; !known {
		hash = a.decoy
	}
	return hash, known
}
