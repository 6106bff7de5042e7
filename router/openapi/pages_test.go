package openapi_test

import (
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router/openapi"
)

var pageLink = regexp.MustCompile(`(?:href|src)="\./([^"]+)"`)

// pagesOf returns the paths of the document, the pages and all files that the pages consist of.
func pagesOf(t *testing.T) []string {
	t.Helper()
	app := soay.New(soay.Options{Env: "development", Logger: slog.New(slog.DiscardHandler)})
	app.UseOpenAPI(info)
	c := requesttest.New(t, app)
	paths := []string{"/openapi.json", "/openapi.yaml", "/docs", "/redoc"}
	for _, page := range []string{"/docs", "/redoc"} {
		for _, link := range pageLink.FindAllStringSubmatch(c.Get(page).Text(), -1) {
			paths = append(paths, "/"+link[1])
		}
	}
	if len(paths) < 12 {
		t.Fatalf("the pages have the files %q only", paths)
	}
	return paths
}

// In development everybody may see the pages, in production who may use a route without a rule. A rule of their own
// holds in both.
func TestWhoMaySeeThePages(t *testing.T) {
	paths := pagesOf(t)
	any, admin, optional := &soay.Auth{}, &soay.Auth{Roles: []string{"owner"}}, &soay.Auth{Optional: true}
	for _, tt := range []struct {
		description, env string
		closed           bool // by UseAuthorization
		rule             *soay.Auth
		want             string // the statuses for nobody, for somebody without the role, and with a bad credential
	}{
		{"development", "development", false, nil, "200 200 200"},
		{"development, a closed app", "development", true, nil, "200 200 200"},
		{"development, a rule", "development", false, any, "401 200 401"},
		{"development, a closed app and a rule", "development", true, any, "401 200 401"},
		{"development, a role", "development", true, admin, "401 403 401"},
		{"development, an optional rule", "development", true, optional, "200 200 401"},
		{"production", "production", false, nil, "200 200 401"},
		{"production, a closed app", "production", true, nil, "401 200 401"},
		{"production, a rule", "production", false, any, "401 200 401"},
		{"production, a closed app and a rule", "production", true, any, "401 200 401"},
		{"production, a role", "production", false, admin, "401 403 401"},
		{"production, a closed app and an optional rule", "production", true, optional, "200 200 401"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := soay.New(soay.Options{Env: tt.env, Logger: slog.New(slog.DiscardHandler)})
			app.AddScheme("key", keyScheme)
			if tt.closed {
				app.UseAuthorization()
			}
			app.UseOpenAPI(info, openapi.Options{Production: true, Auth: tt.rule})
			c := requesttest.New(t, app)
			for _, path := range paths {
				var got []string
				for _, key := range []string{"", "good", "bad"} {
					with := requesttest.With{Header: http.Header{}}
					if key != "" {
						with.Header.Set("X-Api-Key", key)
					}
					got = append(got, strconv.Itoa(c.Get(path, with).Status))
				}
				if got := strings.Join(got, " "); got != tt.want {
					t.Errorf("%s: %s, want %s", path, got, tt.want)
				}
			}
		})
	}
}

// What the app asks of a client who may see the pages must not be kept for others.
func TestPagesUnderARuleArePrivate(t *testing.T) {
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	app.AddScheme("key", keyScheme)
	app.UseOpenAPI(info, openapi.Options{Production: true, Auth: &soay.Auth{}})
	c := requesttest.New(t, app)
	for _, path := range pagesOf(t) {
		h := c.Get(path, requesttest.With{Header: http.Header{"X-Api-Key": {"good"}}}).Header
		if !strings.Contains(h.Get("Cache-Control"), "private") || !strings.Contains(strings.Join(h.Values("Vary"), ","), "X-Api-Key") {
			t.Errorf("%s: Cache-Control %q, Vary %q", path, h.Get("Cache-Control"), h.Values("Vary"))
		}
	}
}

// A browser that opens a page is sent to the sign-in and comes back. The files of the page are no pages.
func TestPagesSendBrowsersToTheSignIn(t *testing.T) {
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	app.UseSessions(soay.NewKey())
	app.AddScheme("session", auth.Session(auth.SessionOptions{SignInPath: "/sign-in"}))
	app.Get("/sign-in", plain)
	app.UseOpenAPI(info, openapi.Options{Production: true, Auth: &soay.Auth{}})
	c := requesttest.New(t, app)
	for _, tt := range []struct {
		path, mode string
		want       string // the status, and where to
	}{
		{"/docs", "navigate", "302 /sign-in?return=%2Fdocs"},
		{"/redoc", "navigate", "302 /sign-in?return=%2Fredoc"},
		{"/openapi.json", "cors", "401 "},
		{"/docs/swagger.js", "no-cors", "401 "},
	} {
		got := c.Get(tt.path, requesttest.With{Header: http.Header{"Sec-Fetch-Mode": {tt.mode}}})
		if got := strconv.Itoa(got.Status) + " " + got.Header.Get("Location"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.path, got, tt.want)
		}
	}
}

// The pages need nothing of an app without schemes.
func TestPagesWithoutSchemes(t *testing.T) {
	for _, env := range []string{"development", "production"} {
		app := soay.New(soay.Options{Env: env, Logger: slog.New(slog.DiscardHandler)})
		app.UseOpenAPI(info, openapi.Options{Production: true})
		if got := requesttest.New(t, app).Get("/docs").Status; got != 200 {
			t.Errorf("%s: %d", env, got)
		}
	}
}

// Mistakes in the pages' rule stop the start with the place of UseOpenAPI, where they are not served, too.
func TestMistakesInThePagesRule(t *testing.T) {
	for _, tt := range []struct {
		description string
		rule        soay.Auth
		scheme      bool
		want        string
	}{
		{"an empty role", soay.Auth{Roles: []string{""}}, true, "UseOpenAPI: openapi: Options.Auth: Roles: a name is empty"},
		{"optional and more", soay.Auth{Optional: true, Scopes: []string{"s"}}, true, "UseOpenAPI: openapi: Options.Auth: Optional stands alone"},
		{"an unknown scheme", soay.Auth{Schemes: []string{"basic"}}, true, `there is no scheme "basic"`},
		{"an unknown policy", soay.Auth{Policies: []string{"p"}}, true, `there is no policy "p"`},
		{"no scheme", soay.Auth{}, false, "the app has no scheme"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
			if tt.scheme {
				app.AddScheme("key", keyScheme)
			}
			app.UseOpenAPI(info, openapi.Options{Production: true, Auth: &tt.rule})
			_, err := app.Handler()
			wantError(t, err, "soay: the app cannot start:\n\tpages_test.go:", tt.want)
			if n := strings.Count(err.Error(), tt.want); n != 1 {
				t.Errorf("it is told %d times in %v", n, err)
			}
		})
	}
}

// The rule is that of the call: what is done to it afterwards counts no more.
func TestPagesRuleIsACopy(t *testing.T) {
	rule := soay.Auth{Roles: []string{"owner"}}
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	app.AddScheme("key", keyScheme)
	app.UseOpenAPI(info, openapi.Options{Production: true, Auth: &rule})
	rule.Roles[0], rule.Optional = "admin", true
	app.Get("/", func(soay.Request) soay.Response { return response.NoContent() })
	if got := requesttest.New(t, app).Get("/docs", requesttest.With{Header: http.Header{"X-Api-Key": {"good"}}}); got.Status != 403 {
		t.Errorf("%d, want 403", got.Status)
	}
}
