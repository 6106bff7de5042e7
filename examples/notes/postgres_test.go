//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/rand"
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
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// postgres is a server for the tests, with data of its own. It listens on a socket in its folder only.
type postgres struct {
	dir string
	as  *syscall.SysProcAttr
	cmd *exec.Cmd
}

var errMissing = errors.New("no /usr/lib/postgresql/*/bin/postgres; in Debian it is in the package postgresql")

// sharedPostgres is started by the first test that needs it, and stopped after the last.
var (
	sharedPostgres = sync.OnceValues(startPostgres)
	running        *postgres
)

func startPostgres() (*postgres, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return nil, errMissing
	}
	p := &postgres{as: &syscall.SysProcAttr{Setpgid: true}}
	var err error
	if p.dir, err = os.MkdirTemp("", "notes"); err != nil {
		return nil, err
	}
	running = p
	if os.Getuid() == 0 { // it refuses to run as root
		if err := p.becomePostgres(); err != nil {
			return nil, err
		}
	}
	program := slices.Max(found)
	initdb := p.command(filepath.Join(filepath.Dir(program), "initdb"), "--pgdata="+p.dir+"/data", "--username=soay",
		"--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
	if said, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, said)
	}
	var said bytes.Buffer
	p.cmd = p.command(program, "-D", p.dir+"/data", "-k", p.dir, "-h", "", "-c", "fsync=off")
	p.cmd.Stdout, p.cmd.Stderr = &said, &said
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		return nil, err
	}
	if err := p.await(); err != nil {
		return nil, fmt.Errorf("%w; it printed\n%s", err, said.String())
	}
	return p, nil
}

func (p *postgres) becomePostgres() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	p.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(p.dir, uid, gid)
}

func (p *postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.SysProcAttr = p.dir, p.as
	return cmd
}

// await waits until the server answers.
func (p *postgres) await() error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := p.exec("select 1")
		if err == nil || time.Now().After(deadline) {
			return err
		}
		if _, failed := errors.AsType[*net.OpError](err); !failed && !strings.Contains(err.Error(), "starting up") {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (p *postgres) exec(statement string) error {
	db, err := sql.Open("pgx", p.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), statement)
	return err
}

func (p *postgres) url(database string) string {
	return "postgres://soay@/" + database + "?host=" + p.dir + "&sslmode=disable"
}

// newPostgresDatabase returns a new database, and skips the test where the server is not installed.
func newPostgresDatabase(t *testing.T) string {
	p, err := sharedPostgres()
	if errors.Is(err, errMissing) {
		t.Skip("left out: ", err)
	}
	name := "notes_" + strings.ToLower(rand.Text())
	if err == nil {
		err = p.exec("create database " + name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p.url(name)
}

func TestMain(m *testing.M) {
	code := m.Run()
	if running != nil {
		if running.cmd != nil {
			_ = running.cmd.Process.Signal(syscall.SIGINT)
			_ = running.cmd.Wait()
		}
		os.RemoveAll(running.dir)
	}
	os.Exit(code)
}
