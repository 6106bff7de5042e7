package sessions_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

func TestStoreKeepsSessions(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	first := v.do(func(s sessions.Session) { s.Set("a", 1); s.Set("b", "x") })
	cookie := first.Cookie("session")
	if cookie == nil || len(cookie.Value) != 43 || !cookie.HttpOnly || cookie.Path != "/" {
		t.Fatalf("cookie %v, want one of 43 characters", cookie)
	}
	if diff := cmp.Diff(map[string]any{"a": 1, "b": "x"}, v.data()); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	for id := range store.records {
		if strings.Contains(id, cookie.Value) || len(id) != 64 {
			t.Errorf("the store knows the session as %s", id)
		}
	}
	second := v.do(func(s sessions.Session) { s.Set("a", 2); s.Delete("b") })
	if second.Cookie("session") != nil {
		t.Errorf("a change sets the cookie again: %v", second.Cookies)
	}
	if diff := cmp.Diff(map[string]any{"a": 2}, v.data()); diff != "" {
		t.Errorf("data after a change (-want +got):\n%s", diff)
	}
}

func TestStoreHasNoRecordsOfReaders(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	for range 1000 {
		resp := v.do(func(s sessions.Session) { s.Get("a"); s.Clear(); s.Delete("b"); _ = s.ID() })
		if len(resp.Cookies) > 0 {
			t.Fatalf("a reader gets the cookies %v", resp.Cookies)
		}
	}
	if n := store.len() + store.count("Load") + store.count("Create"); n > 0 {
		t.Errorf("%d records and calls for readers, want none", n)
	}
}

func TestUntouchedSessionsDoNotAskTheStore(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	v.do(func(s sessions.Session) { s.Set("a", 1) })
	loads := store.count("Load")
	v.do(func(sessions.Session) {})
	if got := store.count("Load"); got != loads {
		t.Errorf("%d loads for a session that nobody looks at, want %d", got, loads)
	}
}

func TestLogoutIsFinal(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	v.do(func(s sessions.Session) { s.Set("user", "ada") })
	// Inside of this slow request the same visitor logs out.
	slow := v.answer(func(req soay.Request) soay.Response {
		req.Session.Set("draft", "a text")
		other := requesttest.New(t, logoutApp(store))
		if got := other.Post("/logout", withCookie(req)); got.Status != 200 {
			t.Errorf("logout = %d", got.Status)
		}
		return response.Text("saved")
	})
	if slow.Status != http.StatusConflict || strings.Contains(slow.Text(), "saved") {
		t.Errorf("the slow request = %d %q, want 409", slow.Status, slow.Text())
	}
	if len(slow.Cookies) > 0 { // the browser may have the cookie of a new login by now
		t.Errorf("the slow request sets %v, want none", slow.Cookies)
	}
	if store.len() != 0 {
		t.Errorf("the session is back after the logout: %v", store.records)
	}
}

// logoutApp is another instance on the same store.
func logoutApp(store sessions.Store) *soay.App {
	app := newStoreApp(store)
	app.Post("/logout", done(func(s sessions.Session) { s.Destroy() }))
	app.Post("/renew", done(func(s sessions.Session) { s.Renew() }))
	app.Get("/get", func(req soay.Request) soay.Response { return response.JSON(req.Session.Map()) })
	return app
}

func withCookie(req soay.Request) requesttest.With {
	return requesttest.With{Header: http.Header{"Cookie": req.Headers()["Cookie"]}}
}

func TestDestroyAndRenew(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	set := v.do(func(s sessions.Session) { s.Set("a", 1) }).Cookie("session")
	old := http.Header{"Cookie": {"session=" + set.Value}}

	var before, after string
	v.do(func(s sessions.Session) { before = s.ID() })
	renewed := v.do(func(s sessions.Session) { s.Renew(); after = s.ID(); s.Set("b", 2) }).Cookie("session")
	if renewed == nil || renewed.Value == set.Value || before == after || store.len() != 1 {
		t.Fatalf("renewed %v from %v, %d records", renewed, set, store.len())
	}
	other := requesttest.New(t, logoutApp(store))
	if got := other.Get("/get", requesttest.With{Header: old}).Text(); got != "{}" {
		t.Errorf("the old cookie still shows %s", got)
	}
	if diff := cmp.Diff(map[string]any{"a": 1, "b": 2}, v.data()); diff != "" {
		t.Errorf("after renewing (-want +got):\n%s", diff)
	}

	cleared := v.do(func(s sessions.Session) { s.Clear() }).Cookie("session")
	if cleared == nil || cleared.MaxAge >= 0 || store.len() != 0 {
		t.Errorf("clear sets %v and leaves %d records", cleared, store.len())
	}
	v.do(func(s sessions.Session) { s.Set("a", 1) })
	v.do(func(s sessions.Session) { s.Clear(); s.Set("b", 2) })
	if diff := cmp.Diff(map[string]any{"b": 2}, v.data()); diff != "" {
		t.Errorf("after Clear and Set (-want +got):\n%s", diff)
	}

	gone := v.do(func(s sessions.Session) { s.Destroy() }).Cookie("session")
	if gone == nil || gone.MaxAge >= 0 || store.len() != 0 {
		t.Errorf("destroy sets %v and leaves %d records", gone, store.len())
	}
	again := v.do(func(s sessions.Session) { s.Set("a", 1) }).Cookie("session")
	flash := v.do(func(s sessions.Session) { s.Destroy(); s.Flash("bye", true) }).Cookie("session")
	if flash == nil || flash.Value == again.Value || store.len() != 1 {
		t.Errorf("a value after Destroy is in the session %v, before it was %v", flash, again)
	}
	if diff := cmp.Diff(map[string]any{"bye": true}, v.data()); diff != "" {
		t.Errorf("after Destroy and Flash (-want +got):\n%s", diff)
	}
}

// Only what a request changed is written, so nothing that others write meanwhile is lost.
func TestNoLostWrites(t *testing.T) {
	const n = 100
	store := newShelf()
	app := newStoreApp(store)
	app.Post("/set/{key}", func(req soay.Request) soay.Response {
		req.Session.Set(req.Param("key"), req.Param("key"))
		return response.NoContent()
	})
	app.Post("/add", func(req soay.Request) soay.Response {
		if err := sessions.Modify(req.Session, "n", func(n int) int { return n + 1 }); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	app.Get("/", func(req soay.Request) soay.Response { return response.JSON(req.Session.Map()) })
	c := requesttest.New(t, app)
	c.Post("/set/first")
	var wg sync.WaitGroup
	for i := range 2 * n {
		wg.Go(func() {
			if resp, err := c.Try("POST", "/add"); err != nil || resp.Status != 204 {
				t.Errorf("add: %v %v", resp, err)
			}
		})
		if i < n {
			wg.Go(func() {
				if resp, err := c.Try("POST", fmt.Sprintf("/set/key%d", i)); err != nil || resp.Status != 204 {
					t.Errorf("set: %v %v", resp, err)
				}
			})
		}
	}
	wg.Wait()
	var got map[string]any
	c.Get("/").JSON(&got)
	if len(got) != n+2 || got["n"] != float64(2*n) {
		t.Errorf("%d keys with n = %v, want %d keys with n = %d", len(got), got["n"], n+2, 2*n)
	}
}

func TestUpdate(t *testing.T) {
	store := newShelf()
	for name, v := range map[string]*visit{"cookie": newVisit(t, sessions.Options{}), "store": storeVisit(t, store)} {
		add := func(s sessions.Session) error {
			return sessions.Modify(s, "n", func(n int) int { return n + 1 })
		}
		v.do(func(s sessions.Session) { _ = add(s); _ = add(s) })
		v.do(func(s sessions.Session) { _ = add(s); s.Set("n", sessions.GetOr(s, "n", 0)+1); _ = add(s) })
		v.do(func(s sessions.Session) { s.Delete("n"); _ = add(s) })
		v.do(func(s sessions.Session) { s.Set("m", "text"); _ = add(s) })
		v.do(func(s sessions.Session) {
			_ = sessions.Modify(s, "m", func(m int) int { return m + 7 }) // does not fit
			if err := sessions.Modify(s, "f", func(any) any { return func() {} }); !isEncodeError(err, "f") {
				t.Errorf("%s: a value that cannot be encoded: %v", name, err)
			}
		})
		if diff := cmp.Diff(map[string]any{"n": 2, "m": 7}, v.data()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func isEncodeError(err error, key string) bool {
	e, ok := errors.AsType[*sessions.EncodeError](err)
	return ok && e.Key == key
}

func TestUpdateOfAnEndedSession(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	v.do(func(s sessions.Session) { s.Set("n", 1) })
	resp := v.answer(func(req soay.Request) soay.Response {
		req.Session.Get("n")
		clear(store.records)
		err := sessions.Modify(req.Session, "n", func(n int) int { return n + 1 })
		if !errors.Is(err, sessions.ErrGone) {
			t.Errorf("Update = %v, want ErrGone", err)
		}
		return response.Error(err)
	})
	if resp.Status != http.StatusConflict || store.len() != 0 {
		t.Errorf("status %d with %d records, want 409 with none", resp.Status, store.len())
	}
}

func TestUsers(t *testing.T) {
	store := newShelf()
	phone, laptop, other := storeVisit(t, store), storeVisit(t, store), storeVisit(t, store)
	planted := phone.do(func(s sessions.Session) { s.Set("cart", 1) }).Cookie("session")
	in := phone.do(func(s sessions.Session) { s.SetUser("ada") }).Cookie("session")
	if in == nil || in.Value == planted.Value {
		t.Errorf("signing in leaves the cookie %v", planted)
	}
	if again := phone.do(func(s sessions.Session) { s.SetUser("ada") }).Cookie("session"); again != nil {
		t.Errorf("the same user once more changes the cookie: %v", again)
	}
	laptop.do(func(s sessions.Session) { s.SetUser("ada") })
	other.do(func(s sessions.Session) { s.SetUser("bob") })
	ids, err := sessions.ListUser(t.Context(), store, "ada")
	if err != nil || len(ids) != 2 {
		t.Fatalf("ListUser = %v, %v, want two", ids, err)
	}
	if err := sessions.RevokeUser(t.Context(), store, "ada"); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		v    *visit
		want string
	}{"phone": {phone, ""}, "laptop": {laptop, ""}, "other": {other, "bob"}} {
		tt.v.do(func(s sessions.Session) {
			if got := s.User(); got != tt.want {
				t.Errorf("%s: user %q after the revocation, want %q", name, got, tt.want)
			}
		})
	}
	down := errors.New("the store is down")
	store.failing(func(context.Context, string) error { return down })
	if err := sessions.RevokeUser(t.Context(), store, "bob"); !errors.Is(err, down) {
		t.Errorf("a revocation that fails: %v, want %v", err, down)
	}
	store.failing(nil)
	if err := sessions.RevokeUser(t.Context(), store, ""); err == nil {
		t.Error("the sessions of nobody in particular were revoked")
	}
}

// A session that is only read is prolonged at half of its idle time, so reading costs few writes.
func TestIdleTimeInAStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		v := storeVisit(t, store)
		v.do(func(s sessions.Session) { s.Set("a", 1) })
		for range 1000 {
			v.data()
			time.Sleep(60 * time.Millisecond)
		}
		if n := store.count("Update"); n > 1 {
			t.Errorf("%d writes for 1000 reads in a minute", n)
		}
		for range 10 { // with a pause, as long as it is used
			time.Sleep(20 * time.Minute)
			if len(v.data()) != 1 {
				t.Fatal("the session ended although it was used")
			}
		}
		time.Sleep(31 * time.Minute)
		if len(v.data()) != 0 {
			t.Error("the session outlived its idle time")
		}
	})
}

func TestAbsoluteLifeInAStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := storeVisit(t, newShelf())
		v.do(func(s sessions.Session) { s.Set("a", 1) })
		for range 95 { // 23 h 45 min
			time.Sleep(15 * time.Minute)
			v.data()
		}
		v.do(func(s sessions.Session) { s.Renew() })
		time.Sleep(20 * time.Minute)
		if len(v.data()) != 1 {
			t.Error("Renew did not begin the absolute life anew")
		}
		for range 96 {
			time.Sleep(15 * time.Minute)
			v.data()
		}
		if len(v.data()) != 0 {
			t.Error("the session outlived its absolute life")
		}
	})
}

func TestCookiesThatAreNoneOfAStore(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	good := v.do(func(s sessions.Session) { s.Set("a", 1) }).Cookie("session").Value
	app := logoutApp(store)
	cookies := []string{"", "x", good[:42], good + "A", good[:42] + "=", strings.Repeat("A", 5000), good[:42] + "!", good + "; session=" + good}
	for i := range good { // every other character
		for _, c := range "AQgw-_z0" {
			if byte(c) != good[i] {
				cookies = append(cookies, good[:i]+string(c)+good[i+1:])
			}
		}
	}
	client := requesttest.New(t, app)
	for _, value := range cookies {
		resp := client.Get("/get", requesttest.With{Header: http.Header{"Cookie": {"session=" + value}}})
		if resp.Status != 200 || resp.Text() != "{}" {
			t.Errorf("cookie %.60q: %d %s, want an empty session", value, resp.Status, resp.Text())
		}
	}
}

func TestStoreSetup(t *testing.T) {
	epoch := func(context.Context, string) (int64, error) { return 0, nil }
	tests := []struct {
		name  string
		setUp func(*soay.App)
		want  string
	}{
		{"no store", func(a *soay.App) { a.UseSessionStore(nil) }, "the store is nil"},
		{"previous keys", func(a *soay.App) { a.UseSessionStore(newShelf(), sessions.Options{PreviousKeys: []string{key}}) },
			"PreviousKeys are for sessions in cookies"},
		{"an epoch", func(a *soay.App) { a.UseSessionStore(newShelf(), sessions.Options{Epoch: epoch}) },
			"Epoch is for sessions in cookies"},
		{"a negative timeout", func(a *soay.App) { a.UseSessionStore(newShelf(), sessions.Options{StoreTimeout: -1}) },
			"StoreTimeout or MaxBytes is negative"},
		{"a negative timeout for the epoch", func(a *soay.App) {
			a.UseSessions(key, sessions.Options{Epoch: epoch, StoreTimeout: -1})
		}, "StoreTimeout or MaxBytes is negative"},
		{"a timeout without an epoch", func(a *soay.App) { a.UseSessions(key, sessions.Options{StoreTimeout: 1}) },
			"StoreTimeout and MaxBytes are for a store"},
		{"options of a store for cookies", func(a *soay.App) { a.UseSessions(key, sessions.Options{MaxBytes: 1}) },
			"StoreTimeout and MaxBytes are for a store"},
		{"a store with mistakes", func(a *soay.App) { a.UseSessionStore(mistaken{newShelf()}) }, "no address"},
		{"both", func(a *soay.App) { a.UseSessions(key); a.UseSessionStore(newShelf()) }, "was called at"},
	}
	for _, tt := range tests {
		app := soay.New()
		tt.setUp(app)
		if _, err := app.Handler(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

type mistaken struct{ *shelf }

func (mistaken) Check() error { return errors.New("store: no address") }
