package keyring

import "github.com/soay-go/soay/sessions"

// codecPurpose is the purpose of session cookies.
const codecPurpose = "session cookie"

// Codec returns the ring as a codec for session cookies:
//
//	app.UseSessions("", sessions.Options{Codec: ring.Codec()})
//
// A cookie is bound to its name and opens as long as its key is in the ring; how long a session
// lives, the session itself says.
func (r *Ring) Codec() sessions.Codec { return codec{Reserved(r, codecPurpose)} }

type codec struct{ protector *Protector }

// Encode implements [sessions.Codec].
func (c codec) Encode(name string, data []byte) (string, error) {
	return c.protector.seal(data, name), nil
}

// Decode implements [sessions.Codec].
func (c codec) Decode(name, value string) ([]byte, error) {
	return c.protector.unprotect(value, NoLimit, name)
}
