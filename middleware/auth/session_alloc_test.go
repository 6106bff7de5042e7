//go:build !race

// The race detector allocates, so these budgets are for builds without it.

package auth_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions/memstore"
)

// counted is a ResponseWriter that discards the body.
type counted struct {
	header http.Header
	status int
}

func (w *counted) Header() http.Header         { return w.header }
func (w *counted) WriteHeader(status int)      { w.status = status }
func (w *counted) Write(b []byte) (int, error) { return len(b), nil }

// allocations returns how many allocations a request costs.
func allocations(t *testing.T, app http.Handler, path, cookie string) float64 {
	t.Helper()
	w := &counted{header: http.Header{}}
	r := httptest.NewRequest("GET", path, nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	n := testing.AllocsPerRun(500, func() {
		clear(w.header)
		w.status = 0
		app.ServeHTTP(w, r)
	})
	if w.status != 200 {
		t.Errorf("%s: status %d", path, w.status)
	}
	return n
}

// To know the user of a session costs little more than to read the session, and a route that does not ask pays nothing.
func TestAllocationsOfSessions(t *testing.T) {
	fine := response.Text("fine")
	answer := func(soay.Request) soay.Response { return fine }
	looks := func(req soay.Request) soay.Response { req.Session.User(); return fine }
	asks := func(req soay.Request) soay.Response { soay.User(req).HasRole("admin"); return fine }
	store := memstore.New()
	for name, use := range map[string]func(*soay.App){
		"cookies": func(a *soay.App) { a.UseSessions(siteKey) }, "a store": func(a *soay.App) { a.UseSessionStore(store) },
	} {
		newApp := func(schemes bool) *soay.App {
			app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
			use(app)
			app.Get("/plain", answer)
			app.Get("/session", looks)
			if !schemes {
				return app
			}
			app.AddScheme("session", auth.Session(auth.SessionOptions{Load: new(accounts).Load, LoadEvery: time.Hour}))
			app.AddScheme("key", inHeader("X-Key"))
			app.Post("/login", login)
			app.Get("/open", answer).AllowAnonymous()
			app.Get("/asks", asks)
			app.Get("/me", answer).Auth()
			app.Get("/admin", answer).Auth(soay.Auth{Roles: []string{"editor", "admin"}})
			return app
		}
		without, app := newApp(false), newApp(true)
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/login?user=ada&role=reader&role=admin&name=Ada", nil)
		app.ServeHTTP(w, r)
		set := w.Result().Cookies()
		if len(set) != 1 {
			t.Fatalf("%s: the sign-in sets %v", name, set)
		}
		cookie := set[0].Name + "=" + set[0].Value
		plain, read := allocations(t, without, "/plain", cookie), allocations(t, without, "/session", cookie)
		for _, tt := range []struct {
			description, path string
			want              float64 // at most
		}{
			{"no rule", "/plain", plain},
			{"everybody", "/open", plain},
			{"no rule, but the session", "/session", read},
			{"a user that is asked for", "/asks", read + 4},
			{"a rule for users", "/me", read + 4},
			{"a rule for a role", "/admin", read + 4},
		} {
			if got := allocations(t, app, tt.path, cookie); got > tt.want {
				t.Errorf("%s, %s: %v allocations, want at most %v", name, tt.description, got, tt.want)
			} else {
				t.Logf("%s, %s: %v allocations of %v; the session alone costs %v", name, tt.description, got, tt.want, read)
			}
		}
	}
}
