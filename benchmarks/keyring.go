package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

// gcmName is the peer of the rows for data protection.
const gcmName = "AES-256-GCM"

// rawGCM is AES-256-GCM of the standard library with a random nonce, in base64:
// the least that encrypting a token can cost. It has neither key ids nor
// purposes nor an issue time, and one key seals 2^32 tokens at most.
func rawGCM() framework { return framework{name: gcmName} }

// openProtect times making a token of so many bytes and opening it.
func openProtect(size int) func(framework) (*entry, error) {
	return func(f framework) (*entry, error) {
		data := make([]byte, size)
		rand.Read(data)
		var c tokenClient
		var err error
		switch f.name {
		case soayName:
			c, err = newRingClient(data)
		case gcmName:
			c, err = newGCMClient(data)
		default:
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		verify := func() error { return checkTokens(c, data) }
		if err := verify(); err != nil {
			return nil, err
		}
		return &entry{client: c, verify: verify}, nil
	}
}

// A tokenClient makes tokens and opens them.
type tokenClient interface {
	client
	protect() string
	unprotect(token string) ([]byte, error)
}

// checkTokens sees that tokens differ, open, and do not when they are changed.
func checkTokens(c tokenClient, data []byte) error {
	token := c.protect()
	if token == c.protect() {
		return fmt.Errorf("the same token comes twice")
	}
	if got, err := c.unprotect(token); err != nil || !bytes.Equal(got, data) {
		return fmt.Errorf("a token opens as %x, %w; want %x", got, err, data)
	}
	other := byte('A')
	if token[0] == other {
		other = 'B'
	}
	if _, err := c.unprotect(string(other) + token[1:]); err == nil {
		return fmt.Errorf("a changed token opens")
	}
	return nil
}

// ringClient is Soay's.
type ringClient struct {
	protector *keyring.Protector
	data      []byte
}

func newRingClient(data []byte) (tokenClient, error) {
	ring, err := keyring.FromKeys(sessions.NewKey())
	if err != nil {
		return nil, err
	}
	return ringClient{ring.Protector("benchmark"), data}, nil
}

func (c ringClient) protect() string { return c.protector.Protect(c.data) }

func (c ringClient) unprotect(token string) ([]byte, error) {
	return c.protector.Unprotect(token, time.Hour)
}

func (c ringClient) run(n int) {
	for range n {
		if _, err := c.unprotect(c.protect()); err != nil {
			panic(err)
		}
	}
}

func (ringClient) answer(int) answer { return answer{} }

// gcmClient is the standard library's.
type gcmClient struct {
	aead cipher.AEAD
	data []byte
}

func newGCMClient(data []byte) (tokenClient, error) {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return gcmClient{aead, data}, err
}

func (c gcmClient) protect() string {
	size := c.aead.NonceSize()
	nonce := make([]byte, size, size+len(c.data)+c.aead.Overhead())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(c.aead.Seal(nonce, nonce, c.data, nil))
}

func (c gcmClient) unprotect(token string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, err
	}
	size := c.aead.NonceSize()
	if len(raw) < size {
		return nil, fmt.Errorf("the token is too short")
	}
	return c.aead.Open(nil, raw[:size], raw[size:], nil)
}

func (c gcmClient) run(n int) {
	for range n {
		if _, err := c.unprotect(c.protect()); err != nil {
			panic(err)
		}
	}
}

func (gcmClient) answer(int) answer { return answer{} }
