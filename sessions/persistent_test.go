package sessions_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// A cookie that outlives the browser lives as long as its session in the store: when the idle time begins
// anew, so does its own, whatever the request did with the session.
func TestPersistentCookieSlides(t *testing.T) {
	uses := map[string]func(s sessions.Session){
		"is read": func(s sessions.Session) { s.Get("n") },
		"is changed by Update": func(s sessions.Session) {
			if err := sessions.Modify(s, "n", func(n int) int { return n + 1 }); err != nil {
				panic(err)
			}
		},
		"is changed": func(s sessions.Session) { s.Set("n", s.Get("n").(int)+1) },
	}
	stores := map[string]func() sessions.Store{
		"a store": func() sessions.Store { return newShelf() },
		"memory":  func() sessions.Store { return memstore.New() },
	}
	for name, use := range uses {
		for store, open := range stores {
			t.Run(name+" in "+store, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := storeVisit(t, open(), sessions.Options{Persistent: true, MaxAge: 100 * time.Minute})
					v.do(func(s sessions.Session) { s.Set("n", 1) })
					for _, want := range []int{1800, 1800, 1800, 1800, 1200} { // at last what is left of MaxAge
						time.Sleep(16 * time.Minute)
						resp := v.do(use)
						c := resp.Cookie("session")
						if c == nil || c.MaxAge != want {
							t.Errorf("after 16 min more the cookie is %v, want it with Max-Age=%d", c, want)
						}
						if got := resp.Header.Get("Cache-Control"); got != "no-store" {
							t.Errorf("Cache-Control with a cookie = %q, want no-store", got)
						}
					}
				})
			})
		}
	}
}

// There is no new cookie where there is nothing to renew: before half of the idle time, where it ends with
// the browser, and where the store has not begun the idle time anew.
func TestPersistentCookieStays(t *testing.T) {
	for _, tt := range []struct {
		description string
		options     sessions.Options
		after       time.Duration
		err         error // of the store
	}{
		{"soon after", sessions.Options{Persistent: true}, 14 * time.Minute, nil},
		{"not persistent", sessions.Options{}, 16 * time.Minute, nil},
		{"the store is down", sessions.Options{Persistent: true}, 16 * time.Minute, errors.New("down")},
		{"the session has ended", sessions.Options{Persistent: true}, 16 * time.Minute, fmt.Errorf("x: %w", sessions.ErrGone)},
	} {
		t.Run(tt.description, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newShelf()
				v := storeVisit(t, store, tt.options)
				v.do(func(s sessions.Session) { s.Set("n", 1) })
				time.Sleep(tt.after)
				store.failing(func(_ context.Context, method string) error {
					if method == "Update" {
						return tt.err
					}
					return nil
				})
				if c := v.do(func(s sessions.Session) { s.Get("n") }).Cookie("session"); c != nil {
					t.Errorf("there is a new cookie: %v", c)
				}
			})
		})
	}
}
