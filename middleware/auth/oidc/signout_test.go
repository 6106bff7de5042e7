package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions/keyring"
	"github.com/soay-go/soay/sessions/memstore"

	"github.com/soay-go/soay"
)

func TestSignOut(t *testing.T) {
	for name, store := range map[string]*memstore.Store{"cookies": nil, "a store": memstore.New()} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t)
			c := browser(t, newSite(p, setup{store: store}, oidc.Options{}))
			signIn(t, c, "/sign-in")
			kept := c.Cookies("/")
			if got := c.Get("/sign-out"); got.Status != http.StatusMethodNotAllowed {
				t.Errorf("GET: %d", got.Status)
			}
			if got := c.Post("/sign-out", requesttest.With{Header: http.Header{"Sec-Fetch-Site": {"cross-site"}}}); got.Status != http.StatusForbidden {
				t.Errorf("a forged request: %d", got.Status)
			}
			p.Close() // the provider is down
			got := c.Post("/sign-out")
			u, err := url.Parse(got.Header.Get("Location"))
			if err != nil || got.Status != http.StatusSeeOther || !strings.HasPrefix(u.String(), p.URL+"/end?") {
				t.Fatalf("%d to %q", got.Status, u)
			}
			q := u.Query()
			hint := q.Get("id_token_hint")
			q.Del("id_token_hint")
			want := url.Values{"post_logout_redirect_uri": {siteURL + "/"}}
			if store == nil { // a cookie has no room for the ID token
				want.Set("client_id", clientID)
			}
			if diff := cmp.Diff(want, q); diff != "" || (store != nil) != (strings.Count(hint, ".") == 2) {
				t.Errorf("the hint is %q, the others (-want +got):\n%s", hint, diff)
			}
			if text := c.Get("/who").Text(); text != "nobody" {
				t.Errorf("the user is %s", text)
			}
			if store == nil {
				return
			}
			for _, k := range kept { // the logout is final
				c.SetCookie(k)
			}
			if text := c.Get("/who").Text(); text != "nobody" {
				t.Errorf("with the old cookie the user is %s", text)
			}
		})
	}
}

func TestSignOutOfNobody(t *testing.T) {
	p := newOP(t)
	c := browser(t, newSite(p, setup{}, oidc.Options{}))
	if got := c.Post("/sign-out"); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/" {
		t.Errorf("%d to %q", got.Status, got.Header.Get("Location"))
	}
}

// pair returns two instances of a site with one store, and browsers of them.
func pair(t *testing.T, p *op, options oidc.Options) (sites [2]*site, browsers [2]*requesttest.Client) {
	ring, err := keyring.FromKeys(soay.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	store := memstore.New()
	for i := range sites {
		sites[i] = newSite(p, setup{store: store, ring: ring}, options)
		browsers[i] = browser(t, sites[i])
	}
	return sites, browsers
}

// share gives a browser the cookies of another one.
func share(from, to *requesttest.Client) {
	for _, k := range from.Cookies("/") {
		to.SetCookie(k)
	}
}

func TestBackChannel(t *testing.T) {
	p := newOP(t)
	_, c := pair(t, p, oidc.Options{BackChannelPath: "/logout-token"})
	signIn(t, c[0], "/sign-in")
	p.change(func(l *lies) { l.claims = func(c map[string]any) { c["sid"] = "session-2" } })
	signIn(t, c[1], "/sign-in")

	post := func(token string) *requesttest.Response {
		with := requesttest.With{Form: url.Values{"logout_token": {token}}, Header: http.Header{"Sec-Fetch-Site": {}}}
		return c[1].WithHeader("Cookie", "").Post("/logout-token", with)
	}
	now := time.Now().Unix()
	for name, change := range map[string]map[string]any{
		"with a nonce": {"nonce": "x"}, "an old one": {"iat": now - 121}, "no events": {"events": nil}, "another event": {"events": map[string]any{"x": map[string]any{}}},
		"an event that is no object": {"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": true}},
		"no jti":                     {"jti": nil}, "no sub": {"sub": nil}, "for another client": {"aud": "dogs"}, "of another issuer": {"iss": "https://evil.example"}, "over": {"exp": now - 90}, "no iat": {"iat": nil},
	} {
		if got := post(p.logoutToken(change)); got.Status != http.StatusBadRequest || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", name, got.Status, got.Header)
		}
	}
	if text := c[0].Get("/who").Text(); text == "nobody" {
		t.Error("a refused token has ended a session")
	}
	token := p.logoutToken(nil)
	if got := post(token); got.Status != http.StatusOK || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", got.Status, got.Header)
	}
	if text := c[0].Get("/who").Text(); text != "nobody" {
		t.Errorf("the user of the first instance is %s", text)
	}
	if text := c[1].Get("/who").Text(); text == "nobody" {
		t.Error("the other session of the user has ended, too")
	}
	if got := post(token); got.Status != http.StatusBadRequest {
		t.Errorf("the token once more: %d", got.Status)
	}
	if got := post(p.logoutToken(map[string]any{"sid": nil})); got.Status != http.StatusOK {
		t.Errorf("without sid: %d", got.Status)
	}
	if text := c[1].Get("/who").Text(); text != "nobody" {
		t.Errorf("without sid, the user is still %s", text)
	}
}
