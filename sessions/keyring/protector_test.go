package keyring_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions/keyring"
)

func TestRoundTrip(t *testing.T) {
	p := newRing(t, key1).Protector("test", "a", "b")
	list, datas := tokens(p, 2000) // more than one derived key is for
	list, datas = append(list, p.Protect(nil), p.Protect(make([]byte, 200_000))), append(datas, nil, make([]byte, 200_000))
	seen := map[string]bool{}
	for i, token := range list {
		accept(t, p, token, datas[i])
		if strings.Trim(token, alphabet) != "" || !header.ValidCookieValue(token) {
			t.Errorf("token %q has characters beyond base64url", token)
		}
		if seen[token] {
			t.Errorf("token %q was made twice", token)
		}
		seen[token] = true
		if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 54+len(datas[i]) {
			t.Errorf("token of %d bytes has %d, %v; want 54 more", len(datas[i]), len(raw), err)
		}
	}
}

// What Unprotect returns is memory of its own, and Protect leaves its argument as it is.
func TestDataIsNotShared(t *testing.T) {
	p := newRing(t, key1).Protector("test")
	data := []byte("some data")
	token := p.Protect(data[:4])
	if string(data) != "some data" {
		t.Errorf("Protect has made %q of its argument", data)
	}
	first, err := p.Unprotect(token, keyring.NoLimit)
	if err != nil {
		t.Fatal(err)
	}
	first = append(first, "more"...)
	clear(first)
	accept(t, p, token, []byte("some"))
}

// Purposes of Soay's own tokens are refused, so that no application opens or makes such a token unawares. What
// only looks like them is another purpose.
func TestReservedPurposes(t *testing.T) {
	ring := newRing(t, key1)
	cookie, err := ring.Codec().Encode("session", []byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	own := keyring.Reserved(ring, "anti-forgery token").Protect([]byte("data"))
	for _, purpose := range []string{"soay/session cookie", "soay/anti-forgery token", "soay/", "soay/mine"} {
		said := func() (said any) {
			defer func() { said = recover() }()
			ring.Protector(purpose, "session")
			return nil
		}()
		if text, ok := said.(string); !ok || !strings.Contains(text, purpose) {
			t.Errorf("Protector(%q) panics with %v, want that it says why", purpose, said)
		}
	}
	for _, purpose := range []string{"", "soay", "Soay/session cookie", " soay/session cookie", "session cookie", "anti-forgery token"} {
		for _, context := range [][]string{nil, {"session"}, {"/session cookie"}} {
			p := ring.Protector(purpose, context...)
			for _, token := range []string{cookie, own} {
				if data, err := p.Unprotect(token, keyring.NoLimit); err == nil {
					t.Errorf("the purpose %q opens a token of Soay: %q", purpose, data)
				}
			}
			if _, err := ring.Codec().Decode("session", p.Protect([]byte("data"))); err == nil {
				t.Errorf("a token for the purpose %q opens as a session", purpose)
			}
		}
	}
}

func TestContentIsUnreadable(t *testing.T) {
	p := newRing(t, key1).Protector("test", "a-context")
	token := p.Protect([]byte("the-answer-is-forty-two"))
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"answer", "a-context", "test", key1} {
		if bytes.Contains(raw, []byte(secret)) || strings.Contains(token, secret) {
			t.Errorf("%q can be read without the key", secret)
		}
	}
}

// Each protector opens its own tokens and those of no other.
func TestPurposesAndContextsAreSeparate(t *testing.T) {
	ring, other := newRing(t, key1), newRing(t, key2)
	protectors := map[string]*keyring.Protector{}
	for _, r := range []*keyring.Ring{ring, other} {
		for _, parts := range [][]string{
			{""}, {"", ""}, {"", "", ""}, {"a"}, {"a", ""}, {"a", "b"}, {"a", "b", ""}, {"a", "", "b"}, {"a", "bc"},
			{"ab", "c"}, {"ab"}, {"abc"}, {"b", "a"}, {"a", "\x01b"}, {"a\x01b"}, {"A"}, {"a "}, {"purpose/a"}, {"id"},
			{"a", strings.Repeat("b", 127)}, {"a", strings.Repeat("b", 128)}, {"a", strings.Repeat("b", 500)},
		} {
			protectors[fmt.Sprintf("%q of %v", parts, r)] = r.Protector(parts[0], parts[1:]...)
		}
	}
	tried := 0
	for from, sealing := range protectors {
		token := sealing.Protect([]byte("data"))
		for to, opening := range protectors {
			tried++
			if from == to {
				accept(t, opening, token, []byte("data"))
			} else {
				refuse(t, opening, token, "token of %s, as %s", from, to)
			}
		}
	}
	if tried != 44*44 {
		t.Errorf("%d pairs were tried, want %d", tried, 44*44)
	}
}

func TestMaxAge(t *testing.T) {
	tests := []struct {
		description string
		age, maxAge time.Duration
		want        bool
	}{
		{"new", 0, time.Hour, true},
		{"new, for a millisecond", 0, time.Millisecond, true},
		{"just before", time.Hour - time.Millisecond, time.Hour, true},
		{"at the very end", time.Hour, time.Hour, false},
		{"after", time.Hour + time.Millisecond, time.Hour, false},
		{"without limit", 100 * 365 * 24 * time.Hour, keyring.NoLimit, true},
		{"limit 0", 0, 0, false},
		{"negative limit", 0, -time.Hour, false},
		{"limit of the least duration", 0, -1 << 63, false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newRing(t, key1).Protector("test")
				token := p.Protect([]byte("data"))
				time.Sleep(tt.age)
				data, err := p.Unprotect(token, tt.maxAge)
				if (err == nil) != tt.want || (string(data) == "data") != tt.want {
					t.Errorf("Unprotect = %q, %v; want it to open: %v", data, err, tt.want)
				}
				if err != nil && !errors.Is(err, keyring.ErrUnprotect) {
					t.Errorf("error %v, want ErrUnprotect", err)
				}
			})
		})
	}
}

// The first half of a nonce serves 256 tokens at most, which the package promises, and no nonce is
// there twice.
func TestNonces(t *testing.T) {
	const salt, nonce, end = 7, 7 + 12, 7 + 24 // where they are in a token
	p := newRing(t, key1).Protector("test")
	var mu sync.Mutex
	salts, nonces := map[string]int{}, map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				raw, err := base64.RawURLEncoding.DecodeString(p.Protect(nil))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				salts[string(raw[salt:nonce])]++
				nonces[string(raw[salt:end])] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for s, n := range salts {
		if n > 256 {
			t.Errorf("%x is in %d tokens, want at most 256", s, n)
		}
	}
	if len(nonces) != 8000 {
		t.Errorf("%d different nonces in 8000 tokens", len(nonces))
	}
}

// Every bubble of synctest begins at the same time, so what one makes after a while comes from the
// future of another, as from an instance whose clock is ahead.
func TestClocksThatDiffer(t *testing.T) {
	for ahead, want := range map[time.Duration]bool{0: true, time.Second: true, time.Minute: true, time.Minute + time.Millisecond: false} {
		var token string
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(ahead)
			token = newRing(t, key1).Protector("test").Protect([]byte("data"))
		})
		synctest.Test(t, func(t *testing.T) {
			p := newRing(t, key1).Protector("test")
			if data, err := p.Unprotect(token, time.Hour); (err == nil) != want {
				t.Errorf("made %v ahead: %q, %v; want it to open: %v", ahead, data, err, want)
			}
			for _, none := range []time.Duration{0, -time.Nanosecond, -2 * time.Minute} {
				if data, err := p.Unprotect(token, none); err == nil {
					t.Errorf("made %v ahead, with maximum age %v: %q, want it refused", ahead, none, data)
				}
			}
		})
	}
}

// The bubble of synctest begins in the year 2000, so what is made outside comes from the future.
func TestTokensOfTheFuture(t *testing.T) {
	ring := newRing(t, key1)
	token := ring.Protector("test").Protect([]byte("data"))
	synctest.Test(t, func(t *testing.T) {
		p := ring.Protector("test")
		if _, err := p.Unprotect(token, time.Hour); !errors.Is(err, keyring.ErrUnprotect) {
			t.Errorf("error %v for a token of another century, want ErrUnprotect", err)
		}
		if _, err := p.Unprotect(token, 0); !errors.Is(err, keyring.ErrUnprotect) {
			t.Errorf("error %v with maximum age 0, want ErrUnprotect", err)
		}
		accept(t, p, token, []byte("data"))
	})
}

func TestPadding(t *testing.T) {
	plain := newRing(t, key1).Protector("test")
	for _, block := range []int{-1, 0, 1, 2, 16, 100, 1000} {
		p := plain.Padded(block)
		size := max(block, 1)
		for n := range 210 {
			data := bytes.Repeat([]byte{0}, n) // as like the padding as can be
			token := p.Protect(data)
			accept(t, p, token, data)
			accept(t, plain, token, data)
			accept(t, p, plain.Protect(data), data)
			raw, err := base64.RawURLEncoding.DecodeString(token)
			if want := 53 + (n/size+1)*size; err != nil || len(raw) != want {
				t.Errorf("%d bytes padded to %d give a token of %d, %v; want %d", n, block, len(raw), err, want)
			}
		}
	}
}

// Outside there is one error, and the log has the reason but never the token or the data.
func TestRefusalsAreLogged(t *testing.T) {
	log := &requesttest.Log{Level: slog.LevelDebug}
	p := newRing(t, key1).WithLogger(log.Logger()).Protector("test")
	good := p.Protect([]byte("some data"))
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	with := func(at int, b byte) string {
		changed := bytes.Clone(raw)
		changed[at] = b
		return base64.RawURLEncoding.EncodeToString(changed)
	}
	tests := []struct {
		description, token, want string
	}{
		{"empty", "", "too short"},
		{"short", good[:71], "too short"},
		{"another alphabet", "+" + good[1:], "not canonical base64url"},
		{"line breaks", good[:8] + "\n" + good[8:], "not canonical base64url"},
		{"another version", with(0, 2), "another version"},
		{"another key", with(1, raw[1]^1), "key is not in the ring"},
		{"another nonce", with(7, raw[7]^1), "was changed"},
		{"another purpose", newRing(t, key1).Protector("other").Protect(nil), "was changed, or sealed for another purpose"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			log.Reset()
			if _, err := p.Unprotect(tt.token, keyring.NoLimit); err != keyring.ErrUnprotect {
				t.Errorf("error %v, want ErrUnprotect itself", err)
			}
			said := log.String()
			if strings.Count(said, "\n") != 1 || !strings.Contains(said, tt.want) || !strings.Contains(said, "level=DEBUG") {
				t.Errorf("the log says %q, want one line at debug with %q", said, tt.want)
			}
			if tt.token != "" && strings.Contains(said, tt.token[:min(len(tt.token), 20)]) || strings.Contains(said, "some data") {
				t.Errorf("the log tells the token or the data: %q", said)
			}
		})
	}
}

func TestManyGoroutines(t *testing.T) {
	ring, _ := newFolder(t, keyring.Options{Interval: time.Nanosecond})
	ring = ring.WithLogger(slog.New(slog.DiscardHandler))
	p := ring.Protector("test")
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 300 {
				if g == 0 && i%100 == 0 {
					if _, err := ring.Rotate(); err != nil {
						t.Error(err)
					}
				}
				want := fmt.Sprintf("goroutine %d, round %d", g, i)
				token := p.Protect([]byte(want))
				if _, err := p.Unprotect("A"+token[1:71]+"AAAA", keyring.NoLimit); err == nil {
					t.Error("a changed token opens")
				}
				if got, err := p.Unprotect(token, time.Hour); err != nil || string(got) != want {
					t.Errorf("token opens as %q, %v; want %q", got, err, want)
				}
				ring.Protector(fmt.Sprintf("purpose %d of %d", i, g)).Protect(nil) // more than are kept
			}
		})
	}
	wg.Wait()
	if n := len(ring.IDs()); n != 4 {
		t.Errorf("the ring has %d keys, want 4", n)
	}
}
