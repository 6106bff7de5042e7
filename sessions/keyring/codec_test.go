package keyring_test

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

func TestCodecBindsTheName(t *testing.T) {
	ring := newRing(t, key1)
	codec := ring.Codec()
	names := []string{"", "session", "Session", "__Host-session", "s", "session\x00", "sessio", "a"}
	for _, sealed := range names {
		value, err := codec.Encode(sealed, []byte("data"))
		if err != nil {
			t.Fatal(err)
		}
		for _, opened := range names {
			data, err := codec.Decode(opened, value)
			if (err == nil) != (opened == sealed) || (err == nil) != (string(data) == "data") {
				t.Errorf("sealed for %q, opened for %q: %q, %v", sealed, opened, data, err)
			}
		}
		refuse(t, ring.Protector("session", sealed), value, "as another purpose")
	}
	if _, err := codec.Decode("session", ring.Protector("session", "session").Protect([]byte("data"))); err == nil {
		t.Error("a token of another purpose is a session")
	}
}

func TestCodecOpensWithAllLiveKeys(t *testing.T) {
	old, err := newRing(t, key1).Codec().Encode("session", []byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := newRing(t, key2, key1).Codec().Decode("session", old)
	if err != nil || !bytes.Equal(data, []byte("data")) {
		t.Errorf("with the old key in the ring: %q, %v", data, err)
	}
	if _, err := newRing(t, key2).Codec().Decode("session", old); err == nil {
		t.Error("a retired key opens")
	}
}

func TestRingOf(t *testing.T) {
	ring := newRing(t, key1)
	if got := keyring.RingOf(ring.Codec()); got != ring {
		t.Errorf("RingOf its codec = %v, want %v", got, ring)
	}
	for _, codec := range []sessions.Codec{nil, sessions.NewCodec(key1)} {
		if got := keyring.RingOf(codec); got != nil {
			t.Errorf("RingOf(%T) = %v, want nil", codec, got)
		}
	}
}

// Sessions of an app survive a rotation and end with the key.
func TestSessionsOfAnApp(t *testing.T) {
	newApp := func(ring *keyring.Ring) *soay.App {
		app := soay.New()
		app.UseSessions("", sessions.Options{Codec: ring.Codec()})
		app.Get("/", func(req soay.Request) soay.Response {
			n := sessions.GetOr(req.Session, "visits", 0) + 1
			req.Session.Set("visits", n)
			return response.Text(strings.Repeat("|", n))
		})
		return app
	}
	cookie := ""
	steps := []struct {
		description string
		ring        *keyring.Ring
		want        string
	}{
		{"first visit", newRing(t, key1), "|"},
		{"second visit", newRing(t, key1), "||"},
		{"a new key", newRing(t, key2, key1), "|||"},
		{"the old one retired", newRing(t, key2), "||||"},
		{"only the old one, as if it had leaked", newRing(t, key1), "|"},
	}
	for _, step := range steps {
		r, w := httptest.NewRequest("GET", "http://localhost/", nil), httptest.NewRecorder()
		r.Header.Set("Cookie", cookie)
		newApp(step.ring).ServeHTTP(w, r)
		if got := w.Body.String(); got != step.want {
			t.Errorf("%s: %q, want %q", step.description, got, step.want)
		}
		cookie, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
	}
}
