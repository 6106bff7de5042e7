package keyring

import (
	"crypto/cipher"
	"crypto/rand"
	"sync/atomic"

	"github.com/soay-go/soay/sessions/keyring/internal/xaes"
)

const (
	// batchSize is how many messages are sealed with one derived key before another salt is drawn.
	batchSize = 256
	// openedSize is how many derived keys are kept for opening.
	openedSize = 32
	// sealedStart is where the sealed part of a message begins, behind its nonce.
	sealedStart = xaes.SaltSize + xaes.NonceSize
)

// sealer seals and opens messages with one key of XAES-256-GCM. It is safe for concurrent use.
//
// The derivation of a key costs more than sealing a short message with it. So one derived key seals
// batchSize messages, whose nonces share their first half. The second half is drawn from the operating
// system for each message, not counted, so that a copied virtual machine repeats none. The package
// comment has the bounds.
type sealer struct {
	cipher  *xaes.Cipher
	sealing atomic.Pointer[batch]
	opening [openedSize]atomic.Pointer[batch] // by the first byte of the salt
}

// batch is the derived key of the messages whose nonces share their salt.
type batch struct {
	salt [xaes.SaltSize]byte
	aead cipher.AEAD
	used atomic.Uint32 // how many messages it has sealed
}

func newSealer(key [xaes.KeySize]byte) *sealer { return &sealer{cipher: xaes.New(key)} }

func (s *sealer) derive(salt [xaes.SaltSize]byte) *batch {
	return &batch{salt: salt, aead: s.cipher.Derive(salt)}
}

// batch returns a batch that has not sealed batchSize messages yet.
func (s *sealer) batch() *batch {
	if b := s.sealing.Load(); b != nil && b.used.Add(1) <= batchSize {
		return b
	}
	var salt [xaes.SaltSize]byte
	rand.Read(salt[:]) // never fails
	b := s.derive(salt)
	b.used.Store(1)
	s.sealing.Store(b)
	return b
}

// seal makes a message in place. b has space for a nonce, followed by the plaintext, and the capacity for the
// tag. data is authenticated as well.
func (s *sealer) seal(b, data []byte) []byte {
	batch := s.batch()
	copy(b, batch.salt[:])
	nonce := b[xaes.SaltSize:sealedStart]
	rand.Read(nonce) // never fails
	plaintext := b[sealedStart:]
	return b[:sealedStart+len(batch.aead.Seal(plaintext[:0], nonce, plaintext, data))]
}

// open returns the plaintext of a message, in new memory.
func (s *sealer) open(message, data []byte) ([]byte, error) {
	salt := [xaes.SaltSize]byte(message)
	slot := &s.opening[int(salt[0])%openedSize]
	b := slot.Load()
	known := b != nil && b.salt == salt
	if !known {
		b = s.derive(salt)
	}
	plaintext, err := b.aead.Open(nil, message[xaes.SaltSize:sealedStart], message[sealedStart:], data)
	if err == nil && !known { // only after authentication, so nobody without the key can evict a batch
		slot.Store(b)
	}
	return plaintext, err
}
