package oidc_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
	"github.com/soay-go/soay/sessions/memstore"
)

const siteURL = "https://cats.example"

// site is an app whose users sign in at a provider.
type site struct {
	*soay.App
	login *oidc.Login
	log   *requesttest.Log
}

// setup is what a test changes of a site.
type setup struct {
	store *memstore.Store // nil for sessions in cookies
	ring  *keyring.Ring
	more  func(*soay.App)
}

// newSite returns a site:
//
//	GET  /who      tells who somebody is, without a rule
//	GET  /me       the same for users, and /admin for admins
//	GET  /token    tells the access token
//	POST /set      sets a value of the session, which GET /value tells
func newSite(p *op, with setup, options oidc.Options) *site {
	s := &site{log: &requesttest.Log{Level: slog.LevelDebug}}
	s.App = soay.New(soay.Options{Env: "production", Logger: s.log.Logger(), DrainDelay: -1, PublicURL: siteURL})
	if with.ring == nil {
		with.ring, _ = keyring.FromKeys(soay.NewKey())
	}
	if with.store != nil {
		s.UseSessionStore(with.store, sessions.Options{Codec: with.ring.Codec()})
	} else {
		s.UseSessions("", sessions.Options{Codec: with.ring.Codec()})
	}
	options.Issuer, options.ClientID = p.URL, clientID
	if options.ClientSecret == "" {
		options.ClientSecret = secret
	}
	s.login = oidc.New(options)
	s.AddScheme("login", s.login)
	s.Get("/who", who)
	s.Get("/me", who).Auth()
	s.Get("/admin", who).Auth(soay.Auth{Roles: []string{"admin"}})
	s.Get("/token", func(req soay.Request) soay.Response {
		token, err := s.login.AccessToken(req)
		if err != nil {
			return response.Error(err)
		}
		return response.Text(token)
	})
	s.Post("/set", func(req soay.Request) soay.Response {
		req.Session.Set("value", "planted")
		return response.NoContent()
	})
	s.Get("/value", func(req soay.Request) soay.Response {
		return response.Text(fmt.Sprint(req.Session.Get("value"), " ", req.Session.ID()))
	})
	if with.more != nil {
		with.more(s.App)
	}
	return s
}

// who tells who the client is.
func who(req soay.Request) soay.Response {
	id := soay.User(req)
	if id == nil {
		return response.Text("nobody")
	}
	return response.Text(fmt.Sprintf("%s %q %v by %s", id.Subject(), id.Name(), id.Roles(), id.Scheme()))
}

// browser returns a client of a site, which has https.
func browser(t testing.TB, s *site) *requesttest.Client {
	t.Helper()
	return requesttest.New(t, s.App, requesttest.Options{HTTPS: true, Host: "cats.example"})
}

// begin starts a sign-in, and returns where the provider sends the browser back to.
func begin(t testing.TB, c *requesttest.Client, path string) string {
	t.Helper()
	resp := c.Get(path)
	if resp.Status != http.StatusFound {
		t.Fatalf("GET %s: %d %s", path, resp.Status, resp.Text())
	}
	return visit(t, resp.Header.Get("Location"))
}

// visit goes to the provider, and returns where it sends the browser to, as a path.
func visit(t testing.TB, location string) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(location)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusFound || !strings.HasPrefix(back.String(), siteURL+"/") {
		t.Fatalf("GET %s: %d to %q", location, resp.StatusCode, back)
	}
	return back.RequestURI()
}

// signIn signs a browser in.
func signIn(t testing.TB, c *requesttest.Client, path string) *requesttest.Response {
	t.Helper()
	return c.Get(begin(t, c, path), fromProvider)
}

// fromProvider is what a browser says of a request that the provider's page has led to.
var fromProvider = requesttest.With{Header: http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}}}

// navigation is that of a page.
var navigation = requesttest.With{Header: http.Header{"Sec-Fetch-Mode": {"navigate"}}}

// wantRefused fails the test unless a callback was refused with a page that offers to start again, and nobody is signed in.
func wantRefused(t testing.TB, what string, c *requesttest.Client, got *requesttest.Response, status int) {
	t.Helper()
	if got.Status != status || !strings.Contains(got.Text(), `<a href="/sign-in`) || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %d %v %s, want %d and a page", what, got.Status, got.Header, got.Text(), status)
	}
	if text := c.Get("/who").Text(); text != "nobody" {
		t.Errorf("%s: the browser is %s", what, text)
	}
	for _, cookie := range c.Cookies("/") {
		if strings.Contains(cookie.Name, "oidc-") {
			t.Errorf("%s: the cookie %s is still there", what, cookie.Name)
		}
	}
}
