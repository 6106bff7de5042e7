package middleware_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/response"
)

// Pages that the app makes have a policy that allows a <base> and frames of the same origin. Sites that come from
// elsewhere, from files or from code for net/http, have nothing but nosniff.
func TestPoliciesOfPages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("<base href=/site/><p>hi"), 0o600); err != nil {
		t.Fatal(err)
	}
	html := func(soay.Request) soay.Response { return response.HTML("<p>hi") }
	site := func(size int) soay.Handler {
		return soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, strings.Repeat("<p>hi", size))
		}))
	}
	passing := soay.WrapHTTP(func(next http.Handler) http.Handler { return next })
	tests := []struct {
		description string
		handler     soay.Handler
		setUp       func(*soay.App)
		want        bool
	}{
		{"HTML", html, nil, true},
		{"an error page", func(soay.Request) soay.Response { return response.NotFound() }, nil, true},
		{"an error page of the app's own", func(soay.Request) soay.Response { return response.NotFound() },
			func(a *soay.App) { a.HandleStatus(404, html) }, true},
		{"HTML inside of middleware for net/http", html, func(a *soay.App) { a.Use(passing) }, true},
		{"a file", func(soay.Request) soay.Response { return response.File(file) }, nil, false},
		{"an error page in a file", func(soay.Request) soay.Response { return response.NotFound() },
			func(a *soay.App) {
				a.HandleStatus(404, func(soay.Request) soay.Response { return response.File(file) })
			}, false},
		{"a handler for net/http", site(1), nil, false},
		{"a handler for net/http that streams", site(10_000), nil, false},
		{"a handler for net/http with trailers", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Trailer", "X-Sum")
			fmt.Fprint(w, "<p>hi")
			w.Header().Set("X-Sum", "1")
		})), nil, false},
		{"a handler for net/http inside of middleware for it", site(1), func(a *soay.App) { a.Use(passing) }, false},
		{"middleware for net/http that answers itself", html, func(a *soay.App) {
			a.Use(soay.WrapHTTP(func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!DOCTYPE html>") })
			}))
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp()
			if tt.setUp != nil {
				tt.setUp(app)
			}
			app.Get("/", tt.handler)
			h := do(app, "GET", "/", forPages...).Header()
			if !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
				t.Fatalf("Content-Type is %q", h.Get("Content-Type"))
			}
			want := map[string]string{"X-Content-Type-Options": "nosniff"}
			if tt.want {
				want["Content-Security-Policy"] = "base-uri 'self'; frame-ancestors 'self'; object-src 'none'"
				want["Cross-Origin-Opener-Policy"], want["Referrer-Policy"] = "same-origin", "strict-origin-when-cross-origin"
			}
			if diff := cmp.Diff(want, policiesOf(h)); diff != "" {
				t.Errorf("policies (-want +got):\n%s", diff)
			}
		})
	}
}

// policiesOf returns the headers that tell browsers what they may do with a page.
func policiesOf(h http.Header) map[string]string {
	got := map[string]string{}
	for _, name := range []string{
		"Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy", "Cross-Origin-Resource-Policy",
		"Permissions-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options",
	} {
		if h[name] != nil {
			got[name] = strings.Join(h[name], " | ")
		}
	}
	return got
}

// A page with a token is in no frame of another site, wherever it comes from.
func TestPoliciesOfPagesWithATokenFromElsewhere(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.Get("/", func(req soay.Request) soay.Response {
		field := antiforgery.Field(req)
		return soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, field)
		}))(req)
	})
	want := map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN"}
	if diff := cmp.Diff(want, policiesOf(do(app, "GET", "/").Header())); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}

// A policy can be set for a response, for a group, or for all that have none.
func TestPoliciesThatAreChanged(t *testing.T) {
	const name = "Content-Security-Policy"
	html := func(soay.Request) soay.Response { return response.HTML("<p>hi") }
	app := newApp()
	app.UseHeaders(map[string]string{name: "of all"})
	app.Get("/all", html)
	app.Get("/one", func(req soay.Request) soay.Response { return html(req).WithHeader(name, "of one") })
	app.Group("/group", func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response { return next(req).WithHeader(name, "of the group") }
	}).Get("/page", html)
	for path, want := range map[string]string{"/all": "of all", "/one": "of one", "/group/page": "of the group", "/none": "of all"} {
		if got := do(app, "GET", path, forPages...).Header()[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s has %q, want %q", path, got, want)
		}
	}
}
