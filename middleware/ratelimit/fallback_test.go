package ratelimit_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/router"
)

// faulty is a store that counts its calls, and fails or hangs as long as it is told to.
type faulty struct {
	*ratelimit.Memory
	calls       atomic.Int64
	fail, hangs atomic.Bool
}

func newFaulty() *faulty { return &faulty{Memory: ratelimit.NewMemory()} }

func (f *faulty) Take(ctx context.Context, key string, cost int, rates []router.Rate) (ratelimit.Result, error) {
	f.calls.Add(1)
	if f.hangs.Load() {
		<-ctx.Done()
		return ratelimit.Result{}, ctx.Err()
	}
	if f.fail.Load() {
		return ratelimit.Result{}, errors.New("connection refused")
	}
	return f.Memory.Take(ctx, key, cost, rates)
}

// While the store fails the memory limits with the same rates. The store is left alone for a second after three
// failures, and then asked once; the log has one warning a minute.
func TestStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFaulty()
		app, log := newApp()
		app.UseRateLimit(soay.Rate{Requests: 5, Per: time.Hour}, ratelimit.Options{Store: store})
		app.Get("/", hello)
		if got := passed(t, app, 2, alice, "/", 429); got != 2 {
			t.Fatalf("%d of 2 pass", got)
		}
		store.calls.Store(0)
		store.fail.Store(true)
		if got := passed(t, app, 20, alice, "/", 429); got != 5 {
			t.Errorf("without the store %d of 20 pass, want the 5 of the memory", got)
		}
		if n := store.calls.Load(); n != 3 {
			t.Errorf("the store was asked %d times in a row, want 3", n)
		}
		time.Sleep(time.Second)
		passed(t, app, 20, alice, "/", 429)
		if n := store.calls.Load(); n != 4 {
			t.Errorf("after a second the store was asked %d times more, want once", n-3)
		}
		warnings := log.Records("rate limit: the store failed; the memory of this process takes over")
		if len(warnings) != 1 || warnings[0]["limit"] != "default" || warnings[0]["error"] != "connection refused" {
			t.Errorf("the log has %v, want one warning with the limit and the error", warnings)
		}
		for range 120 {
			time.Sleep(time.Second)
			from(app, alice, "/")
		}
		if n := len(log.Records("rate limit: the store failed; the memory of this process takes over")); n < 2 || n > 3 {
			t.Errorf("after two minutes more the log has %d warnings", n)
		}
		store.fail.Store(false)
		time.Sleep(time.Second)
		if got := passed(t, app, 20, alice, "/", 429); got != 3 {
			t.Errorf("with the store again %d pass, want the 3 that it has left", got)
		}
	})
}

// A store that hangs costs its time three times, and then once a second at most.
func TestStoreHangs(t *testing.T) {
	for _, tt := range []struct {
		description string
		timeout     time.Duration
		want        time.Duration
	}{{"by default", 0, 100 * time.Millisecond}, {"with another time", 30 * time.Millisecond, 30 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			store := newFaulty()
			store.hangs.Store(true)
			app, _ := newApp()
			app.UseRateLimit(soay.Rate{Requests: 5, Per: time.Hour}, ratelimit.Options{Store: store, StoreTimeout: tt.timeout})
			app.Get("/", hello)
			var took []time.Duration
			for range 6 {
				start := time.Now()
				from(app, alice, "/")
				took = append(took, time.Since(start))
			}
			for i, d := range took {
				if want := tt.want * time.Duration(min(1, max(0, 3-i))); d != want {
					t.Errorf("%s: request %d took %v, want %v", tt.description, i, d, want)
				}
			}
		})
	}
}

// A client that goes away is no failure of the store.
func TestClientGoesAway(t *testing.T) {
	store := newFaulty()
	app, log := newApp()
	app.UseRateLimit(soay.Rate{Requests: 5, Per: time.Hour}, ratelimit.Options{Store: contextual{store}})
	app.Get("/", hello)
	for range 5 {
		fromGone(app)
	}
	if store.calls.Load() != 5 || len(log.Lines()) != 0 {
		t.Errorf("the store was asked %d times, log %v", store.calls.Load(), log.Lines())
	}
}

// contextual is a store that fails when its context has ended.
type contextual struct{ *faulty }

func (c contextual) Take(ctx context.Context, key string, cost int, rates []router.Rate) (ratelimit.Result, error) {
	if err := ctx.Err(); err != nil {
		return ratelimit.Result{}, err
	}
	return c.faulty.Take(ctx, key, cost, rates)
}

// With FailClosed nothing passes without the store.
func TestFailClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFaulty()
		app, log := newApp()
		app.UseRateLimit(soay.Rate{Requests: 5, Per: time.Hour}, ratelimit.Options{Store: store, FailClosed: true})
		app.Get("/", hello)
		store.fail.Store(true)
		for i := range 6 {
			w := from(app, alice, "/")
			if w.Code != 503 || w.Header().Get("Retry-After") != "1" || strings.Contains(w.Body.String(), "refused") {
				t.Errorf("request %d: %d %v %s", i, w.Code, w.Header(), w.Body)
			}
		}
		if n := len(log.Records("rate limit: the store failed; requests are answered with 503")); n != 1 {
			t.Errorf("%d warnings, want 1", n)
		}
		store.fail.Store(false)
		time.Sleep(time.Second)
		if w := from(app, alice, "/"); w.Code != 200 {
			t.Errorf("with the store again: %d", w.Code)
		}
	})
}

// The rates of routes have the options of the default limit, its store included.
func TestOptionsOfRoutes(t *testing.T) {
	store := newFaulty()
	app, _ := newApp()
	app.UseRateLimit(soay.Rate{Requests: 50, Per: time.Hour}, ratelimit.Options{Name: "other"})
	app.UseRateLimit(soay.Rate{Requests: 50, Per: time.Hour}, ratelimit.Options{Store: store, Key: byToken})
	app.Get("/", hello).RateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	for i, tt := range []struct {
		client, token string
		want          int
	}{{alice, "a", 200}, {bob, "a", 429}, {alice, "b", 200}, {alice, "", 200}, {alice, "", 200}} {
		if w := from(app, tt.client, "/", "X-Token", tt.token); w.Code != tt.want {
			t.Errorf("request %d: %d, want %d", i, w.Code, tt.want)
		}
	}
	if n := store.calls.Load(); n != 6 {
		t.Errorf("the store was asked %d times, want twice for each of three requests with a key", n)
	}
}
