package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/request/requesttest"
)

// direct is a way to a provider without a network, so that it works with the clock of a test.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(hr *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if hr.Body == nil {
		hr.Body = http.NoBody
	}
	d.handler.ServeHTTP(rec, hr)
	return rec.Result(), nil
}

// follow is visit without a network.
func (d direct) follow(t *testing.T, location string) string {
	t.Helper()
	resp, err := d.RoundTrip(httptest.NewRequest(http.MethodGet, location, nil))
	if err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return back.RequestURI()
}

// TestSignInThatTakesLong is a part of T12: after 10 minutes the answer of the provider is of no use.
func TestSignInThatTakesLong(t *testing.T) {
	p := newOP(t)
	for minutes, want := range map[time.Duration]int{9: http.StatusSeeOther, 11: http.StatusBadRequest} {
		synctest.Test(t, func(t *testing.T) {
			way := direct{p.Config.Handler}
			s := newSite(p, setup{}, oidc.Options{HTTPClient: &http.Client{Transport: way}})
			c := browser(t, s)
			first := c.Get("/sign-in")
			path := way.follow(t, first.Header.Get("Location"))
			time.Sleep(minutes * time.Minute)
			kept := requesttest.With{Header: http.Header{"Cookie": {first.Cookies[0].Name + "=" + first.Cookies[0].Value}}}
			if got := c.Get(path, kept); got.Status != want {
				t.Errorf("after %d minutes: %d, want %d\n%s", minutes, got.Status, want, s.log)
			}
		})
	}
}

// TestKeysAreReplaced: a key that the provider has removed signs nobody in after an hour.
func TestKeysAreReplaced(t *testing.T) {
	p := newOP(t)
	synctest.Test(t, func(t *testing.T) {
		way := direct{p.Config.Handler}
		c := browser(t, newSite(p, setup{}, oidc.Options{HTTPClient: &http.Client{Transport: way}}))
		enter := func() int {
			return c.Get(way.follow(t, c.Get("/sign-in").Header.Get("Location")), fromProvider).Status
		}
		if got := enter(); got != http.StatusSeeOther {
			t.Fatalf("%d", got)
		}
		p.change(func(l *lies) {
			l.keys = func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, map[string]any{"keys": []any{}}) })
			}
		})
		time.Sleep(61 * time.Minute)
		enter() // begins to fetch, in the background
		synctest.Wait()
		if got := enter(); got != http.StatusBadRequest {
			t.Errorf("with a key that was removed: %d", got)
		}
		p.change(func(l *lies) { l.keys = nil })
		time.Sleep(2 * time.Minute)
		if got := enter(); got != http.StatusSeeOther {
			t.Errorf("with a key that has come back: %d", got)
		}
		p.change(func(l *lies) { l.keys = func(http.Handler) http.Handler { return http.NotFoundHandler() } })
		time.Sleep(20 * time.Hour)
		if got := enter(); got != http.StatusSeeOther {
			t.Errorf("keys that were not fetched for 20 hours: %d", got)
		}
		time.Sleep(6 * time.Hour)
		if got := enter(); got != http.StatusBadGateway {
			t.Errorf("keys that were not fetched for 26 hours: %d", got)
		}
	})
}

// TestKeysAreFresh: keys are used for as long as the provider says, between 5 minutes and a day.
func TestKeysAreFresh(t *testing.T) {
	for _, test := range []struct {
		cacheControl string
		after        time.Duration
		fetches      int
	}{
		{"max-age=7200", 119 * time.Minute, 1}, {"public, Max-Age=7200", 121 * time.Minute, 2}, {"max-age=0", 4 * time.Minute, 1},
		{"max-age=0", 6 * time.Minute, 2}, {"max-age=9999999", 23 * time.Hour, 1}, {"max-age=9999999", 25 * time.Hour, 2}, {"no-cache", 59 * time.Minute, 1},
	} {
		p := newOP(t)
		p.change(func(l *lies) {
			l.keys = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Cache-Control", test.cacheControl)
					next.ServeHTTP(w, r)
				})
			}
		})
		synctest.Test(t, func(t *testing.T) {
			way := direct{p.Config.Handler}
			c := browser(t, newSite(p, setup{}, oidc.Options{HTTPClient: &http.Client{Transport: way}}))
			for _, wait := range []time.Duration{0, test.after} {
				time.Sleep(wait)
				if got := c.Get(way.follow(t, c.Get("/sign-in").Header.Get("Location")), fromProvider); got.Status != http.StatusSeeOther {
					t.Fatalf("%s: %d", test.cacheControl, got.Status)
				}
			}
			synctest.Wait()
		})
		if n := p.called("/keys"); n != test.fetches {
			t.Errorf("%s, after %v: %d fetches, want %d", test.cacheControl, test.after, n, test.fetches)
		}
	}
}
