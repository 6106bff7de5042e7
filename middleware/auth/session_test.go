package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

func TestSignInAndOut(t *testing.T) {
	inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
		s := newSite(t, use)
		c := requesttest.New(t, s)
		wantText(t, "a stranger", c.Get("/who"), "nobody")
		if got := c.Get("/me").Status; got != 401 {
			t.Errorf("a stranger at a route for users: %d, want 401", got)
		}
		wantText(t, "the response to the sign-in", signIn(c, "ada", "editor"), "ada [editor] by session")
		wantText(t, "at a route for users", c.Get("/me"), "ada [editor] by session")
		wantText(t, "at a route without a rule", c.Get("/who"), "ada [editor] by session")
		if got := c.Get("/admin").Status; got != 403 {
			t.Errorf("without the role: %d, want 403", got)
		}
		cookie := c.Cookies("/")[0]
		resp := c.Post("/logout")
		if resp.Status != 303 || len(c.Cookies("/")) != 0 {
			t.Errorf("signed out: %d, and the browser has %v", resp.Status, c.Cookies("/"))
		}
		wantText(t, "signed out", c.Get("/who"), "nobody")
		if got := c.Get("/me").Status; got != 401 {
			t.Errorf("signed out, at a route for users: %d, want 401", got)
		}
		c.Post("/logout") // again
		want := "refused  credentials-missing, signed-in session ada, refused session adanot-allowed, signed-out session ada, " +
			"refused  credentials-missing"
		if got := s.happened(); got != want {
			t.Errorf("the events are\n%s, want\n%s", got, want)
		}
		if strings.Contains(s.log.String(), cookie.Value) {
			t.Error("the log has the cookie")
		}
		s.wantNoErrors(t)
	})
}

// Responses that depend on who somebody is are kept by no shared cache, and the cookie is not looked at by others.
func TestCachesOfSignedInPages(t *testing.T) {
	inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
		s := newSite(t, use)
		s.Get("/plain", func(soay.Request) soay.Response { return response.Text("the same for all") })
		c := requesttest.New(t, s)
		for _, signedIn := range []bool{false, true} {
			if signedIn {
				if got := signIn(c, "ada").Header.Get("Cache-Control"); got != "no-store" {
					t.Errorf("the sign-in has Cache-Control %q, want no-store", got)
				}
			}
			for path, want := range map[string]string{"/plain": "", "/who": "private Cookie"} {
				h := c.Get(path).Header
				if got := strings.TrimSpace(h.Get("Cache-Control") + " " + h.Get("Vary")); got != want || h["Set-Cookie"] != nil {
					t.Errorf("%s, signed in %t: %q, %q; want %q", path, signedIn, got, h["Set-Cookie"], want)
				}
			}
		}
	})
}

// A session that somebody has planted in a browser is not signed in, and what was in it is gone.
func TestSignInOfAPlantedSession(t *testing.T) {
	inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
		s := newSite(t, use)
		eve, ada := requesttest.New(t, s), requesttest.New(t, s)
		eve.Post("/set?cart=planted&next=x")
		planted := eve.Cookies("/")[0]
		ada.SetCookie(planted)
		wantText(t, "before the sign-in", ada.Get("/values"), ": cart=planted next=x")
		before := ada.Get("/id").Text()
		signIn(ada, "ada", "admin")
		after := ada.Get("/id").Text()
		if before == after || before == "" || after == "" || ada.Cookies("/")[0].Value == planted.Value {
			t.Errorf("the identity of the session was %q and is %q", before, after)
		}
		wantText(t, "after the sign-in", ada.Get("/values"), "ada:")
		wantText(t, "ada", ada.Get("/admin"), "ada [admin] by session")
		wantText(t, "the planted cookie", eve.Get("/who", with(planted)), "nobody")
		if got := eve.Get("/admin", with(planted)).Status; got != 401 {
			t.Errorf("the planted cookie at a route for admins: %d, want 401", got)
		}
	})
}

// What another request sets in a planted session while its user signs in is not in the new one.
func TestValuesSetDuringTheSignIn(t *testing.T) {
	store := memstore.New()
	s := newSite(t, func(a *soay.App) { a.UseSessionStore(store) })
	var eve, ada *requesttest.Client
	s.Post("/slowly", func(req soay.Request) soay.Response {
		resp := login(req)
		eve.Post("/set?late=planted&cart=planted")
		return resp
	})
	eve, ada = requesttest.New(t, s), requesttest.New(t, s)
	eve.Post("/set?cart=mine")
	ada.SetCookie(eve.Cookies("/")[0])
	ada.Post("/slowly?user=ada&keep=cart")
	wantText(t, "after the sign-in", ada.Get("/values"), "ada: cart=mine")
}

func TestValuesThatStay(t *testing.T) {
	inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
		s := newSite(t, use)
		const large int64 = 9007199254740993
		s.Get("/flash", func(req soay.Request) soay.Response {
			req.Session.Flash("hint", "welcome")
			req.Session.Set("n", large)
			return response.NoContent()
		})
		s.Get("/n", func(req soay.Request) soay.Response {
			return response.Text(fmt.Sprintf("%d %v", sessions.GetOr[int64](req.Session, "n", 0), req.Session.Pop("hint")))
		})
		c := requesttest.New(t, s)
		c.Post("/set?a=1&cart=book&z=2")
		c.Get("/flash")
		c.Post("/login", requesttest.With{Query: url.Values{"user": {"ada"}, "keep": {"cart", "none", "hint", "n"}}})
		wantText(t, "numbers and messages stay as they are", c.Get("/n"), fmt.Sprint(large, " welcome"))
		wantText(t, "the message is gone", c.Get("/n"), fmt.Sprint(large, " <nil>"))
		wantText(t, "the rest is gone", c.Get("/values"), fmt.Sprintf("ada: cart=book n=%d", large))
		id := c.Get("/id").Text()
		c.Post("/login", requesttest.With{Query: url.Values{"user": {"ada"}, "keep": {"cart"}}})
		wantText(t, "the same user again", c.Get("/values"), "ada: cart=book")
		if c.Get("/id").Text() == id {
			t.Error("the same user signed in again in the same session")
		}
		signIn(c, "bob")
		wantText(t, "another user", c.Get("/values"), "bob:")
	})
}

// The old session of a user ends with the new sign-in, in a store for good.
func TestSignInAgain(t *testing.T) {
	s := newSite(t, backends["a store"]())
	c := requesttest.New(t, s)
	signIn(c, "ada", "admin")
	old := c.Cookies("/")[0]
	wantText(t, "signed in as another", signIn(c, "bob"), "bob [] by session")
	wantText(t, "the next request", c.Get("/who"), "bob [] by session")
	wantText(t, "the old cookie", c.Get("/who", with(old)), "nobody")
}

func TestSeveralChangesInOneRequest(t *testing.T) {
	ada := identityOf(t, auth.Profile{Subject: "ada", Roles: []string{"admin"}})
	bob := identityOf(t, auth.Profile{Subject: "bob", Roles: []string{"reader"}})
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
		for _, tt := range []struct {
			description    string
			first          string // who is signed in before
			do             func(soay.Request)
			want           string // in the same request, and in the next one
			wantValues     string
			wantNewSession bool
		}{
			{"twice", "", func(req soay.Request) { must(auth.SignIn(req, ada)); must(auth.SignIn(req, bob)) }, "bob [reader] by session", "bob:", true},
			{"twice the same", "", func(req soay.Request) { must(auth.SignIn(req, ada)); must(auth.SignIn(req, ada)) }, "ada [admin] by session", "ada:", true},
			{"a value in between", "", func(req soay.Request) {
				must(auth.SignIn(req, ada))
				req.Session.Set("a", 1)
				must(auth.SignIn(req, bob))
				req.Session.Set("b", 2)
			}, "bob [reader] by session", "bob: b=2", true},
			{"in and out", "", func(req soay.Request) { must(auth.SignIn(req, ada)); auth.SignOut(req) }, "nobody", ":", false},
			{"out and in", "ada", func(req soay.Request) { auth.SignOut(req); must(auth.SignIn(req, bob)) }, "bob [reader] by session", "bob:", true},
			{"out and in, the same", "ada", func(req soay.Request) { auth.SignOut(req); must(auth.SignIn(req, ada)) }, "ada [admin] by session", "ada:", true},
			{"out with a message", "ada", func(req soay.Request) { auth.SignOut(req); req.Session.Flash("hint", "bye") }, "nobody", ": hint=bye", true},
			{"the session of another user", "ada", func(req soay.Request) { req.Session.SetUser("bob") }, "bob [] by session", "bob: old=1", true},
			{"the session of nobody", "ada", func(req soay.Request) { req.Session.SetUser("") }, "nobody", ": old=1", true},
			{"asked before", "ada", func(req soay.Request) { soay.User(req); must(auth.SignIn(req, bob)) }, "bob [reader] by session", "bob:", true},
		} {
			t.Run(tt.description, func(t *testing.T) {
				s := newSite(t, use)
				s.Post("/do", func(req soay.Request) soay.Response {
					tt.do(req)
					return who(req)
				})
				c := requesttest.New(t, s)
				if tt.first != "" {
					signIn(c, tt.first, "admin")
					c.Post("/set?old=1")
				}
				before := c.Get("/id").Text()
				wantText(t, "the same request", c.Post("/do"), tt.want)
				if after := c.Get("/id").Text(); (after != before && after != "") != tt.wantNewSession {
					t.Errorf("the identity of the session was %q and is %q", before, after)
				}
				wantText(t, "the next request", c.Get("/who"), tt.want)
				wantText(t, "its values", c.Get("/values"), tt.wantValues)
				s.wantNoErrors(t)
			})
		}
	})
}

// A browser signs in with ten tabs at once. It is one of the ten then, with the roles of that one.
func TestParallelSignIns(t *testing.T) {
	inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
		s := newSite(t, use)
		c := requesttest.New(t, s)
		c.Post("/set?cart=old")
		var all sync.WaitGroup
		var signedIn atomic.Int32
		for i := range 10 {
			all.Go(func() {
				user, role := fmt.Sprintf("user%d", i), fmt.Sprintf("role%d", i)
				resp, err := c.Try("POST", "/login", requesttest.With{Query: url.Values{"user": {user}, "role": {role}}})
				switch {
				case err != nil:
					t.Error(err)
				case resp.Status == 200 && resp.Text() == fmt.Sprintf("%s [%s] by session", user, role):
					signedIn.Add(1)
				case resp.Status != 409: // the session has moved to that of another tab
					t.Errorf("%s: %d %q", user, resp.Status, resp.Text())
				}
			})
		}
		all.Wait()
		var n, m int
		got := c.Get("/me").Text()
		if _, err := fmt.Sscanf(got, "user%d [role%d] by session", &n, &m); err != nil || n != m || signedIn.Load() == 0 {
			t.Errorf("%d signed in; then %q, want one of them with the own role", signedIn.Load(), got)
		}
		wantText(t, "the values", c.Get("/values"), fmt.Sprintf("user%d:", n))
	})
}

// What is wrong with a sign-in is an error, and changes nothing.
func TestSignInErrors(t *testing.T) {
	ada := identityOf(t, auth.Profile{Subject: "ada"})
	for _, tt := range []struct {
		description string
		id          *auth.Identity
		options     []auth.SignInOptions
		want        string // in the error, "" for none
	}{
		{"nobody", nil, nil, "nil"},
		{"one that has expired", identityOf(t, auth.Profile{Subject: "ada", Expires: time.Now().Add(-time.Second)}), nil, "expired"},
		{"one that expires now", identityOf(t, auth.Profile{Subject: "ada", Expires: time.Now()}), nil, "expired"},
		{"two options", ada, make([]auth.SignInOptions, 2), "one SignInOptions"},
		{"none", ada, nil, ""},
	} {
		inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
			s := newSite(t, use)
			s.Post("/do", func(req soay.Request) soay.Response {
				err := auth.SignIn(req, tt.id, tt.options...)
				if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: error %v, want one with %q", tt.description, err, tt.want)
				}
				return who(req)
			})
			c := requesttest.New(t, s)
			signIn(c, "bob", "reader")
			c.Post("/set?a=1")
			s.happened()
			want, wantEvents := "bob [reader] by session", ""
			if tt.want == "" {
				want, wantEvents = "ada [] by session", "signed-in session ada"
			}
			wantText(t, tt.description, c.Post("/do"), want)
			wantText(t, tt.description+", the next request", c.Get("/who"), want)
			if got := s.happened(); got != wantEvents {
				t.Errorf("%s: the events are %q, want %q", tt.description, got, wantEvents)
			}
		})
	}
}

func TestSignInWithoutTheScheme(t *testing.T) {
	ada := identityOf(t, auth.Profile{Subject: "ada"})
	deny := auth.Func(func(soay.Request) (*auth.Identity, error) { return nil, nil })
	for _, tt := range []struct {
		description string
		setUp       func(*soay.App)
		want        string
	}{
		{"no scheme", func(a *soay.App) { a.UseSessions(siteKey) }, "auth.Session"},
		{"another scheme", func(a *soay.App) { a.UseSessions(siteKey); a.AddScheme("own", deny) }, "auth.Session"},
		{"no sessions", func(a *soay.App) { a.AddScheme("own", deny) }, "UseSessions"},
		{"nothing", func(*soay.App) {}, "UseSessions"},
	} {
		log := new(requesttest.Log)
		app := soay.New(soay.Options{Env: "production", Logger: log.Logger()})
		tt.setUp(app)
		app.Post("/login", func(req soay.Request) soay.Response {
			if err := auth.SignIn(req, ada); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: error %v, want one with %q", tt.description, err, tt.want)
			}
			return response.NoContent()
		})
		if got := requesttest.New(t, app).Post("/login"); got.Status != 204 || len(got.Cookies) != 0 {
			t.Errorf("%s: %d with %v", tt.description, got.Status, got.Cookies)
		}
	}
}

// A sign-in that does not fit into the session is a 500 that names the sizes, and the session stays as it was.
func TestSignInThatIsTooLarge(t *testing.T) {
	inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
		s := newSite(t, use)
		s.Post("/big", func(req soay.Request) soay.Response {
			id, err := auth.NewIdentity(auth.Profile{Subject: "ada", Claims: map[string]any{"x": strings.Repeat("y", 70_000)}})
			if err == nil {
				err = auth.SignIn(req, id)
			}
			if err != nil {
				return response.Error(err)
			}
			return who(req)
		})
		c := requesttest.New(t, s)
		signIn(c, "bob", "reader")
		if got := c.Post("/big"); got.Status != 500 || len(got.Cookies) != 0 {
			t.Errorf("too large: %d with %v, want 500 without a cookie", got.Status, got.Cookies)
		}
		if lines := s.log.Lines(slog.LevelError); len(lines) != 1 || !strings.Contains(lines[0], "session takes") {
			t.Errorf("the log has %q, want a line of the size", lines)
		}
		wantText(t, "afterwards", c.Get("/who"), "bob [reader] by session")
	})
}

// A logout is final however the request ends, in a store also for copies of the cookie and on other instances.
func TestSignOutIsFinal(t *testing.T) {
	for name, end := range map[string]func(soay.Request) soay.Response{
		"with a redirect": func(soay.Request) soay.Response { return response.SeeOther("/who") },
		"with an error":   func(soay.Request) soay.Response { return response.Error(errors.New("the provider is down")) },
		"with a panic":    func(soay.Request) soay.Response { panic("the provider is down") },
	} {
		inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
			s, other := newSite(t, use), newSite(t, use)
			s.Post("/leave", func(req soay.Request) soay.Response {
				auth.SignOut(req)
				if soay.User(req) != nil {
					t.Error("signed out, but somebody")
				}
				return end(req)
			})
			c, elsewhere := requesttest.New(t, s), requesttest.New(t, other)
			signIn(c, "ada", "admin")
			stolen := c.Cookies("/")[0]
			wantText(t, "on another instance", elsewhere.Get("/admin", with(stolen)), "ada [admin] by session")
			c.Post("/leave")
			if len(c.Cookies("/")) != 0 {
				t.Errorf("%s: the browser has %v", name, c.Cookies("/"))
			}
			wantText(t, name, c.Get("/who"), "nobody")
			if strings.Contains(t.Name(), "store") {
				wantText(t, "a copy of the cookie", c.Get("/who", with(stolen)), "nobody")
				wantText(t, "a copy on another instance", elsewhere.Get("/who", with(stolen)), "nobody")
			}
		})
	}
}

func TestEndOfAllSessionsOfAUser(t *testing.T) {
	t.Run("in a store", func(t *testing.T) {
		store := memstore.New()
		s := newSite(t, func(a *soay.App) { a.UseSessionStore(store) })
		c, d, e := requesttest.New(t, s), requesttest.New(t, s), requesttest.New(t, s)
		signIn(c, "ada")
		signIn(d, "ada")
		signIn(e, "bob")
		if ids, err := sessions.ListUser(t.Context(), store, "ada"); len(ids) != 2 || err != nil {
			t.Errorf("the sessions are %v, %v; want two", ids, err)
		}
		if err := sessions.RevokeUser(t.Context(), store, "ada"); err != nil {
			t.Fatal(err)
		}
		for c, want := range map[*requesttest.Client]string{c: "nobody", d: "nobody", e: "bob [] by session"} {
			wantText(t, "afterwards", c.Get("/who"), want)
		}
	})
	t.Run("in cookies", func(t *testing.T) {
		var epoch atomic.Int64
		s := newSite(t, func(a *soay.App) {
			a.UseSessions(siteKey, sessions.Options{Epoch: func(_ context.Context, user string) (int64, error) {
				if user != "ada" {
					return 0, nil
				}
				return epoch.Load(), nil
			}})
		})
		s.Post("/end", func(req soay.Request) soay.Response { // all but this one
			id := soay.User(req)
			epoch.Add(1)
			if err := auth.SignIn(req, id); err != nil {
				return response.Error(err)
			}
			return who(req)
		})
		c, d, e := requesttest.New(t, s), requesttest.New(t, s), requesttest.New(t, s)
		signIn(c, "ada", "admin")
		signIn(d, "ada")
		signIn(e, "bob")
		wantText(t, "the one that ends the others", c.Post("/end"), "ada [admin] by session")
		for c, want := range map[*requesttest.Client]string{c: "ada [admin] by session", d: "nobody", e: "bob [] by session"} {
			wantText(t, "afterwards", c.Get("/who"), want)
		}
	})
}

// broken is a store that fails while it is told to.
type broken struct {
	sessions.Store
	fails atomic.Bool
}

func (b *broken) Load(ctx context.Context, id string) (sessions.Record, error) {
	if b.fails.Load() {
		return sessions.Record{}, errors.New("the store is down")
	}
	return b.Store.Load(ctx, id)
}

// While the store is down nobody is taken for nobody.
func TestStoreThatIsDown(t *testing.T) {
	store := &broken{Store: memstore.New()}
	s := newSite(t, func(a *soay.App) { a.UseSessionStore(store) })
	s.Get("/plain", func(soay.Request) soay.Response { return response.Text("plain") })
	c := requesttest.New(t, s)
	signIn(c, "ada")
	store.fails.Store(true)
	for _, path := range []string{"/who", "/me", "/admin"} {
		if got := c.Get(path); got.Status != 503 || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q; want 503", path, got.Status, got.Header.Get("Retry-After"))
		}
	}
	for _, path := range []string{"/login?user=bob", "/logout"} {
		if got := c.Post(path).Status; got != 503 {
			t.Errorf("%s: %d, want 503", path, got)
		}
	}
	wantText(t, "what needs nobody", c.Get("/plain"), "plain")
	store.fails.Store(false)
	wantText(t, "afterwards", c.Get("/me"), "ada [] by session")
}
