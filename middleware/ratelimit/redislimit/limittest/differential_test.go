package limittest_test

import (
	"math/rand/v2"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"

	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/middleware/ratelimit/redislimit"
	"github.com/soay-go/soay/router"
)

// The memory answers as throttled does, at random times with random costs.
func TestMemoryAndThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		refused := 0
		for i := range 200 {
			interval := time.Duration(1+random.IntN(1_000_000)) * time.Microsecond
			requests, burst := 1+random.IntN(50), 1+random.IntN(50)
			rate := router.Rate{Requests: requests, Per: time.Duration(requests) * interval, Burst: burst}
			store, err := memstore.NewCtx(10)
			if err != nil {
				t.Fatal(err)
			}
			// Its MaxBurst is what exceeds one request.
			peer, err := throttled.NewGCRARateLimiterCtx(store, throttled.RateQuota{
				MaxRate: throttled.PerDuration(requests, rate.Per), MaxBurst: burst - 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			memory := ratelimit.NewMemory()
			for step := range 200 {
				time.Sleep(time.Duration(random.Int64N(int64(3 * interval))))
				cost := random.IntN(min(burst, 4) + 1)
				limited, want, err := peer.RateLimitCtx(t.Context(), "k", cost)
				if err != nil {
					t.Fatal(err)
				}
				got, err := memory.Take(t.Context(), "k", cost, []router.Rate{rate})
				if err != nil {
					t.Fatal(err)
				}
				if limited {
					refused++
				}
				if got.Allowed == limited || got.Remaining != want.Remaining || got.Reset != want.ResetAfter ||
					limited && got.RetryAfter != want.RetryAfter {
					t.Fatalf("rate %d, %+v, step %d, cost %d: %+v, throttled says limited %v, %+v", i, rate, step, cost, got, limited, want)
				}
			}
		}
		if refused < 1000 {
			t.Errorf("only %d requests were refused", refused)
		}
	})
}

// The script for Redis answers as that of redis_rate does, for rates so slow that nothing comes back meanwhile.
func TestRedisAndRedisRate(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: startServer(t), ContextTimeoutEnabled: true})
	defer client.Close()
	store, peer := redislimit.New(client), redis_rate.NewLimiter(client)
	random := rand.New(rand.NewPCG(5, 6))
	refused := 0
	for i := range 100 {
		key, requests, burst := strconv.Itoa(i), 1+random.IntN(50), 1+random.IntN(50)
		rate := router.Rate{Requests: requests, Per: time.Duration(requests) * time.Hour, Burst: burst}
		for step := range 30 {
			cost := 1 + random.IntN(min(burst, 4))
			want, err := peer.AllowN(t.Context(), key, redis_rate.Limit{Rate: requests, Period: rate.Per, Burst: burst}, cost)
			if err != nil {
				t.Fatal(err)
			}
			got, err := store.Take(t.Context(), key, cost, []router.Rate{rate})
			if err != nil {
				t.Fatal(err)
			}
			if !got.Allowed {
				refused++
			}
			// A refusal of redis_rate does not tell what remains.
			if got.Allowed != (want.Allowed > 0) || got.Allowed && got.Remaining != want.Remaining ||
				!near(got.Reset, want.ResetAfter) || !got.Allowed && !near(got.RetryAfter, want.RetryAfter) {
				t.Fatalf("%+v, step %d, cost %d: %+v, redis_rate says %+v", rate, step, cost, got, want)
			}
		}
	}
	if refused < 500 {
		t.Errorf("only %d requests were refused", refused)
	}
}

// near reports whether two times differ by less than the time that the test takes.
func near(a, b time.Duration) bool { return max(a-b, b-a) < time.Minute }

// startServer starts a redis-server and returns its address.
func startServer(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed, so limits in Redis are not compared")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	host, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command("redis-server", "--bind", host, "--port", port, "--dir", t.TempDir(), "--save", "", "--appendonly", "no")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	for range 1000 {
		if client.Ping(t.Context()).Err() == nil {
			return addr
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("redis-server does not answer")
	return ""
}
