package conformance_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
	"github.com/soay-go/soay/sessions/memstore"
)

const (
	siteURL = "https://cats.example"
	secret  = "secret-of-the-client-0123456789abcdef"
)

// zitadel starts the example of the Go library of Zitadel in this process, and returns its address.
func zitadel(t *testing.T, _ string) string {
	t.Helper()
	storage.RegisterClients(storage.WebClient("cats", secret, siteURL+"/sign-in/callback"))
	s := httptest.NewUnstartedServer(nil)
	issuer := "http://localhost:" + fmt.Sprint(s.Listener.Addr().(*net.TCPAddr).Port)
	s.Config.Handler = exampleop.SetupServer(issuer, storage.NewStorage(storage.NewUserStore(issuer)), slog.New(slog.DiscardHandler), false)
	s.Start()
	t.Cleanup(s.Close)
	return issuer
}

// node starts the provider of npm, and returns its address. NPM_FOLDER has node_modules with oidc-provider, or else npm
// installs it into a folder that is removed.
func node(t *testing.T, backChannel string) string {
	t.Helper()
	program, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	folder := os.Getenv("NPM_FOLDER")
	if folder == "" {
		folder = t.TempDir()
		install := exec.Command("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "oidc-provider@9.13.3")
		if said, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm: %v\n%s", err, said)
		}
	}
	client := map[string]any{
		"client_id": "cats", "client_secret": secret, "redirect_uris": []string{siteURL + "/sign-in/callback"}, "response_types": []string{"code"},
		"grant_types": []string{"authorization_code", "refresh_token"}, "post_logout_redirect_uris": []string{siteURL + "/"},
	}
	if backChannel != "" {
		client["backchannel_logout_uri"], client["backchannel_logout_session_required"] = backChannel, true
	}
	clients, err := json.Marshal([]any{client})
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("testdata/provider.mjs")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, script, string(clients))
	c.Dir, c.Stderr = folder, t.Output()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close() // which ends it
		c.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// providers are those that the tests run against.
var providers = map[string]func(t *testing.T, backChannel string) string{"zitadel": zitadel, "npm": node}

func withEach(t *testing.T, test func(t *testing.T, issuer string)) {
	for name, start := range providers {
		t.Run(name, func(t *testing.T) { test(t, start(t, "")) })
	}
}

// shared is what the instances of a site share.
type shared struct {
	store *memstore.Store
	ring  *keyring.Ring
}

func newShared(t *testing.T) shared {
	t.Helper()
	ring, err := keyring.FromKeys(soay.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return shared{memstore.New(), ring}
}

// newApp returns an instance of a site whose users sign in at a provider.
func newApp(s shared, log *requesttest.Log, options oidc.Options) *soay.App {
	a := soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: -1, PublicURL: siteURL})
	a.UseSessionStore(s.store, sessions.Options{Codec: s.ring.Codec()})
	options.ClientID, options.ClientSecret = "cats", secret
	login := oidc.New(options)
	a.AddScheme("login", login)
	a.Get("/me", func(req soay.Request) soay.Response { return response.Text(soay.User(req).Subject()) }).Auth()
	a.Get("/token", func(req soay.Request) soay.Response {
		token, err := login.AccessToken(req)
		if err != nil {
			return response.Error(err)
		}
		return response.Text(token)
	}).Auth()
	return a
}

func newBrowser(t *testing.T, s shared, options oidc.Options) (*requesttest.Client, *requesttest.Log) {
	t.Helper()
	log := new(requesttest.Log)
	return requesttest.New(t, newApp(s, log, options), requesttest.Options{HTTPS: true, Host: "cats.example"}), log
}

// begin starts a sign-in, and returns what the provider sends the browser back with.
func begin(t *testing.T, c *requesttest.Client, h *human, change func(url.Values)) answer {
	t.Helper()
	got := c.Get("/sign-in?return=/me")
	u, err := url.Parse(got.Header.Get("Location"))
	if err != nil || got.Status != http.StatusFound {
		t.Fatalf("GET /sign-in: %d %s", got.Status, got.Text())
	}
	if change != nil {
		q := u.Query()
		change(q)
		u.RawQuery = q.Encode()
	}
	return h.visit(u.String())
}

// end sends the browser back to the app.
func end(c *requesttest.Client, a answer) *requesttest.Response {
	header := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}}
	if a.form != nil {
		return c.Post(a.path, requesttest.With{Form: a.form, Header: header})
	}
	return c.Get(a.path, requesttest.With{Header: header})
}

func wantStatus(t *testing.T, what string, got *requesttest.Response, status int, log *requesttest.Log) {
	t.Helper()
	if got.Status != status {
		t.Fatalf("%s: %d to %q, want %d\n%s", what, got.Status, got.Header.Get("Location"), status, log)
	}
}

func TestSignIn(t *testing.T) {
	withEach(t, func(t *testing.T, issuer string) {
		c, log := newBrowser(t, newShared(t), oidc.Options{Issuer: issuer, UserInfo: true})
		a := begin(t, c, newHuman(t, siteURL), nil)
		kept := c.Cookies("/")
		wantStatus(t, "the callback", end(c, a), http.StatusSeeOther, log)
		wantStatus(t, "the user", c.Get("/me"), http.StatusOK, log)
		for _, k := range kept { // of a browser that does not delete its cookie
			c.SetCookie(k)
		}
		wantStatus(t, "the same answer once more", end(c, a), http.StatusBadRequest, log)
	})
}

func TestStrangers(t *testing.T) {
	withEach(t, func(t *testing.T, issuer string) {
		s := newShared(t)
		c, log := newBrowser(t, s, oidc.Options{Issuer: issuer})
		h := newHuman(t, siteURL)
		other, _ := newBrowser(t, s, oidc.Options{Issuer: issuer})
		wantStatus(t, "another browser", end(other, begin(t, c, h, nil)), http.StatusBadRequest, log)
		wantStatus(t, "another verifier", end(c, begin(t, c, h, func(q url.Values) {
			q.Set("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
		})), http.StatusBadRequest, log)
		wantStatus(t, "another nonce", end(c, begin(t, c, h, func(q url.Values) { q.Set("nonce", "x") })), http.StatusBadRequest, log)
		wantStatus(t, "nobody", c.Get("/me"), http.StatusUnauthorized, log)
	})
}

func TestFormPost(t *testing.T) {
	withEach(t, func(t *testing.T, issuer string) {
		c, log := newBrowser(t, newShared(t), oidc.Options{Issuer: issuer, ResponseMode: oidc.ModeFormPost})
		a := begin(t, c, newHuman(t, siteURL), nil)
		if a.form == nil {
			t.Fatalf("the provider sends %s", a.path)
		}
		wantStatus(t, "the callback", end(c, a), http.StatusSeeOther, log)
		wantStatus(t, "the user", c.Get("/me"), http.StatusOK, log)
	})
}

func TestIssuerIsChecked(t *testing.T) {
	issuer := node(t, "")
	c, log := newBrowser(t, newShared(t), oidc.Options{Issuer: issuer})
	a := begin(t, c, newHuman(t, siteURL), nil)
	u, err := url.Parse(a.path)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("iss") != issuer {
		t.Fatalf("iss is %q", q.Get("iss"))
	}
	q.Del("iss")
	wantStatus(t, "without iss", end(c, answer{path: u.Path + "?" + q.Encode()}), http.StatusBadRequest, log)
}

func TestRefreshAtOnce(t *testing.T) {
	issuer := node(t, "")
	s := newShared(t)
	options := oidc.Options{Issuer: issuer, SaveTokens: true, Scopes: []string{"openid", "offline_access"}, Prompt: "consent"}
	c, log := newBrowser(t, s, options)
	other, _ := newBrowser(t, s, options)
	wantStatus(t, "the callback", end(c, begin(t, c, newHuman(t, siteURL), nil)), http.StatusSeeOther, log)
	for _, k := range c.Cookies("/") {
		other.SetCookie(k)
	}
	// The tokens of the provider live for 30 s, so each request refreshes them that finds no newer ones.
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			got, err := []*requesttest.Client{c, other}[i%2].Try(http.MethodGet, "/token")
			if err != nil || got.Status != http.StatusOK {
				t.Errorf("request %d: %v %v\n%s", i, got, err, log)
			}
		})
	}
	wg.Wait()
	wantStatus(t, "the user", c.Get("/me"), http.StatusOK, log)
}

// TestSignOut ends the session of the provider, which tells another instance of it.
func TestSignOut(t *testing.T) {
	s, log := newShared(t), new(requesttest.Log)
	var app *soay.App
	backChannel := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { app.ServeHTTP(w, r) }))
	defer backChannel.Close()
	options := oidc.Options{Issuer: node(t, backChannel.URL+"/logout-token"), BackChannelPath: "/logout-token"}
	app = newApp(s, log, options)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer app.Stop(t.Context())
	c, _ := newBrowser(t, s, options)
	h := newHuman(t, siteURL)
	wantStatus(t, "the callback", end(c, begin(t, c, h, nil)), http.StatusSeeOther, log)
	second, _ := newBrowser(t, s, options) // of the same human, so the session at the provider is the same
	wantStatus(t, "the second callback", end(second, begin(t, second, h, nil)), http.StatusSeeOther, log)
	wantStatus(t, "the second user", second.Get("/me"), http.StatusOK, log)

	got := c.Post("/sign-out")
	wantStatus(t, "the sign-out", got, http.StatusSeeOther, log)
	wantStatus(t, "nobody", c.Get("/me"), http.StatusUnauthorized, log)
	if back := h.visit(got.Header.Get("Location")); back.path != "/" {
		t.Errorf("the provider sends the browser to %s", back.path)
	}
	wantStatus(t, "the second user, whom the back-channel has signed out", second.Get("/me"), http.StatusUnauthorized, log)
}
