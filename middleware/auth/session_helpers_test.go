package auth_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// siteKey seals the sessions of all instances.
var siteKey = sessions.NewKey()

// backends are the places where sessions can be. Each call returns a way to switch them on that several instances share.
var backends = map[string]func() func(*soay.App){
	"cookies": func() func(*soay.App) { return func(a *soay.App) { a.UseSessions(siteKey) } },
	"a store": func() func(*soay.App) {
		store := memstore.New()
		return func(a *soay.App) { a.UseSessionStore(store) }
	},
}

// inEachBackend runs a test with sessions in cookies and in a store.
func inEachBackend(t *testing.T, test func(t *testing.T, use func(*soay.App))) {
	for name, backend := range backends {
		t.Run(name, func(t *testing.T) { test(t, backend()) })
	}
}

// site is an app whose users sign in.
type site struct {
	*soay.App
	log *requesttest.Log

	mu     sync.Mutex
	events []string
}

// newSite returns a site:
//
//	POST /login?user=ada&role=a&role=b   signs somebody in; &keep= names values that stay
//	POST /logout                         signs out, and sends to /who
//	GET  /who                            tells who somebody is, without a rule
//	GET  /me, /admin                     the same for users, and for admins
//	POST /set?key=value, GET /values     values of the session
//	GET  /id                             the identity of the session
func newSite(t testing.TB, use func(*soay.App), options ...auth.SessionOptions) *site {
	t.Helper()
	return newSiteOn(soay.Options{}, use, options...)
}

// newSiteOn is newSite with options of the app.
func newSiteOn(o soay.Options, use func(*soay.App), options ...auth.SessionOptions) *site {
	s := &site{log: new(requesttest.Log)}
	o.Env, o.Logger, o.DrainDelay = "production", s.log.Logger(), -1
	s.App = soay.New(o)
	use(s.App)
	s.AddScheme("session", auth.Session(options...))
	s.UseAuthentication(auth.Options{OnEvent: s.note})
	s.Post("/login", login)
	s.Post("/logout", func(req soay.Request) soay.Response {
		auth.SignOut(req)
		return response.SeeOther("/who")
	})
	s.Get("/who", who)
	s.Get("/me", who).Auth()
	s.Get("/admin", who).Auth(soay.Auth{Roles: []string{"admin"}})
	s.Post("/set", func(req soay.Request) soay.Response {
		q := req.HTTP().URL.Query()
		for _, key := range slices.Sorted(maps.Keys(q)) {
			req.Session.Set(key, q.Get(key))
		}
		return response.NoContent()
	})
	s.Get("/values", values)
	s.Get("/id", func(req soay.Request) soay.Response { return response.Text(req.Session.ID()) })
	return s
}

func (s *site) note(e auth.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, fmt.Sprintf("%s %s %s%s", e.Kind, e.Scheme, e.Subject, e.Reason))
}

// happened returns the events since the last call.
func (s *site) happened() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.events, ", ")
	s.events = nil
	return text
}

func login(req soay.Request) soay.Response {
	q := req.HTTP().URL.Query()
	id, err := auth.NewIdentity(auth.Profile{Subject: q.Get("user"), Roles: q["role"], Name: q.Get("name")})
	if err == nil {
		err = auth.SignIn(req, id, auth.SignInOptions{Keep: q["keep"]})
	}
	if err != nil {
		return response.Error(err)
	}
	return who(req)
}

// who tells who the client is: subject, roles and scheme.
func who(req soay.Request) soay.Response {
	id := soay.User(req)
	if id == nil {
		return response.Text("nobody")
	}
	return response.Text(fmt.Sprintf("%s %v by %s", id.Subject(), id.Roles(), id.Scheme()))
}

// values tells the user and the values of the session besides the identity.
func values(req soay.Request) soay.Response {
	var text strings.Builder
	text.WriteString(req.Session.User() + ":")
	for key, value := range req.Session.All() {
		if key != "soay/identity" {
			text.WriteString(fmt.Sprintf(" %s=%v", key, value))
		}
	}
	return response.Text(text.String())
}

// signIn signs somebody in with the roles.
func signIn(c *requesttest.Client, user string, roles ...string) *requesttest.Response {
	return c.Post("/login", requesttest.With{Query: url.Values{"user": {user}, "role": roles}})
}

// with returns a request that has a session cookie of somebody.
func with(cookie *http.Cookie) requesttest.With {
	return requesttest.With{Header: http.Header{"Cookie": {"session=" + cookie.Value}}}
}

// wantText compares the body of an answer.
func wantText(t *testing.T, description string, got *requesttest.Response, want string) {
	t.Helper()
	if got.Text() != want {
		t.Errorf("%s: %d %q, want %q", description, got.Status, got.Text(), want)
	}
}

// wantNoErrors fails the test if the app has logged a failure.
func (s *site) wantNoErrors(t *testing.T) {
	t.Helper()
	for _, line := range s.log.Lines(slog.LevelError, slog.LevelWarn) {
		if !strings.Contains(line, "APP_SECRET_1") { // an app with a store alone warns of its keys
			t.Errorf("the log has %s", line)
		}
	}
}
