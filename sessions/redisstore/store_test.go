//go:build unix

package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/redisstore"
	"github.com/soay-go/soay/sessions/storetest"
)

// Two clients, of both protocols, are two instances of a program.
func TestStore(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	storetest.Run(t, func(t *testing.T) sessions.Store { return quiet(s.client(t)) },
		storetest.Options{Shared: func(t *testing.T, _ sessions.Store) sessions.Store {
			return quiet(s.client(t, redis.Options{Protocol: 2, ContextTimeoutEnabled: true}))
		}})
}

func TestCluster(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	storetest.Run(t, func(*testing.T) sessions.Store { return quiet(c) },
		storetest.Options{Shared: func(*testing.T, sessions.Store) sessions.Store { return quiet(c) }})
}

// A ring is a client that spreads keys over servers by itself.
func TestRing(t *testing.T) {
	t.Parallel()
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{
		"one": sharedServer(t).addr, "two": startServer(t).addr,
	}})
	t.Cleanup(func() { ring.Close() })
	storetest.Run(t, func(*testing.T) sessions.Store { return quiet(ring) }, storetest.Options{Rounds: 10})
}

func TestCheck(t *testing.T) {
	var nobody *redis.Client
	var nobodies *redis.ClusterClient
	good := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"}) // where nothing is, and nothing is asked
	defer good.Close()
	cached := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", ClientSideCacheConfig: &redis.ClientSideCacheConfig{}})
	defer cached.Close()
	replicas := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, RouteRandomly: true})
	defer replicas.Close()
	tests := []struct {
		description string
		store       *redisstore.Store
		want        string // "" for nothing
	}{
		{"the default", redisstore.New(good), ""},
		{"a prefix", redisstore.New(good, redisstore.Options{Prefix: "shop:"}), ""},
		{"no client", redisstore.New(nil), "redisstore: the client is nil"},
		{"a nil client", redisstore.New(nobody), "redisstore: the client is nil"},
		{"a nil cluster client", redisstore.New(nobodies), "redisstore: the client is nil"},
		{"a client with a cache", redisstore.New(cached), "the client reads from replicas or from a cache"},
		{"a client that reads from replicas", redisstore.New(replicas), "the client reads from replicas or from a cache"},
		{"braces", redisstore.New(good, redisstore.Options{Prefix: "{shop}:"}), `redisstore: Prefix: "{shop}:" has braces`},
		{"options twice", redisstore.New(good, redisstore.Options{}, redisstore.Options{}), "redisstore: 2 options; pass one"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			err := tt.store.Check()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check() = %v, want %q", err, tt.want)
			}
			_, err = sessions.NewStoreManager(tt.store, sessions.Options{})
			if (err == nil) != (tt.want == "") {
				t.Errorf("NewStoreManager: %v, want %q", err, tt.want)
			}
		})
	}
}

// Redis itself removes sessions, and the lists of users a while later.
func TestTimeToLive(t *testing.T) {
	p := unique("ttl")
	c := sharedServer(t).client(t)
	store := redisstore.New(c, redisstore.Options{Prefix: p})
	r := newRecord("ttl", nil)
	must(t, store.Create(t.Context(), "a", r))
	check := func(key string, want time.Duration) {
		t.Helper()
		got, err := c.PTTL(t.Context(), key).Result()
		if err != nil || got > want || got < want-5*time.Second {
			t.Errorf("PTTL(%q) = %v, %v; want about %v", key, got, err, want)
		}
	}
	check(p+"id:a", time.Hour)
	check(p+"user:ttl", 2*time.Hour)
	change := newChange("n", "1")
	change.Expires = r.Expires.Add(-30 * time.Minute)
	must(t, store.Update(t.Context(), "a", change))
	check(p+"id:a", 30*time.Minute)
	check(p+"user:ttl", 2*time.Hour)
	change.Expires = r.Expires.Add(5 * time.Hour)
	must(t, store.Update(t.Context(), "a", change))
	check(p+"id:a", 6*time.Hour)
	check(p+"user:ttl", 7*time.Hour)
	must(t, store.Rename(t.Context(), "a", "b", change))
	check(p+"id:a", 6*time.Hour)
	check(p+"id:b", 6*time.Hour)
	must(t, store.Delete(t.Context(), "b"))
	if n, err := c.Exists(t.Context(), p+"id:b", p+"user:ttl").Result(); err != nil || n != 0 {
		t.Errorf("after Delete there are still %d keys, %v", n, err)
	}
}

// A record whose end has come is none, even where Redis keeps it, such as with a clock that is behind.
func TestClockOfServer(t *testing.T) {
	p := unique("clock")
	c := sharedServer(t).client(t)
	store := redisstore.New(c, redisstore.Options{Prefix: p})
	r := newRecord("clock", map[string]string{"a": "1"})
	r.Expires = time.Now().Add(50 * time.Millisecond)
	must(t, store.Create(t.Context(), "a", r))
	must(t, c.Persist(t.Context(), p+"id:a").Err())
	eventually(t, time.Second, "the record is gone", func() error {
		if _, err := store.Load(t.Context(), "a"); err == nil {
			return errStillThere
		}
		return nil
	})
	assertGone(t, store, "a", "clock")
	if n := c.Exists(t.Context(), p+"id:a").Val(); n != 1 {
		t.Errorf("the test is of no use: Redis has removed the record")
	}
}
