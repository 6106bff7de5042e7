//go:build unix

package redisstore_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// newApp returns an app with what its session does.
func newApp(store sessions.Store, options ...sessions.Options) *soay.App {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler), Env: "production"})
	app.UseSessionStore(store, options...)
	app.Post("/begin", func(req soay.Request) soay.Response {
		req.Session.Set("begun", true)
		return response.NoContent()
	})
	app.Post("/increment", func(req soay.Request) soay.Response {
		if err := sessions.Modify(req.Session, "n", func(n int) int { return n + 1 }); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	app.Post("/set/{key}", func(req soay.Request) soay.Response {
		req.Session.Set(req.Param("key"), true)
		return response.NoContent()
	})
	app.Post("/login/{user}", func(req soay.Request) soay.Response {
		req.Session.SetUser(req.Param("user"))
		return response.NoContent()
	})
	app.Post("/renew", func(req soay.Request) soay.Response {
		req.Session.Renew()
		return response.NoContent()
	})
	app.Post("/logout", func(req soay.Request) soay.Response {
		req.Session.Destroy()
		return response.NoContent()
	})
	app.Get("/n", func(req soay.Request) soay.Response {
		return response.Text(fmt.Sprint(sessions.GetOr(req.Session, "n", 0), " ", req.Session.Len(), " ", req.Session.User()))
	})
	app.Get("/free", func(soay.Request) soay.Response { return response.Text("free") })
	return app
}

func wantStatus(t *testing.T, what string, resp *requesttest.Response, want int) {
	t.Helper()
	if resp.Status != want {
		t.Errorf("%s: status %d, want %d: %s", what, resp.Status, want, resp.Text())
	}
}

// instances returns clients of two instances of an app, which share a session that has begun. The store has all the time
// that a machine with much to do may need.
func instances(t *testing.T, s *server, options ...sessions.Options) []*requesttest.Client {
	t.Helper()
	var o sessions.Options
	if len(options) > 0 {
		o = options[0]
	}
	o.StoreTimeout = cmp.Or(o.StoreTimeout, 30*time.Second)
	var clients []*requesttest.Client
	for i := range 2 {
		store := quiet(s.client(t, redis.Options{ContextTimeoutEnabled: i == 0}))
		clients = append(clients, requesttest.New(t, newApp(store, o), requesttest.Options{Timeout: time.Minute}))
	}
	wantStatus(t, "begin", clients[0].Post("/begin"), http.StatusNoContent)
	clients[1].SetCookie(clients[0].Cookies("/")[0])
	return clients
}

func TestAppKeepsAllWrites(t *testing.T) {
	for name, o := range map[string]sessions.Options{"open": {}, "sealed": sealed} {
		t.Run(name, func(t *testing.T) { keepsAllWrites(t, instances(t, sharedServer(t), o)) })
	}
}

// sealed are options that seal what the store keeps.
var sealed = sessions.Options{Codec: sessions.NewCodec("Vf3yqWmT8uQ0pXc7LrKe2sHbJd9aZnGx5oYiRt1w")}

func keepsAllWrites(t *testing.T, clients []*requesttest.Client) {
	var wg sync.WaitGroup
	for i := range 300 {
		path := "/increment"
		if i >= 200 {
			path = fmt.Sprint("/set/key", i)
		}
		wg.Go(func() { wantStatus(t, path, clients[i%2].Post(path), http.StatusNoContent) })
	}
	wg.Wait()
	for _, c := range clients {
		if got, want := c.Get("/n").Text(), "200 102 "; got != want { // the others are begun and n
			t.Errorf("n and the number of values are %q, want %q", got, want)
		}
	}
}

// Who signs in has a new id everywhere, and who is revoked is signed out everywhere.
func TestAppEndsSessions(t *testing.T) {
	s := sharedServer(t)
	clients := instances(t, s)
	old := clients[0].Cookies("/")[0]
	wantStatus(t, "login", clients[0].Post("/login/revoked"), http.StatusNoContent)
	if got := clients[1].Get("/n").Text(); got != "0 0 " {
		t.Errorf("the old id gives %q after the login", got)
	}
	clients[1].SetCookie(clients[0].Cookies("/")[0])
	if got := clients[1].Get("/n").Text(); got != "0 1 revoked" {
		t.Errorf("the new id gives %q after the login", got)
	}
	store := quiet(s.client(t))
	must(t, sessions.RevokeUser(t.Context(), store, "revoked"))
	for _, cookie := range []*http.Cookie{old, clients[0].Cookies("/")[0]} {
		clients[1].SetCookie(cookie)
		if got := clients[1].Get("/n").Text(); got != "0 0 " {
			t.Errorf("a session gives %q after it was revoked", got)
		}
	}
}

// A logout beside a renewal on another instance is final, whichever cookie one has.
func TestAppLogoutBesideRenewals(t *testing.T) {
	for name, o := range map[string]sessions.Options{"open": {}, "sealed": sealed} {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				clients := instances(t, sharedServer(t), o)
				var wg sync.WaitGroup
				wg.Go(func() { wantStatus(t, "logout", clients[0].Post("/logout"), http.StatusNoContent) })
				wg.Go(func() {
					for range 3 {
						clients[1].Post("/renew")
					}
				})
				wg.Wait()
				if got := clients[1].Get("/n").Text(); got != "0 0 " {
					t.Fatalf("after the logout the renewed cookie gives %q", got)
				}
			}
		})
	}
}

// While the server hangs only those wait who need it, and no longer than the timeout.
func TestAppWithHangingServer(t *testing.T) {
	s := startServer(t)
	clients := instances(t, s, sessions.Options{StoreTimeout: time.Second})
	s.signal(t, syscall.SIGSTOP)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			start := time.Now()
			resp := clients[i%2].Get("/n")
			wantStatus(t, "a route that reads the session", resp, http.StatusServiceUnavailable)
			if took := time.Since(start); took > 1500*time.Millisecond || resp.Header.Get("Retry-After") == "" {
				t.Errorf("the answer took %v, with Retry-After %q; want a second", took, resp.Header.Get("Retry-After"))
			}
		})
		wg.Go(func() { wantStatus(t, "a route without session", clients[i%2].Get("/free"), http.StatusOK) })
	}
	wg.Wait()
	s.signal(t, syscall.SIGCONT)
	start := time.Now()
	eventually(t, time.Second, "the app has recovered", func() error {
		if resp := clients[0].Get("/n"); resp.Status != http.StatusOK {
			return fmt.Errorf("status %d", resp.Status)
		}
		return nil
	})
	t.Logf("recovered after %v", time.Since(start))
}
