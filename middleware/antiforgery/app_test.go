package antiforgery_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
	"github.com/soay-go/soay/sessions/memstore"
)

// newFormApp returns an app with a form, a login and a webhook.
func newFormApp(setUp func(*soay.App)) *soay.App {
	return newLoggedFormApp(slog.New(slog.DiscardHandler), setUp)
}

func newLoggedFormApp(logger *slog.Logger, setUp func(*soay.App)) *soay.App {
	app := soay.New(soay.Options{Env: "production", Logger: logger})
	setUp(app)
	app.Get("/form", func(req soay.Request) soay.Response {
		return response.HTML("<form method=post>" + string(antiforgery.Field(req)) + "</form>")
	})
	app.Get("/token", func(req soay.Request) soay.Response { return response.Text(antiforgery.Token(req)) })
	app.Get("/begin", func(req soay.Request) soay.Response {
		req.Session.Set("cart", 1)
		return response.NoContent()
	})
	app.Post("/save", func(req soay.Request) soay.Response {
		form, err := req.Form()
		if err != nil {
			return response.Error(err)
		}
		return response.Text("saved " + form.Get("name"))
	})
	app.Post("/login", func(req soay.Request) soay.Response {
		req.Session.SetUser("ada")
		return response.Text("in")
	})
	app.Post("/hook", func(soay.Request) soay.Response { return response.Text("noted") }).IgnoreAntiForgery()
	hooks := app.Group("/hooks")
	hooks.Post("/{from}", func(soay.Request) soay.Response { return response.Text("noted") })
	hooks.IgnoreAntiForgery()
	return app
}

func withSessions(a *soay.App) { a.UseSessions(soay.NewKey()) }

func from(site string, form url.Values) requesttest.With {
	return requesttest.With{Form: form, Header: http.Header{"Sec-Fetch-Site": {site}, "Accept": {"application/json"}}}
}

func TestForgedRequests(t *testing.T) {
	name := url.Values{"name": {"Minka"}}
	trusting := func(a *soay.App) {
		withSessions(a)
		a.UseAntiForgery(antiforgery.Options{TrustedOrigins: []string{"https://pages.example"}})
	}
	trusted := from("cross-site", name)
	trusted.Header.Set("Origin", "https://pages.example")
	tests := []struct {
		description  string
		setUp        func(*soay.App)
		method, path string
		with         requesttest.With
		want         int
	}{
		{"from this site", withSessions, "POST", "/save", from("same-origin", name), 200},
		{"from a test that says nothing", withSessions, "POST", "/save",
			requesttest.With{Form: name, Header: http.Header{"Cookie": {"session=x"}}}, 200},
		{"from another site", withSessions, "POST", "/save", from("cross-site", name), 403},
		{"from a sibling", withSessions, "POST", "/save", from("same-site", name), 403},
		{"with an odd spelling of the method", withSessions, "post", "/save", from("cross-site", name), 403},
		{"with a method of nobody", withSessions, "PURGE", "/save", from("cross-site", name), 403},
		{"to look at a page", withSessions, "GET", "/form", from("cross-site", nil), 200},
		{"to where no route is", withSessions, "POST", "/nowhere", from("cross-site", name), 403},
		{"from a program", withSessions, "POST", "/save",
			requesttest.With{Form: name, Header: http.Header{"Sec-Fetch-Site": nil}}, 200},
		{"to an exempt route", withSessions, "POST", "/hook", from("cross-site", name), 200},
		{"to a route of an exempt group", withSessions, "POST", "/hooks/shop", from("cross-site", name), 200},
		{"with another method to an exempt group", withSessions, "PUT", "/hooks/shop", from("cross-site", name), 405},
		{"from a trusted origin", trusting, "POST", "/save", trusted, 200},
		{"from another one", trusting, "POST", "/save", from("cross-site", name), 403},
		{"with a store", func(a *soay.App) { a.UseSessionStore(memstore.New()) }, "POST", "/save", from("cross-site", name), 403},
		{"without sessions", func(*soay.App) {}, "POST", "/save", from("cross-site", name), 200},
		{"without sessions but asked for", func(a *soay.App) { a.UseAntiForgery() }, "POST", "/save", from("cross-site", name), 403},
		{"asked for before the sessions", func(a *soay.App) { a.UseAntiForgery(); withSessions(a) }, "POST", "/save",
			from("cross-site", name), 403},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			resp := requesttest.New(t, newFormApp(tt.setUp)).Do(tt.method, tt.path, tt.with)
			if resp.Status != tt.want {
				t.Errorf("%d %s, want %d", resp.Status, resp.Text(), tt.want)
			}
			if tt.want == 403 && (!strings.Contains(resp.Text(), `"reason":"cross-origin"`) || strings.Contains(resp.Text(), "pages.example")) {
				t.Errorf("refused with %s", resp.Text())
			}
		})
	}
}

// For browsers without the headers, a token shows that a form is from this site.
func TestTokensInForms(t *testing.T) {
	t.Setenv("APP_SECRET_1", soay.NewKey()) // so that two instances know each other's tokens
	store := memstore.New()
	apps := []*soay.App{}
	for range 2 {
		apps = append(apps, newFormApp(func(a *soay.App) { a.UseSessionStore(store) }))
	}
	old := requesttest.Options{OldBrowser: true}
	c := requesttest.New(t, apps[0], old)
	c.Get("/begin")
	page := c.Get("/form")
	if page.Header.Get("Cache-Control") != "no-store" || !strings.Contains(page.Text(), `type="hidden"`) {
		t.Errorf("the page %s has %v", page.Text(), page.Header)
	}
	save := func(token string) int {
		return c.Post("/save", requesttest.With{Form: url.Values{antiforgery.DefaultFieldName: {token}, "name": {"Minka"}}}).Status
	}
	token := c.Get("/token").Text()
	cookie := http.Header{"Cookie": {"session=" + c.Cookies("/")[0].Value}}
	elsewhere := requesttest.New(t, apps[1], old).Post("/save", requesttest.With{
		Form: url.Values{antiforgery.DefaultFieldName: {token}}, Header: cookie,
	})
	if elsewhere.Status != 200 {
		t.Errorf("another instance answers with %d", elsewhere.Status)
	}
	other := requesttest.New(t, apps[0], old)
	foreign := other.Get("/token").Text()
	for description, tt := range map[string]struct {
		token string
		want  int
	}{"its own": {token, 200}, "none": {"", 403}, "of another visitor": {foreign, 403}, "made up": {token[1:] + "A", 403}} {
		if got := save(tt.token); got != tt.want {
			t.Errorf("with the token %s: %d, want %d", description, got, tt.want)
		}
	}
	c.Post("/login", requesttest.With{Header: http.Header{"Sec-Fetch-Site": {"same-origin"}}})
	if got := save(token); got != 403 {
		t.Errorf("with the token from before the login: %d, want 403", got)
	}
	if got := save(c.Get("/token").Text()); got != 200 {
		t.Errorf("with a token from after the login: %d, want 200", got)
	}
}

// The page for a refused request may use the session. Then it is private.
func TestPageOfRefusalHasTheSession(t *testing.T) {
	app := newFormApp(withSessions)
	soay.HandleError(app, func(req soay.Request, _ *antiforgery.RefusedError) soay.Response {
		return response.Text("Sorry, " + req.Session.User()).WithStatus(403)
	})
	c := requesttest.New(t, app)
	c.Post("/login")
	got := c.Post("/save", from("cross-site", url.Values{"name": {"Minka"}}))
	if got.Status != 403 || got.Text() != "Sorry, ada" {
		t.Errorf("the answer is %d %q, want 403 for ada", got.Status, got.Text())
	}
	if h := got.Header; h.Get("Cache-Control") != "private" || !strings.Contains(h.Get("Vary"), "Cookie") {
		t.Errorf("the page has Cache-Control %q and Vary %q, want private and Cookie", h.Get("Cache-Control"), h.Get("Vary"))
	}
}

// Over https the session's cookie has another name.
func TestTokensOverHTTPS(t *testing.T) {
	c := requesttest.New(t, newFormApp(withSessions), requesttest.Options{HTTPS: true, OldBrowser: true})
	token := c.Get("/token").Text()
	for value, want := range map[string]int{token: 200, "": 403} {
		form := url.Values{antiforgery.DefaultFieldName: {value}}
		if got := c.Post("/save", requesttest.With{Form: form}).Status; got != want {
			t.Errorf("with the token %.8q: %d, want %d", value, got, want)
		}
	}
}

// Instances with the same keys know each other's tokens, whatever the keys come from.
func TestTokensOfAnotherInstance(t *testing.T) {
	key, folder := soay.NewKey(), t.TempDir()+"/keys"
	byFolder := func(a *soay.App) {
		ring, err := keyring.FromFolder(folder, keyring.Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		a.UseSessions("", sessions.Options{Codec: ring.Codec()})
	}
	store := memstore.New()
	byStore := func(a *soay.App) { a.UseSessionStore(store) }
	bySealer := func(a *soay.App) {
		ring, err := keyring.FromKeys(key)
		if err != nil {
			t.Fatal(err)
		}
		byStore(a)
		a.UseAntiForgery(antiforgery.Options{Sealer: ring.Protector("forms")})
	}
	sealed := func(a *soay.App) {
		ring, err := keyring.FromKeys(key)
		if err != nil {
			t.Fatal(err)
		}
		a.UseSessionStore(store, sessions.Options{Codec: ring.Codec()})
	}
	own, same := sessions.NewCodec(key), func() string { return key }
	byCodec := func(a *soay.App) { a.UseSessions("", sessions.Options{Codec: own}) }
	tests := []struct {
		description string
		env         func() string // the key in the environment of an instance
		setUp       func(*soay.App)
		want        int
		wantLog     bool
	}{
		{"a key", nil, func(a *soay.App) { a.UseSessions(key) }, 200, false},
		{"the environment", same, func(a *soay.App) { a.UseSessions("") }, 200, false},
		{"a ring", nil, byFolder, 200, false},
		{"a ring before the environment", soay.NewKey, byFolder, 200, false},
		{"a store with keys in the environment", same, byStore, 200, false},
		{"a store without keys", nil, byStore, 403, true},
		{"a store and a sealer", nil, bySealer, 200, false},
		{"a store that is sealed by a ring", nil, sealed, 200, false},
		{"a codec with keys in the environment", same, byCodec, 200, false},
		{"a codec without keys", nil, byCodec, 403, true},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			status, log := postElsewhere(t, tt.env, tt.setUp)
			if status != tt.want {
				t.Errorf("another instance answers with %d, want %d", status, tt.want)
			}
			if got := strings.Count(log, "a key of this process"); (got == 2) != tt.wantLog || got > 2 {
				t.Errorf("two instances warn %d times: %s", got, log)
			}
		})
	}
}

// postElsewhere sends a form with a token of one instance to another one, and returns the status and what
// both have logged.
func postElsewhere(t *testing.T, env func() string, setUp func(*soay.App)) (status int, log string) {
	t.Helper()
	text := new(requesttest.Log)
	var clients []*requesttest.Client
	for range 2 {
		if env != nil {
			t.Setenv("APP_SECRET_1", env())
		}
		app := newLoggedFormApp(text.Logger(), setUp)
		clients = append(clients, requesttest.New(t, app, requesttest.Options{OldBrowser: true}))
	}
	form := url.Values{antiforgery.DefaultFieldName: {clients[0].Get("/token").Text()}}
	clients[1].SetCookie(clients[0].Cookies("/")[0])
	return clients[1].Post("/save", requesttest.With{Form: form}).Status, text.String()
}

func TestOwnKeyInDevelopment(t *testing.T) {
	log := new(requesttest.Log)
	app := soay.New(soay.Options{Env: "development", Logger: log.Logger()})
	app.UseSessionStore(memstore.New())
	if _, err := app.Handler(); err != nil || log.String() != "" {
		t.Errorf("start = %v with the log %q, want none", err, log)
	}
}

// The log of the app says why a token was refused.
func TestRefusedTokenIsLogged(t *testing.T) {
	t.Setenv("APP_SECRET_1", soay.NewKey())
	for _, setUp := range []func(*soay.App){
		func(a *soay.App) { a.UseSessions("") },
		func(a *soay.App) { a.UseSessionStore(memstore.New()) },
	} {
		log := &requesttest.Log{Level: slog.LevelDebug}
		app := newLoggedFormApp(log.Logger(), setUp)
		form := url.Values{antiforgery.DefaultFieldName: {"forged"}}
		requesttest.New(t, app, requesttest.Options{OldBrowser: true}).Post("/save", requesttest.With{Form: form, Header: http.Header{"Cookie": {"session=x"}}})
		if got := log.String(); !strings.Contains(got, "keyring: token refused") {
			t.Errorf("the log is %s", got)
		}
	}
}

func TestAntiForgerySetup(t *testing.T) {
	app := newFormApp(withSessions)
	var exempt strings.Builder
	for _, route := range app.Routes() {
		if route.IgnoreAntiForgery {
			exempt.WriteString(route.Method + " " + route.Pattern + "\n")
		}
	}
	if exempt.String() != "POST /hook\nPOST /hooks/{from}\n" {
		t.Errorf("the exempt routes are %q", exempt.String())
	}
	if _, err := app.Handler(); err != nil {
		t.Fatal(err)
	}
	var phases []string
	for _, m := range app.Middleware() {
		phases = append(phases, m.Phase)
	}
	if got, want := fmt.Sprint(phases), "[recover conditional session anti-forgery]"; got != want {
		t.Errorf("middleware %s, want %s", got, want)
	}

	wrong := newFormApp(withSessions)
	wrong.UseAntiForgery(antiforgery.Options{TrustedOrigins: []string{"*.example"}})
	wrong.UseAntiForgery()
	_, err := wrong.Handler()
	for _, want := range []string{here(-3) + ": UseAntiForgery: antiforgery: TrustedOrigins", here(-2) + ": UseAntiForgery: it was called at"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("start = %v, want %q", err, want)
		}
	}
}

// A visitor without a session gets a cookie with the attributes of a session's, and no session.
func TestTokensOfStrangers(t *testing.T) {
	tests := []struct {
		description string
		setUp       func(*soay.App)
		client      requesttest.Options
		want        string
	}{
		{"on this machine", withSessions, requesttest.Options{}, "antiforgery; Path=/; HttpOnly; SameSite=Strict"},
		{"with a store", func(a *soay.App) { a.UseSessionStore(memstore.New()) }, requesttest.Options{},
			"antiforgery; Path=/; HttpOnly; SameSite=Strict"},
		{"over https", withSessions, requesttest.Options{HTTPS: true}, "__Host-antiforgery; Path=/; HttpOnly; Secure; SameSite=Strict"},
		{"behind a proxy that ends https", withSessions, requesttest.Options{Host: "cats.example"},
			"__Host-antiforgery; Path=/; HttpOnly; Secure; SameSite=Strict"},
		{"where the session gives https up", func(a *soay.App) {
			a.UseSessions(soay.NewKey(), sessions.Options{Secure: sessions.SecureNever})
		}, requesttest.Options{Host: "cats.example"}, "antiforgery; Path=/; HttpOnly; SameSite=Strict"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			tt.client.OldBrowser = true
			c := requesttest.New(t, newFormApp(tt.setUp), tt.client)
			page := c.Get("/token")
			lines := page.Header["Set-Cookie"]
			if len(lines) != 1 || len(page.Cookies) != 1 {
				t.Fatalf("the page sets %q, want one cookie", lines)
			}
			cookie := page.Cookies[0]
			if got := strings.Replace(lines[0], "="+cookie.Value, "", 1); got != tt.want {
				t.Errorf("the page sets %s, want %s", got, tt.want)
			}
			for token, want := range map[string]int{page.Text(): 200, "": 403} {
				got := c.Post("/save", requesttest.With{
					Form: url.Values{antiforgery.DefaultFieldName: {token}}, Header: http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}},
				})
				if got.Status != want {
					t.Errorf("with the token %.8q: %d, want %d", token, got.Status, want)
				}
			}
		})
	}
}
