//go:build unix

package redislimit_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/middleware/ratelimit/redislimit"
	"github.com/soay-go/soay/router"
)

func take(t testing.TB, s ratelimit.Store, key string, cost int, rates ...router.Rate) ratelimit.Result {
	t.Helper()
	r, err := s.Take(t.Context(), key, cost, rates)
	must(t, err)
	return r
}

// The store answers as the memory does, for random rates so slow that nothing comes back meanwhile.
func TestSameAsMemory(t *testing.T) {
	store := redislimit.New(startServer(t).client(t))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 100 {
		memory := ratelimit.NewMemory()
		rates := make([]router.Rate, 1+random.IntN(3))
		for j := range rates {
			n := 1 + random.IntN(20)
			rates[j] = router.Rate{Requests: n, Per: time.Duration(n*(1+random.IntN(1000))) * time.Hour, Burst: random.IntN(30)}
		}
		key := strconv.Itoa(i)
		for range 50 {
			cost := random.IntN(8) - 2
			want, got := take(t, memory, key, cost, rates...), take(t, store, key, cost, rates...)
			if got.Allowed != want.Allowed || got.Remaining != want.Remaining || got.Limit != want.Limit ||
				!near(got.RetryAfter, want.RetryAfter) || !near(got.Reset, want.Reset) {
				t.Fatalf("cost %d of %+v: %+v, want %+v", cost, rates, got, want)
			}
		}
	}
}

// near reports whether two times differ by less than the time that the test takes.
func near(a, b time.Duration) bool { return max(a-b, b-a) < time.Minute }

// Requests come back with the time of the server.
func TestTimePasses(t *testing.T) {
	client := startServer(t).client(t)
	store := redislimit.New(client)
	rate := router.Rate{Requests: 1000, Per: time.Second, Burst: 1} // one each millisecond
	passed := 0
	start, err := client.Time(t.Context()).Result()
	must(t, err)
	for range 2000 {
		if take(t, store, "k", 1, rate).Allowed {
			passed++
		}
	}
	end, err := client.Time(t.Context()).Result()
	must(t, err)
	if most := int(end.Sub(start)/time.Millisecond) + 2; passed < 2 || passed > most {
		t.Errorf("%d requests pass in %v, want from 2 to %d", passed, end.Sub(start), most)
	}
}

// Exactly as many of parallel requests pass as may, by every kind of client.
func TestParallel(t *testing.T) {
	s := startServer(t, "--cluster-enabled", "yes")
	must(t, s.client(t).ClusterAddSlotsRange(t.Context(), 0, 16383).Err())
	eventually(t, func() bool {
		info, err := s.client(t).ClusterInfo(t.Context()).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok")
	})
	cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{s.addr}})
	t.Cleanup(func() { cluster.Close() })
	for name, client := range map[string]redis.UniversalClient{
		"deadlines": s.client(t), "default": s.clientWith(t, redis.Options{}), "cluster": cluster,
	} {
		store := redislimit.New(client)
		rates := []router.Rate{{Requests: 10, Per: time.Hour}, {Requests: 20, Per: time.Hour}}
		var passed atomic.Int64
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if r, err := store.Take(ctx, name, 1, rates); err != nil {
					t.Error(err)
				} else if r.Allowed {
					passed.Add(1)
				}
			})
		}
		wg.Wait()
		if got := passed.Load(); got != 10 {
			t.Errorf("%s: %d of 64 parallel requests pass, want 10", name, got)
		}
	}
}

// A key lives until its bucket is full again, and nothing is kept of looks and of what was given back.
func TestKeysOfTheServer(t *testing.T) {
	client := startServer(t).client(t)
	store := redislimit.New(client, redislimit.Options{Prefix: "shop:"})
	rate := router.Rate{Requests: 60, Per: time.Hour}
	take(t, store, "a", 2, rate)
	ttl, err := client.PTTL(t.Context(), "shop:a").Result()
	must(t, err)
	if ttl > 2*time.Minute || ttl < time.Minute {
		t.Errorf("a bucket that needs two minutes is kept for %v", ttl)
	}
	take(t, store, "b", 0, rate)
	take(t, store, "c", 61, rate)
	take(t, store, "a", -2, rate)
	keys, err := client.Keys(t.Context(), "*").Result()
	must(t, err)
	if len(keys) != 0 {
		t.Errorf("the server has %q", keys)
	}
}

// A clock that was set back, another rate and a field without a time do not lock anybody out for longer than the rate.
func TestStrangeTimes(t *testing.T) {
	client := startServer(t).client(t)
	store := redislimit.New(client)
	rate := router.Rate{Requests: 1, Per: time.Hour}
	for value, want := range map[string]ratelimit.Result{
		"99999999999 0": {Limit: rate, RetryAfter: time.Hour, Reset: time.Hour},
		"5 0":           {Allowed: true, Limit: rate, Reset: time.Hour},
		"soon":          {Allowed: true, Limit: rate, Reset: time.Hour},
		"":              {Allowed: true, Limit: rate, Reset: time.Hour},
	} {
		must(t, client.Set(t.Context(), "soay:limit:k", value, 0).Err())
		if diff := cmp.Diff(want, take(t, store, "k", 1, rate)); diff != "" {
			t.Errorf("after the time %q (-want +got):\n%s", value, diff)
		}
	}
}

// The longest and the shortest rates are exact enough for their numbers of requests.
func TestExtremeRates(t *testing.T) {
	store := redislimit.New(startServer(t).client(t))
	for i, rate := range []router.Rate{
		{Requests: 1, Per: math.MaxInt64},
		{Requests: 7, Per: 100 * 365 * 24 * time.Hour},
		{Requests: 1000, Per: 365 * 24 * time.Hour},
		{Requests: 3, Per: 10 * time.Hour},
	} {
		passed := 0
		for range rate.Requests + 3 {
			if take(t, store, strconv.Itoa(i), 1, rate).Allowed {
				passed++
			}
		}
		if passed != rate.Requests {
			t.Errorf("%+v: %d requests pass at once", rate, passed)
		}
	}
	if r := take(t, store, "fast", math.MaxInt, router.Rate{Requests: 1_000_000_000, Per: time.Second, Burst: 5}); r.Allowed {
		t.Errorf("the largest cost: %+v", r)
	}
	if r := take(t, store, "fast", math.MinInt, router.Rate{Requests: 1_000_000_000, Per: time.Second}); r.Remaining != 1_000_000_000 {
		t.Errorf("the smallest cost: %+v", r)
	}
}

func TestMistakes(t *testing.T) {
	client := redis.NewClient(&redis.Options{})
	defer client.Close()
	var none *redis.Client
	tests := []struct {
		description string
		store       *redislimit.Store
		want        string
	}{
		{"no client", redislimit.New(nil), "the client is nil"},
		{"a nil client", redislimit.New(none), "the client is nil"},
		{"braces", redislimit.New(client, redislimit.Options{Prefix: "{a}"}), `Prefix: "{a}" has braces`},
		{"two options", redislimit.New(client, redislimit.Options{}, redislimit.Options{}), "2 options; pass one"},
	}
	for _, tt := range tests {
		app := soay.New()
		app.UseRateLimit(soay.Rate{Requests: 1, Per: time.Second}, ratelimit.Options{Store: tt.store})
		if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.description, err, tt.want)
		}
	}
}

// eventually waits until f is true.
func eventually(t testing.TB, f func() bool) {
	t.Helper()
	for range 2000 {
		if f() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it does not come about")
}
