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

// The tokens of an app are sealed by the key of its sessions, by the ring of their codec, or by the
// environment, in this order.
func TestForSessions(t *testing.T) {
	ring := newRing(t, key3)
	ids := func(t *testing.T, r *keyring.Ring) string {
		if r == nil {
			return ""
		}
		return strings.Join(r.IDs(), " ")
	}
	tests := []struct {
		description string
		key         string
		options     sessions.Options
		env         string // APP_SECRET_1
		want        *keyring.Ring
		wantErr     string
	}{
		{"nothing", "", sessions.Options{}, "", nil, ""},
		{"a codec of no ring", "", sessions.Options{Codec: sessions.NewCodec(key1)}, "", nil, ""},
		{"a key", key1, sessions.Options{}, key2, newRing(t, key1), ""},
		{"a key and previous ones", key1, sessions.Options{PreviousKeys: []string{key2}}, "", newRing(t, key1, key2), ""},
		{"the codec of a ring", "", sessions.Options{Codec: ring.Codec()}, key2, ring, ""},
		{"the environment", "", sessions.Options{}, key2, newRing(t, key2), ""},
		{"the environment, and a codec of no ring", "", sessions.Options{Codec: sessions.NewCodec(key1)}, key2, newRing(t, key2), ""},
		{"a bad key", "short", sessions.Options{}, key2, nil, "the newest key has 5 characters"},
		{"a bad environment", "", sessions.Options{}, "short", nil, "APP_SECRET_1 has 5 characters"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			if tt.env != "" {
				t.Setenv("APP_SECRET_1", tt.env)
			}
			got, err := keyring.ForSessions(tt.key, tt.options)
			if ids(t, got) != ids(t, tt.want) {
				t.Errorf("ForSessions = %v, want %v", got, tt.want)
			}
			if (err == nil) != (tt.wantErr == "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("ForSessions: %v, want %q", err, tt.wantErr)
			}
		})
	}
	if got, _ := keyring.ForSessions("", sessions.Options{Codec: ring.Codec()}); got != ring {
		t.Error("ForSessions returns a copy of the ring whose codec it is given")
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
