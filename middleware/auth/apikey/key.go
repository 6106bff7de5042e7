package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// A key of NewKey is the prefix, 43 characters with 256 random bits, and 6 characters with the checksum of what stands
// before them.
const (
	randomLength = 43
	sumLength    = 6
	tailLength   = 1 + randomLength + 1 + sumLength

	minLength = 32
	maxLength = 4 << 10

	// roomLength is what usual keys fit into, so that hashing one allocates nothing.
	roomLength = 256
)

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// NewKey returns a new random key and its [Digest]. The key is prefix_random_checksum and consists of letters, digits
// and underscores. So a double click selects all of it, scanners for leaked secrets can find the keys of an app by its
// prefix, and a mistyped key is known as such. The prefix should say whose keys they are, and consists of letters,
// digits and underscores, too: other characters are left out, and without any the prefix is key.
//
// Show the key once, and keep the digest. There is no way back from it.
func NewKey(prefix string) (key, digest string) {
	prefix = strings.Map(func(c rune) rune {
		if c > 0x7f || !isWord(byte(c)) {
			return -1
		}
		return c
	}, prefix)
	if prefix == "" {
		prefix = "key"
	}
	key = prefix + "_" + random()
	sum := checksum(key)
	key += "_" + string(sum[:])
	return key, Digest(key)
}

// random returns 43 letters and digits, each as likely as the others: 62 to the power of 43 is more than 2 to that of 256.
func random() string {
	text := make([]byte, 0, randomLength)
	for len(text) < randomLength {
		var more [64]byte
		rand.Read(more[:])
		for _, b := range more {
			// 4 * 62 = 248: what is above would make the first letters likelier.
			if b < 248 && len(text) < randomLength {
				text = append(text, letters[b%62])
			}
		}
	}
	return string(text)
}

// checksum returns the CRC-32 of a text in 6 letters and digits.
func checksum(s string) (text [sumLength]byte) {
	var room [roomLength]byte
	n := crc32.ChecksumIEEE(append(room[:0], s...))
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = letters[n%62]
		n /= 62
	}
	return text
}

// Digest returns the SHA-256 digest of a key in 64 hexadecimal digits, for Key.Digest and for tables of keys.
func Digest(key string) string {
	digest := digestOf(key)
	return hex.EncodeToString(digest[:])
}

func digestOf(key string) [sha256.Size]byte {
	var room [roomLength]byte
	return sha256.Sum256(append(room[:0], key...))
}

// isMistyped reports whether a key has the form of those of NewKey, but another checksum.
func isMistyped(key string) bool {
	prefix := len(key) - tailLength
	sum := len(key) - sumLength
	switch {
	case prefix < 1 || key[prefix] != '_' || key[sum-1] != '_':
		return false
	case !isWords(key[:prefix]), !isWords(key[sum:]), strings.Contains(key[sum:], "_"):
		return false
	case !isWords(key[prefix+1:sum-1]) || strings.Contains(key[prefix+1:sum-1], "_"):
		return false
	}
	right := checksum(key[:sum-1])
	return string(right[:]) != key[sum:]
}

// isWord reports whether a character can stand in a prefix.
func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'
}

func isWords(s string) bool {
	for i := range len(s) {
		if !isWord(s[i]) {
			return false
		}
	}
	return true
}

// isKey reports whether a text can be a key: visible ASCII characters that need no quotes in a header or a cookie, and
// no comma, which would make it two.
func isKey(s string) bool {
	if s == "" || len(s) > maxLength {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == ',' || c == ';' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
