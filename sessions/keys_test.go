package sessions_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/sessions"
)

func TestCheckKey(t *testing.T) {
	tests := []struct {
		description, key string
		want             string // part of the error, "" for a good key
	}{
		{"a good key", key, ""},
		{"32 characters", key[:32], ""},
		{"31 characters", key[:31], "has 31 characters; at least 32"},
		{"one character", "x", "has 1 characters; at least 32"},
		{"empty", "", "is empty"},
		{"one character repeated", strings.Repeat("a", 64), "repeats"},
		{"spaces", strings.Repeat(" ", 64), "repeats"},
		{"zeros", strings.Repeat("\x00", 32), "repeats"},
		{"two characters", strings.Repeat("ab", 32), "repeats"},
		{"seven different characters", "aabacabbcdabcdefgabgfedcabgfedcbafgcdeabg", "repeats"},
		{"eight different characters", "aabacabbcdabcdefgabgfedcabgfedcbafgcdeabh", ""},
		{"one character, and some others", "abcdefgh" + strings.Repeat("a", 24), "repeats"},
		{"half of it one character", key[:16] + strings.Repeat("a", 16), ""},
		{"a word repeated", strings.Repeat("password1!", 4), "repeats"},
		{"a word repeated, cut off", strings.Repeat("password1!", 4)[:36], "repeats"},
		{"half of a key repeated twice", key[:20] + key[:20], ""},
		{"the sample of the documentation", "change-me-change-me-change-me-change-me", "sample"},
		{"the sample in capitals", "CHANGE-ME-CHANGE-ME-CHANGE-ME-CHANGE-ME", "sample"},
		{"a sample of digits", "0123456789abcdef0123456789abcdef", "sample"},
		{"a placeholder", "<your session key, at least 32 characters>", "sample"},
		{"text beyond ASCII", "Schlüssel für Größe, Maß und Übermut: äöüß", ""},
		{"a short key and spaces", key[:20] + strings.Repeat(" ", 15), "white space"},
		{"a line", key + "\n", "white space"},
		{"a space before it", " " + key, "white space"},
		{"spaces within", key[:20] + " " + key[20:], ""},
		{"bytes that are no text", "\x00\xff\x80\n" + key, ""},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			err := sessions.CheckKey("the key", tt.key)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("CheckKey = %v, want no error", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("CheckKey = %v, want an error with %q", err, tt.want)
			case err != nil && len(tt.key) > 3 && strings.Contains(err.Error(), tt.key):
				t.Errorf("CheckKey = %v, which tells the key", err)
			}
		})
	}
}

func TestNewKey(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		k := soay.NewKey()
		if len(k) != 43 || strings.Trim(k, alphabet) != "" {
			t.Fatalf("NewKey = %q, want 43 characters of base64url", k)
		}
		if err := sessions.CheckKey("the key", k); err != nil {
			t.Fatalf("CheckKey(%q) = %v", k, err)
		}
		if seen[k] {
			t.Fatalf("NewKey returns %q twice", k)
		}
		seen[k] = true
	}
}

// userApp is newUserApp with a key.
func userApp(key string, previous ...string) *soay.App {
	app := soay.New()
	app.UseSessions(key, sessions.Options{PreviousKeys: previous})
	app.Get("/", func(req soay.Request) soay.Response {
		return soay.Response{}.WithHeader("User", sessions.GetOr(req.Session, "user", "nobody"))
	})
	app.Post("/", done(func(s sessions.Session) {
		s.Set("user", s.Get("user"))
		s.Set("visits", sessions.GetOr(s, "visits", 0)+1)
	}))
	app.Put("/", done(func(s sessions.Session) { s.Set("user", "ann") }))
	return app
}

// set returns the cookie that an app sets in answer to a method and perhaps a cookie.
func set(t *testing.T, app *soay.App, method string, cookies ...string) string {
	t.Helper()
	r, w := newExchange(method, "/", cookies...)
	app.ServeHTTP(w, r)
	return pair(t, w)
}

func TestKeyRotation(t *testing.T) {
	const third = "nB7xQe5tHs3kVw9mRz1cYp8fLd2gJa6uTo4iXqK0"
	old := set(t, userApp(key), "PUT")
	older := set(t, userApp(third), "PUT")
	rotated := userApp(otherKey, key, third)

	for name, cookie := range map[string]string{"previous key": old, "key before that": older} {
		if got := ask(rotated, cookie).Header().Get("User"); got != "ann" {
			t.Errorf("a cookie of the %s has the user %s, want ann", name, got)
		}
		if got := ask(userApp(otherKey), cookie).Header().Get("User"); got != "nobody" {
			t.Errorf("without PreviousKeys a cookie of the %s has the user %s, want nobody", name, got)
		}
		if w := ask(rotated, cookie); w.Header()["Set-Cookie"] != nil {
			t.Errorf("reading a cookie of the %s sets %q", name, w.Header()["Set-Cookie"])
		}
		renewed := set(t, rotated, "POST", cookie)
		if got := ask(userApp(otherKey), renewed).Header().Get("User"); got != "ann" {
			t.Errorf("after a write a cookie of the %s is %s's for the new key, want ann's", name, got)
		}
		for _, k := range []string{key, third} {
			if got := ask(userApp(k), renewed).Header().Get("User"); got != "nobody" {
				t.Errorf("after a write a cookie of the %s still opens with an old key", name)
			}
		}
	}
}

func TestKeysDifferInEveryByte(t *testing.T) {
	cookie := set(t, userApp(key), "PUT")
	for i := range key {
		changed := []byte(key)
		changed[i] ^= 1
		if got := ask(userApp(string(changed)), cookie).Header().Get("User"); got != "nobody" {
			t.Errorf("the key %q opens what %q has sealed", changed, key)
		}
	}
	if got := ask(userApp(key+"x"), cookie).Header().Get("User"); got != "nobody" {
		t.Error("a longer key opens what its beginning has sealed")
	}
}
