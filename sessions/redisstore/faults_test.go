//go:build unix

package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/redisstore"
)

// clients are those that honour deadlines themselves and those that do not.
var clients = []struct {
	description string
	options     redis.Options
}{
	{"the client's default", redis.Options{}},
	{"a client that honours deadlines", redis.Options{ContextTimeoutEnabled: true}},
}

func increment(value []byte) ([]byte, error) {
	n := 0
	if value != nil {
		var err error
		if n, err = strconv.Atoi(string(value)); err != nil {
			return nil, err
		}
	}
	return strconv.AppendInt(nil, int64(n+1), 10), nil
}

func numberOf(t *testing.T, store sessions.Store, id string) int {
	t.Helper()
	r, err := store.Load(t.Context(), id)
	must(t, err)
	n, err := strconv.Atoi(string(r.Values["n"]))
	must(t, err)
	return n
}

// load is traffic from several goroutines. What it may see are errors while there is a fault.
type load struct {
	stop        chan struct{}
	wg          sync.WaitGroup
	kept, tried atomic.Int64 // increments
	slowest     atomic.Int64 // nanoseconds
	faults      atomic.Int64
}

// startLoad reads and increments the number n of a record all the time.
func startLoad(t *testing.T, store sessions.Store, id string, timeout time.Duration) *load {
	l := &load{stop: make(chan struct{})}
	for range 8 {
		l.wg.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
					l.once(t, store, id, timeout)
				}
			}
		})
	}
	return l
}

func (l *load) once(t *testing.T, store sessions.Store, id string, timeout time.Duration) {
	l.tried.Add(1)
	l.timed(t, "Modify", timeout, func(ctx context.Context) error {
		err := store.Modify(ctx, id, "n", increment)
		if err == nil {
			l.kept.Add(1)
		}
		return err
	})
	l.timed(t, "Load", timeout, func(ctx context.Context) error {
		_, err := store.Load(ctx, id)
		return err
	})
}

// timed reports answers that took longer than they may, or that say that the session is gone.
func (l *load) timed(t *testing.T, call string, timeout time.Duration, f func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	start := time.Now()
	err := f(ctx)
	took := time.Since(start)
	for old := l.slowest.Load(); int64(took) > old && !l.slowest.CompareAndSwap(old, int64(took)); old = l.slowest.Load() {
	}
	if took > timeout+500*time.Millisecond { // the machine may be busy
		t.Errorf("%s took %v, with a timeout of %v", call, took, timeout)
	}
	if errors.Is(err, sessions.ErrGone) {
		t.Errorf("%s during a fault says that the session is gone", call)
	}
	if err != nil {
		l.faults.Add(1)
	}
}

func (l *load) end(t *testing.T) {
	close(l.stop)
	l.wg.Wait()
	t.Logf("%d increments tried, %d kept, %d errors, slowest answer %v",
		l.tried.Load(), l.kept.Load(), l.faults.Load(), time.Duration(l.slowest.Load()))
}

// counted checks that the number is what was kept, plus at most what nobody knows of.
func (l *load) counted(t *testing.T, store sessions.Store, id string) {
	t.Helper()
	settled()
	n := int64(numberOf(t, store, id))
	if kept, tried := l.kept.Load(), l.tried.Load(); n < kept || n > tried {
		t.Errorf("the number is %d after %d increments that were kept, of %d", n, kept, tried)
	}
}

// recovers waits for a second at most until a is there again.
func recovers(t *testing.T, store sessions.Store) {
	t.Helper()
	start := time.Now()
	eventually(t, time.Second, "the store has recovered", func() error {
		_, err := store.Load(within(t, time.Second), "a")
		return err
	})
	t.Logf("recovered after %v", time.Since(start))
}

// A server that hangs holds nobody longer than the timeout, and is there again at once.
func TestHangingServer(t *testing.T) {
	for _, tt := range clients {
		t.Run(tt.description, func(t *testing.T) {
			t.Parallel() // most of the time passes while the servers hang
			s := startServer(t)
			store := quiet(s.client(t, tt.options))
			must(t, store.Create(t.Context(), "a", newRecord("", nil)))
			l := startLoad(t, store, "a", time.Second)
			time.Sleep(200 * time.Millisecond)
			s.signal(t, syscall.SIGSTOP)
			time.Sleep(3 * time.Second)
			if l.faults.Load() == 0 {
				t.Error("no call has failed while the server hung")
			}
			s.signal(t, syscall.SIGCONT)
			recovers(t, store)
			l.end(t)
			l.counted(t, store, "a")
		})
	}
}

// A call that is cancelled, or waits for a server that hangs, ends with the error of its context.
func TestHangingServerAllCalls(t *testing.T) {
	for _, tt := range clients {
		t.Run(tt.description, func(t *testing.T) {
			s := startServer(t)
			store := quiet(s.client(t, tt.options))
			must(t, store.Create(t.Context(), "a", newRecord("ann", nil)))
			s.signal(t, syscall.SIGSTOP)
			var wg sync.WaitGroup
			for name, call := range calls(store, "a") {
				wg.Go(func() {
					start := time.Now()
					err := call(within(t, 200*time.Millisecond))
					if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > time.Second {
						t.Errorf("%s = %v after %v; want %v after 200ms", name, err, took, context.DeadlineExceeded)
					}
					ctx, cancel := context.WithCancel(context.Background())
					time.AfterFunc(50*time.Millisecond, cancel)
					start = time.Now()
					err = call(ctx)
					if took := time.Since(start); !errors.Is(err, context.Canceled) || took > time.Second {
						t.Errorf("%s = %v after %v; want %v after 50ms", name, err, took, context.Canceled)
					}
				})
			}
			wg.Wait()
		})
	}
}

// calls are all calls of a store, for a user ann.
func calls(store sessions.Store, id string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Load":   func(ctx context.Context) error { _, err := store.Load(ctx, id); return err },
		"Create": func(ctx context.Context) error { return store.Create(ctx, id+" new", newRecord("ann", nil)) },
		"Update": func(ctx context.Context) error { return store.Update(ctx, id, newChange("a", "1")) },
		"Modify": func(ctx context.Context) error { return store.Modify(ctx, id, "n", increment) },
		"Rename": func(ctx context.Context) error { return store.Rename(ctx, id, id+" renamed", newChange("a", "2")) },
		"Delete": func(ctx context.Context) error { return store.Delete(ctx, id) },
		"ListUser": func(ctx context.Context) error {
			_, err := store.ListUser(ctx, "ann")
			return err
		},
		"DeleteUser": func(ctx context.Context) error { return store.DeleteUser(ctx, "ann") },
	}
}

// A server that is restarted all the time, and keeps its data, loses no increment that was confirmed.
func TestRestarts(t *testing.T) {
	s := startServer(t, "--appendonly", "yes", "--appendfsync", "always")
	store := quiet(s.client(t))
	must(t, store.Create(t.Context(), "a", newRecord("", nil)))
	l := startLoad(t, store, "a", time.Second)
	for range 3 {
		time.Sleep(300 * time.Millisecond)
		s.kill()
		s.start(t)
		recovers(t, store)
	}
	l.end(t)
	l.counted(t, store, "a")
}

// Connections that are reset in the middle lose nothing that was confirmed, and do nothing twice.
func TestResets(t *testing.T) {
	p := startProxy(t, startServer(t).addr)
	c := (&server{addr: p.addr}).client(t, redis.Options{ContextTimeoutEnabled: true})
	store := quiet(c)
	must(t, store.Create(t.Context(), "a", newRecord("", nil)))
	p.harmful.Store(true)
	l := startLoad(t, store, "a", time.Second)
	refused := 0
	for i := range 40 { // each call repeats what may be repeated
		id := strconv.Itoa(i)
		if err := resetsLeave(t, store, id); err != nil {
			refused++
		}
	}
	l.end(t)
	p.harmful.Store(false)
	t.Logf("%d resets; %d of 40 chains of calls were refused", p.resets.Load(), refused)
	l.counted(t, store, "a")
}

// resetsLeave does all that a session goes through. A call may fail, but one that succeeds must be
// true.
func resetsLeave(t *testing.T, store sessions.Store, id string) error {
	ctx := within(t, 5*time.Second)
	user := "user " + id
	if err := store.Create(ctx, id, newRecord(user, map[string]string{"a": "1"})); err != nil {
		return wantTrue(t, "Create", err)
	}
	if err := store.Update(ctx, id, newChange("b", "2")); err != nil {
		return wantTrue(t, "Update", err)
	}
	if err := store.Rename(ctx, id, id+" new", newChange("b", "2")); err != nil {
		return wantTrue(t, "Rename", err)
	}
	r, err := store.Load(ctx, id+" new")
	if err != nil {
		return wantTrue(t, "Load", err)
	}
	if len(r.Values) != 2 || r.User != user {
		t.Errorf("Load gives %q of %q, want two values of %q", r.Values, r.User, user)
	}
	if _, err := store.Load(ctx, id); err == nil {
		t.Error("the old id still works")
	}
	ids, err := store.ListUser(ctx, user)
	if err == nil && (len(ids) != 1 || ids[0] != id+" new") {
		t.Errorf("ListUser = %q, want the new id", ids)
	}
	if err := store.Delete(ctx, id+" new"); err != nil {
		return wantTrue(t, "Delete", err)
	}
	if _, err := store.Load(ctx, id+" new"); err == nil {
		t.Error("a deleted session still works")
	}
	return nil
}

// wantTrue reports an error that says that a session is gone which nobody has ended.
func wantTrue(t *testing.T, call string, err error) error {
	t.Helper()
	if errors.Is(err, sessions.ErrGone) || strings.Contains(err.Error(), "in use") {
		t.Errorf("%s amid resets = %v; the session is there", call, err)
	}
	return err
}

func TestFlush(t *testing.T) {
	s := startServer(t)
	c := s.client(t)
	store := quiet(c)
	for i := range 20 {
		must(t, store.Create(t.Context(), strconv.Itoa(i), newRecord("ann", map[string]string{"a": "1"})))
	}
	must(t, c.FlushAll(t.Context()).Err())
	must(t, c.ScriptFlush(t.Context()).Err())
	for i := range 20 {
		assertGone(t, store, strconv.Itoa(i), "ann")
		must(t, store.Delete(t.Context(), strconv.Itoa(i)))
	}
	must(t, store.Create(t.Context(), "0", newRecord("ann", nil)))
	if ids, err := store.ListUser(t.Context(), "ann"); err != nil || len(ids) != 1 {
		t.Errorf("ListUser = %q, %v; want one", ids, err)
	}
}

// Errors of Redis come back as what they are, with what was attempted, and change nothing.
func TestErrorsOfRedis(t *testing.T) {
	tests := []struct {
		description string
		want        string
		fine        []string // calls that succeed all the same
		cause, end  func(t *testing.T, c *redis.Client)
	}{
		{"a replica", "READONLY", []string{"Load", "ListUser"}, func(t *testing.T, c *redis.Client) {
			must(t, c.ConfigSet(t.Context(), "replica-serve-stale-data", "yes").Err())
			host, port, _ := net.SplitHostPort(freeAddr(t))
			must(t, c.Do(t.Context(), "replicaof", host, port).Err())
		}, func(t *testing.T, c *redis.Client) { must(t, c.Do(t.Context(), "replicaof", "no", "one").Err()) }},
		{"memory that is full", "OOM", []string{"Load", "ListUser", "Delete", "DeleteUser"}, func(t *testing.T, c *redis.Client) {
			must(t, c.ConfigSet(t.Context(), "maxmemory-policy", "noeviction").Err())
			must(t, c.ConfigSet(t.Context(), "maxmemory", "1mb").Err())
		}, func(t *testing.T, c *redis.Client) { must(t, c.ConfigSet(t.Context(), "maxmemory", "0").Err()) }},
		{"a missing permission", "NOPERM", []string{"Load"}, func(t *testing.T, c *redis.Client) {
			must(t, c.Do(t.Context(), "acl", "setuser", "default", "-@scripting").Err())
		}, func(t *testing.T, c *redis.Client) {
			must(t, c.Do(t.Context(), "acl", "setuser", "default", "+@all").Err())
		}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			s := startServer(t)
			c := s.client(t)
			store := quiet(c)
			must(t, store.Create(t.Context(), "a", newRecord("ann", map[string]string{"n": "1"})))
			must(t, store.Create(t.Context(), "b", newRecord("bob", map[string]string{"n": "1"})))
			must(t, store.Create(t.Context(), "c", newRecord("carl", map[string]string{"n": "1"})))
			tt.cause(t, c)
			for name, call := range calls(store, "a") {
				if name == "Delete" || name == "DeleteUser" {
					continue // below, when nothing else needs the record
				}
				assertFault(t, name, call(within(t, 5*time.Second)), tt.want, tt.fine)
			}
			assertFault(t, "Delete", store.Delete(within(t, 5*time.Second), "b"), tt.want, tt.fine)
			assertFault(t, "DeleteUser", store.DeleteUser(within(t, 5*time.Second), "carl"), tt.want, tt.fine)
			if _, err := store.Load(t.Context(), "c"); tt.want == "OOM" && !errors.Is(err, sessions.ErrGone) {
				t.Errorf("Load of a session that was ended = %v", err)
			}
			assertWhole(t, c, store)
			tt.end(t, c)
			if n := numberOf(t, store, "a"); n != 1 {
				t.Errorf("after calls that failed the number is %d, want 1", n)
			}
			must(t, store.Rename(t.Context(), "a", "a renamed", newChange("a", "2")))
		})
	}
}

// assertWhole checks that an Update that removes and sets many values does so as a whole, or not at
// all, when there is a fault.
func assertWhole(t *testing.T, c *redis.Client, store sessions.Store) {
	t.Helper()
	change := newChange("n", "1")
	change.Clear = true
	for i := range 3000 {
		change.Set[fmt.Sprint("many", i)] = []byte("1")
	}
	err := store.Update(within(t, 5*time.Second), "a", change)
	n, counted := c.HLen(t.Context(), "soay:session:id:a").Result()
	if must(t, counted); err == nil && n < 3000 || err != nil && n > 20 {
		t.Errorf("after Update = %v the record has %d fields", err, n)
	}
}

func assertFault(t *testing.T, call string, err error, want string, fine []string) {
	t.Helper()
	if slices.Contains(fine, call) {
		if err != nil {
			t.Errorf("%s = %v, want none", call, err)
		}
		return
	}
	if err == nil || errors.Is(err, sessions.ErrGone) || !strings.Contains(err.Error(), want) ||
		!strings.HasPrefix(err.Error(), "redisstore: ") {
		t.Errorf("%s = %v, want an error with %s", call, err, want)
	}
}

// A server that is not there is an error that says so.
func TestNoServer(t *testing.T) {
	c := redis.NewClient(&redis.Options{Addr: freeAddr(t)})
	defer c.Close()
	var wg sync.WaitGroup
	for name, call := range calls(redisstore.New(c), "a") {
		wg.Go(func() {
			start := time.Now()
			err := call(within(t, time.Second))
			if err == nil || errors.Is(err, sessions.ErrGone) || time.Since(start) > 2*time.Second {
				t.Errorf("%s = %v after %v, want an error within a second", name, err, time.Since(start))
			}
			if text := fmt.Sprint(err); !strings.HasPrefix(text, "redisstore: ") {
				t.Errorf("%s = %q, want an error that says what was attempted", name, text)
			}
		})
	}
	wg.Wait()
}
