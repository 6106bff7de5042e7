package sessions_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// An app ends all cookies of a user by raising a number.
func TestEpoch(t *testing.T) {
	epochs := map[string]int64{}
	var down error
	o := sessions.Options{Epoch: func(_ context.Context, user string) (int64, error) { return epochs[user], down }}
	ada, bob, nobody := newVisit(t, o), newVisit(t, o), newVisit(t, o)
	ada.do(func(s sessions.Session) { s.SetUser("ada"); s.Set("a", 1) })
	bob.do(func(s sessions.Session) { s.SetUser("bob") })
	nobody.do(func(s sessions.Session) { s.Set("a", 1) })
	epochs["ada"]++
	for name, tt := range map[string]struct {
		v    *visit
		user string
		len  int
	}{"ended": {ada, "", 0}, "of another": {bob, "bob", 0}, "of nobody": {nobody, "", 1}} {
		tt.v.do(func(s sessions.Session) {
			if s.User() != tt.user || s.Len() != tt.len {
				t.Errorf("%s: user %q with %d values, want %q with %d", name, s.User(), s.Len(), tt.user, tt.len)
			}
		})
	}
	down = errors.New("no database")
	resp := bob.answer(func(req soay.Request) soay.Response { return response.Text(req.Session.User()) })
	if resp.Status != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("without the epoch: %d, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
}

// A request that has looked at its session before the number was raised saves nothing afterwards, and
// does not get the new number, unless it signs in.
func TestEpochDuringRequest(t *testing.T) {
	tests := []struct {
		description string
		do          func(s sessions.Session)
		pause       time.Duration
		want        int
		wantUser    string
	}{
		{"a change", func(s sessions.Session) { s.Set("a", 1) }, 0, http.StatusConflict, ""},
		{"a new identity", func(s sessions.Session) { s.Renew() }, 0, http.StatusConflict, ""},
		{"nothing", func(sessions.Session) {}, 0, http.StatusOK, ""},
		{"nothing, when it is time to prolong it", func(sessions.Session) {}, 20 * time.Minute, http.StatusOK, ""},
		{"the same login once more", func(s sessions.Session) { s.SetUser("ada") }, 0, http.StatusOK, "ada"},
		{"the same login and a value", func(s sessions.Session) { s.SetUser("ada"); s.Set("a", 1) }, 0, http.StatusOK, "ada"},
		{"another login", func(s sessions.Session) { s.SetUser("ada"); s.Renew() }, 0, http.StatusOK, "ada"},
		{"the login of another user", func(s sessions.Session) { s.SetUser("bob") }, 0, http.StatusOK, "bob"},
		{"a logout", func(s sessions.Session) { s.Destroy() }, 0, http.StatusOK, ""},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			var epoch int64
			v := newVisit(t, sessions.Options{Epoch: func(context.Context, string) (int64, error) { return epoch, nil }})
			v.do(func(s sessions.Session) { s.SetUser("ada") })
			time.Sleep(tt.pause)
			resp := v.answer(done(func(s sessions.Session) {
				_ = s.User()
				epoch++
				tt.do(s)
			}))
			if resp.Status != tt.want {
				t.Errorf("%s after the epoch was raised: %d, want %d", tt.description, resp.Status, tt.want)
			}
			var user string
			v.do(func(s sessions.Session) { user = s.User() })
			if user != tt.wantUser {
				t.Errorf("after %s the session is that of %q, want %q", tt.description, user, tt.wantUser)
			}
		})
	}
}

func TestEpochThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := false
		v := newVisit(t, sessions.Options{Epoch: func(ctx context.Context, _ string) (int64, error) {
			if hangs {
				<-ctx.Done()
			}
			return 0, ctx.Err()
		}})
		v.do(func(s sessions.Session) { s.SetUser("ada") })
		hangs = true
		start := time.Now()
		resp := v.answer(done(func(s sessions.Session) { _ = s.User() }))
		if took := time.Since(start); resp.Status != http.StatusServiceUnavailable || took != time.Second {
			t.Errorf("an epoch that hangs: %d after %v, want 503 after 1s", resp.Status, took)
		}
	})
}
