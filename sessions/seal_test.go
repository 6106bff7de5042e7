package sessions_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/securecookie"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/sessions"
)

const (
	alphabet    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	cookieChars = alphabet + `=+/!#$%&'()*.:<>?@[]^{|}~`
)

// sealed returns n cookie values of different lengths, and what is in them.
func sealed(t *testing.T, codec sessions.Codec, n int) (values []string, datas [][]byte) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		data := make([]byte, 1+i%40)
		for j := range data {
			data[j] = byte(r.Uint32())
		}
		value, err := codec.Encode("session", bytes.Clone(data))
		if err != nil {
			t.Fatal(err)
		}
		values, datas = append(values, value), append(datas, data)
	}
	return values, datas
}

// refuse fails the test if a value opens.
func refuse(t *testing.T, codec sessions.Codec, value, what string) {
	t.Helper()
	if data, err := codec.Decode("session", value); err == nil {
		t.Fatalf("%s: %q opens as %q", what, value, data)
	}
}

func TestSealedValuesOpen(t *testing.T) {
	codec := sessions.NewCodec(key)
	values, datas := sealed(t, codec, 200)
	seen := map[string]bool{}
	for i, value := range values {
		if data, err := codec.Decode("session", value); err != nil || !bytes.Equal(data, datas[i]) {
			t.Fatalf("value %d opens as %q, %v; want %q", i, data, err, datas[i])
		}
		if strings.Trim(value, alphabet+"=") != "" || !header.ValidCookieValue(value) {
			t.Errorf("value %q has characters beyond base64url", value)
		}
		if seen[value] {
			t.Errorf("value %q was sealed twice", value)
		}
		seen[value] = true
	}
}

func TestFlippedBitsAreRefused(t *testing.T) {
	codec := sessions.NewCodec(key)
	values, _ := sealed(t, codec, 200)
	for i, value := range values {
		raw, err := base64.URLEncoding.DecodeString(value)
		if err != nil {
			t.Fatal(err)
		}
		for bit := range len(raw) * 8 {
			raw[bit/8] ^= 1 << (bit % 8)
			refuse(t, codec, base64.URLEncoding.EncodeToString(raw), fmt.Sprintf("bit %d of value %d flipped", bit, i))
			raw[bit/8] ^= 1 << (bit % 8)
		}
	}
}

func TestChangedCharactersAreRefused(t *testing.T) {
	codec := sessions.NewCodec(key)
	values, _ := sealed(t, codec, 200)
	r := rand.New(rand.NewPCG(3, 4))
	for i, value := range values {
		b := []byte(value)
		for at, old := range b {
			others := []byte{alphabet[r.IntN(64)], alphabet[r.IntN(64)], cookieChars[r.IntN(len(cookieChars))]}
			if i < 3 || at >= len(b)-4 { // the last ones have the bits that a lenient decoder passes over
				others = []byte(cookieChars)
			}
			for _, other := range others {
				if other == old {
					continue
				}
				b[at] = other
				refuse(t, codec, string(b), fmt.Sprintf("character %d of value %d changed from %q", at, i, old))
			}
			b[at] = old
		}
	}
}

func TestOtherSpellingsAreRefused(t *testing.T) {
	codec := sessions.NewCodec(key)
	values, _ := sealed(t, codec, 12)
	paddings := map[int]bool{}
	extras := []string{"\n", "\r", "\r\n", "\r\n\r\n", " ", "\t", "=", "====", "A", "AAAA", "\x00", "|"}
	for _, value := range values {
		paddings[strings.Count(value, "=")] = true
		for i := range value {
			refuse(t, codec, value[:i], "cut")
			refuse(t, codec, value[i+1:], "cut at the front")
			refuse(t, codec, value[:i]+value[i+1:], "one character taken out")
			for _, extra := range extras {
				refuse(t, codec, value[:i]+extra+value[i:], fmt.Sprintf("%q put in at %d", extra, i))
			}
		}
		for _, extra := range append(extras, "==", "===", "AA==", "AAA=", "    ") {
			refuse(t, codec, value+extra, fmt.Sprintf("%q at the end", extra))
		}
		bare := strings.TrimRight(value, "=")
		for pads := range 5 {
			if padded := bare + strings.Repeat("=", pads); padded != value {
				refuse(t, codec, padded, fmt.Sprintf("with %d pads", pads))
			}
		}
		if std := strings.NewReplacer("-", "+", "_", "/").Replace(value); std != value {
			refuse(t, codec, std, "in the other alphabet")
		}
		refuse(t, codec, value+value, "twice")
		refuse(t, codec, `"`+value+`"`, "in quotes")
		refuse(t, codec, strings.ToUpper(value), "in capitals")
	}
	refuse(t, codec, "", "nothing")
	refuse(t, codec, "====", "padding alone")
	if len(paddings) != 3 {
		t.Errorf("the values have the numbers of pads %v, want 0, 1 and 2", paddings)
	}
}

func TestSealIsBoundToTheName(t *testing.T) {
	codec := sessions.NewCodec(key)
	names := []string{
		"session", "Session", "__Host-session", "__Secure-session", "s", "session|", "session|1", "|session",
		"session.", "a|5", "a", "a|",
	}
	for _, sealedAs := range names {
		value, err := codec.Encode(sealedAs, []byte("data"))
		if err != nil {
			t.Fatal(err)
		}
		for _, openedAs := range names {
			if _, err := codec.Decode(openedAs, value); (err == nil) != (openedAs == sealedAs) {
				t.Errorf("sealed as %q, opened as %q: error %v", sealedAs, openedAs, err)
			}
		}
	}
}

// A cookie that a client got over http is no session over https, where only the server could have set it.
func TestCookieOfHTTPIsNoneOfHTTPS(t *testing.T) {
	cookie := annsCookie(t, sessions.Options{})
	wants := map[string]string{"session": "ann", "__Host-session": "nobody", "__Secure-session": "nobody"}
	for name, want := range wants {
		app := newUserApp(sessions.Options{CookieName: name})
		if got := ask(app, name+"="+valueOf(cookie)).Body.String(); got != want {
			t.Errorf("value sealed as session, sent as %s: user %q, want %q", name, got, want)
		}
	}
}

// Who uses the same secret for other cookies must not make sessions with them.
func TestSealIsBoundToThePurpose(t *testing.T) {
	codec := sessions.NewCodec(key)
	for name, sc := range map[string]*securecookie.SecureCookie{
		"signed with the secret":               securecookie.New([]byte(key), nil),
		"signed and encrypted with the secret": securecookie.New([]byte(key), []byte(key)[:32]),
	} {
		sc.SetSerializer(securecookie.NopEncoder{})
		value, err := sc.Encode("session", []byte("data"))
		if err != nil {
			t.Fatal(err)
		}
		refuse(t, codec, value, name)
	}
}

func TestContentIsUnreadable(t *testing.T) {
	const secret = "the-answer-is-forty-two"
	app := newApp(sessions.Options{}, done(func(s sessions.Session) { s.Set("hidden-key", secret) }))
	value := valueOf(pair(t, ask(app)))
	raw, err := base64.URLEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(raw, []byte("|"))
	inside, _, _ := bytes.Cut(rest, []byte("|"))
	opened, err := base64.URLEncoding.DecodeString(string(inside))
	if err != nil || len(opened) < len(secret) {
		t.Fatalf("the value has changed its form: %q, %v", raw, err)
	}
	for _, layer := range [][]byte{[]byte(value), raw, opened} {
		if bytes.Contains(layer, []byte(secret)) || bytes.Contains(layer, []byte("hidden-key")) {
			t.Errorf("%q can be read without the key", layer)
		}
	}
}

func TestCodecForManyGoroutines(t *testing.T) {
	codec := sessions.NewCodec(key, otherKey)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				want := fmt.Sprintf("goroutine %d, round %d", g, i)
				value, err := codec.Encode("session", []byte(want))
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := codec.Decode("session", "A"+value[1:]); err == nil {
					t.Error("a changed value opens")
				}
				if got, err := codec.Decode("session", value); err != nil || string(got) != want {
					t.Errorf("value opens as %q, %v; want %q", got, err, want)
				}
			}
		})
	}
	wg.Wait()
}
