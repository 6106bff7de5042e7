package oidc_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay/middleware/auth/oidc"
)

// TestAlgorithms has tokens of each algorithm that is taken, and keys that do not fit.
func TestAlgorithms(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ofRSA := map[string]any{"kty": "RSA", "kid": "r", "n": b64(key.N.Bytes()), "e": "AQAB"}
	ofEd := map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": "e", "x": b64(public)}
	with := func(k map[string]any, name string, value any) map[string]any {
		other := map[string]any{}
		maps.Copy(other, k)
		other[name] = value
		return other
	}
	signRSA := func(text []byte) []byte {
		sum := sha256.Sum256(text)
		b, _ := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		return b
	}
	signPSS := func(salt int) func([]byte) []byte {
		return func(text []byte) []byte {
			sum := sha256.Sum256(text)
			b, _ := rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: salt})
			return b
		}
	}
	signEd := func(text []byte) []byte { return ed25519.Sign(private, text) }
	for _, test := range []struct {
		name, alg, kid string
		keys           []any
		sign           func([]byte) []byte
		good           bool
	}{
		{"RS256", "RS256", "r", []any{ofRSA}, signRSA, true},
		{"PS256", "PS256", "r", []any{ofRSA}, signPSS(32), true},
		{"PS256 with a short salt", "PS256", "r", []any{ofRSA}, signPSS(16), false},
		{"EdDSA", "EdDSA", "e", []any{ofRSA, ofEd}, signEd, true},
		{"without kid, one key", "EdDSA", "", []any{ofEd}, signEd, true},
		{"without kid, two keys", "EdDSA", "", []any{ofEd, with(ofEd, "kid", "f")}, signEd, false},
		{"kid twice", "EdDSA", "e", []any{ofEd, with(ofEd, "x", b64(make([]byte, 32)))}, signEd, false},
		{"a key for encryption", "RS256", "r", []any{with(ofRSA, "use", "enc")}, signRSA, false},
		{"a key that only signs", "RS256", "r", []any{with(ofRSA, "key_ops", []string{"sign"})}, signRSA, false},
		{"a key of another algorithm", "RS256", "r", []any{with(ofRSA, "alg", "PS256")}, signRSA, false},
		{"RS256 signature as PS256", "PS256", "r", []any{ofRSA}, signRSA, false},
		{"a padded modulus", "RS256", "r", []any{with(ofRSA, "n", b64(key.N.Bytes())+"=")}, signRSA, false},
		{"a short modulus", "RS256", "r", []any{with(ofRSA, "n", b64(key.N.Bytes()[:128]))}, signRSA, false},
		{"an even exponent", "RS256", "r", []any{with(ofRSA, "e", "AQAA")}, signRSA, false},
		{"a broken key beside it", "RS256", "r", []any{map[string]any{"kty": 7}, ofRSA}, signRSA, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newOP(t)
			p.change(func(l *lies) {
				l.keys = func(http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, map[string]any{"keys": test.keys}) })
				}
				l.claims = func(c map[string]any) { delete(c, "at_hash") }
				l.token = func(token string) string {
					head := map[string]any{"alg": test.alg}
					if test.kid != "" {
						head["kid"] = test.kid
					}
					h, _ := json.Marshal(head)
					text := b64(h) + "." + strings.Split(token, ".")[1]
					return text + "." + b64(test.sign([]byte(text)))
				}
			})
			want := http.StatusBadRequest
			if test.good {
				want = http.StatusSeeOther
			}
			if got := signIn(t, browser(t, newSite(p, setup{}, oidc.Options{})), "/sign-in"); got.Status != want {
				t.Errorf("%d, want %d", got.Status, want)
			}
		})
	}
}

// TestUnknownKeys is R17: unknown ids do not flood the provider, and good tokens go on.
func TestUnknownKeys(t *testing.T) {
	p := newOP(t)
	c := browser(t, newSite(p, setup{}, oidc.Options{}))
	for range 20 {
		p.change(func(l *lies) { l.header = func(h map[string]any) { h["kid"] = rand.Text() } })
		if got := signIn(t, c, "/sign-in"); got.Status != http.StatusBadRequest {
			t.Fatalf("an unknown kid: %d", got.Status)
		}
	}
	p.change(func(l *lies) { l.header = nil })
	if got := signIn(t, c, "/sign-in"); got.Status != http.StatusSeeOther {
		t.Errorf("a good token: %d", got.Status)
	}
	if n := p.called("/keys"); n != 1 {
		t.Errorf("%d fetches of the keys", n)
	}
}
