//go:build unix

package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// errMissing says that a server is not installed.
var errMissing = errors.New("not installed")

// server is a database server of this test, with data of its own, that can be stopped and started
// again.
type server struct {
	addr    string
	dir     string
	as      *syscall.SysProcAttr
	command []string
	answers func(context.Context) error
	cmd     *exec.Cmd
	said    bytes.Buffer
}

// newServer makes a folder that belongs to the account, or to nobody else if this is not root.
func newServer(account string) (*server, error) {
	s := &server{as: &syscall.SysProcAttr{Setpgid: true}}
	var err error
	if s.addr, err = freeAddr(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "login"); err != nil {
		return nil, err
	}
	if account == "" || os.Getuid() != 0 {
		return s, nil
	}
	u, err := user.Lookup(account)
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	s.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return s, os.Chown(s.dir, uid, gid)
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (s *server) process(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, s.as
	return cmd
}

// start starts the server and waits until it answers.
func (s *server) start() error {
	s.cmd = s.process(s.command[0], s.command[1:]...)
	s.said.Reset()
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		err := s.answers(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			s.stop()
			return fmt.Errorf("%s does not answer: %w; it printed\n%s", s.command[0], err, s.said.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// stop ends the server at once. Both kinds take SIGINT for that.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	_ = s.cmd.Wait()
}

// newRedis returns a server that keeps its data when it is stopped, which writes to the disk whatever
// the system still holds.
func newRedis() (*server, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("redis-server is %w; in Debian it is in the package redis-server", errMissing)
	}
	s, err := newServer("")
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(s.addr)
	s.command = []string{program, "--bind", host, "--port", port, "--dir", s.dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "no"}
	s.answers = func(ctx context.Context) error {
		client := redis.NewClient(&redis.Options{Addr: s.addr, MaxRetries: -1})
		defer client.Close()
		return client.Ping(ctx).Err()
	}
	return s, s.start()
}

func newPostgres() (*server, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return nil, fmt.Errorf("PostgreSQL is %w: no /usr/lib/postgresql/*/bin/postgres; in Debian it is in the package postgresql",
			errMissing)
	}
	s, err := newServer("postgres")
	if err != nil {
		return nil, err
	}
	program := slices.Max(found)
	initdb := s.process(filepath.Join(filepath.Dir(program), "initdb"), "--pgdata="+s.dir+"/data", "--username=soay",
		"--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
	if said, err := initdb.CombinedOutput(); err != nil {
		return s, fmt.Errorf("initdb: %w\n%s", err, said)
	}
	host, port, _ := net.SplitHostPort(s.addr)
	s.command = []string{program, "-D", s.dir + "/data", "-k", s.dir, "-h", host, "-p", port, "-c", "fsync=off"}
	s.answers = func(ctx context.Context) error { return s.query(ctx, "SELECT 1") }
	return s, s.start()
}

// dsn leads to a database of PostgreSQL.
func (s *server) dsn(database string) string {
	return "postgres://soay@" + s.addr + "/" + database + "?sslmode=disable"
}

func (s *server) query(ctx context.Context, query string) error {
	db, err := sql.Open("pgx", s.dsn("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, query)
	return err
}

// shared are the servers of all tests, started by the first that needs them.
var (
	sharedRedis    = sync.OnceValues(func() (*server, error) { return atEnd(newRedis()) })
	sharedPostgres = sync.OnceValues(func() (*server, error) { return atEnd(newPostgres()) })
	atEndStop      []func()
)

// atEnd stops a server after the last test.
func atEnd(s *server, err error) (*server, error) {
	if s != nil {
		atEndStop = append(atEndStop, func() {
			if s.cmd != nil {
				s.stop()
			}
			os.RemoveAll(s.dir)
		})
	}
	return s, err
}

func TestMain(m *testing.M) {
	redis.SetLogger(silent{})
	code := m.Run()
	for _, stop := range atEndStop {
		stop()
	}
	os.Exit(code)
}

// silent drops what the client of Redis logs when a test stops the server.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// need skips a test where a server is not installed.
func need(t testing.TB, s *server, err error) *server {
	t.Helper()
	switch {
	case errors.Is(err, errMissing):
		t.Skip("left out: ", err)
	case err != nil:
		t.Fatal(err)
	}
	return s
}
