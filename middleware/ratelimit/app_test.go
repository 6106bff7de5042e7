package ratelimit_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// A client may call as often as the rate says, is refused with the time to wait, and comes back after it.
func TestAppLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp()
		app.UseRateLimit(soay.Rate{Requests: 3, Per: time.Minute})
		app.Get("/", hello)
		for i, want := range []string{`"default";r=2;t=20`, `"default";r=1;t=40`, `"default";r=0;t=60`} {
			w := from(app, alice, "/")
			if got := w.Header().Get("RateLimit"); w.Code != 200 || got != want {
				t.Errorf("request %d: %d with RateLimit %s, want 200 with %s", i, w.Code, got, want)
			}
		}
		w := from(app, alice, "/", "Accept", "application/json")
		want := http.Header{
			"Content-Type":           {"application/problem+json"},
			"Ratelimit":              {`"default";r=0;t=60`},
			"Ratelimit-Policy":       {`"default";q=3;w=60`},
			"Retry-After":            {"20"},
			"Vary":                   {"Accept"},
			"X-Content-Type-Options": {"nosniff"},
		}
		got := w.Header().Clone()
		got.Del("Content-Length")
		if diff := cmp.Diff(want, got); w.Code != 429 || diff != "" {
			t.Errorf("the fourth request: %d, headers (-want +got):\n%s", w.Code, diff)
		}
		if !strings.Contains(w.Body.String(), `"status":429,"title":"Too Many Requests"`) {
			t.Errorf("the refusal is no problem: %s", w.Body)
		}
		if w := from(app, bob, "/"); w.Code != 200 {
			t.Errorf("another client gets %d", w.Code)
		}
		time.Sleep(19 * time.Second)
		if w := from(app, alice, "/"); w.Code != 429 || w.Header().Get("Retry-After") != "1" {
			t.Errorf("a second before the time: %d, Retry-After %s", w.Code, w.Header().Get("Retry-After"))
		}
		time.Sleep(time.Second)
		if got := passed(t, app, 3, alice, "/", 429); got != 1 {
			t.Errorf("after the time that Retry-After had said, %d requests pass, want 1", got)
		}
	})
}

// Requests without a route are limited as well, and so are those to OPTIONS.
func TestWhatIsLimited(t *testing.T) {
	app, _ := newApp()
	app.UseRateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	app.Get("/", hello)
	if w := from(app, alice, "/none"); w.Code != 404 || w.Header().Get("RateLimit") == "" {
		t.Errorf("a path without a route: %d with %v", w.Code, w.Header())
	}
	if w := from(app, alice, "/"); w.Code != 429 {
		t.Errorf("the next one: %d", w.Code)
	}
}

func TestKeys(t *testing.T) {
	unlimited := func(req soay.Request) bool { return req.Path() == "/free" }
	tests := []struct {
		description string
		options     ratelimit.Options
		rate        soay.Rate
		first       []string // client, path and headers of the first request
		second      []string
		want        bool // they share a bucket
	}{
		{"one address, another port", ratelimit.Options{}, soay.Rate{}, []string{alice, "/"}, []string{"192.0.2.1:7", "/"}, true},
		{"two addresses", ratelimit.Options{}, soay.Rate{}, []string{alice, "/"}, []string{bob, "/"}, false},
		{"one /64", ratelimit.Options{}, soay.Rate{}, []string{"[2001:db8::1]:1", "/"}, []string{"[2001:db8::ffff:0:0:2]:1", "/"}, true},
		{"two /64", ratelimit.Options{}, soay.Rate{}, []string{"[2001:db8::1]:1", "/"}, []string{"[2001:db8:0:1::1]:1", "/"}, false},
		{"another length", ratelimit.Options{IPv6Prefix: 128}, soay.Rate{}, []string{"[2001:db8::1]:1", "/"}, []string{"[2001:db8::2]:1", "/"}, false},
		{"one /48", ratelimit.Options{IPv6Prefix: 48}, soay.Rate{}, []string{"[2001:db8::1]:1", "/"}, []string{"[2001:db8:0:1::1]:1", "/"}, true},
		{"IPv4 in IPv6", ratelimit.Options{}, soay.Rate{}, []string{alice, "/"}, []string{"[::ffff:192.0.2.1]:1", "/"}, true},
		{"two of IPv4 in IPv6", ratelimit.Options{}, soay.Rate{}, []string{"[::ffff:192.0.2.2]:1", "/"}, []string{"[::ffff:192.0.2.1]:1", "/"}, false},
		{"a zone", ratelimit.Options{}, soay.Rate{}, []string{"[fe80::1%eth0]:1", "/"}, []string{"[fe80::1%eth1]:1", "/"}, true},
		{"unix sockets", ratelimit.Options{}, soay.Rate{}, []string{"@", "/"}, []string{"", "/"}, true},
		{"a header that a client writes", ratelimit.Options{}, soay.Rate{}, []string{alice, "/", "X-Forwarded-For", "192.0.2.9"},
			[]string{alice, "/", "X-Forwarded-For", "192.0.2.10", "Forwarded", "for=192.0.2.11", "X-Real-IP", "192.0.2.12"}, true},
		{"an own key", ratelimit.Options{Key: byToken}, soay.Rate{}, []string{alice, "/", "X-Token", "a"}, []string{bob, "/", "X-Token", "a"}, true},
		{"two own keys", ratelimit.Options{Key: byToken}, soay.Rate{}, []string{alice, "/", "X-Token", "a"}, []string{alice, "/", "X-Token", "b"}, false},
		{"long own keys", ratelimit.Options{Key: byToken}, soay.Rate{}, []string{alice, "/", "X-Token", strings.Repeat("a", 1000) + "1"},
			[]string{alice, "/", "X-Token", strings.Repeat("a", 1000) + "2"}, false},
		{"the same long key", ratelimit.Options{Key: byToken}, soay.Rate{}, []string{alice, "/", "X-Token", strings.Repeat("a", 1000)},
			[]string{bob, "/", "X-Token", strings.Repeat("a", 1000)}, true},
		{"no own key", ratelimit.Options{Key: byToken}, soay.Rate{}, []string{alice, "/"}, []string{alice, "/"}, false},
		{"exempt", ratelimit.Options{Exempt: unlimited}, soay.Rate{}, []string{alice, "/"}, []string{alice, "/free"}, false},
		{"no cost", ratelimit.Options{Cost: func(soay.Request) int { return 0 }}, soay.Rate{}, []string{alice, "/"}, []string{alice, "/"}, false},
		{"a negative cost", ratelimit.Options{Cost: func(soay.Request) int { return -9 }}, soay.Rate{}, []string{alice, "/"}, []string{alice, "/"}, false},
		{"a cost of half", ratelimit.Options{Cost: func(soay.Request) int { return 5 }}, soay.Rate{Requests: 10, Per: time.Hour},
			[]string{alice, "/"}, []string{alice, "/"}, false},
		{"a cost of more than half", ratelimit.Options{Cost: func(soay.Request) int { return 6 }}, soay.Rate{Requests: 10, Per: time.Hour},
			[]string{alice, "/"}, []string{alice, "/"}, true},
		{"a burst", ratelimit.Options{}, soay.Rate{Requests: 1, Per: time.Hour, Burst: 2}, []string{alice, "/"}, []string{alice, "/"}, false},
		{"a second rate", ratelimit.Options{More: []soay.Rate{{Requests: 1, Per: time.Hour}}}, soay.Rate{Requests: 9, Per: time.Hour},
			[]string{alice, "/"}, []string{alice, "/"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			if tt.rate.Requests == 0 {
				tt.rate = soay.Rate{Requests: 1, Per: time.Hour}
			}
			app, _ := newApp()
			app.UseRateLimit(tt.rate, tt.options)
			app.Get("/", hello)
			app.Get("/free", hello)
			w := from(app, tt.first[0], tt.first[1], tt.first[2:]...)
			if w.Code != 200 {
				t.Fatalf("the first request: %d", w.Code)
			}
			w = from(app, tt.second[0], tt.second[1], tt.second[2:]...)
			if got := w.Code == 429; got != tt.want {
				t.Errorf("the second request: %d, so they share a bucket: %v, want %v", w.Code, got, tt.want)
			}
		})
	}
}

func byToken(req soay.Request) (string, bool) {
	token := req.Header("X-Token")
	return token, token != ""
}

// Rates of a route are beside those of the app, and have buckets of their own.
func TestRouteLimits(t *testing.T) {
	app, _ := newApp()
	app.UseRateLimit(soay.Rate{Requests: 100, Per: 24 * time.Hour})
	app.Get("/cats", hello).RateLimit(soay.Rate{Requests: 2, Per: time.Hour})
	app.Post("/cats", hello).RateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	app.Get("/dogs", hello)
	api := app.Group("/api").RateLimit(soay.Rate{Requests: 3, Per: time.Hour})
	api.Get("/a", hello)
	api.Get("/b", hello)
	api.Get("/own", hello).RateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	app.Group("/api").RateLimit(soay.Rate{Requests: 1, Per: time.Hour}).Get("/other", hello)
	for _, tt := range []struct {
		path string
		want int // of 5
	}{{"/cats", 2}, {"/dogs", 5}, {"/api/a", 3}, {"/api/b", 0}, {"/api/own", 1}, {"/api/other", 1}} {
		if got := passed(t, app, 5, alice, tt.path, 429); got != tt.want {
			t.Errorf("%s: %d of 5 pass, want %d", tt.path, got, tt.want)
		}
	}
	w := from(app, bob, "/cats")
	if got, want := w.Header().Get("RateLimit-Policy"), `"default";q=100;w=86400, "route";q=2;w=3600`; got != want {
		t.Errorf("RateLimit-Policy %s, want %s", got, want)
	}
	if got, want := w.Header().Get("RateLimit"), `"default";r=99;t=864, "route";r=1;t=1800`; got != want {
		t.Errorf("RateLimit %s, want %s", got, want)
	}
	// The app's limit has counted the requests that the route's has refused.
	if got, want := from(app, alice, "/dogs").Header().Get("RateLimit"), `"default";r=69;`; !strings.HasPrefix(got, want) {
		t.Errorf("after 31 requests the app's limit says %s, want %s", got, want)
	}
}

// A refusal names all policies of the request, and the tightest limit last.
func TestHeadersOfARefusal(t *testing.T) {
	app, _ := newApp()
	app.UseRateLimit(soay.Rate{Requests: 1, Per: time.Hour}, ratelimit.Options{More: []soay.Rate{{Requests: 500, Per: 1500 * time.Millisecond}}})
	app.UseRateLimit(soay.Rate{Requests: 1000, Per: 24 * time.Hour}, ratelimit.Options{Name: "day"})
	app.Get("/", hello).RateLimit(soay.Rate{Requests: 5, Per: time.Hour}, soay.Rate{Requests: 2, Per: time.Second})
	const policies = `"default";q=1;w=3600, "default-2";q=500, "day";q=1000;w=86400, "route";q=5;w=3600, "route-2";q=2;w=1`
	w := from(app, alice, "/")
	if got := w.Header().Get("RateLimit-Policy"); got != policies {
		t.Errorf("RateLimit-Policy %s, want %s", got, policies)
	}
	if got, want := w.Header().Get("RateLimit"), `"day";r=999;t=87, "route-2";r=1;t=1, "default";r=0;t=3600`; got != want {
		t.Errorf("RateLimit %s, want %s", got, want)
	}
	w = from(app, alice, "/")
	if got := w.Header().Get("RateLimit-Policy"); w.Code != 429 || got != policies {
		t.Errorf("refused with %d and RateLimit-Policy %s, want %s", w.Code, got, policies)
	}
	if got := w.Header().Get("RateLimit"); got != `"default";r=0;t=3600` {
		t.Errorf("refused with RateLimit %s", got)
	}
}

func TestOtherHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
		for _, tt := range []struct {
			description string
			headers     ratelimit.Headers
			want        string
		}{
			{"legacy", ratelimit.HeadersLegacy, "||10|9|946684801"}, // 100 ms after midnight, 1 January 2000
			{"none", ratelimit.HeadersNone, "||||"},
		} {
			app, _ := newApp()
			app.UseRateLimit(soay.Rate{Requests: 10, Per: time.Second}, ratelimit.Options{Headers: tt.headers})
			app.Get("/", hello)
			w := from(app, alice, "/")
			var got []string
			for _, name := range names {
				got = append(got, w.Header().Get(name))
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("%s: %s, want %s", tt.description, s, tt.want)
			}
			passed(t, app, 9, alice, "/", 429)
			if w := from(app, alice, "/"); w.Code != 429 || w.Header().Get("Retry-After") != "1" {
				t.Errorf("%s: refused with %d %v", tt.description, w.Code, w.Header())
			}
		}
	})
}

// Users have one bucket for all of their addresses, and visitors who are not signed in one for each address.
func TestLimitsByUser(t *testing.T) {
	app, _ := newApp()
	app.UseSessions(soay.NewKey())
	app.UseRateLimit(soay.Rate{Requests: 2, Per: time.Hour, By: router.ByUser}, ratelimit.Options{Name: "user"})
	app.UseRateLimit(soay.Rate{Requests: 50, Per: time.Hour})
	app.Get("/login/{name}", func(req soay.Request) soay.Response {
		req.Session.SetUser(req.Param("name"))
		return response.NoContent()
	})
	app.Get("/", hello)
	app.Get("/own", hello).RateLimit(soay.Rate{Requests: 1, Per: time.Hour, By: router.ByUser})
	cookie := func(client, user string) string {
		w := from(app, client, "/login/"+user)
		if len(w.Result().Cookies()) != 1 {
			t.Fatalf("no cookie: %d %v", w.Code, w.Header())
		}
		return w.Result().Cookies()[0].String()
	}
	ada := cookie("192.0.2.10:1", "ada")
	ben := cookie("192.0.2.11:1", "ben")
	codes := func(client, path, cookie string, n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(" " + http.StatusText(from(app, client, path, "Cookie", cookie).Code))
		}
		return b.String()
	}
	if got := codes(alice, "/", ada, 1) + codes(bob, "/own", ada, 1) + codes(bob, "/", ada, 1); got != " OK OK Too Many Requests" {
		t.Errorf("ada at three places: %s", got)
	}
	if got := codes(alice, "/", ben, 2); got != " OK OK" {
		t.Errorf("ben behind the same address: %s", got)
	}
	if got := codes(alice, "/", "", 3); got != " OK OK Too Many Requests" {
		t.Errorf("nobody: %s", got)
	}
	w := from(app, bob, "/own", "Cookie", cookie("192.0.2.12:1", "cleo"))
	if got, want := w.Header().Get("RateLimit-Policy"), `"default";q=50;w=3600, "user";q=2;w=3600, "route";q=1;w=3600`; got != want {
		t.Errorf("RateLimit-Policy %s, want %s", got, want)
	}
	if got := w.Header().Get("RateLimit"); !strings.HasSuffix(got, `"route";r=0;t=3600`) {
		t.Errorf("RateLimit %s: the tightest is not last", got)
	}
}

// The store of sessions is down: nobody is taken for a stranger, and no handler runs.
func TestLimitsByUserWithoutSessions(t *testing.T) {
	app, _ := newApp()
	app.UseSessionStore(brokenStore{})
	app.UseRateLimit(soay.Rate{Requests: 2, Per: time.Hour, By: router.ByUser})
	app.Get("/", func(soay.Request) soay.Response {
		t.Error("the handler runs")
		return response.NoContent()
	})
	const cookie = "session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	if w := from(app, alice, "/", "Cookie", cookie); w.Code != 503 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d with %v, want 503 with Retry-After", w.Code, w.Header())
	}
}

// brokenStore is a store of sessions that always fails.
type brokenStore struct{ sessions.Store }

func (brokenStore) Load(context.Context, string) (sessions.Record, error) {
	return sessions.Record{}, errors.New("no route to host")
}
