//go:build unix

package redislimit_test

import (
	"context"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// server is a redis-server of a test, on a port of its own, that keeps nothing on the disk.
type server struct {
	addr string
	args []string
	cmd  *exec.Cmd
}

// startServer starts a server that is stopped at the end of the test.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skipf("redis-server is not installed, so %s is left out: limits in Redis are not tested", t.Name())
	}
	redis.SetLogger(silent{})
	s := &server{addr: freeAddr(t)}
	host, port, _ := net.SplitHostPort(s.addr)
	s.args = append([]string{"--bind", host, "--port", port, "--dir", t.TempDir(), "--save", "", "--appendonly", "no"}, args...)
	s.start(t)
	t.Cleanup(s.kill)
	return s
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
	s.cmd = exec.Command("redis-server", s.args...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	client := s.client(t)
	for range 1000 {
		if client.Ping(t.Context()).Err() == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.kill()
	t.Fatal("redis-server does not answer")
}

// kill ends the server at once, stopped or not.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	must(t, s.cmd.Process.Signal(sig))
}

// client returns a client of the server that is closed at the end of the test.
func (s *server) client(t testing.TB) *redis.Client {
	t.Helper()
	return s.clientWith(t, redis.Options{ContextTimeoutEnabled: true})
}

func (s *server) clientWith(t testing.TB, o redis.Options) *redis.Client {
	t.Helper()
	o.Addr = s.addr
	c := redis.NewClient(&o)
	t.Cleanup(func() { c.Close() })
	return c
}

// silent drops what the client logs of faults that the tests make.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
