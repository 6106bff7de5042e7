package oidc_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/middleware/auth/oidc"
)

// TestLiesInTheIDToken has a provider, or somebody between, that lies in each field of the ID token.
func TestLiesInTheIDToken(t *testing.T) {
	set := func(name string, value any) func(*lies) {
		return func(l *lies) { l.claims = func(c map[string]any) { c[name] = value } }
	}
	without := func(name string) func(*lies) {
		return func(l *lies) { l.claims = func(c map[string]any) { delete(c, name) } }
	}
	head := func(name string, value any) func(*lies) {
		return func(l *lies) { l.header = func(h map[string]any) { h[name] = value } }
	}
	raw := func(f func(string) string) func(*lies) { return func(l *lies) { l.token = f } }
	now := time.Now().Unix()
	tests := map[string]func(*lies){
		"iss of another one": set("iss", "https://evil.example"), "no iss": without("iss"), "iss is a list": set("iss", []any{"x"}),
		"aud of another client": set("aud", "dogs"), "no aud": without("aud"), "aud is empty": set("aud", []any{}), "aud is a number": set("aud", 7),
		"azp of another client": set("azp", "dogs"), "azp is empty": set("azp", ""),
		"exp over": set("exp", now-61), "no exp": without("exp"), "exp is a text": set("exp", "9999999999"), "exp is huge": set("exp", 1e300),
		"iat too old": set("iat", now-601), "iat ahead": set("iat", now+90), "no iat": without("iat"), "iat is a text": set("iat", "x"),
		"nonce of another sign-in": set("nonce", "x"), "no nonce": without("nonce"), "nonce is empty": set("nonce", ""), "nonce is null": set("nonce", nil),
		"at_hash of another token": set("at_hash", "x"), "at_hash is empty": set("at_hash", ""),
		"no sub": without("sub"), "sub is empty": set("sub", ""), "sub is a number": set("sub", 7), "sub is long": set("sub", strings.Repeat("a", 256)),
		"auth_time ahead": set("auth_time", now+3600), "auth_time is a text": set("auth_time", "now"),
		"a logout token": set("events", map[string]any{}),
		"alg none": raw(func(string) string {
			return b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(`{}`)) + "."
		}),
		"alg HS256":          raw(func(token string) string { return resigned(token, `{"alg":"HS256","kid":"k1"}`, secret) }),
		"alg of another key": head("alg", "RS256"), "an unknown kid": head("kid", "k2"), "crit": head("crit", []any{"x"}),
		"no token": raw(func(string) string { return "" }), "no signature": raw(func(s string) string { return s[:strings.LastIndex(s, ".")+1] }),
		"four parts": raw(func(s string) string { return s + ".x" }), "two parts": raw(func(s string) string { return s[:strings.LastIndex(s, ".")] }),
		"padded": raw(func(s string) string { return s + "=" }), "long": raw(func(s string) string { return s + strings.Repeat("A", 16<<10) }),
		"another signature": raw(func(s string) string { return s[:len(s)-10] + "AAAAAAAAAA" }),
	}
	p := newOP(t)
	c := browser(t, newSite(p, setup{}, oidc.Options{}))
	for name, lie := range tests {
		t.Run(name, func(t *testing.T) {
			p.change(func(l *lies) { *l = lies{}; lie(l) })
			wantRefused(t, name, c, signIn(t, c, "/sign-in"), http.StatusBadRequest)
		})
	}
	p.change(func(l *lies) {
		*l = lies{claims: func(c map[string]any) { c["aud"], c["azp"] = []any{"dogs", clientID}, clientID }}
	})
	if got := signIn(t, c, "/sign-in"); got.Status != http.StatusSeeOther {
		t.Errorf("two in aud: %d", got.Status)
	}
}

// resigned returns a token with another header and a MAC.
func resigned(token, head, key string) string {
	payload := strings.Split(token, ".")[1]
	text := b64([]byte(head)) + "." + payload
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return text + "." + b64(mac.Sum(nil))
}

// TestLiesOfTheTokenEndpoint has answers that are none.
func TestLiesOfTheTokenEndpoint(t *testing.T) {
	say := func(status int, contentType, body string) func(http.Handler) http.Handler {
		return func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", contentType)
				w.WriteHeader(status)
				fmt.Fprint(w, body)
			})
		}
	}
	change := func(f func(http.ResponseWriter, *bytes.Buffer)) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				rec := &recorder{header: w.Header()}
				next.ServeHTTP(rec, r)
				f(w, &rec.body)
			})
		}
	}
	p := newOP(t)
	c := browser(t, newSite(p, setup{}, oidc.Options{Timeout: 500 * time.Millisecond}))
	for _, test := range []struct {
		name   string
		lie    func(http.Handler) http.Handler
		status int
	}{
		{"a page", say(200, "text/html", "<html>"), 502},
		{"a failure", say(500, "application/json", "{}"), 502},
		{"another failure", say(503, "text/plain", "busy"), 502},
		{"no token in it", say(200, "application/json", "{}"), 502},
		{"a list", say(200, "application/json", "[]"), 502},
		{"doubled members", say(200, "application/json", `{"access_token":"a","access_token":"b"}`), 502},
		{"too much", say(200, "application/json", `{"access_token":"`+strings.Repeat("a", 2<<20)+`"}`), 502},
		{"a form", say(200, "application/x-www-form-urlencoded", "access_token=x&id_token=y"), 502},
		{"a redirect", func(http.Handler) http.Handler {
			return http.RedirectHandler("https://evil.example/", http.StatusTemporaryRedirect)
		}, 502},
		{"the code is refused", say(400, "application/json", `{"error":"invalid_grant"}`), 400},
		{"the client is refused", say(401, "application/json", `{"error":"invalid_client"}`), 502},
		{"an unknown error", say(400, "application/json", `{"error":"leak-this"}`), 502},
		{"HTML in place of JSON", change(func(w http.ResponseWriter, b *bytes.Buffer) {
			w.Header().Set("Content-Type", "text/html")
			w.Write(b.Bytes())
		}), 502},
		{"a length that is not true", change(func(w http.ResponseWriter, b *bytes.Buffer) {
			w.Header().Set("Content-Length", fmt.Sprint(b.Len()+10))
			w.Write(b.Bytes())
		}), 502},
		{"nothing for ever", func(http.Handler) http.Handler {
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body) // or the server does not see that the client has gone
				<-r.Context().Done()
			})
		}, 502},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.change(func(l *lies) { l.endpoint = test.lie })
			wantRefused(t, test.name, c, signIn(t, c, "/sign-in"), test.status)
		})
	}
	p.change(func(l *lies) { *l = lies{} })
	if got := signIn(t, c, "/sign-in"); got.Status != http.StatusSeeOther {
		t.Errorf("an honest provider: %d", got.Status)
	}
}

// recorder keeps the body of an answer.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
func (r *recorder) WriteHeader(int)             {}

func TestUserInfo(t *testing.T) {
	p := newOP(t)
	s := newSite(p, setup{}, oidc.Options{UserInfo: true, RolesFrom: []string{"/roles"}})
	c := browser(t, s)
	p.change(func(l *lies) { l.userInfo = func(m map[string]any) { m["roles"] = []string{"keeper"} } })
	if got := signIn(t, c, "/sign-in"); got.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", got.Status, s.log)
	}
	if text := c.Get("/me").Text(); text != `248289761001 "Ada Lovelace" [keeper] by login` {
		t.Errorf("the user is %s", text)
	}
	c.Post("/sign-out")
	for name, lie := range map[string]func(map[string]any){
		"another sub": func(m map[string]any) { m["sub"] = "x" }, "no sub": func(m map[string]any) { delete(m, "sub") },
	} {
		p.change(func(l *lies) { l.userInfo = lie })
		wantRefused(t, name, c, signIn(t, c, "/sign-in"), http.StatusBadRequest)
	}
}

// TestLiesInTheMetadata is about providers that cannot be used at all: the sign-in is 503.
func TestLiesInTheMetadata(t *testing.T) {
	for name, lie := range map[string]func(map[string]any){
		"another issuer":         func(m map[string]any) { m["issuer"] = "https://evil.example" },
		"a slash more":           func(m map[string]any) { m["issuer"] = fmt.Sprint(m["issuer"]) + "/" },
		"no token endpoint":      func(m map[string]any) { delete(m, "token_endpoint") },
		"http elsewhere":         func(m map[string]any) { m["token_endpoint"] = "http://evil.example/token" },
		"javascript":             func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" },
		"an end that is no URL":  func(m map[string]any) { m["end_session_endpoint"] = "//evil" },
		"keys in another scheme": func(m map[string]any) { m["jwks_uri"] = "file:///etc/passwd" },
		"huge":                   func(m map[string]any) { m["x"] = strings.Repeat("a", 1<<20) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t)
			p.change(func(l *lies) { l.metadata = lie })
			c := browser(t, newSite(p, setup{}, oidc.Options{}))
			if got := c.Get("/sign-in"); got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
				t.Errorf("%d %v", got.Status, got.Header)
			}
		})
	}
}

// TestKeysAreAway: an outage of the keys is the provider's fault, not the client's.
func TestKeysAreAway(t *testing.T) {
	p := newOP(t)
	p.change(func(l *lies) {
		l.keys = func(http.Handler) http.Handler { return http.NotFoundHandler() }
	})
	c := browser(t, newSite(p, setup{}, oidc.Options{}))
	wantRefused(t, "no keys", c, signIn(t, c, "/sign-in"), http.StatusBadGateway)
}

func TestSecretsAreNotPrinted(t *testing.T) {
	o := oidc.Options{Issuer: "https://id.example", ClientID: "cats", ClientSecret: secret, PreviousSecrets: []string{"older-" + secret}}
	for _, v := range []any{o, &o, oidc.New(o)} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		for _, printed := range []string{fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%s", v), string(text)} {
			if strings.Contains(printed, secret) {
				t.Errorf("%T: %s", v, printed)
			}
		}
	}
}
