package docs_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router/openapi"
)

// account is an input with a field from every source.
type account struct {
	ID    int    `path:"id"`
	Role  string `query:"role" default:"user"`
	Admin bool   `header:"X-Admin"`
	Theme string `cookie:"theme" validate:"omitempty,oneof=light dark"`
	Named struct {
		Name string `json:"name" validate:"max=5"`
		Ages []int  `json:"ages"`
	} `body:"json"`
}

func newAccounts(t *testing.T) *requesttest.Client {
	t.Helper()
	app := quiet()
	soay.Post(app, "/accounts/{id}", func(req soay.Request, in account) (account, error) { return in, nil })
	return requesttest.New(t, app)
}

func checkInputs(t *testing.T) {
	var got account
	newAccounts(t).Post("/accounts/7", requesttest.With{JSON: map[string]any{
		"name": "ada", "id": 1, "role": "admin", "X-Admin": true, "Admin": true, "Theme": "dark",
		"Named": map[string]any{"name": "eve"},
	}}).JSON(&got)
	if got.ID != 7 || got.Role != "user" || got.Admin || got.Theme != "" || got.Named.Name != "ada" {
		t.Errorf("the handler got %+v", got)
	}
}

func checkViolations(t *testing.T) {
	c := newAccounts(t)
	for _, accept := range []string{"*/*", "text/plain", "text/html"} {
		got := c.Post("/accounts/rosebud", requesttest.With{
			Query:  url.Values{"role": {"rosebud", "rosebud"}},
			Header: http.Header{"Accept": {accept}, "X-Admin": {"rosebud"}, "Cookie": {"theme=rosebud"}},
			JSON:   map[string]any{"name": "rosebud", "ages": []string{"rosebud"}},
		})
		if got.Status != 400 || !strings.Contains(got.Text(), "6 faults") || strings.Contains(got.Text(), "rosebud") {
			t.Errorf("%s: %d %s", accept, got.Status, got.Text())
		}
	}
	var told problem.Problem
	c.Post("/accounts/7", requesttest.With{JSON: map[string]any{"ages": make([]string, 200)}}).JSON(&struct {
		Errors *[]problem.Violation `json:"errors"`
	}{&told.Violations})
	if len(told.Violations) != 100 {
		t.Errorf("%d violations are reported, want 100", len(told.Violations))
	}
}

func checkAPIDescription(t *testing.T) {
	for env, want := range map[string]int{"production": 404, "development": 200} {
		app := soay.New(soay.Options{Env: env, Logger: slog.New(slog.DiscardHandler)})
		app.UseOpenAPI(openapi.Info{Title: "Cats", Version: "1.0.0"})
		c := requesttest.New(t, app)
		for _, path := range []string{"/openapi.json", "/openapi.yaml", "/docs", "/redoc"} {
			got := c.Get(path)
			if got.Status != want {
				t.Errorf("%s: GET %s = %d, want %d", env, path, got.Status, want)
			}
			if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
				continue
			}
			policy := got.Header.Get("Content-Security-Policy")
			if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") || strings.Contains(policy+got.Text(), "//") {
				t.Errorf("GET %s: the policy is %q, the page %s", path, policy, got.Text())
			}
		}
	}
}
