package xaes_test

import (
	"bytes"
	"crypto/sha3"
	"encoding/hex"
	"testing"

	"github.com/soay-go/soay/sessions/keyring/internal/xaes"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func seal(key, nonce, plaintext, data []byte) []byte {
	aead := xaes.New([xaes.KeySize]byte(key)).Derive([xaes.SaltSize]byte(nonce))
	return aead.Seal(nil, nonce[xaes.SaltSize:], plaintext, data)
}

func open(key, nonce, sealed, data []byte) ([]byte, error) {
	aead := xaes.New([xaes.KeySize]byte(key)).Derive([xaes.SaltSize]byte(nonce))
	return aead.Open(nil, nonce[xaes.SaltSize:], sealed, data)
}

// The vectors of the specification.
func TestPublishedVectors(t *testing.T) {
	tests := []struct {
		description string
		key         []byte
		data        string
		want        string
	}{
		{"first bit of L is 0", bytes.Repeat([]byte{1}, 32), "",
			"ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{"first bit of L is 1", bytes.Repeat([]byte{3}, 32), "c2sp.org/XAES-256-GCM",
			"986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	}
	nonce, plaintext := []byte("ABCDEFGHIJKLMNOPQRSTUVWX"), []byte("XAES-256-GCM")
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			want := unhex(t, tt.want)
			if got := seal(tt.key, nonce, plaintext, []byte(tt.data)); !bytes.Equal(got, want) {
				t.Errorf("sealed %x, want %x", got, want)
			}
			if got, err := open(tt.key, nonce, want, []byte(tt.data)); err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("opened %q, %v; want %q", got, err, plaintext)
			}
			if _, err := open(tt.key, nonce, want, []byte(tt.data+"x")); err == nil {
				t.Error("opens with other additional data")
			}
		})
	}
}

// The accumulated randomized test of the specification: 10 000 random inputs and the hash of all
// ciphertexts.
func TestAccumulatedVectors(t *testing.T) {
	random, hash := sha3.NewSHAKE128(), sha3.NewSHAKE128()
	read := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b) // never fails
		return b
	}
	for range 10_000 {
		key, nonce := read(32), read(24)
		plaintext := read(int(read(1)[0]))
		data := read(int(read(1)[0]))
		sealed := seal(key, nonce, plaintext, data)
		if got, err := open(key, nonce, sealed, data); err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("opened %x, %v; want %x", got, err, plaintext)
		}
		hash.Write(sealed)
	}
	got, want := make([]byte, 32), "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"
	hash.Read(got) // never fails
	if hex.EncodeToString(got) != want {
		t.Errorf("the hash of all is %x, want %s", got, want)
	}
}
