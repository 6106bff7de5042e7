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
// Making the derived key costs more than sealing a short message with it, so a key serves for the
// batchSize messages whose nonces share their first half. The second half is drawn for each message
// from the operating system, not counted, so that a copied virtual machine repeats none. The bounds
// stand in the package comment.
type sealer struct {
	cipher  *xaes.Cipher
	sealing atomic.Pointer[batch]
	opened  [openedSize]atomic.Pointer[batch] // by the first byte of the salt
}

// batch is the messages whose nonces share their salt.
type batch struct {
	salt [xaes.SaltSize]byte
	aead cipher.AEAD
	used atomic.Uint32 // messages that were sealed
}

func newSealer(key [xaes.KeySize]byte) *sealer { return &sealer{cipher: xaes.New(key)} }

func (s *sealer) derive(salt [xaes.SaltSize]byte) *batch {
	return &batch{salt: salt, aead: s.cipher.Derive(salt)}
}

// batch returns one with room for a message.
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

// seal makes a message in place: b has room for a nonce, then the plaintext, and the capacity for
// the tag.
func (s *sealer) seal(b, data []byte) []byte {
	batch := s.batch()
	copy(b, batch.salt[:])
	nonce := b[xaes.SaltSize:sealedStart]
	rand.Read(nonce) // never fails
	plaintext := b[sealedStart:]
	return b[:sealedStart+len(batch.aead.Seal(plaintext[:0], nonce, plaintext, data))]
}

// open returns what a message has sealed, in memory of its own.
func (s *sealer) open(message, data []byte) ([]byte, error) {
	salt := [xaes.SaltSize]byte(message)
	slot := &s.opened[int(salt[0])%openedSize]
	b := slot.Load()
	known := b != nil && b.salt == salt
	if !known {
		b = s.derive(salt)
	}
	plaintext, err := b.aead.Open(nil, message[xaes.SaltSize:sealedStart], message[sealedStart:], data)
	if err == nil && !known { // so nobody but who has the key can displace anything
		slot.Store(b)
	}
	return plaintext, err
}
