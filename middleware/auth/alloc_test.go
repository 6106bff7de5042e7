//go:build !race

// The race detector allocates, so these budgets are for builds without it.

package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// fixed is a scheme with one identity, which it has made beforehand.
type fixed struct {
	in  router.SecurityScheme
	tom *soay.Identity
}

func (f *fixed) Presented(req soay.Request) bool {
	if f.in.In == "cookie" {
		_, ok := req.Cookie(f.in.Name)
		return ok
	}
	return req.Header(f.in.Name) != ""
}

func (f *fixed) Authenticate(soay.Request) (*soay.Identity, error) { return f.tom, nil }
func (f *fixed) Describe() auth.Description                        { return auth.Description{Security: f.in} }

func (f *fixed) Attach(setup auth.Setup) (err error) {
	f.tom, err = setup.NewIdentity(auth.Profile{Subject: "tom", Roles: []string{"admin"}})
	return err
}

// discard is a ResponseWriter that costs nothing.
type discard struct {
	header http.Header
	status int
}

func (w *discard) Header() http.Header         { return w.header }
func (w *discard) Write(b []byte) (int, error) { return len(b), nil }
func (w *discard) WriteHeader(status int)      { w.status = status }

// budgetApp has schemes of all kinds, or none.
func budgetApp(tb testing.TB, withSchemes bool) *soay.App {
	app := soay.New(soay.Options{Env: "production", Logger: discardLogger})
	app.UseSessions(soay.NewKey())
	text := response.Text("hello")
	handler := func(soay.Request) soay.Response { return text }
	app.Get("/plaintext", handler)
	app.Get("/cats/{name}", handler)
	if withSchemes {
		app.AddScheme("key", &fixed{in: router.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}})
		app.AddScheme("cookie", &fixed{in: router.SecurityScheme{Type: "apiKey", In: "cookie", Name: "k"}})
		app.AddScheme("token", token{})
		app.AddScheme("session", auth.Session())
		app.Get("/open", handler).AllowAnonymous()
		app.Get("/ruled", handler).Auth()
		app.Get("/role", handler).Auth(soay.Auth{Roles: []string{"admin"}})
		app.Get("/optional", handler).Auth(soay.Auth{Optional: true})
	}
	if err := app.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return app
}

// What a request costs more than the response: two for the values of a request and two for the headers of a response.
func TestAllocations(t *testing.T) {
	tests := []struct {
		name, method, path, key string
		want                    float64
		wantStatus              int
	}{
		{"no rule", "GET", "/plaintext", "", 0, 200},
		{"no rule, HEAD", "HEAD", "/plaintext", "", 0, 200},
		{"no rule, a parameter", "GET", "/cats/Tom", "", 0, 200},
		{"an open route", "GET", "/open", "", 0, 200},
		{"an open route does not look at a key", "GET", "/open", "tom", 0, 200},
		{"no route", "GET", "/none", "", 0, 404},
		{"the wrong method", "POST", "/plaintext", "", 0, 405},
		{"a rule, by a key", "GET", "/ruled", "tom", 2, 200},
		{"a role, by a key", "GET", "/role", "tom", 2, 200},
	}
	app := budgetApp(t, true)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, w := httptest.NewRequest(tt.method, tt.path, nil), &discard{header: http.Header{}}
			if tt.key != "" {
				r.Header.Set("X-Key", tt.key)
			}
			got := testing.AllocsPerRun(200, func() {
				clear(w.header)
				app.ServeHTTP(w, r)
			})
			if got > tt.want || w.status != tt.wantStatus {
				t.Errorf("%v allocations for an answer %d, want %v for %d", got, w.status, tt.want, tt.wantStatus)
			}
		})
	}
}

// The requests of a route without a rule cost next to nothing more in an app with schemes.
func BenchmarkPlaintext(b *testing.B) {
	for name, with := range map[string]bool{"without schemes": false, "with schemes": true} {
		b.Run(name, func(b *testing.B) {
			app := budgetApp(b, with)
			r, w := httptest.NewRequest("GET", "/plaintext", nil), &discard{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				app.ServeHTTP(w, r)
			}
		})
	}
}
