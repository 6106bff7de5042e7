package sessions_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// clock is a browser in a bubble of synctest: it sends the session cookie that it got last.
type clock struct {
	t      *testing.T
	app    *soay.App
	cookie string
	set    bool // whether the last answer set a cookie
}

// newClock logs ann in. GET reads the session, POST changes it, PUT renews it, and HEAD does not look at it.
func newClock(t *testing.T, o sessions.Options) *clock {
	c := &clock{t: t, app: newUserApp(o)}
	c.app.Put("/", done(sessions.Session.Renew))
	c.app.Head("/", func(soay.Request) soay.Response { return response.NoContent() })
	c.app.Patch("/", done(func(s sessions.Session) { s.Set("user", "ann") }))
	c.request("PATCH")
	if !c.set {
		t.Fatal("the first answer sets no cookie")
	}
	return c
}

func (c *clock) request(method string) *httptest.ResponseRecorder {
	c.t.Helper()
	r, w := newExchange(method, "/", c.cookie)
	c.app.ServeHTTP(w, r)
	if c.set = w.Header()["Set-Cookie"] != nil; c.set {
		c.cookie = pair(c.t, w)
	}
	return w
}

// after lets time pass and then asks who is there.
func (c *clock) after(d time.Duration) string {
	c.t.Helper()
	time.Sleep(d)
	return c.request("GET").Body.String()
}

func TestIdleTimeout(t *testing.T) {
	tests := []struct {
		description string
		options     sessions.Options
		limit       time.Duration
	}{
		{"default", sessions.Options{}, 30 * time.Minute},
		{"own", sessions.Options{IdleTimeout: 5 * time.Minute}, 5 * time.Minute},
		{"no more than MaxAge", sessions.Options{MaxAge: 10 * time.Minute}, 10 * time.Minute},
		{"a second", sessions.Options{IdleTimeout: time.Second}, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := newClock(t, tt.options).after(tt.limit - 1); got != "ann" {
					t.Errorf("just before %v the user is %s, want ann", tt.limit, got)
				}
				if got := newClock(t, tt.options).after(tt.limit + time.Second); got != "nobody" {
					t.Errorf("after %v the user is %s, want nobody", tt.limit, got)
				}
			})
		})
	}
}

func TestSessionEndsExactlyAtItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if got := newClock(t, sessions.Options{}).after(30 * time.Minute); got != "nobody" {
			t.Errorf("after 30m the user is %s, want nobody", got)
		}
	})
}

func TestSlidingAtHalfOfTheIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t, sessions.Options{})
		if got := c.after(15*time.Minute - 1); got != "ann" || c.set {
			t.Errorf("just before half of the time: user %s, Set-Cookie %t; want ann, false", got, c.set)
		}
		if got := c.after(1); got != "ann" || !c.set {
			t.Errorf("at half of the time: user %s, Set-Cookie %t; want ann, true", got, c.set)
		}
		if got := c.after(29 * time.Minute); got != "ann" || !c.set {
			t.Errorf("29m later: user %s, Set-Cookie %t; want ann, true", got, c.set)
		}
		if got := c.after(30 * time.Minute); got != "nobody" {
			t.Errorf("30m later: user %s, want nobody", got)
		}
	})
}

func TestSlidingKeepsEverythingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var id string
		var data map[string]any
		app := newApp(sessions.Options{}, done(func(s sessions.Session) { id, data = s.ID(), s.Map() }))
		app.Put("/", done(func(s sessions.Session) { s.Update(map[string]any{"a": 1, "b": "x"}) }))
		cookie := set(t, app, "PUT")
		ask(app, cookie)
		wantID, want := id, fmt.Sprint(data)
		time.Sleep(20 * time.Minute)
		w := ask(app, cookie)
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control of the answer that slides = %q, want no-store", got)
		}
		ask(app, pair(t, w))
		if id != wantID || fmt.Sprint(data) != want || want == "map[]" {
			t.Errorf("after sliding the session %s holds %v, want %s with %s", id, data, wantID, want)
		}
	})
}

func TestUntouchedSessionsDoNotSlide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t, sessions.Options{})
		for range 3 {
			time.Sleep(9 * time.Minute)
			if c.request("HEAD"); c.set {
				t.Error("a request that does not look at the session sets a cookie")
			}
		}
		if got := c.after(3 * time.Minute); got != "nobody" {
			t.Errorf("after 30m without a look at the session the user is %s, want nobody", got)
		}
	})
}

func TestWritesRestartTheIdleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t, sessions.Options{})
		time.Sleep(10 * time.Minute)
		c.request("POST")
		if got := c.after(29 * time.Minute); got != "bob" {
			t.Errorf("29m after a write the user is %s, want bob", got)
		}
	})
}

func TestMaxAge(t *testing.T) {
	for _, method := range []string{"GET", "POST"} { // neither reads nor writes make a session older than this
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				c := newClock(t, sessions.Options{})
				for time.Since(start) < 24*time.Hour-20*time.Minute {
					time.Sleep(20 * time.Minute)
					if c.request(method); !c.set {
						t.Fatalf("after %v the session does not slide", time.Since(start))
					}
				}
				if got := c.after(24*time.Hour - time.Since(start) - 1); got == "nobody" {
					t.Error("just before 24h there is nobody")
				}
				if got := c.after(1); got != "nobody" {
					t.Errorf("after 24h the user is %s, want nobody", got)
				}
			})
		})
	}
}

func TestRenewStartsAnotherLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t, sessions.Options{MaxAge: time.Hour, IdleTimeout: time.Hour})
		before := c.cookie
		time.Sleep(50 * time.Minute)
		c.request("PUT")
		renewed := c.cookie
		if got := c.after(59 * time.Minute); got != "ann" {
			t.Errorf("59m after Renew the user is %s, want ann", got)
		}
		c.cookie = before
		if got := c.after(0); got != "nobody" {
			t.Errorf("with the cookie of before Renew the user is %s, want nobody", got)
		}
		c.cookie = renewed
		if got := c.after(time.Minute); got != "nobody" {
			t.Errorf("an hour after Renew the user is %s, want nobody", got)
		}
	})
}

func TestExpiredSessionIsReplacedByANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ids []string
		var visits []int
		app := newApp(sessions.Options{}, done(func(s sessions.Session) {
			n := sessions.GetOr(s, "visits", 0) + 1
			s.Set("visits", n)
			ids, visits = append(ids, s.ID()), append(visits, n)
		}))
		cookie := pair(t, ask(app))
		time.Sleep(time.Hour)
		cookie = pair(t, ask(app, cookie))
		pair(t, ask(app, cookie))
		if ids[0] == ids[1] || ids[1] != ids[2] || !slices.Equal(visits, []int{1, 1, 2}) {
			t.Errorf("sessions %q with the visits %v, want a new session that counts from 1", ids, visits)
		}
	})
}

func TestPersistentMaxAgeIsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := newApp(
			sessions.Options{Persistent: true, MaxAge: time.Hour, IdleTimeout: 40 * time.Minute},
			done(func(s sessions.Session) { s.Set("visits", sessions.GetOr(s, "visits", 0)+1) }),
		)
		cookie := ""
		for _, step := range []struct {
			after time.Duration
			want  string
		}{
			{0, "Max-Age=2400"},                // the idle time
			{10 * time.Minute, "Max-Age=2400"}, // the idle time from now on
			{25 * time.Minute, "Max-Age=1500"}, // the rest of the hour
			{25*time.Minute - time.Second/2, "Max-Age=1"},
			{time.Second, "Max-Age=2400"}, // another session
		} {
			time.Sleep(step.after)
			w := ask(app, cookie)
			cookie = pair(t, w)
			if got := w.Header().Get("Set-Cookie"); !strings.Contains(got, "; "+step.want+";") {
				t.Errorf("%v later Set-Cookie = %q, want %s", step.after, got, step.want)
			}
		}
	})
}

func TestLifetimesOfSeveralCookiesAreTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t, sessions.Options{})
		first := c.cookie
		time.Sleep(20 * time.Minute)
		c.request("POST")
		second := c.cookie
		time.Sleep(15 * time.Minute)
		for cookie, want := range map[string]string{first: "nobody", second: "bob"} {
			c.cookie = cookie
			if got := c.after(0); got != want {
				t.Errorf("user = %s, want %s", got, want)
			}
		}
	})
}

// A clock that is set back, or a second server whose clock is behind, must not end sessions, nor make them
// live longer.
func TestClocksThatGoBack(t *testing.T) {
	ahead := ""
	synctest.Test(t, func(t *testing.T) { // another bubble, another clock
		time.Sleep(10 * time.Second)
		ahead = newClock(t, sessions.Options{MaxAge: time.Hour}).cookie
	})
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t, sessions.Options{MaxAge: time.Hour})
		c.cookie = ahead
		if got := c.after(0); got != "ann" || c.set {
			t.Errorf("a cookie from 10s ahead: user %s, Set-Cookie %t; want ann, false", got, c.set)
		}
		c.request("POST") // by the clock that is behind
		if got := c.after(10*time.Second + 30*time.Minute - 1); got != "bob" {
			t.Errorf("the idle time began at the later of both clocks, yet the user is %s, want bob", got)
		}
		for range 3 {
			c.after(9 * time.Minute)
		}
		if got := c.after(time.Hour + 10*time.Second - 57*time.Minute - 10*time.Second - 1); got != "bob" {
			t.Errorf("before an hour by the clock ahead the user is %s, want bob", got)
		}
		if got := c.after(11 * time.Second); got != "nobody" {
			t.Errorf("after an hour by the clock ahead the user is %s, want nobody", got)
		}
	})
}

// A session of a server whose clock is far ahead would live longer than it should.
func TestClocksThatAreFarAhead(t *testing.T) {
	for ahead, want := range map[time.Duration]string{5 * time.Minute: "ann", 5*time.Minute + time.Second: "nobody"} {
		cookie := ""
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(ahead)
			cookie = newClock(t, sessions.Options{}).cookie
		})
		synctest.Test(t, func(t *testing.T) {
			c := newClock(t, sessions.Options{})
			c.cookie = cookie
			if got := c.after(0); got != want {
				t.Errorf("a cookie from %v ahead: user %s, want %s", ahead, got, want)
			}
		})
	}
}
