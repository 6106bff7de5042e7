// Package xaes is XAES-256-GCM (https://c2sp.org/XAES-256-GCM), an AEAD with a key of 256 bits and a
// nonce of 192 bits, on top of AES-256-GCM of the standard library.
//
// The first half of the nonce, called salt here, derives a key of AES-256-GCM from the key of the
// cipher; the second half is the nonce of AES-256-GCM. The derivation is the counter mode of NIST SP
// 800-108r1 section 4.1 with CMAC-AES256 (NIST SP 800-38B).
package xaes

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

// Sizes in bytes. A nonce of XAES-256-GCM is a salt and the nonce of what [Cipher.Derive] returns.
const (
	KeySize   = 32
	SaltSize  = 12
	NonceSize = 12
	Overhead  = 16
)

// Cipher is a key of XAES-256-GCM. It is safe for concurrent use.
type Cipher struct {
	block cipher.Block
	k1    [aes.BlockSize]byte // the subkey of CMAC for whole blocks
}

// New returns the cipher of a key.
func New(key [KeySize]byte) *Cipher {
	c := &Cipher{block: newBlock(key[:])}
	c.block.Encrypt(c.k1[:], c.k1[:])
	carry := c.k1[0] >> 7
	for i := range c.k1[:aes.BlockSize-1] {
		c.k1[i] = c.k1[i]<<1 | c.k1[i+1]>>7
	}
	c.k1[aes.BlockSize-1] = c.k1[aes.BlockSize-1]<<1 ^ carry*0b10000111
	return c
}

// Derive returns AES-256-GCM for the nonces that begin with salt. It is safe for concurrent use.
func (c *Cipher) Derive(salt [SaltSize]byte) cipher.AEAD {
	var key [KeySize]byte
	for i, half := range [][]byte{key[:aes.BlockSize], key[aes.BlockSize:]} {
		half[1], half[2] = byte(i+1), 'X' // the counter in two bytes, the label and a zero
		copy(half[4:], salt[:])
		subtle.XORBytes(half, half, c.k1[:])
		c.block.Encrypt(half, half)
	}
	aead, err := cipher.NewGCM(newBlock(key[:]))
	if err != nil {
		panic(err) // AES has the block size of GCM
	}
	return aead
}

func newBlock(key []byte) cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for other key sizes
	}
	return block
}
