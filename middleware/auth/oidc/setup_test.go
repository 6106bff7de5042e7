package oidc_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// TestMistakes are those of the setup, which stop the start.
func TestMistakes(t *testing.T) {
	good := oidc.Options{Issuer: "https://id.example", ClientID: "cats", ClientSecret: secret}
	for want, change := range map[string]func(*oidc.Options){
		"Issuer:": func(o *oidc.Options) { o.Issuer = "http://id.example" }, "Issuer: it has": func(o *oidc.Options) { o.Issuer += "?x" },
		"ClientID": func(o *oidc.Options) { o.ClientID = "" }, "PreviousSecrets": func(o *oidc.Options) { o.PreviousSecrets = []string{""} },
		"openid is missing": func(o *oidc.Options) { o.Scopes = []string{"email"} }, "Scopes: \"a b\"": func(o *oidc.Options) { o.Scopes = []string{"openid", "a b"} },
		"SignInPath": func(o *oidc.Options) { o.SignInPath = "//evil" }, "ErrorPath": func(o *oidc.Options) { o.ErrorPath = "x" },
		"ResponseMode": func(o *oidc.Options) { o.ResponseMode = "fragment" }, "Prompt": func(o *oidc.Options) { o.Prompt = "none" },
		"MaxAge": func(o *oidc.Options) { o.MaxAge = -1 }, "LoadEvery": func(o *oidc.Options) { o.LoadEvery = time.Second },
		"Tenants": func(o *oidc.Options) { o.Tenants = []string{"{tenantid}"} }, "RolesFrom": func(o *oidc.Options) { o.RolesFrom = []string{"realm_access.roles"} },
		"Name:": func(o *oidc.Options) { o.Name = "My Provider" }, "SaveTokens": func(o *oidc.Options) { o.SaveTokens = true },
		"BackChannelPath": func(o *oidc.Options) { o.BackChannelPath = "/logout-token" },
	} {
		o := good
		change(&o)
		a := soay.New(soay.Options{Env: "production", PublicURL: siteURL, Logger: new(requesttest.Log).Logger()})
		a.UseSessions(soay.NewKey())
		a.AddScheme("login", oidc.New(o))
		if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "setup_test.go:") {
			t.Errorf("%s: %v", want, err)
		}
	}
	a := soay.New(soay.Options{Env: "production", Logger: new(requesttest.Log).Logger()})
	a.AddScheme("login", oidc.New(good))
	if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "no sessions") || !strings.Contains(err.Error(), "PublicURL") {
		t.Errorf("without sessions and PublicURL: %v", err)
	}
}

// TestProviderThatIsDown is R19: the app starts, and people sign in once the provider is there.
func TestProviderThatIsDown(t *testing.T) {
	p := newOP(t)
	down := true
	p.change(func(l *lies) {
		l.metadata = func(m map[string]any) {
			if down {
				m["issuer"] = "https://nobody.example"
			}
		}
	})
	c := browser(t, newSite(p, setup{}, oidc.Options{}))
	if got := c.Get("/sign-in"); got.Status != http.StatusServiceUnavailable || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("while it is down: %d %v", got.Status, got.Header)
	}
	if got := c.Get("/who"); got.Text() != "nobody" {
		t.Errorf("the rest of the app: %d %s", got.Status, got.Text())
	}
	p.change(func(*lies) { down = false })
	for c.Get("/sign-in").Status != http.StatusFound { // after a second at most, or the test runs into its time limit
		time.Sleep(10 * time.Millisecond)
	}
	if got := signIn(t, c, "/sign-in"); got.Status != http.StatusSeeOther {
		t.Errorf("%d %s", got.Status, got.Text())
	}
}

// TestStepUp: a rule with MaxAge sends people to the provider, which asks for the password again.
func TestStepUp(t *testing.T) {
	p := newOP(t)
	s := newSite(p, setup{more: func(a *soay.App) { a.Get("/pay", who).Auth(soay.Auth{MaxAge: 5 * time.Minute}) }}, oidc.Options{})
	c := browser(t, s)
	p.change(func(l *lies) {
		l.claims = func(c map[string]any) { c["auth_time"] = time.Now().Unix() - 600 }
	})
	signIn(t, c, "/sign-in")
	got := c.Get("/pay", navigation)
	if got.Status != http.StatusFound || got.Header.Get("Location") != "/sign-in?return=%2Fpay&max_age=300" {
		t.Fatalf("%d to %q", got.Status, got.Header.Get("Location"))
	}
	if got := c.Get("/pay"); got.Status != http.StatusUnauthorized {
		t.Errorf("a script: %d", got.Status)
	}
	again := c.Get("/sign-in?return=%2Fpay&max_age=300")
	u, _ := url.Parse(again.Header.Get("Location"))
	if u.Query().Get("max_age") != "300" {
		t.Errorf("the provider is asked %s", u)
	}
	if got := c.Get(visit(t, u.String()), fromProvider); got.Status != http.StatusBadRequest {
		t.Errorf("a provider that has not asked again: %d", got.Status)
	}
	p.change(func(l *lies) { l.claims = func(c map[string]any) { delete(c, "auth_time") } })
	if got := signIn(t, c, "/sign-in?max_age=300"); got.Status != http.StatusBadRequest {
		t.Errorf("a provider that does not say when: %d", got.Status)
	}
	p.change(func(l *lies) { l.claims = nil })
	if got := signIn(t, c, "/sign-in?return=%2Fpay&max_age=300"); got.Header.Get("Location") != "/pay" || c.Get("/pay").Status != http.StatusOK {
		t.Errorf("a new sign-in: %d, then %d", got.Status, c.Get("/pay").Status)
	}
}

func TestTenants(t *testing.T) {
	p := newOP(t)
	p.change(func(l *lies) { l.metadata = func(m map[string]any) { m["issuer"] = p.URL + "/{tenantid}" } })
	c := browser(t, newSite(p, setup{}, oidc.Options{Tenants: []string{"one", "two"}}))
	for tenant, status := range map[string]int{"one": 303, "two": 303, "three": 400, "": 400, "{tenantid}": 400, "one/": 400} {
		p.change(func(l *lies) { l.claims = func(c map[string]any) { c["iss"] = p.URL + "/" + tenant } })
		if got := signIn(t, c, "/sign-in"); got.Status != status {
			t.Errorf("tenant %q: %d, want %d", tenant, got.Status, status)
		}
	}
	p.change(func(l *lies) { l.claims = func(c map[string]any) { c["iss"], c["tid"] = p.URL+"/one", "three" } })
	if got := signIn(t, c, "/sign-in"); got.Status != http.StatusBadRequest {
		t.Errorf("a tid of another tenant: %d", got.Status)
	}
}

func TestPreviousSecrets(t *testing.T) {
	p := newOP(t)
	c := browser(t, newSite(p, setup{}, oidc.Options{ClientSecret: "new-" + secret, PreviousSecrets: []string{secret}}))
	for range 2 {
		if got := signIn(t, c, "/sign-in"); got.Status != http.StatusSeeOther {
			t.Fatalf("with the old secret: %d", got.Status)
		}
	}
	if n := p.called("/token"); n != 3 { // the second sign-in begins with the one that worked
		t.Errorf("%d calls", n)
	}
	p.change(func(l *lies) { l.secret = "new-" + secret })
	if got := signIn(t, c, "/sign-in"); got.Status != http.StatusSeeOther {
		t.Errorf("with the new secret: %d", got.Status)
	}
}

func TestMap(t *testing.T) {
	p := newOP(t)
	change := func(pr *auth.Profile) error { pr.Roles = []string{"admin"}; return nil }
	c := browser(t, newSite(p, setup{}, oidc.Options{Map: func(_ soay.Request, pr auth.Profile) (auth.Profile, error) {
		err := change(&pr)
		return pr, err
	}}))
	if signIn(t, c, "/sign-in"); c.Get("/admin").Status != http.StatusOK {
		t.Error("the role is missing")
	}
	for _, test := range []struct {
		status int
		change func(*auth.Profile) error
	}{
		{403, func(*auth.Profile) error { return auth.Invalid(auth.ReasonNotAllowed, errors.New("not one of us")) }},
		{500, func(*auth.Profile) error { return errors.New("the table is away") }},
		{500, func(pr *auth.Profile) error { pr.Subject = "7"; return nil }},
		{500, func(pr *auth.Profile) error { pr.Issuer = ""; return nil }},
	} {
		change = test.change
		if got := signIn(t, c, "/sign-in"); got.Status != test.status {
			t.Errorf("%d, want %d", got.Status, test.status)
		}
		if n := countFlows(c.Cookies("/")); n != 0 {
			t.Errorf("after %d, %d cookies of sign-ins are left", test.status, n)
		}
	}
}

// TestLoad is T15: an account that is gone is signed out at the next request.
func TestLoad(t *testing.T) {
	p := newOP(t)
	var gone error
	c := browser(t, newSite(p, setup{store: memstore.New()}, oidc.Options{LoadEvery: -1, Load: func(_ context.Context, id *auth.Identity) (*auth.Identity, error) {
		if id.Issuer() != p.URL {
			t.Errorf("the issuer is %q", id.Issuer())
		}
		return id, gone
	}}))
	signIn(t, c, "/sign-in")
	if text := c.Get("/who").Text(); text == "nobody" {
		t.Fatal("the sign-in did not work")
	}
	gone = sessions.ErrGone
	if text := c.Get("/who").Text(); text != "nobody" {
		t.Errorf("the user is %s", text)
	}
	gone = nil
	if text := c.Get("/who").Text(); text != "nobody" {
		t.Errorf("the session came back: %s", text)
	}
}

// TestSeveralProviders: each login knows those whom it has signed in, also where two providers have the same subject, and
// beside passwords of the app's own.
func TestSeveralProviders(t *testing.T) {
	a, b := newOP(t), newOP(t)
	s := newSite(a, setup{more: func(app *soay.App) {
		app.AddScheme("other", oidc.New(oidc.Options{Name: "other", Issuer: b.URL, ClientID: clientID, ClientSecret: secret}))
		app.AddScheme("session", auth.Session())
		app.Get("/by/login", who).Auth(soay.Auth{Schemes: []string{"login"}})
		app.Get("/by/other", who).Auth(soay.Auth{Schemes: []string{"other"}})
		app.Get("/by/session", who).Auth(soay.Auth{Schemes: []string{"session"}})
		app.Post("/password", func(req soay.Request) soay.Response {
			id, err := auth.NewIdentity(auth.Profile{Subject: a.subject})
			if err == nil {
				err = auth.SignIn(req, id)
			}
			if err != nil {
				t.Error(err)
			}
			return who(req)
		})
	}}, oidc.Options{})
	c := browser(t, s)
	for scheme, enter := range map[string]func() int{
		"login":   func() int { return signIn(t, c, "/sign-in").Status },
		"other":   func() int { return signIn(t, c, "/sign-in/other").Status },
		"session": func() int { return c.Post("/password").Status },
	} {
		enter()
		for _, by := range []string{"login", "other", "session"} {
			want := http.StatusUnauthorized
			if by == scheme {
				want = http.StatusOK
			}
			if got := c.Get("/by/" + by); got.Status != want {
				t.Errorf("signed in by %s, asked for %s: %d, want %d", scheme, by, got.Status, want)
			}
		}
	}
	path := begin(t, c, "/sign-in/other")
	if got := c.Get(strings.Replace(path, "/sign-in/other/callback", "/sign-in/callback", 1), fromProvider); got.Status != http.StatusBadRequest {
		t.Errorf("the answer of one provider at the callback of another: %d", got.Status)
	}
}

// TestDevelopment: on this machine people sign in without a PublicURL, over http.
func TestDevelopment(t *testing.T) {
	p := newOP(t)
	a := soay.New(soay.Options{Env: "development", Logger: new(requesttest.Log).Logger(), DrainDelay: -1})
	a.UseSessions(soay.NewKey())
	a.AddScheme("login", oidc.New(oidc.Options{Issuer: p.URL, ClientID: clientID, ClientSecret: secret}))
	a.Get("/me", who).Auth()
	c := requesttest.New(t, a, requesttest.Options{Host: "localhost:8000"})
	first := c.Get("/sign-in?return=/me")
	u, _ := url.Parse(first.Header.Get("Location"))
	if u.Query().Get("redirect_uri") != "http://localhost:8000/sign-in/callback" {
		t.Errorf("redirect_uri is %q", u.Query().Get("redirect_uri"))
	}
	if k := first.Cookies[0]; !strings.HasPrefix(k.Name, "oidc-") || k.Secure {
		t.Errorf("the cookie is %v", k)
	}
	resp, err := http.DefaultTransport.RoundTrip(&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, _ := url.Parse(resp.Header.Get("Location"))
	if got := c.Get(back.RequestURI(), fromProvider); got.Status != http.StatusSeeOther || c.Get("/me").Status != http.StatusOK {
		t.Errorf("%d %s", got.Status, got.Text())
	}
}
