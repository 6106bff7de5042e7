package keyring_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions/keyring"
)

// Neither allocates more than its result, but for what deriving a key takes: once in 256 tokens that are
// protected, and once for a token whose key is not among those that were used last.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	folder, _ := newFolder(t)
	for _, ring := range []*keyring.Ring{newRing(t, key1, key2), folder} {
		p := ring.Protector("test", "context")
		codec := ring.Codec()
		for _, size := range []int{60, 1000, 10_000} {
			data := make([]byte, size)
			token := p.Protect(data)
			forged := token[:len(token)-4] + "AAAA"
			cookie, err := codec.Encode("session", data)
			if err != nil {
				t.Fatal(err)
			}
			tests := []struct {
				description string
				limit       float64
				run         func()
			}{
				{"Protect", 1, func() { p.Protect(data) }},
				{"Protect, padded", 1, func() { p.Padded(1).Protect(data) }},
				{"Unprotect", 1, func() { mustOpen(p.Unprotect(token, time.Hour)) }},
				{"Unprotect of a forged token", 1, func() { _, _ = p.Unprotect(forged, time.Hour) }},
				{"Encode", 1, func() { _, _ = codec.Encode("session", data) }},
				{"Decode", 1, func() { mustOpen(codec.Decode("session", cookie)) }},
			}
			for _, tt := range tests {
				if got := testing.AllocsPerRun(500, tt.run); got > tt.limit {
					t.Errorf("%s of %d bytes: %v allocations, want at most %v", tt.description, size, got, tt.limit)
				}
			}
		}
	}
}

// Only who has a key can displace what is kept for tokens that come again.
func TestForgedTokensDisplaceNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	p := newRing(t, key1).Protector("test")
	token := p.Protect([]byte("data"))
	other := "A"
	if token[20] == 'A' {
		other = "B"
	}
	// Another first half of the nonce, whose first byte is the same: by that one they are kept.
	forged := token[:20] + other + token[21:]
	refuse(t, p, forged, "a forged token")
	lone := testing.AllocsPerRun(500, func() { _, _ = p.Unprotect(forged, time.Hour) })
	both := testing.AllocsPerRun(500, func() {
		_, _ = p.Unprotect(forged, time.Hour)
		mustOpen(p.Unprotect(token, time.Hour))
	})
	if both-lone > 1 {
		t.Errorf("a good token after a forged one takes %v allocations, want 1", both-lone)
	}
}

func mustOpen(_ []byte, err error) {
	if err != nil {
		panic(err)
	}
}

// BenchmarkKeyring compares protecting and opening with AES-256-GCM and base64 of the standard library.
func BenchmarkKeyring(b *testing.B) {
	for _, size := range []int{60, 1000} {
		data := make([]byte, size)
		b.Run(fmt.Sprintf("raw/%d", size), func(b *testing.B) {
			block, err := aes.NewCipher(make([]byte, 32))
			if err != nil {
				b.Fatal(err)
			}
			gcm, err := cipher.NewGCM(block)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				nonce := make([]byte, 12, 12+size+16)
				rand.Read(nonce)
				token := base64.RawURLEncoding.EncodeToString(gcm.Seal(nonce, nonce, data, nil))
				raw, err := base64.RawURLEncoding.DecodeString(token)
				if err != nil {
					b.Fatal(err)
				}
				mustOpen(gcm.Open(nil, raw[:12], raw[12:], nil))
			}
		})
		b.Run(fmt.Sprintf("keyring/%d", size), func(b *testing.B) {
			p := newRing(b, key1).Protector("test")
			b.ReportAllocs()
			for b.Loop() {
				mustOpen(p.Unprotect(p.Protect(data), time.Hour))
			}
		})
		b.Run(fmt.Sprintf("open, each of another batch/%d", size), func(b *testing.B) {
			p := newRing(b, key1).Protector("test")
			var list []string
			for i := range 256 * 256 {
				if token := p.Protect(data); i%256 == 0 {
					list = append(list, token)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				mustOpen(p.Unprotect(list[i%len(list)], time.Hour))
			}
		})
	}
}
