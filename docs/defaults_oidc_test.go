package docs_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions/memstore"
)

// provider starts an OpenID provider that only describes itself, with so many bytes besides.
func provider(t *testing.T, more int) *httptest.Server {
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved/.well-known/openid-configuration" {
			http.Redirect(w, r, "/.well-known/openid-configuration", http.StatusFound)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{
			"issuer": s.URL, "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token",
			"jwks_uri": s.URL + "/keys", "end_session_endpoint": s.URL + "/end", "more": strings.Repeat("m", more),
		})
	}))
	t.Cleanup(s.Close)
	return s
}

// clientOf returns a browser of an app whose users sign in at a provider.
func clientOf(t *testing.T, issuer string) *requesttest.Client {
	app := soay.New(soay.Options{Env: "production", PublicURL: "https://cats.example", Logger: new(requesttest.Log).Logger(), DrainDelay: -1})
	app.UseSessionStore(memstore.New())
	app.AddScheme("login", oidc.New(oidc.Options{Issuer: issuer, ClientID: "cats"}))
	app.AddScheme("session", auth.Session())
	app.Post("/enter", func(req soay.Request) soay.Response {
		id, err := auth.NewIdentity(auth.Profile{Subject: "ada"})
		if err == nil {
			err = auth.SignIn(req, id)
		}
		if err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	app.Get("/me", func(soay.Request) soay.Response { return response.NoContent() }).Auth()
	return requesttest.New(t, app, requesttest.Options{HTTPS: true, Host: "cats.example"})
}

func signInAtAProvider(t *testing.T, cell string) {
	resp := clientOf(t, provider(t, 0).URL).Get("/sign-in")
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.Query().Get("code_challenge_method") != "S256" || u.Query().Get("response_type") != "code" {
		t.Errorf("the browser goes to %s", u)
	}
	prefix, _, _ := strings.Cut(codeSpan.FindStringSubmatch(cell)[1], "…")
	if len(resp.Cookies) != 1 || !strings.HasPrefix(resp.Cookies[0].Name, prefix) || resp.Cookies[0].MaxAge != 600 || !strings.Contains(cell, "10 min") {
		t.Errorf("cookies: %v", resp.Cookies)
	}
	for _, name := range []string{"state", "nonce"} {
		if secret := u.Query().Get(name); secret == "" || strings.Contains(resp.Cookies[0].Value, secret) {
			t.Errorf("the cookie shows the %s", name)
		}
	}
}

func signInsAtOnce(t *testing.T, cell string) {
	c := clientOf(t, provider(t, 0).URL)
	for range 8 {
		c.Get("/sign-in")
	}
	if n := len(c.Cookies("/")); n != 5 || cell != "5, the oldest goes" {
		t.Errorf("%d cookies, and the page says %q", n, cell)
	}
}

func providerThatIsDown(t *testing.T) {
	s := provider(t, 0)
	s.Close()
	if got := clientOf(t, s.URL).Get("/sign-in"); got.Status != http.StatusServiceUnavailable {
		t.Errorf("%d", got.Status)
	}
}

func descriptionOfAProvider(t *testing.T, cell string) {
	if cell != "at most 512 KiB, no redirects" {
		t.Errorf("the page says %q", cell)
	}
	if got := clientOf(t, provider(t, 511<<10).URL).Get("/sign-in"); got.Status != http.StatusFound {
		t.Errorf("511 KiB: %d", got.Status)
	}
	if got := clientOf(t, provider(t, 512<<10).URL).Get("/sign-in"); got.Status != http.StatusServiceUnavailable {
		t.Errorf("more than 512 KiB: %d", got.Status)
	}
	if got := clientOf(t, provider(t, 0).URL+"/moved").Get("/sign-in"); got.Status != http.StatusServiceUnavailable {
		t.Errorf("a redirect: %d", got.Status)
	}
}

func signOutAtAProvider(t *testing.T) {
	c := clientOf(t, provider(t, 0).URL)
	c.Post("/enter")
	if got := c.Get("/sign-out"); got.Status != http.StatusMethodNotAllowed || c.Get("/me").Status != http.StatusNoContent {
		t.Errorf("GET: %d", got.Status)
	}
	c.Post("/sign-out")
	if got := c.Get("/me"); got.Status != http.StatusUnauthorized {
		t.Errorf("after the sign-out: %d", got.Status)
	}
}
