package keyring

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/soay-go/soay/sessions"
)

// maxKeys is how many keys a ring holds at most. Whoever rotates every day and never retires a key
// meets it, and not the reader of a file that is no ring.
const maxKeys = 100

// keyID names a key in tokens and logs. It is derived from the key and tells nothing about it.
type keyID [6]byte

func (id keyID) String() string { return hex.EncodeToString(id[:]) }

// key is one secret of a ring with the ciphers that are derived from it.
type key struct {
	id     keyID
	secret string

	mu      sync.RWMutex
	ciphers map[string]*sealer // by purpose
}

// maxCiphers bounds the ciphers of one key that are kept. Purposes are constants of a program, so it
// is there only for programs that make them of data.
const maxCiphers = 64

func newKey(secret string) *key {
	return &key{id: keyID(derive(secret, "id", len(keyID{}))), secret: secret, ciphers: map[string]*sealer{}}
}

// cipher returns the cipher of the key for a purpose.
func (k *key) cipher(purpose string) *sealer {
	k.mu.RLock()
	s := k.ciphers[purpose]
	k.mu.RUnlock()
	if s != nil {
		return s
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.ciphers[purpose]; s != nil {
		return s
	}
	if len(k.ciphers) >= maxCiphers {
		clear(k.ciphers)
	}
	s = newSealer([32]byte(derive(k.secret, "purpose/"+purpose, 32)))
	k.ciphers[purpose] = s
	return s
}

// derive returns n bytes that depend on secret and use and tell nothing about either (HKDF-SHA-256,
// RFC 5869).
func derive(secret, use string, n int) []byte {
	b, err := hkdf.Key(sha256.New, []byte(secret), nil, "soay/keyring/v1/"+use, n)
	if err != nil {
		panic(err) // only for lengths beyond 255 hashes
	}
	return b
}

// A named secret is one that a source has read, and where.
type namedSecret struct {
	name   string // of the setting, as it is told in errors
	secret string
}

// keySet is the keys of a ring at one time, newest first. It never changes.
type keySet []*key

// inUse is the keys of a ring, all of which open, and the one that seals. It never changes.
type inUse struct {
	keySet
	seals *key
}

// newKeySet makes a set of secrets in their order. The keys of known that are among them are taken
// over with their ciphers.
func newKeySet(secrets []namedSecret, known keySet) (keySet, error) {
	if len(secrets) > maxKeys {
		return nil, fmt.Errorf("keyring: there are %d keys; at most %d are of use, so retire some", len(secrets), maxKeys)
	}
	var set keySet
	var errs []error
	names := map[keyID]string{}
	for _, s := range secrets {
		if err := sessions.CheckKey(s.name, s.secret); err != nil {
			errs = append(errs, fmt.Errorf("keyring: %w", err))
			continue
		}
		k := newKey(s.secret)
		if first, ok := names[k.id]; ok {
			errs = append(errs, fmt.Errorf("keyring: %s is the same key as %s", s.name, first))
			continue
		}
		names[k.id] = s.name
		if old := known.find(k.id); old != nil && old.secret == k.secret {
			k = old
		}
		set = append(set, k)
	}
	return set, errors.Join(errs...)
}

func (s keySet) find(id keyID) *key {
	for _, k := range s {
		if k.id == id {
			return k
		}
	}
	return nil
}
