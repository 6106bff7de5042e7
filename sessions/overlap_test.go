package sessions_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// stage is a store in which something happens before or after a call, once.
type stage struct {
	sessions.Store
	mu            sync.Mutex
	before, after map[string]func()
}

func newStage() *stage {
	return &stage{Store: memstore.New(), before: map[string]func(){}, after: map[string]func(){}}
}

func (s *stage) act(acts map[string]func(), call string) {
	s.mu.Lock()
	act := acts[call]
	delete(acts, call)
	s.mu.Unlock()
	if act != nil {
		act()
	}
}

func (s *stage) Load(ctx context.Context, id string) (sessions.Record, error) {
	s.act(s.before, "Load")
	defer s.act(s.after, "Load")
	return s.Store.Load(ctx, id)
}

func (s *stage) Rename(ctx context.Context, from, to string, c sessions.Change) error {
	s.act(s.before, "Rename")
	defer s.act(s.after, "Rename")
	return s.Store.Rename(ctx, from, to, c)
}

func (s *stage) Delete(ctx context.Context, id string) error {
	s.act(s.before, "Delete")
	defer s.act(s.after, "Delete")
	return s.Store.Delete(ctx, id)
}

// newLoginApp returns an app that begins, renews, signs in and ends sessions in all ways that there are.
func newLoginApp(store sessions.Store, o ...sessions.Options) *soay.App {
	app := newStoreApp(store, o...)
	for path, do := range map[string]func(sessions.Session){
		"/begin":       func(s sessions.Session) { s.Set("cart", "a book") },
		"/renew":       func(s sessions.Session) { s.Renew() },
		"/login":       func(s sessions.Session) { s.SetUser("ada") },
		"/destroy":     func(s sessions.Session) { s.Destroy() },
		"/clear":       func(s sessions.Session) { s.Clear() },
		"/destroy/bye": func(s sessions.Session) { s.Destroy(); s.Flash("message", "bye") },
		"/renew/end":   func(s sessions.Session) { s.Renew(); s.Destroy() },
	} {
		app.Post(path, done(do))
	}
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Text(fmt.Sprint(req.Session.User(), sessions.GetOr(req.Session, "cart", "")))
	})
	return app
}

// A logout that overlaps a login is final wherever the two meet: the cookie that the login gives opens
// nothing, or it has failed itself.
func TestLogoutBesideRenewal(t *testing.T) {
	tests := []struct {
		description string
		// at has the two meet: it lets one of them happen at once, when a call is made for the other one.
		at func(s *stage, now func())
		// outer says which of the two is the request in which the other one happens.
		outer string
	}{
		{"the renewal comes between the look and the end of the logout", func(s *stage, now func()) { s.before["Delete"] = now }, "logout"},
		{"the renewal is saved before the logout looks", func(s *stage, now func()) { s.before["Load"] = now }, "logout"},
		{"the renewal comes after the look", func(s *stage, now func()) { s.after["Load"] = now }, "logout"},
		{"the renewal comes after the end", func(s *stage, now func()) { s.after["Delete"] = now }, "logout"},
		{"the logout comes after the renewal is saved", func(s *stage, now func()) { s.after["Rename"] = now }, "renewal"},
		{"the logout comes before the renewal is saved", func(s *stage, now func()) { s.before["Rename"] = now }, "renewal"},
		{"the logout comes after the look of the renewal", func(s *stage, now func()) { s.after["Load"] = now }, "renewal"},
	}
	for _, tt := range tests {
		for _, renewal := range []string{"/renew", "/login"} {
			for _, logout := range []string{"/destroy", "/clear", "/destroy/bye", "/renew/end"} {
				for seal, o := range map[string]sessions.Options{"open": {}, "sealed": sealing()} {
					t.Run(fmt.Sprint(tt.description, renewal, logout, " ", seal), func(t *testing.T) {
						s := newStage()
						c := requesttest.New(t, newLoginApp(s, o))
						c.Post("/begin")
						old := requesttest.With{Header: http.Header{"Cookie": {"session=" + c.Cookies("/")[0].Value}}}
						outer, inner := logout, renewal
						if tt.outer == "renewal" {
							outer, inner = renewal, logout
						}
						answers := map[string]*requesttest.Response{}
						tt.at(s, func() { answers[inner] = requesttest.New(t, newLoginApp(s, o)).Post(inner, old) })
						answers[outer] = requesttest.New(t, newLoginApp(s, o)).Post(outer, old)

						if got := answers[logout].Status; got != http.StatusOK {
							t.Errorf("the logout = %d, want 200", got)
						}
						cookies := append(answers[renewal].Cookies, c.Cookies("/")...)
						for _, cookie := range cookies {
							with := requesttest.With{Header: http.Header{"Cookie": {"session=" + cookie.Value}}}
							got := requesttest.New(t, newLoginApp(s, o)).Get("/", with).Text()
							if strings.Contains(got, "a book") { // not that of a login after it
								t.Errorf("after the logout a cookie still shows %q", got)
							}
						}
					})
				}
			}
		}
	}
}

// Whoever renews as fast as he can does not outlast a logout.
func TestLogoutBesideRenewals(t *testing.T) {
	app := newLoginApp(memstore.New())
	for range 150 {
		victim, thief := requesttest.New(t, app), requesttest.New(t, app)
		victim.Post("/begin")
		victim.Post("/login")
		thief.SetCookie(victim.Cookies("/")[0])
		var wg sync.WaitGroup
		wg.Go(func() {
			for range 5 {
				thief.Post("/renew")
			}
		})
		wg.Go(func() {
			if got := victim.Post("/destroy").Status; got != http.StatusOK {
				t.Errorf("the logout = %d, want 200", got)
			}
		})
		wg.Wait()
		if got := thief.Get("/").Text(); got != "" {
			t.Fatalf("after the logout the other cookie still shows %q", got)
		}
	}
}

// A logout that the store cannot carry out says so, and the cookie stays, so that it can be tried again.
func TestLogoutThatFails(t *testing.T) {
	store := newShelf()
	c := requesttest.New(t, newLoginApp(store))
	for _, path := range []string{"/destroy", "/clear", "/destroy/bye"} {
		c.Post("/begin")
		store.failing(func(_ context.Context, method string) error {
			if method == "Delete" {
				return errors.New("no connection")
			}
			return nil
		})
		resp := c.Post(path)
		if resp.Status != http.StatusServiceUnavailable || len(resp.Cookies) > 0 || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s that fails = %d with %v, want 503 without a cookie", path, resp.Status, resp.Cookies)
		}
		store.failing(nil)
		if got := c.Get("/").Text(); got != "a book" {
			t.Errorf("after it the session shows %q", got)
		}
		if got := c.Post(path).Status; got != http.StatusOK || c.Get("/").Text() != "" {
			t.Errorf("%s once more = %d", path, got)
		}
	}
}

// A Destroy is carried out however the request ends, since it can only take away; of what was set after
// it nothing is saved.
func TestDestroyOfFailedRequests(t *testing.T) {
	ends := map[string]struct {
		end        func(soay.Request) soay.Response
		wantStatus int // 0 for a connection that is cut
	}{
		"an error":              {func(soay.Request) soay.Response { return response.Error(errors.New("no")) }, 500},
		"a status":              {func(soay.Request) soay.Response { return response.Text("later").WithStatus(503) }, 503},
		"a panic":               {func(soay.Request) soay.Response { panic("no") }, 500},
		"a panic that is a 409": {func(soay.Request) soay.Response { panic(lostCat{"Tom"}) }, 409},
		"an abort":              {func(soay.Request) soay.Response { panic(http.ErrAbortHandler) }, 0},
		"a value that cannot be encoded": {func(req soay.Request) soay.Response {
			req.Session.Set("f", func() {})
			return response.Text("x")
		}, 500},
		"a session that is too large": {func(req soay.Request) soay.Response {
			req.Session.Set("text", string(make([]byte, 100<<10)))
			return response.Text("x")
		}, 500},
	}
	for name, tt := range ends {
		for _, kind := range []string{"cookie", "store"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				store := newShelf()
				v := &visit{t: t}
				handler := func(req soay.Request) soay.Response { return v.handler(req) }
				app := newStoreApp(store)
				app.Get("/", handler)
				if kind == "cookie" {
					app = newApp(sessions.Options{}, handler)
				}
				soay.HandleError(app, func(_ soay.Request, e lostCat) soay.Response {
					return response.Text(e.name).WithStatus(409)
				})
				v.Client = requesttest.New(t, app)
				v.do(func(s sessions.Session) { s.Set("cart", "a book") })
				v.handler = func(req soay.Request) soay.Response {
					req.Session.Destroy()
					req.Session.Set("after", 1)
					return tt.end(req)
				}
				resp, err := v.Try("GET", "/")
				if store.len() > 0 {
					t.Errorf("the store has %v", store.records)
				}
				if tt.wantStatus == 0 {
					if err == nil {
						t.Errorf("answer %d, want none", resp.Status)
					}
					return
				}
				if err != nil || resp.Status != tt.wantStatus {
					t.Fatalf("answer %v, %v, want %d", resp, err, tt.wantStatus)
				}
				if c := resp.Cookie("session"); c == nil || c.MaxAge >= 0 || len(resp.Cookies) != 1 || resp.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("the answer sets %v, want one deletion", resp.Cookies)
				}
				if got := v.data(); len(got) > 0 {
					t.Errorf("the next request finds %v", got)
				}
			})
		}
	}
}

// A request that fails, and whose logout fails too, says that it is the store.
func TestDestroyOfFailedRequestThatFails(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	for _, end := range []func() soay.Response{
		func() soay.Response { panic("no") },
		func() soay.Response { return response.Text("later").WithStatus(500) },
		func() soay.Response { return response.Text("fine") },
	} {
		v.do(func(s sessions.Session) { s.Set("cart", "a book") })
		store.failing(func(_ context.Context, method string) error {
			if method == "Delete" {
				return errors.New("no connection")
			}
			return nil
		})
		resp := v.answer(func(req soay.Request) soay.Response { req.Session.Destroy(); return end() })
		if resp.Status != http.StatusServiceUnavailable || len(resp.Cookies) > 0 {
			t.Errorf("answer %d with %v, want 503 without a cookie", resp.Status, resp.Cookies)
		}
		store.failing(nil)
		if got := v.data()["cart"]; got != "a book" {
			t.Errorf("the next request finds %v", got)
		}
	}
}

// What comes after a Destroy may fail for the lack of something that Destroy does not need.
func TestDestroyBeforeALoginThatFails(t *testing.T) {
	store, down := newShelf(), errors.New("no database")
	for name, v := range map[string]*visit{
		"cookie": newVisit(t, sessions.Options{Epoch: func(context.Context, string) (int64, error) { return 0, down }}),
		"store":  storeVisit(t, store),
	} {
		v.do(func(s sessions.Session) { s.Set("cart", "a book") })
		store.failing(func(_ context.Context, method string) error {
			if method == "Create" {
				return down
			}
			return nil
		})
		resp := v.answer(done(func(s sessions.Session) { s.Destroy(); s.SetUser("ada") }))
		store.failing(nil)
		if c := resp.Cookie("session"); resp.Status != http.StatusServiceUnavailable || c == nil || c.MaxAge >= 0 {
			t.Errorf("%s: answer %d with %v, want 503 with the deletion", name, resp.Status, resp.Cookies)
		}
		if got := v.data(); len(got) > 0 || store.len() > 0 {
			t.Errorf("%s: the next request finds %v", name, got)
		}
	}
}

// The identity that a handler sees after Destroy is the one of the new session.
func TestIDAfterDestroy(t *testing.T) {
	for name, v := range map[string]*visit{"cookie": newVisit(t, sessions.Options{}), "store": storeVisit(t, newShelf())} {
		before := v.idOf(func(s sessions.Session) { s.Set("a", 1) })
		after := v.idOf(func(s sessions.Session) { s.Destroy(); s.Set("b", 2) })
		if got := v.idOf(nothing); got != after || got == before {
			t.Errorf("%s: the ID is %q, want %q as it was after Destroy, and not %q as before", name, got, after, before)
		}
	}
}
