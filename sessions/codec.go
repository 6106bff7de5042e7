package sessions

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/gorilla/securecookie"
)

// Codec seals the bytes of a session into a cookie value and opens them again. Implementations are safe for concurrent use.
type Codec interface {
	// Encode returns data as a cookie value of RFC 6265 characters. The value must be bound to name, the cookie's name:
	// Decode under another name fails.
	Encode(name string, data []byte) (string, error)
	// Decode returns what Encode was given. It refuses every value that Encode did not make for that name with a live key, and
	// every other spelling of such a value.
	Decode(name, value string) ([]byte, error)
}

// NewCodec returns the default codec: encrypted with AES-256-CTR and authenticated with HMAC-SHA-256 by securecookie, under keys that are
// derived from key by HKDF-SHA-256. Values that were sealed with one of the previous keys still open. The keys are not
// checked here; see [CheckKey].
func NewCodec(key string, previous ...string) Codec {
	c := secureCodec{newSecureCookie(key)}
	for _, p := range previous {
		c = append(c, newSecureCookie(p))
	}
	return c
}

// secureCodec seals with its first key and opens with any.
type secureCodec []*securecookie.SecureCookie

func newSecureCookie(key string) *securecookie.SecureCookie {
	sc := securecookie.New(deriveKey(key, "authentication"), deriveKey(key, "encryption"))
	sc.SetSerializer(securecookie.NopEncoder{})
	sc.MaxAge(0)    // the lifetimes stand inside the seal, see payload.go
	sc.MaxLength(0) // the manager limits the whole cookie, name and all
	return sc
}

func (c secureCodec) Encode(name string, data []byte) (string, error) {
	return c[0].Encode(name, data)
}

func (c secureCodec) Decode(name, value string) ([]byte, error) {
	if err := strictBase64(value); err != nil {
		return nil, err
	}
	var err error
	for _, sc := range c {
		var data []byte
		if err = sc.Decode(name, value, &data); err == nil {
			return data, nil
		}
	}
	return nil, err
}

var errNotCanonical = errors.New("sessions: cookie value is not canonical base64url")

// strictBase64 refuses the spellings that a lenient decoder reads like the original: line breaks anywhere, and
// bits behind the last byte (RFC 4648 section 3.5). Without it, one sealed session would have several valid cookies.
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
