package ratelimit_test

import (
	"encoding/binary"
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/router"
)

func take(t testing.TB, s ratelimit.Store, key string, cost int, rates ...router.Rate) ratelimit.Result {
	t.Helper()
	r, err := s.Take(t.Context(), key, cost, rates)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The results follow from the definition: T = Per/Requests, the bucket holds Burst, and each T gives one back.
func TestGCRA(t *testing.T) {
	rate := router.Rate{Requests: 60, Per: time.Minute, Burst: 3}
	steps := []struct {
		after time.Duration
		cost  int
		want  ratelimit.Result
	}{
		{0, 0, ratelimit.Result{Allowed: true, Remaining: 3}},
		{0, 1, ratelimit.Result{Allowed: true, Remaining: 2, Reset: time.Second}},
		{0, 2, ratelimit.Result{Allowed: true, Remaining: 0, Reset: 3 * time.Second}},
		{0, 1, ratelimit.Result{Remaining: 0, Reset: 3 * time.Second, RetryAfter: time.Second}},
		{0, 0, ratelimit.Result{Allowed: true, Remaining: 0, Reset: 3 * time.Second, RetryAfter: time.Second}},
		{400 * time.Millisecond, 1, ratelimit.Result{Remaining: 0, Reset: 2600 * time.Millisecond, RetryAfter: 600 * time.Millisecond}},
		{600*time.Millisecond - 1, 1, ratelimit.Result{Remaining: 0, Reset: 2*time.Second + 1, RetryAfter: 1}},
		{1, 1, ratelimit.Result{Allowed: true, Remaining: 0, Reset: 3 * time.Second}},
		{1500 * time.Millisecond, 1, ratelimit.Result{Allowed: true, Remaining: 0, Reset: 2500 * time.Millisecond}},
		{0, -1, ratelimit.Result{Allowed: true, Remaining: 1, Reset: 1500 * time.Millisecond}},
		{0, 4, ratelimit.Result{Remaining: 1, Reset: 1500 * time.Millisecond, RetryAfter: 1500 * time.Millisecond}},
		{0, math.MaxInt, ratelimit.Result{Remaining: 1, Reset: 1500 * time.Millisecond, RetryAfter: 1500 * time.Millisecond}},
		{0, math.MinInt, ratelimit.Result{Allowed: true, Remaining: 3}},
		{time.Hour, 3, ratelimit.Result{Allowed: true, Remaining: 0, Reset: 3 * time.Second}},
	}
	synctest.Test(t, func(t *testing.T) {
		m := ratelimit.NewMemory()
		for i, step := range steps {
			time.Sleep(step.after)
			step.want.Limit = rate
			if diff := cmp.Diff(step.want, take(t, m, "k", step.cost, rate)); diff != "" {
				t.Errorf("step %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

// Of several rates all count a request or none does, and the result is that of the tightest.
func TestSeveralRates(t *testing.T) {
	second, hour := router.Rate{Requests: 2, Per: time.Second}, router.Rate{Requests: 3, Per: time.Hour}
	synctest.Test(t, func(t *testing.T) {
		m := ratelimit.NewMemory()
		for i, want := range []struct {
			after   time.Duration
			allowed bool
			limit   router.Rate
		}{{0, true, second}, {0, true, second}, {0, false, second}, {time.Second, true, hour}, {0, false, hour}, {20 * time.Minute, true, hour}} {
			time.Sleep(want.after)
			if got := take(t, m, "k", 1, second, hour); got.Allowed != want.allowed || got.Limit != want.limit {
				t.Errorf("step %d: %+v, want %v by %+v", i, got, want.allowed, want.limit)
			}
		}
	})
}

// The longest and the shortest rates do not overflow, and a changed rate holds at once.
func TestExtremeRates(t *testing.T) {
	m := ratelimit.NewMemory()
	age := router.Rate{Requests: 1, Per: math.MaxInt64}
	if a, b := take(t, m, "age", 1, age), take(t, m, "age", 1, age); !a.Allowed || b.Allowed {
		t.Errorf("one in 292 years: %+v, %+v", a, b)
	}
	fast := router.Rate{Requests: 1_000_000_000, Per: time.Second}
	if r := take(t, m, "fast", 1_000_000_000, fast); !r.Allowed {
		t.Errorf("one in a nanosecond: %+v", r)
	}
	minute := router.Rate{Requests: 1, Per: time.Minute}
	if r := take(t, m, "age", 1, minute); r.Allowed || r.RetryAfter > time.Minute {
		t.Errorf("a shorter rate in place of the long one: %+v, want a wait of a minute at most", r)
	}
	if r := take(t, m, "age", 1, minute, router.Rate{Requests: 1, Per: time.Hour}); r.Allowed {
		t.Errorf("one rate more: %+v", r)
	}
}

// Exactly as many of parallel requests pass as may.
func TestParallel(t *testing.T) {
	for _, rates := range [][]router.Rate{
		{{Requests: 10, Per: time.Hour}},
		{{Requests: 100, Per: time.Hour}, {Requests: 10, Per: 24 * time.Hour}},
	} {
		m := ratelimit.NewMemory()
		if got := passInParallel(t, m, "k", rates...); got != 10 {
			t.Errorf("%d of 64 parallel requests pass, want 10", got)
		}
	}
}

func passInParallel(t *testing.T, s ratelimit.Store, key string, rates ...router.Rate) int64 {
	t.Helper()
	var passed atomic.Int64
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range 64 {
		wg.Go(func() {
			<-start
			if r, err := s.Take(t.Context(), key, 1, rates); err != nil {
				t.Error(err)
			} else if r.Allowed {
				passed.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	return passed.Load()
}

// A million clients do not fill the memory, and one that is refused stays so.
func TestFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("a million keys take a second")
	}
	const maxKeys = 10_000
	rate := router.Rate{Requests: 5, Per: time.Hour}
	m := ratelimit.NewMemory(ratelimit.MemoryOptions{MaxKeys: maxKeys})
	for range 5 {
		take(t, m, "victim", 1, rate)
	}
	var address [16]byte
	for i := range 1_000_000 {
		binary.BigEndian.PutUint32(address[4:], uint32(i)) // of another /64 each
		if r := take(t, m, netip.AddrFrom16(address).String(), 1, rate); !r.Allowed {
			t.Fatalf("a new client is refused: %+v", r)
		}
		if i%1000 == 0 && take(t, m, "victim", 1, rate).Allowed {
			t.Fatalf("after %d others the client is no longer refused", i)
		}
	}
	if n := m.Len(); n > maxKeys || n < maxKeys*9/10 {
		t.Errorf("%d keys are kept, want %d at most", n, maxKeys)
	}
}

// A small number of keys holds too.
func TestFewKeys(t *testing.T) {
	for _, maxKeys := range []int{1, 2, 16, 17, 100} {
		m := ratelimit.NewMemory(ratelimit.MemoryOptions{MaxKeys: maxKeys})
		for i := range 1000 {
			take(t, m, string(rune('a'+i)), 1, router.Rate{Requests: 5, Per: time.Hour})
		}
		if n := m.Len(); n > maxKeys || n < maxKeys/2 {
			t.Errorf("%d keys are kept of at most %d", n, maxKeys)
		}
	}
}

// Keys whose buckets are full again make room.
func TestOldKeysGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := ratelimit.NewMemory()
		for i := range 20_000 {
			take(t, m, "old"+time.Duration(i).String(), 1, router.Rate{Requests: 5, Per: time.Second})
		}
		time.Sleep(time.Second)
		for i := range 20_000 {
			take(t, m, "new"+time.Duration(i).String(), 1, router.Rate{Requests: 5, Per: time.Hour})
		}
		if n := m.Len(); n > 24_000 {
			t.Errorf("%d keys are kept where 20000 are in use", n)
		}
	})
}

// To look, or to give back what was not taken, keeps nothing in the memory; a refusal costs nothing.
func TestLooking(t *testing.T) {
	m := ratelimit.NewMemory()
	rate := router.Rate{Requests: 1, Per: time.Hour}
	take(t, m, "a", 0, rate)
	take(t, m, "b", 2, rate)
	if n := m.Len(); n != 0 {
		t.Errorf("%d keys are kept", n)
	}
	if r := take(t, m, "b", 1, rate); !r.Allowed {
		t.Errorf("after a refusal: %+v", r)
	}
}
