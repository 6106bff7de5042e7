package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions/memstore"
)

func TestSignIn(t *testing.T) {
	for name, store := range map[string]*memstore.Store{"cookies": nil, "a store": memstore.New()} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t)
			s := newSite(p, setup{store: store}, oidc.Options{RolesFrom: []string{"/realm_access/roles"}})
			c := browser(t, s)
			c.Post("/set")
			before := c.Get("/value").Text()
			first := c.Get("/admin?x=1", navigation)
			if first.Status != http.StatusFound || first.Header.Get("Location") != "/sign-in?return=%2Fadmin%3Fx%3D1" {
				t.Fatalf("a page with a rule: %d to %q", first.Status, first.Header.Get("Location"))
			}
			got := signIn(t, c, first.Header.Get("Location"))
			if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/admin?x=1" || got.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("callback: %d %v %s\n%s", got.Status, got.Header, got.Text(), s.log)
			}
			if text := c.Get("/admin").Text(); text != `248289761001 "Ada Lovelace" [admin] by login` {
				t.Errorf("the user is %s", text)
			}
			after := c.Get("/value").Text()
			if before == after || !strings.HasPrefix(before, "planted ") || !strings.HasPrefix(after, "<nil> ") {
				t.Errorf("the session was %q and is %q", before, after)
			}
			for _, cookie := range c.Cookies("/") {
				if strings.Contains(cookie.Name, "oidc-") {
					t.Errorf("the cookie %s is still there", cookie.Name)
				}
			}
			p.wantNoSecrets(t, s)
		})
	}
}

// wantNoSecrets fails the test if the log has something that only the app and the provider may know.
func (p *op) wantNoSecrets(t testing.TB, s *site) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	log := s.log.String()
	for _, form := range p.forms {
		for _, name := range []string{"code", "code_verifier", "refresh_token"} {
			if v := form.Get(name); v != "" && strings.Contains(log, v) {
				t.Errorf("the log has the %s", name)
			}
		}
	}
	for _, text := range []string{secret, "access-", "refresh-", "eyJ", "leak-"} {
		if strings.Contains(log, text) {
			t.Errorf("the log has %s:\n%s", text, log)
		}
	}
}

func TestTheRequestToTheProvider(t *testing.T) {
	p := newOP(t)
	s := newSite(p, setup{}, oidc.Options{Prompt: "select_account", ACR: "gold", Scopes: []string{"openid", "email"}})
	c := browser(t, s)
	resp := c.Get("/sign-in?return=/me")
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) != 43 {
			t.Errorf("%s is %q, want 32 bytes", name, q.Get(name))
		}
		q.Del(name)
	}
	want := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {siteURL + "/sign-in/callback"}, "scope": {"openid email"},
		"code_challenge_method": {"S256"}, "prompt": {"select_account"}, "acr_values": {"gold"},
	}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Errorf("the parameters (-want +got):\n%s", diff)
	}
	cookies := resp.Cookies
	if len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "__Host-oidc-") || len(cookies[0].Name) != len("__Host-oidc-")+12 {
		t.Fatalf("cookies: %v", cookies)
	}
	if k := cookies[0]; !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.MaxAge != 600 || k.Path != "/" || k.Domain != "" {
		t.Errorf("the cookie is %v", k)
	}
	if resp.Header.Get("Cache-Control") != "no-store" {
		t.Error("the redirect can be stored")
	}
}

// TestOtherSignIns is T12: what another browser, an older sign-in and another provider bring is refused.
func TestOtherSignIns(t *testing.T) {
	p := newOP(t)
	s := newSite(p, setup{}, oidc.Options{})
	c := browser(t, s)
	path := begin(t, c, "/sign-in")

	stranger := requesttest.New(t, newSite(p, setup{}, oidc.Options{}).App, requesttest.Options{HTTPS: true, Host: "cats.example"})
	wantRefused(t, "another browser", stranger, stranger.Get(path, fromProvider), http.StatusBadRequest)

	kept := c.Cookies("/")
	if got := c.Get(path, fromProvider); got.Status != http.StatusSeeOther {
		t.Fatalf("the callback: %d", got.Status)
	}
	c.Post("/sign-out")
	wantRefused(t, "the state once more", c, c.Get(path, fromProvider), http.StatusBadRequest)
	for _, cookie := range kept {
		c.SetCookie(cookie)
	}
	wantRefused(t, "the state once more, with its cookie", c, c.Get(path, fromProvider), http.StatusBadRequest)

	u, _ := url.Parse(begin(t, c, "/sign-in"))
	for name, query := range map[string]string{
		"no state": "code=x", "two states": u.RawQuery + "&state=x", "two codes": u.RawQuery + "&code=x", "another state": "code=x&state=y",
	} {
		if got := c.Get("/sign-in/callback?"+query, fromProvider); got.Status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	if got := c.Get("/sign-in/callback?state="+u.Query().Get("state"), fromProvider); got.Status != http.StatusBadRequest {
		t.Errorf("no code: %d", got.Status)
	}
	p.wantNoSecrets(t, s)
}

func TestIssuerInTheAnswer(t *testing.T) {
	p := newOP(t)
	for _, test := range []struct {
		name     string
		announce bool
		iss      []string
		status   int
	}{
		{"neither sent nor announced", false, nil, 303},
		{"sent", false, []string{p.URL}, 303},
		{"announced and sent", true, []string{p.URL}, 303},
		{"announced and missing", true, nil, 400},
		{"that of another provider", false, []string{"https://evil.example"}, 400},
		{"with a slash", true, []string{p.URL + "/"}, 400},
		{"empty", false, []string{""}, 400},
		{"twice", false, []string{p.URL, p.URL}, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.change(func(l *lies) {
				l.metadata = func(m map[string]any) { m["authorization_response_iss_parameter_supported"] = test.announce }
				l.answer = func(v url.Values) { v["iss"] = test.iss }
			})
			c := browser(t, newSite(p, setup{}, oidc.Options{}))
			if got := signIn(t, c, "/sign-in"); got.Status != test.status {
				t.Errorf("%d, want %d", got.Status, test.status)
			}
		})
	}
}

func TestErrorOfTheProvider(t *testing.T) {
	p := newOP(t)
	p.change(func(l *lies) {
		l.answer = func(v url.Values) {
			v.Del("code")
			v.Set("error", "access_denied")
			v.Set("error_description", "<script>alert(1)</script>")
		}
	})
	c := browser(t, newSite(p, setup{}, oidc.Options{}))
	got := signIn(t, c, "/sign-in?return=/me")
	wantRefused(t, "access_denied", c, got, http.StatusForbidden)
	if strings.Contains(got.Text(), "script") || !strings.Contains(got.Text(), "/sign-in?return=%2Fme") {
		t.Errorf("the page is %s", got.Text())
	}
	c = browser(t, newSite(p, setup{}, oidc.Options{ErrorPath: "/refused"}))
	if got := signIn(t, c, "/sign-in"); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/refused?error=access_denied" {
		t.Errorf("with an ErrorPath: %d to %q", got.Status, got.Header.Get("Location"))
	}
	p.change(func(l *lies) {
		l.answer = func(v url.Values) { v.Set("error", "<script>") }
	})
	if got := signIn(t, c, "/sign-in"); got.Header.Get("Location") != "/refused?error=server_error" {
		t.Errorf("an unknown error leads to %q", got.Header.Get("Location"))
	}
}

func TestFormPost(t *testing.T) {
	p := newOP(t)
	s := newSite(p, setup{}, oidc.Options{ResponseMode: oidc.ModeFormPost})
	c := browser(t, s)
	first := c.Get("/sign-in?return=/me")
	if k := first.Cookies[0]; k.SameSite != http.SameSiteNoneMode || !k.Secure || !strings.HasPrefix(k.Name, "__Host-") {
		t.Errorf("the cookie is %v", k)
	}
	resp, err := http.Get(first.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var text strings.Builder
	if err := resp.Write(&text); err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(text.String(), "\r\n\r\n")
	form, err := url.ParseQuery(strings.TrimSpace(body))
	if err != nil {
		t.Fatal(err)
	}
	post := requesttest.With{Form: form, Header: http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {p.URL}}}
	if got := c.Get("/sign-in/callback?" + form.Encode()); got.Status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", got.Status)
	}
	if got := c.Post("/sign-in/callback?"+form.Encode(), post); got.Status != http.StatusBadRequest {
		t.Errorf("a form and a query: %d", got.Status)
	}
	if got := c.Post("/sign-in/callback", post); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/me" {
		t.Fatalf("%d %s\n%s", got.Status, got.Text(), s.log)
	}
	if text := c.Get("/me").Text(); !strings.HasPrefix(text, "248289761001") {
		t.Errorf("the user is %s", text)
	}
}
