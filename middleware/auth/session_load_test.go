package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// accounts are what a Load function asks: a table of users in the app.
type accounts struct {
	mu    sync.Mutex
	roles []string
	fails error // nil for none
	asked int
	load  func(ctx context.Context, subject string) (*auth.Identity, error) // in place of all that
}

func (a *accounts) Load(ctx context.Context, subject string) (*auth.Identity, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	if a.load != nil {
		return a.load(ctx, subject)
	}
	if a.fails != nil {
		return nil, a.fails
	}
	return auth.NewIdentity(auth.Profile{Subject: subject, Roles: a.roles})
}

func (a *accounts) set(roles ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.roles = roles
}

func (a *accounts) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fails = err
}

// times returns how often it was asked since the last call.
func (a *accounts) times() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.asked
	a.asked = 0
	return n
}

// inEachBackendAndTime runs a test in which time takes no time.
func inEachBackendAndTime(t *testing.T, test func(t *testing.T, use func(*soay.App))) {
	for name := range backends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, backends[name]()) })
		})
	}
}

func TestIdentitiesAreLoadedEveryFiveMinutes(t *testing.T) {
	inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
		users := &accounts{roles: []string{"admin"}}
		s := newSite(t, use, auth.SessionOptions{Load: users.Load})
		c := requesttest.New(t, s)
		signIn(c, "ada", "reader")
		wantText(t, "at once", c.Get("/me"), "ada [reader] by session")
		time.Sleep(5*time.Minute - time.Second)
		wantText(t, "just before", c.Get("/me"), "ada [reader] by session")
		if n := users.times(); n != 0 {
			t.Errorf("loaded %d times, want none", n)
		}
		time.Sleep(time.Second)
		resp := c.Get("/me")
		wantText(t, "after 5 minutes", resp, "ada [admin] by session")
		if got := resp.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("the response that changes the session has Cache-Control %q", got)
		}
		users.set("editor")
		wantText(t, "the new one stays", c.Get("/who"), "ada [admin] by session")
		if n := users.times(); n != 1 {
			t.Errorf("loaded %d times, want once", n)
		}
		time.Sleep(5 * time.Minute)
		wantText(t, "after 5 more minutes", c.Get("/who"), "ada [editor] by session")
		if got := c.Get("/admin").Status; got != 403 {
			t.Errorf("without the role that was taken away: %d, want 403", got)
		}
		s.wantNoErrors(t)
	})
}

func TestLoadEvery(t *testing.T) {
	for _, tt := range []struct {
		description string
		every       time.Duration
		want        string // how often it is loaded after so many minutes: 0, 1, 6, 61
	}{
		{"each request", -1, "[1 1 1 1]"},
		{"one minute", time.Minute, "[0 1 1 1]"},
		{"one hour", time.Hour, "[0 0 0 1]"},
	} {
		inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
			users := &accounts{roles: []string{"admin"}}
			s := newSite(t, func(a *soay.App) {
				use(a)
				a.Get("/quiet", func(soay.Request) soay.Response { return response.NoContent() })
			}, auth.SessionOptions{Load: users.Load, LoadEvery: tt.every})
			c := requesttest.New(t, s)
			signIn(c, "ada", "reader")
			var got []int
			for _, wait := range []time.Duration{0, 1, 5, 55} {
				for wait > 0 { // the session must not end
					step := min(wait, 20)
					time.Sleep(step * time.Minute)
					wait -= step
					if wait > 0 {
						c.Get("/id")
					}
				}
				resp := c.Get("/who")
				got = append(got, users.times())
				if tt.every < 0 && (resp.Text() != "ada [admin] by session" || len(got) == 1 && len(resp.Cookies) > 0) {
					t.Errorf("%s: %q with %v", tt.description, resp.Text(), resp.Cookies)
				}
			}
			c.Get("/quiet")
			if text := fmt.Sprint(got); text != tt.want || users.times() != 0 {
				t.Errorf("%s: loaded %s times, want %s", tt.description, text, tt.want)
			}
		})
	}
}

// What was known at the sign-in stays: its time, the end, the session at the provider and the issuer.
func TestLoadKeepsWhatItDoesNotKnow(t *testing.T) {
	inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
		start := time.Now()
		users := new(accounts)
		s := newSite(t, func(a *soay.App) {
			use(a)
			a.Post("/provider", func(req soay.Request) soay.Response {
				id, err := auth.NewIdentity(auth.Profile{Subject: "ada", Issuer: "https://id.example", SessionID: "s7", Expires: start.Add(20 * time.Minute)})
				if err == nil {
					err = auth.SignIn(req, id)
				}
				if err != nil {
					return response.Error(err)
				}
				return response.NoContent()
			})
			a.Get("/all", func(req soay.Request) soay.Response {
				id := soay.User(req)
				return response.Text(fmt.Sprintf("%s %s %v %v %s", id.Issuer(), id.SessionID(), id.AuthTime().Sub(start), id.Expires().Sub(start), id.Name()))
			}).Auth(soay.Auth{MaxAge: 15 * time.Minute})
		}, auth.SessionOptions{Load: users.Load})
		c := requesttest.New(t, s)
		c.Post("/provider")
		wantText(t, "at once", c.Get("/all"), "https://id.example s7 0s 20m0s ")
		time.Sleep(6 * time.Minute)
		wantText(t, "loaded", c.Get("/all"), "https://id.example s7 0s 20m0s ")
		wantText(t, "kept", c.Get("/all"), "https://id.example s7 0s 20m0s ")
		if n := users.times(); n != 1 {
			t.Errorf("loaded %d times, want once", n)
		}
		users.load = func(_ context.Context, subject string) (*auth.Identity, error) {
			return auth.NewIdentity(auth.Profile{Subject: subject, Name: "Ada", SessionID: "other", AuthTime: time.Now(), Expires: start.Add(30 * time.Minute)})
		}
		time.Sleep(6 * time.Minute)
		wantText(t, "with another end", c.Get("/all"), "https://id.example s7 0s 30m0s Ada")
		time.Sleep(3*time.Minute + time.Second)
		if got := c.Get("/all").Status; got != 401 {
			t.Errorf("15 minutes after the sign-in: %d, want 401", got)
		}
	})
}

// A subject that is gone is signed out for good.
func TestLoadOfSomebodyWhoIsGone(t *testing.T) {
	inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
		users := &accounts{roles: []string{"admin"}}
		s, other := newSite(t, use, auth.SessionOptions{Load: users.Load}), newSite(t, use, auth.SessionOptions{Load: users.Load})
		c, elsewhere := requesttest.New(t, s), requesttest.New(t, other)
		signIn(c, "ada", "admin")
		cookie := c.Cookies("/")[0]
		time.Sleep(5 * time.Minute)
		users.fail(fmt.Errorf("no such account: %w", sessions.ErrGone))
		s.happened()
		if got := c.Get("/admin"); got.Status != 401 || len(c.Cookies("/")) != 0 {
			t.Errorf("%d, and the browser has %v; want 401 and nothing", got.Status, c.Cookies("/"))
		}
		if got := s.happened(); got != "signed-out session ada, refused  credentials-missing" {
			t.Errorf("the events are %q", got)
		}
		wantText(t, "the next request", c.Get("/who"), "nobody")
		wantText(t, "a copy of the cookie", c.Get("/who", with(cookie)), "nobody")
		wantText(t, "a copy on another instance", elsewhere.Get("/who", with(cookie)), "nobody")
		if users.fail(nil); strings.Contains(t.Name(), "store") {
			wantText(t, "a copy, when the account is back", c.Get("/who", with(cookie)), "nobody")
		}
		s.wantNoErrors(t)
	})
}

// While it cannot be found out who somebody is, nobody is served, neither as somebody nor as nobody.
func TestLoadThatFails(t *testing.T) {
	somebody := func(p auth.Profile) func(context.Context, string) (*auth.Identity, error) {
		return func(context.Context, string) (*auth.Identity, error) { return auth.NewIdentity(p) }
	}
	for name, load := range map[string]func(context.Context, string) (*auth.Identity, error){
		"an error":        func(context.Context, string) (*auth.Identity, error) { return nil, errors.New("the database is down") },
		"a panic":         func(context.Context, string) (*auth.Identity, error) { panic("the database is down") },
		"nobody":          func(context.Context, string) (*auth.Identity, error) { return nil, nil },
		"somebody else":   somebody(auth.Profile{Subject: "bob", Roles: []string{"admin"}}),
		"another issuer":  somebody(auth.Profile{Subject: "ada", Issuer: "https://evil.example", Roles: []string{"admin"}}),
		"an answer never": func(ctx context.Context, _ string) (*auth.Identity, error) { <-ctx.Done(); return nil, ctx.Err() },
	} {
		inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
			users := new(accounts)
			called := false
			s := newSite(t, func(a *soay.App) {
				use(a)
				a.Post("/provider", func(req soay.Request) soay.Response {
					id := identityOf(t, auth.Profile{Subject: "ada", Issuer: "https://id.example", Roles: []string{"admin"}})
					if err := auth.SignIn(req, id); err != nil {
						return response.Error(err)
					}
					return response.NoContent()
				})
				a.Get("/called", func(soay.Request) soay.Response { called = true; return response.NoContent() }).Auth()
			}, auth.SessionOptions{Load: users.Load})
			c := requesttest.New(t, s)
			c.Post("/provider")
			time.Sleep(5 * time.Minute)
			users.load = load
			start := time.Now()
			for _, path := range []string{"/called", "/who", "/admin"} {
				if got := c.Get(path); got.Status != 503 || got.Header.Get("Retry-After") == "" || got.Cookie("session") != nil {
					t.Errorf("%s: %s: %d, Retry-After %q, %v; want 503", name, path, got.Status, got.Header.Get("Retry-After"), got.Cookies)
				}
			}
			if took := time.Since(start); called || took > 16*time.Second {
				t.Errorf("%s: the handler ran: %t; it took %v", name, called, took)
			}
			users.load = nil
			wantText(t, name+", afterwards", c.Get("/me"), "ada [] by session")
		})
	}
}

// A load that says that somebody may not come in now is a refusal, and the session stays.
func TestLoadThatRefuses(t *testing.T) {
	inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
		users := new(accounts)
		s := newSite(t, use, auth.SessionOptions{Load: users.Load})
		c := requesttest.New(t, s)
		signIn(c, "ada")
		time.Sleep(5 * time.Minute)
		users.fail(auth.Invalid(auth.ReasonInvalid, errors.New("the account is locked")))
		wantText(t, "locked", c.Get("/who"), "nobody")
		if got := c.Get("/me").Status; got != 401 {
			t.Errorf("locked, at a route for users: %d, want 401", got)
		}
		users.fail(nil)
		wantText(t, "unlocked", c.Get("/me"), "ada [] by session")
	})
}

// Pages that need nobody ask for nobody.
func TestLoadOnlyWhereItIsNeeded(t *testing.T) {
	inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
		users := &accounts{fails: errors.New("must not be asked")}
		s := newSite(t, use, auth.SessionOptions{Load: users.Load})
		c := requesttest.New(t, s)
		signIn(c, "ada")
		time.Sleep(5 * time.Minute)
		for _, path := range []string{"/values", "/id", "/none"} {
			c.Get(path)
		}
		if n := users.times(); n != 0 {
			t.Errorf("loaded %d times, want none", n)
		}
	})
}

// Many requests find that it is time to load. All are served, also while one of them changes the session.
func TestParallelLoads(t *testing.T) {
	inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
		users := &accounts{roles: []string{"admin"}}
		s := newSite(t, use, auth.SessionOptions{Load: users.Load})
		c := requesttest.New(t, s)
		signIn(c, "ada", "reader")
		time.Sleep(5 * time.Minute)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if i == 7 {
					_, _ = c.Try("POST", "/set?a=1")
					return
				}
				if resp, err := c.Try("GET", "/me"); err != nil || resp.Text() != "ada [admin] by session" {
					t.Errorf("%+v, %v", resp, err)
				}
			})
		}
		all.Wait()
		users.times()
		wantText(t, "afterwards", c.Get("/me"), "ada [admin] by session")
		if strings.Contains(t.Name(), "store") { // of cookies the one counts that comes last
			if n := users.times(); n != 0 {
				t.Errorf("loaded %d times more, want none", n)
			}
			wantText(t, "the value", c.Get("/values"), "ada: a=1")
		}
		s.wantNoErrors(t)
	})
}

// A page that loads its user while another request signs out, or in anew, is served all the same.
func TestLoadDuringSignOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := &accounts{roles: []string{"admin"}}
		var c *requesttest.Client
		leave := "/logout"
		s := newSite(t, backends["a store"](), auth.SessionOptions{Load: func(ctx context.Context, subject string) (*auth.Identity, error) {
			if leave != "" {
				path := leave
				leave = ""
				c.Post(path)
			}
			return users.Load(ctx, subject)
		}})
		c = requesttest.New(t, s)
		for _, path := range []string{"/logout", "/login?user=ada&role=new", "/login?user=bob"} {
			signIn(c, "ada")
			time.Sleep(5 * time.Minute)
			leave = path
			if got := c.Get("/admin"); got.Status != 200 || got.Text() != "ada [admin] by session" {
				t.Errorf("during %s: %d %q, want what the session was", path, got.Status, got.Text())
			}
			want := map[string]string{"/logout": "nobody", "/login?user=ada&role=new": "ada [new] by session", "/login?user=bob": "bob [] by session"}[path]
			wantText(t, "after "+path, c.Get("/who"), want)
		}
		s.wantNoErrors(t)
	})
}

// unwritable is a store that keeps no changes while it is told to.
type unwritable struct {
	sessions.Store
	fails atomic.Bool
}

func (u *unwritable) Modify(ctx context.Context, id, key string, f func([]byte) ([]byte, error)) error {
	if u.fails.Load() {
		return errors.New("read-only")
	}
	return u.Store.Modify(ctx, id, key, f)
}

// Somebody who was loaded is served also if that cannot be kept.
func TestLoadThatCannotBeKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := &accounts{roles: []string{"admin"}}
		store := &unwritable{Store: memstore.New()}
		s := newSite(t, func(a *soay.App) { a.UseSessionStore(store) }, auth.SessionOptions{Load: users.Load})
		c := requesttest.New(t, s)
		signIn(c, "ada", "reader")
		time.Sleep(5 * time.Minute)
		store.fails.Store(true)
		for range 2 {
			wantText(t, "not kept", c.Get("/admin"), "ada [admin] by session")
		}
		if n := users.times(); n != 2 {
			t.Errorf("loaded %d times, want twice", n)
		}
		if lines := s.log.Records("auth: a loaded identity was not kept"); len(lines) != 2 || lines[0]["level"] != slog.LevelWarn.String() {
			t.Errorf("the log has %v, want two warnings", lines)
		}
	})
}

// A time of loading that a clock ahead of ours has written does not put the next load off.
func TestClockThatWasAhead(t *testing.T) {
	inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
		users := &accounts{roles: []string{"reader"}}
		s := newSite(t, func(a *soay.App) {
			use(a)
			a.Post("/ahead", func(req soay.Request) soay.Response {
				text := sessions.GetOr(req.Session, "soay/identity", "")
				now, ahead := fmt.Sprint(time.Now().Unix()), fmt.Sprint(time.Now().Add(3*time.Minute).Unix())
				at := strings.LastIndex(text, now)
				req.Session.Set("soay/identity", text[:at]+ahead+text[at+len(now):])
				return response.NoContent()
			})
		}, auth.SessionOptions{Load: users.Load, LoadEvery: time.Minute})
		c := requesttest.New(t, s)
		signIn(c, "ada", "admin")
		c.Post("/ahead")
		wantText(t, "now", c.Get("/who"), "ada [reader] by session")
		wantText(t, "again", c.Get("/who"), "ada [reader] by session")
		if n := users.times(); n != 1 {
			t.Errorf("loaded %d times, want once", n)
		}
	})
}

// An identity ends in the middle of a session, and with it all that it may do.
func TestIdentityThatExpires(t *testing.T) {
	inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
		s := newSite(t, func(a *soay.App) {
			use(a)
			a.Post("/short", func(req soay.Request) soay.Response {
				id := identityOf(t, auth.Profile{Subject: "ada", Roles: []string{"admin"}, Expires: time.Now().Add(time.Minute)})
				if err := auth.SignIn(req, id); err != nil {
					return response.Error(err)
				}
				return who(req)
			})
			a.Get("/long", func(req soay.Request) soay.Response {
				before := soay.User(req)
				time.Sleep(5 * time.Second)
				return response.Text(fmt.Sprint(before, soay.User(req)))
			}).Auth()
		})
		c := requesttest.New(t, s)
		c.Post("/short")
		time.Sleep(59 * time.Second)
		wantText(t, "just before", c.Get("/admin"), "ada [admin] by session")
		wantText(t, "a request that is under way", c.Get("/long"), `"ada" "ada"`)
		wantText(t, "afterwards", c.Get("/who"), "nobody")
		for path, want := range map[string]int{"/admin": 401, "/me": 401, "/long": 401} {
			if got := c.Get(path).Status; got != want {
				t.Errorf("%s: %d, want %d", path, got, want)
			}
		}
		signIn(c, "ada", "admin")
		wantText(t, "signed in again", c.Get("/admin"), "ada [admin] by session")
	})
}
