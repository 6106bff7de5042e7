package sessions_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/sessions"
)

// Whatever a client sends, it is no session unless it is one cookie, in the only spelling, that opens by the
// standard library too.
func FuzzCookie(f *testing.F) {
	app := newUserApp(sessions.Options{})
	r, w := newExchange("POST", "/")
	app.ServeHTTP(w, r)
	good := pair(f, w)
	value := valueOf(good)
	for _, seed := range []string{
		"", "x", "====", "\xff", "%41", strings.Repeat("A", 4090),
		value, value[:len(value)-1], value + "=", value + "\n", value[:40] + "\r\n" + value[40:], `"` + value + `"`,
		"a; session=" + value, value + "; session=" + value, strings.ToLower(value),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, v string) {
		w := ask(app, "session="+v)
		if w.Code != 200 || w.Header()["Set-Cookie"] != nil {
			t.Errorf("cookie %q: answer %d with Set-Cookie %q, want 200 without", v, w.Code, w.Header()["Set-Cookie"])
		}
		sessions, all := 0, 0
		for name, sent := range header.Cookies([]string{"session=" + v}) {
			if name != "session" {
				continue
			}
			all++
			if _, err := openSeal(key, "session", sent); err == nil && isCanonical(sent) {
				sessions++
			}
		}
		want := "nobody"
		if sessions == 1 && all <= 4 {
			want = "bob"
		}
		if got := w.Body.String(); got != want {
			t.Errorf("cookie %q: user %q, want %q", v, got, want)
		}
	})
}

// isCanonical reports whether a value is spelled as an encoder spells it.
func isCanonical(value string) bool {
	raw, err := base64.URLEncoding.DecodeString(value)
	return err == nil && base64.URLEncoding.EncodeToString(raw) == value
}

// What the codec opens is what it sealed, under the name it was sealed for and no other.
func FuzzCodec(f *testing.F) {
	f.Add("session", "__Host-session", []byte("data"))
	f.Add("a", "a|", []byte{0})
	f.Add("", "a", []byte("|||"))
	f.Add("a|1", "a", bytes.Repeat([]byte("=|-_"), 100))
	codec := sessions.NewCodec(key)
	rotated := sessions.NewCodec(otherKey, key)
	foreign := sessions.NewCodec(otherKey)
	f.Fuzz(func(t *testing.T, name, other string, data []byte) {
		if len(data) == 0 {
			t.Skip("a session is never empty")
		}
		value, err := codec.Encode(name, bytes.Clone(data))
		if err != nil {
			t.Fatalf("Encode: %v", err)
		}
		if strings.Trim(value, alphabet+"=") != "" {
			t.Errorf("value %q is not base64url", value)
		}
		for _, c := range []sessions.Codec{codec, rotated} {
			if got, err := c.Decode(name, value); err != nil || !bytes.Equal(got, data) {
				t.Errorf("Decode = %q, %v; want %q", got, err, data)
			}
		}
		if _, err := foreign.Decode(name, value); err == nil {
			t.Error("another key opens it")
		}
		if _, err := codec.Decode(other, value); other != name && err == nil {
			t.Errorf("sealed for %q, it opens for %q", name, other)
		}
	})
}

// Any bytes inside a seal are a session or none, and a session that is read from them survives being sealed
// again.
func FuzzSealedData(f *testing.F) {
	fill := func(s sessions.Session) { s.Set("a", 1); s.Set("b", "text") }
	app := newApp(sessions.Options{Codec: plain{}}, done(fill))
	data, err := plain{}.Decode("session", valueOf(pair(f, ask(app))))
	if err != nil {
		f.Fatal(err)
	}
	for i := range len(data) + 1 {
		f.Add(data[:i])
	}
	f.Add([]byte("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00"))
	f.Add(append(bytes.Clone(data), 0, 1, '1', 0, 4, 'n', 'u', 'l', 'l'))
	f.Add(append(bytes.Clone(data), 0xff, 0xff, 0xff, 0xff, 0x0f))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second map[string]any
		visit := func(cookie string, m *map[string]any) string {
			app := newApp(sessions.Options{Codec: plain{}}, done(func(s sessions.Session) {
				*m = s.Map()
				s.Set("again", soay.NewKey())
			}))
			w := ask(app, cookie)
			if w.Code != 200 {
				t.Fatalf("answer %d %q", w.Code, w.Body)
			}
			return pair(t, w)
		}
		value, _ := plain{}.Encode("session", data)
		if len(value) > 3000 {
			t.Skip("too long to grow")
		}
		cookie := visit("session="+value, &first)
		visit(cookie, &second)
		first["again"] = second["again"]
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("sealed again, the session is another (-first +second):\n%s", diff)
		}
	})
}

// A text comes back as it was set, or setting it is an error; it never comes back as another text.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"", "x", "\x00", "\xff", "\ufffd", `\ufffd`, `\\ufffd`, "\\\xff", "\u2028<&>", "\ud7ff", "\xed\xa0\x80",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := []map[string]string{{"a": "x", text: text}}
		data, err := sessions.JSON{}.Encode(want)
		if (err == nil) != utf8.ValidString(text) {
			t.Fatalf("Encode of %q: error %v", text, err)
		}
		if err != nil {
			return
		}
		var got []map[string]string
		if err := (sessions.JSON{}).Decode(data, &got); err != nil {
			t.Fatalf("Decode of %q: %v", data, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("text %q comes back changed (-want +got):\n%s", text, diff)
		}
	})
}
