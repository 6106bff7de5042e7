package keyring

import "github.com/soay-go/soay/sessions"

// reserved begins the purposes of Soay itself.
const reserved = "soay/"

// Reserved returns a protector for a purpose of Soay itself, without the prefix "soay/". It is for the
// framework: its packages seal tokens with it that no application can make. Applications use
// [Ring.Protector].
func Reserved(r *Ring, purpose string, context ...string) *Protector {
	return r.protector(reserved+purpose, context)
}

// ForSessions returns the ring that goes with the sessions of an app, and nil if there is none. It is of
// the key if that is not "", with the previous keys of the options. Otherwise it is the ring whose codec
// the options have, or else that of the environment, see [FromEnv]. It is for the framework, which seals
// the tokens of forms with the ring.
func ForSessions(key string, o sessions.Options) (*Ring, error) {
	if key != "" {
		return FromKeys(key, o.PreviousKeys...)
	}
	if c, ok := o.Codec.(codec); ok {
		return c.protector.ring, nil
	}
	if !InEnv("") {
		return nil, nil
	}
	ring, err := FromEnv("")
	if err != nil {
		return nil, err
	}
	return ring.WithLogger(o.Logger), nil
}
