//go:build unix

package redisstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// newSignInApp returns an instance of an app whose users sign in. Each request loads them when every is negative.
func newSignInApp(store sessions.Store, load func(context.Context, string) (*auth.Identity, error), every time.Duration) *soay.App {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler), Env: "production"})
	app.UseSessionStore(store, sessions.Options{StoreTimeout: 30 * time.Second})
	app.AddScheme("session", auth.Session(auth.SessionOptions{Load: load, LoadEvery: every}))
	app.Post("/login/{user}", func(req soay.Request) soay.Response {
		id, err := auth.NewIdentity(auth.Profile{Subject: req.Param("user"), Roles: []string{"of-" + req.Param("user")}})
		if err == nil {
			err = auth.SignIn(req, id)
		}
		if err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	app.Post("/logout", func(req soay.Request) soay.Response {
		auth.SignOut(req)
		return response.SeeOther("/who")
	})
	app.Get("/who", func(req soay.Request) soay.Response {
		return response.Text(fmt.Sprint(soay.User(req), soay.User(req).Roles()))
	})
	return app
}

// People who sign in are known on all instances, and nowhere once they sign out or all their sessions are ended.
func TestSignIn(t *testing.T) {
	s := sharedServer(t)
	store := quiet(s.client(t))
	gone := false
	load := func(_ context.Context, subject string) (*auth.Identity, error) {
		if gone {
			return nil, sessions.ErrGone
		}
		return auth.NewIdentity(auth.Profile{Subject: subject, Roles: []string{"loaded"}})
	}
	first := requesttest.New(t, newSignInApp(store, nil, 0), requesttest.Options{Timeout: time.Minute})
	second := requesttest.New(t, newSignInApp(quiet(s.client(t)), load, time.Nanosecond), requesttest.Options{Timeout: time.Minute})
	who := func(description string, c *requesttest.Client, cookie *http.Cookie, want string) {
		t.Helper()
		if got := c.Get("/who", requesttest.With{Header: http.Header{"Cookie": {"session=" + cookie.Value}}}).Text(); got != want {
			t.Errorf("%s: %q, want %q", description, got, want)
		}
	}
	signIn := func(user string) *http.Cookie {
		t.Helper()
		resp := first.Post("/login/" + user)
		wantStatus(t, "sign in", resp, http.StatusNoContent)
		return resp.Cookie("session")
	}
	ada := signIn("ada")
	who("the first instance", first, ada, `"ada" [of-ada]`)
	who("the second one, which loads", second, ada, `"ada" [loaded]`)
	who("the first one, which has what was loaded", first, ada, `"ada" [loaded]`)
	bob := signIn("bob") // in the same browser
	who("the session of another", first, bob, `"bob" [of-bob]`)
	who("the old cookie", second, ada, "nobody []")
	wantStatus(t, "sign out", first.Post("/logout"), http.StatusSeeOther)
	who("signed out, elsewhere", second, bob, "nobody []")

	eve := signIn("eve")
	if err := sessions.RevokeUser(t.Context(), store, "eve"); err != nil {
		t.Fatal(err)
	}
	who("all sessions are ended", second, eve, "nobody []")
	eve = signIn("eve")
	gone = true
	who("gone", second, eve, "nobody []")
	who("gone elsewhere", first, eve, "nobody []")
}

// Ten tabs of a browser sign in at once; one of them wins, as a whole.
func TestParallelSignIns(t *testing.T) {
	c := requesttest.New(t, newSignInApp(quiet(sharedServer(t).client(t)), nil, 0), requesttest.Options{Timeout: time.Minute})
	wantStatus(t, "sign in", c.Post("/login/first"), http.StatusNoContent)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			resp, err := c.Try("POST", fmt.Sprint("/login/user", i))
			if err != nil || resp.Status != http.StatusNoContent && resp.Status != http.StatusConflict {
				t.Errorf("%+v, %v", resp, err)
			}
		})
	}
	all.Wait()
	var n, m int
	got := c.Get("/who").Text()
	if _, err := fmt.Sscanf(got, `"user%d" [of-user%d]`, &n, &m); err != nil || n != m {
		t.Errorf("%q, want one of them with the own role", got)
	}
}
