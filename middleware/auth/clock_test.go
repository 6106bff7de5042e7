package auth_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
)

// A clock that is set back does not hide that a scheme fails until it has caught up.
func TestOutagesAfterTheClockWasSetBack(t *testing.T) {
	app, log := keyedApp()
	app.Get("/", hello).Auth()
	ask(app, "GET", "/", "X-Key", "outage")
	synctest.Test(t, func(*testing.T) { // where it is the year 2000
		ask(app, "GET", "/", "X-Key", "outage")
		ask(app, "GET", "/", "X-Key", "outage")
	})
	if n := len(log.Records("auth: a scheme failed")); n != 2 {
		t.Errorf("%d lines of the failure, want 2:\n%s", n, log)
	}
}

// Who has signed in in the future, by a clock that was wrong, is not new for ever.
func TestSignInsInTheFuture(t *testing.T) {
	for _, tt := range []struct {
		description string
		ahead       time.Duration
		want        int
	}{
		{"just now", 0, 200},
		{"by a clock of another machine, a little ahead", time.Minute, 200},
		{"too long ago", -time.Hour - time.Second, 401},
		{"by a clock that was wrong", time.Minute + time.Second, 401},
		{"by one that was very wrong", 250 * 365 * 24 * time.Hour, 401},
	} {
		synctest.Test(t, func(t *testing.T) {
			app, _ := loggedApp()
			app.AddScheme("any", auth.Func(func(soay.Request) (*soay.Identity, error) {
				return auth.NewIdentity(auth.Profile{Subject: "ada", AuthTime: time.Now().Add(tt.ahead)})
			}))
			app.Get("/", hello).Auth(soay.Auth{MaxAge: time.Hour})
			if got := ask(app, "GET", "/").Code; got != tt.want {
				t.Errorf("%s: %d, want %d", tt.description, got, tt.want)
			}
		})
	}
}

// What a slow Load has found is as old as the question: the roles may have been taken away while it ran.
func TestLoadThatIsSlow(t *testing.T) {
	inEachBackendAndTime(t, func(t *testing.T, use func(*soay.App)) {
		users := &accounts{load: func(_ context.Context, subject string) (*auth.Identity, error) {
			time.Sleep(4 * time.Second)
			return auth.NewIdentity(auth.Profile{Subject: subject})
		}}
		s := newSite(t, use, auth.SessionOptions{Load: users.Load, LoadEvery: 10 * time.Second})
		c := requesttest.New(t, s)
		signIn(c, "ada")
		time.Sleep(10 * time.Second)
		c.Get("/who")               // asks, and has the answer 4 s later
		time.Sleep(6 * time.Second) // 10 s after it has asked
		c.Get("/who")
		if n := users.times(); n != 2 {
			t.Errorf("loaded %d times, want twice", n)
		}
	})
}
