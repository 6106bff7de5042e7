package sessions_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

// guessable are keys that people type or copy, and templates that nobody has filled.
var guessable = []string{
	"super-secret-key-super-secret-key!!",
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
	"zyxwvutsrqponmlkjihgfedcba9876543210",
	"AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIj",
	"abcdefghijklmnopqrstuvwxyz123456",
	"12345678901234567890123456789012abcdefgh",
	"a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6",
	"00112233445566778899aabbccddeeff",
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	"0123456789abcdefghijklmnopqrstuv",
	"fedcba9876543210fedcba9876543210",
	"deadbeefdeadbeefdeadbeefdeadbeef",
	"qwertyuiopqwertyuiopqwertyuiopqwerty",
	"correcthorsecorrecthorsecorrecthorse",
	"my-app-secret-key-my-app-secret-key",
	"your-secret-key-must-be-at-least-32-characters-long",
	"this-is-a-very-long-secret-key-for-the-session-cookie",
	"ThisIsMySuperSecretSessionKeyPleaseChangeMe",
	"please_change_this_secret_in_production_env",
	"changeme-changeme-changeme-changeme-1",
	"s3cr3t-p4ssw0rd-s3cr3t-p4ssw0rd-2024!",
	"p@$$w0rd_p@$$w0rd_p@$$w0rd_p@$$w0rd",
	"replace this with a random string of 32 bytes",
	"insecure-default-secret-for-development-only",
	"TODO: generate a real session key here, please",
	"${SESSION_KEY:-an-unexpanded-variable}",
	"${SESSION_KEY…of-the-production-cluster}",
	"$SESSION_KEY_OF_THE_PRODUCTION_CLUSTER",
	"$(cat /run/secrets/kubernetes/blue-green)",
	"{{ .Values.soay.sheep.cookieKey | quote }}",
	"<put thirty-two bytes of the vault in>",
	"[paste whatever your colleague gave you]",
	"%SOAY_PRODUCTION_CLUSTER_COOKIE_KEY%",
	"change-me-change-me-change-me-change-me",
	"please-change-this-to-a-long-random-string",
	"your-256-bit-secret-your-256-bit-secret",
	"${SESSION_KEY:-changeme-changeme-changeme}",
	"please-set-a-new-key-that-is-long-here",
}

// Sentences are good keys, also with some words of keys in them: their small words count, unless they tell
// somebody to put a key here.
func TestSentencesAreGood(t *testing.T) {
	for _, good := range []string{
		"an example of a key that is long enough",
		"a key for tests: 0123456789 abcdefghij",
		"a very long walk with the dog and not one cat",
		"the secret of the old mill is that it never stood still",
	} {
		if err := sessions.CheckKey("the key", good); err != nil {
			t.Errorf("%q is refused: %v", good, err)
		}
	}
}

// Keys that can be guessed are refused wherever keys come from, and the error does not tell them.
func TestGuessableKeys(t *testing.T) {
	for _, bad := range guessable {
		o := sessions.Options{PreviousKeys: []string{bad}}
		_, asKey := sessions.NewManager(bad, sessions.Options{})
		_, asPrevious := sessions.NewManager(key, o)
		_, asNewest := keyring.FromKeys(bad)
		_, asOlder := keyring.FromKeys(key, bad)
		t.Setenv("GUESSED_1", bad)
		_, asVariable := keyring.FromEnv("GUESSED")
		app := soay.New()
		app.UseSessions(bad)
		_, asStart := app.Handler()
		for what, err := range map[string]error{
			"UseSessions": asStart, "NewManager": asKey, "PreviousKeys": asPrevious, "the newest key of a ring": asNewest,
			"an older key of a ring": asOlder, "a variable": asVariable,
		} {
			if err == nil || strings.Contains(err.Error(), bad) {
				t.Errorf("%s takes %q: %v", what, bad, err)
			}
		}
	}
}

// wordList returns some thousand words that can be said, of which passphrases are drawn.
func wordList() []string {
	var words []string
	for a := range strings.FieldsSeq("bra con da fer gri hu jo kil lam mo ne or plu quo ri ste tu val wex ze") {
		for b := range strings.FieldsSeq("ban cle dor fi gus ham jin ker lo mit nu par rel sto ty van wic") {
			for _, c := range []string{"", "d", "ing", "le", "man", "ner", "ock", "s", "ter", "y"} {
				words = append(words, a+b+c)
			}
		}
	}
	return append(words, "secret", "session", "private", "super", "the", "key", "password", "random", "change", "character")
}

// A rule against bad keys must not be one against good ones: of a million random keys of all kinds that are
// in use none is refused.
func TestRandomKeysAreGood(t *testing.T) {
	n := 1_000_000
	if raceEnabled || testing.Short() {
		n = 50_000
	}
	r := rand.New(rand.NewChaCha8([32]byte{7}))
	draw := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	of := func(alphabet string, n int) string {
		b := draw(n)
		for i := range b {
			b[i] = alphabet[int(b[i])%len(alphabet)]
		}
		return string(b)
	}
	uuid := func() string {
		b := draw(16)
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	}
	words := wordList()
	phrase := func(separator string) string {
		s := words[r.IntN(len(words))]
		for len(s) < sessions.MinKeyLength {
			s += separator + words[r.IntN(len(words))]
		}
		return s
	}
	letters := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	var printable strings.Builder
	for c := '!'; c <= '~'; c++ {
		printable.WriteString(string(c))
	}
	kinds := []struct {
		name string
		key  func() string
	}{
		{"hexadecimal, 16 bytes", func() string { return hex.EncodeToString(draw(16)) }},
		{"hexadecimal, 32 bytes in capitals", func() string { return strings.ToUpper(hex.EncodeToString(draw(32))) }},
		{"base64", func() string { return base64.StdEncoding.EncodeToString(draw(24)) }},
		{"base64url", func() string { return base64.RawURLEncoding.EncodeToString(draw(32)) }},
		{"a UUID", uuid},
		{"two UUIDs", func() string { return uuid() + uuid() }},
		{"letters and digits", func() string { return of(letters, 32) }},
		{"small letters", func() string { return of(letters[:26], 32) }},
		{"of a password manager", func() string { return of(printable.String(), 32) }},
		{"words and hyphens", func() string { return phrase("-") }},
		{"words and spaces", func() string { return phrase(" ") }},
		{"words alone", func() string { return phrase("") }},
		{"NewKey", sessions.NewKey},
	}
	for _, kind := range kinds {
		for range n / len(kinds) {
			if k := kind.key(); sessions.CheckKey("the key", k) != nil {
				t.Errorf("%s: %q is refused: %v", kind.name, k, sessions.CheckKey("the key", k))
			}
		}
	}
}

// A long text that is no key at all costs no more than a key.
func TestLongKeys(t *testing.T) {
	if err := sessions.CheckKey("the key", strings.Repeat("secret ", 1<<20)+"x"); err == nil {
		t.Error("a megabyte of one word is a good key")
	}
	if err := sessions.CheckKey("the key", key+strings.Repeat("secret ", 1<<20)+"."); err != nil {
		t.Errorf("a good key with much behind it is refused: %v", err)
	}
}
