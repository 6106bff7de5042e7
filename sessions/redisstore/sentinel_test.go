//go:build unix

package redisstore_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/storetest"
)

// sentinel is a master with a replica, and a Sentinel that makes the replica a master when there is no
// other.
type sentinel struct {
	master, replica, watcher *server
}

func startSentinel(t *testing.T) *sentinel {
	t.Helper()
	const atOnce = "--repl-diskless-sync-delay" // of a master, for its replicas
	s := &sentinel{master: startServer(t, atOnce, "0")}
	host, port, _ := net.SplitHostPort(s.master.addr)
	s.replica = startServer(t, "--replicaof", host, port, atOnce, "0")

	s.watcher = &server{addr: freeAddr(t)}
	watcherHost, watcherPort, _ := net.SplitHostPort(s.watcher.addr)
	file := filepath.Join(t.TempDir(), "sentinel.conf") // which it writes to as well
	text := fmt.Sprintf("bind %s\nport %s\ndir %s\nsentinel monitor sheep %s %s 1\n"+
		"sentinel down-after-milliseconds sheep 300\nsentinel failover-timeout sheep 3000\n",
		watcherHost, watcherPort, filepath.Dir(file), host, port)
	must(t, os.WriteFile(file, []byte(text), 0o600))
	s.watcher.args = []string{file, "--sentinel"}
	s.watcher.start(t)
	t.Cleanup(s.watcher.kill)

	watcher := redis.NewSentinelClient(&redis.Options{Addr: s.watcher.addr})
	defer watcher.Close()
	eventually(t, 30*time.Second, "the Sentinel knows the replica", func() error {
		replicas, err := watcher.Replicas(t.Context(), "sheep").Result()
		if err == nil && (len(replicas) != 1 || replicas[0]["master-link-status"] != "ok") {
			err = fmt.Errorf("it knows %v", replicas)
		}
		return err
	})
	return s
}

func (s *sentinel) client(t *testing.T) *redis.Client {
	c := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: "sheep", SentinelAddrs: []string{s.watcher.addr}, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { c.Close() })
	return c
}

// masterAddr returns where the Sentinel says that the master is.
func (s *sentinel) masterAddr(t *testing.T) string {
	t.Helper()
	watcher := redis.NewSentinelClient(&redis.Options{Addr: s.watcher.addr})
	defer watcher.Close()
	addr, err := watcher.GetMasterAddrByName(t.Context(), "sheep").Result()
	must(t, err)
	return net.JoinHostPort(addr[0], addr[1])
}

// setDownAfter sets how long a master may be silent before another one takes over.
func (s *sentinel) setDownAfter(t *testing.T, d time.Duration) {
	t.Helper()
	watcher := redis.NewSentinelClient(&redis.Options{Addr: s.watcher.addr})
	defer watcher.Close()
	must(t, watcher.Set(t.Context(), "sheep", "down-after-milliseconds", fmt.Sprint(d.Milliseconds())).Err())
}

func TestSentinel(t *testing.T) {
	t.Parallel()
	s := startSentinel(t)
	storetest.Run(t, func(*testing.T) sessions.Store { return quiet(s.client(t)) },
		storetest.Options{Rounds: 10, Shared: func(t *testing.T, _ sessions.Store) sessions.Store { return quiet(s.client(t)) }})
}

// When the master dies its replica takes over. Until then calls wait or fail, and none of them says that
// a session is gone; afterwards the sessions are there, but for those that were ended.
func TestFailover(t *testing.T) {
	s := startSentinel(t)
	store := quiet(s.client(t))
	for _, id := range []string{"a", "ended", "renamed"} {
		must(t, store.Create(t.Context(), id, newRecord("ann", map[string]string{"n": "0"})))
	}
	must(t, store.Delete(t.Context(), "ended"))
	must(t, store.Rename(t.Context(), "renamed", "new", newChange("n", "1")))
	if n, err := s.master.client(t).Wait(t.Context(), 1, 10*time.Second).Result(); err != nil || n != 1 {
		t.Fatalf("%d replicas have what the master has, %v", n, err)
	}

	l := startLoad(t, store, "a", time.Second)
	time.Sleep(200 * time.Millisecond)
	s.master.kill()
	start := time.Now()
	eventually(t, 30*time.Second, "the store has recovered", func() error {
		return store.Modify(within(t, time.Second), "a", "n", increment)
	})
	t.Logf("recovered after %v", time.Since(start))
	l.end(t)
	if addr := s.masterAddr(t); addr != s.replica.addr {
		t.Errorf("the test is of no use: the master is %s, not the replica %s", addr, s.replica.addr)
	}

	// On a slow machine the new master may seem to be down, too. The old one, which is empty, must not take over then.
	s.setDownAfter(t, time.Minute)
	s.master.start(t) // as it was when it died, until it follows the new one
	for range 20 {
		wantSessions(t, store)
		time.Sleep(50 * time.Millisecond)
	}
}

// wantSessions checks that there is what was not ended, and nothing else.
func wantSessions(t *testing.T, store sessions.Store) {
	t.Helper()
	for id, there := range map[string]bool{"a": true, "new": true, "ended": false, "renamed": false} {
		_, err := store.Load(t.Context(), id)
		if there && err != nil || !there && !errors.Is(err, sessions.ErrGone) {
			t.Errorf("Load of %s after the failover = %v; there should be one: %t", id, err, there)
		}
	}
	if ids, err := store.ListUser(t.Context(), "ann"); err != nil || len(ids) != 2 {
		t.Errorf("ListUser after the failover = %q, %v; want two", ids, err)
	}
}
