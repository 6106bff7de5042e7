package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
)

// Mistakes in the setup of sessions stop the start, with the line of AddScheme.
func TestMistakesOfSessions(t *testing.T) {
	load := func(context.Context, string) (*auth.Identity, error) { return nil, nil }
	cookies := func(a *soay.App) { a.UseSessions(siteKey) }
	one := func(o auth.SessionOptions) []auth.SessionOptions { return []auth.SessionOptions{o} }
	for _, tt := range []struct {
		description string
		use         func(*soay.App)
		options     []auth.SessionOptions
		want        string // in the report, "" for none
	}{
		{"nothing to say", cookies, nil, ""},
		{"everything", cookies, one(auth.SessionOptions{SignInPath: "/login", Load: load, LoadEvery: time.Hour}), ""},
		{"loaded for each request", cookies, one(auth.SessionOptions{Load: load, LoadEvery: -1}), ""},
		{"no sessions", func(*soay.App) {}, nil, "UseSessions"},
		{"two options", cookies, make([]auth.SessionOptions, 2), "one SessionOptions"},
		{"nothing to load", cookies, one(auth.SessionOptions{LoadEvery: time.Hour}), "LoadEvery"},
		{"a page that is not there", cookies, one(auth.SessionOptions{SignInPath: "/none"}), "/none"},
		{"a page for users", cookies, one(auth.SessionOptions{SignInPath: "/me"}), "AllowAnonymous"},
		{"another site", cookies, one(auth.SessionOptions{SignInPath: "//evil.example"}), "SignInPath"},
		{"a URL", cookies, one(auth.SessionOptions{SignInPath: "https://site.example/login"}), "SignInPath"},
		{"no slash", cookies, one(auth.SessionOptions{SignInPath: "login"}), "SignInPath"},
		{"a query", cookies, one(auth.SessionOptions{SignInPath: "/login?a=b"}), "SignInPath"},
		{"a fragment", cookies, one(auth.SessionOptions{SignInPath: "/login#form"}), "SignInPath"},
		{"a pattern", cookies, one(auth.SessionOptions{SignInPath: "/in/{tenant}"}), "SignInPath"},
		{"a line break", cookies, one(auth.SessionOptions{SignInPath: "/login\nx"}), "SignInPath"},
	} {
		s := newSite(t, tt.use, tt.options...)
		s.Get("/login", hello)
		s.Get("/in/{tenant}", hello)
		err := s.Start(t.Context())
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "session_helpers_test.go:")):
			t.Errorf("%s: %v, want an error with %q and the line", tt.description, err, tt.want)
		case err == nil:
			if err := s.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}
