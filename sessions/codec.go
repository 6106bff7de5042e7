package sessions

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
	"sync"

	"github.com/gorilla/securecookie"
)

// Codec seals the bytes of a session into a cookie value and opens them again. Implementations are
// safe for concurrent use.
type Codec interface {
	// Encode returns data, which is not empty, as a cookie value of RFC 6265 characters. It may
	// overwrite data and must not keep it. The value must be bound to name, the cookie's name:
	// Decode under another name fails.
	Encode(name string, data []byte) (string, error)
	// Decode returns what Encode was given. It refuses every value that Encode did not make for
	// that name with a live key, and every other spelling of such a value.
	Decode(name, value string) ([]byte, error)
}

// NewCodec returns the default codec: encrypted with AES-256-CTR and authenticated with
// HMAC-SHA-256 by securecookie, under keys that are derived from key by HKDF-SHA-256. Values that
// were sealed with one of the previous keys still open. The keys are not checked here; see
// [CheckKey].
func NewCodec(key string, previous ...string) Codec {
	c := secureCodec{newSealer(key)}
	for _, p := range previous {
		c = append(c, newSealer(p))
	}
	return c
}

// secureCodec seals with its first key and opens with all of them.
type secureCodec []*sealer

// sealer seals with one key. It uses the working memory of securecookie again for later calls; each seal
// in the pool serves one call at a time.
type sealer struct{ pool sync.Pool }

type seal struct {
	cookie *securecookie.SecureCookie
	hashes [2]hash.Hash // HMAC takes two at a time
	taken  int
	data   []byte
}

func newSealer(key string) *sealer {
	hashKey, blockKey := deriveKey(key, "authentication"), deriveKey(key, "encryption")
	s := new(sealer)
	s.pool.New = func() any {
		seal := &seal{cookie: securecookie.New(hashKey, blockKey), hashes: [2]hash.Hash{sha256.New(), sha256.New()}}
		seal.cookie.HashFunc(seal.hash)
		seal.cookie.SetSerializer(seal)
		seal.cookie.MaxAge(0)    // the lifetimes are inside the seal, see payload.go
		seal.cookie.MaxLength(0) // the manager limits the whole cookie, including its name
		return seal
	}
	return s
}

// hash returns the two hashes in turn, reset. Most of the cost of a short HMAC is making new ones.
func (s *seal) hash() hash.Hash {
	h := s.hashes[s.taken%2]
	s.taken++
	h.Reset()
	return h
}

// Serialize and Deserialize pass on the data of the seal, because securecookie would allocate to pass it in
// an interface.
func (s *seal) Serialize(any) ([]byte, error) { return s.data, nil }

func (s *seal) Deserialize(data []byte, _ any) error {
	s.data = data
	return nil
}

func (s *sealer) encode(name string, data []byte) (string, error) {
	seal := s.take(data)
	defer s.put(seal)
	return seal.cookie.Encode(name, nil)
}

func (s *sealer) decode(name, value string) ([]byte, error) {
	seal := s.take(nil)
	defer s.put(seal)
	err := seal.cookie.Decode(name, value, nil)
	return seal.data, err
}

func (s *sealer) take(data []byte) *seal {
	seal := s.pool.Get().(*seal)
	seal.data = data
	return seal
}

func (s *sealer) put(seal *seal) {
	seal.data = nil
	s.pool.Put(seal)
}

// Encode implements [Codec].
func (c secureCodec) Encode(name string, data []byte) (string, error) {
	return c[0].encode(name, data)
}

// Decode implements [Codec].
func (c secureCodec) Decode(name, value string) ([]byte, error) {
	if err := strictBase64(value); err != nil {
		return nil, err
	}
	var err error
	for _, s := range c {
		var data []byte
		if data, err = s.decode(name, value); err == nil {
			return data, nil
		}
	}
	return nil, err
}

var errNotCanonical = errors.New("sessions: cookie value is not canonical base64url")

// strictBase64 refuses other spellings of the same bytes that a lenient decoder accepts: line breaks
// anywhere, and bits after the last byte (RFC 4648 section 3.5). Otherwise one sealed session would have
// several valid cookies.
func strictBase64(value string) error {
	if len(value) < 4 || strings.ContainsAny(value, "\r\n") {
		return errNotCanonical
	}
	var last [3]byte
	if _, err := base64.URLEncoding.Strict().Decode(last[:], []byte(value[len(value)-4:])); err != nil {
		return errNotCanonical
	}
	return nil
}
