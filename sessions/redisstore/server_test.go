//go:build unix

package redisstore_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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

// server is a redis-server of this test, on a port of its own, that keeps nothing on the disk unless
// it is told to.
type server struct {
	addr string
	args []string
	cmd  *exec.Cmd
}

// startServer starts a server that is stopped at the end of the test.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	requireServer(t)
	s := &server{addr: freeAddr(t)}
	host, port, _ := net.SplitHostPort(s.addr)
	s.args = append([]string{"--bind", host, "--port", port, "--dir", t.TempDir(), "--save", "", "--appendonly", "no"}, args...)
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func requireServer(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skipf("redis-server is not installed, so %s is left out: the Redis store is not tested", t.Name())
	}
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the server and waits until it answers.
func (s *server) start(t testing.TB) {
	t.Helper()
	logFile := filepath.Join(t.TempDir(), "log")
	s.cmd = exec.Command("redis-server", append(s.args, "--logfile", logFile)...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	client := s.client(t)
	defer client.Close()
	for range 1000 {
		if client.Ping(t.Context()).Err() == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.kill()
	text, _ := os.ReadFile(logFile)
	t.Fatalf("redis-server does not answer; its log:\n%s", text)
}

// kill ends the server at once, stopped or not.
func (s *server) kill() {
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	_ = s.cmd.Wait()
}

func (s *server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// client returns a client of the server that is closed at the end of the test.
func (s *server) client(t testing.TB, options ...redis.Options) *redis.Client {
	t.Helper()
	var o redis.Options
	if len(options) > 0 {
		o = options[0]
	}
	o.Addr = cmp.Or(o.Addr, s.addr)
	c := redis.NewClient(&o)
	t.Cleanup(func() { c.Close() })
	return c
}

// shared is the server of all tests that do it no harm.
var shared struct {
	sync.Mutex
	server *server
}

func TestMain(m *testing.M) {
	redis.SetLogger(silent{})
	code := m.Run()
	if shared.server != nil {
		shared.server.kill()
		os.RemoveAll(shared.server.args[5])
	}
	os.Exit(code)
}

// silent drops what the client logs of faults that the tests make.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func sharedServer(t testing.TB) *server {
	t.Helper()
	requireServer(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		return shared.server
	}
	dir, err := os.MkdirTemp("", "redisstore")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{addr: freeAddr(t)}
	host, port, _ := net.SplitHostPort(s.addr)
	s.args = []string{"--bind", host, "--port", port, "--dir", dir, "--save", "", "--appendonly", "no"}
	s.start(t)
	shared.server = s
	return s
}

// startCluster starts three masters that make a cluster.
func startCluster(t testing.TB) *redis.ClusterClient {
	t.Helper()
	ctx := t.Context()
	var addrs []string
	var first *redis.Client
	for i := range 3 {
		_, busPort, _ := net.SplitHostPort(freeAddr(t))
		s := startServer(t, "--cluster-enabled", "yes", "--cluster-port", busPort)
		c := s.client(t)
		must(t, c.ClusterAddSlotsRange(ctx, i*5461, min(i*5461+5460, 16383)).Err())
		if i == 2 {
			must(t, c.ClusterAddSlots(ctx, 16383).Err())
		}
		if first == nil {
			first = c
		} else {
			host, port, _ := net.SplitHostPort(s.addr)
			must(t, first.Do(ctx, "cluster", "meet", host, port, busPort).Err())
		}
		addrs = append(addrs, s.addr)
	}
	for _, addr := range addrs {
		c := (&server{addr: addr}).client(t)
		eventually(t, 10*time.Second, "the cluster is ready", func() error {
			info, err := c.ClusterInfo(ctx).Result()
			if err == nil && !(strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")) {
				err = fmt.Errorf("it is not: %s", info)
			}
			return err
		})
	}
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs})
	t.Cleanup(func() { c.Close() })
	return c
}

// unique returns a prefix that no other test has, nor the same one when it is run again.
func unique(name string) string { return name + strconv.FormatInt(prefixes.Add(1), 10) + ":" }

var prefixes atomic.Int64

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until f succeeds.
func eventually(t testing.TB, patience time.Duration, what string, f func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatalf("after %v: %s: %v", patience, what, err)
}

// quiet is a store that logs nothing.
func quiet(client redis.UniversalClient) *redisstore.Store {
	return redisstore.New(client, redisstore.Options{Logger: slog.New(slog.DiscardHandler)})
}

// within returns a context with a timeout.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func newRecord(user string, values map[string]string) sessions.Record {
	now := time.Now().Truncate(time.Second)
	r := sessions.Record{Values: map[string][]byte{}, User: user, Created: now, Seen: now, Expires: now.Add(time.Hour)}
	for key, value := range values {
		r.Values[key] = []byte(value)
	}
	return r
}

// newChange sets one value and keeps the session for an hour.
func newChange(key, value string) sessions.Change {
	now := time.Now().Truncate(time.Second)
	return sessions.Change{Set: map[string][]byte{key: []byte(value)}, Seen: now, Expires: now.Add(time.Hour)}
}
