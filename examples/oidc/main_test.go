package main

import (
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

const site = "http://localhost:8000"

// newProvider starts a provider that others have written for a site, and returns its address.
func newProvider(t *testing.T, site string) string {
	t.Helper()
	storage.RegisterClients(storage.WebClient("cats", "secret", site+"/sign-in/callback"))
	s := httptest.NewUnstartedServer(nil)
	issuer := "http://localhost:" + strconv.Itoa(s.Listener.Addr().(*net.TCPAddr).Port)
	s.Config.Handler = exampleop.SetupServer(issuer, storage.NewStorage(storage.NewUserStore(issuer)), slog.New(slog.DiscardHandler), false)
	s.Start()
	t.Cleanup(s.Close)
	return issuer
}

func TestSignIn(t *testing.T) {
	t.Setenv("APP_ENV", "dev")
	environment := map[string]string{"OIDC_ISSUER": newProvider(t, site), "OIDC_CLIENT_ID": "cats", "OIDC_CLIENT_SECRET": "secret"}
	app, err := newApp(func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	c := requesttest.New(t, app, requesttest.Options{Host: "localhost:8000"})
	if text := c.Get("/").Text(); !strings.Contains(text, "Sign in") || strings.Contains(text, "Sign out") {
		t.Errorf("the page for nobody: %s", text)
	}
	back := password(t, c.Get("/sign-in?return=/me").Header.Get("Location"))
	if got := c.Get(back); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/me" {
		t.Fatalf("the callback: %d %s", got.Status, got.Text())
	}
	if text := c.Get("/me").Text(); !strings.Contains(text, "Test User") {
		t.Errorf("the user: %s", text)
	}
	if text := c.Get("/").Text(); !strings.Contains(text, "Sign out") {
		t.Errorf("the page for a user: %s", text)
	}
	if got := c.Post("/sign-out"); got.Status != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), environment["OIDC_ISSUER"]) {
		t.Errorf("the sign-out: %d to %q", got.Status, got.Header.Get("Location"))
	}
	if got := c.Get("/me"); got.Status != http.StatusUnauthorized {
		t.Errorf("after the sign-out: %d", got.Status)
	}
}

var loginID = regexp.MustCompile(`name="id" value="([^"]*)"`)

// password types the password at the provider, and returns the path that the browser comes back to.
func password(t *testing.T, address string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	human := &http.Client{Jar: jar, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(next.URL.String(), site) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := human.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	id := loginID.FindSubmatch(page)
	if err != nil || id == nil {
		t.Fatalf("%s: %v\n%s", address, err, page)
	}
	form, err := resp.Request.URL.Parse("/login/username")
	if err != nil {
		t.Fatal(err)
	}
	resp, err = human.PostForm(form.String(), url.Values{
		"id": {html.UnescapeString(string(id[1]))}, "username": {"test-user@localhost"}, "password": {"verysecure"},
	})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), site) {
		t.Fatalf("the provider sends the browser to %q", back)
	}
	return back.RequestURI()
}

func TestEnvironment(t *testing.T) {
	if _, err := newApp(func(string) string { return "" }); err == nil {
		t.Error("a site without a provider")
	}
}
