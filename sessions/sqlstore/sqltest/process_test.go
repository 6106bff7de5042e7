package sqltest_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a database server that this test has started.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	said *output
}

// output is what a program printed.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// as returns the attributes of a process that does not run as root, which database servers refuse.
func as(account string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{}
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup(account)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, err
}

// folder makes a folder that belongs to an account.
func folder(account string) (string, error) {
	dir, err := os.MkdirTemp("", "soay-"+account)
	if err != nil {
		return "", err
	}
	attr, err := as(account)
	if err == nil && attr.Credential != nil {
		err = os.Chown(dir, int(attr.Credential.Uid), int(attr.Credential.Gid))
	}
	return dir, err
}

// run runs a program to its end.
func run(account, dir, program string, args ...string) error {
	attr, err := as(account)
	if err != nil {
		return err
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.SysProcAttr = dir, attr
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, said)
	}
	return nil
}

// start starts a server. It dies with this test, whatever happens to it.
func start(account, dir, program string, args ...string) (*process, error) {
	attr, err := as(account)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(program, args...), done: make(chan struct{}), said: &output{}}
	attr.Pdeathsig = syscall.SIGQUIT
	p.cmd.Dir, p.cmd.SysProcAttr, p.cmd.Stdout, p.cmd.Stderr = dir, attr, p.said, p.said
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the death that counts is that of the thread
		defer close(p.done)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.cmd.Wait()
		}
	}()
	return p, <-started
}

// stop sends a signal and waits for the end.
func (p *process) stop(sig syscall.Signal) {
	p.cmd.Process.Signal(sig)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
	}
}

// signalAll sends a signal to the server and all of its children.
func (p *process) signalAll(sig syscall.Signal) error {
	pids := []int{p.cmd.Process.Pid}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return err
	}
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from the third on
		if len(fields) > 1 && fields[1] == strconv.Itoa(p.cmd.Process.Pid) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			pids = append(pids, pid)
		}
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, sig); err != nil && err != syscall.ESRCH {
			return err
		}
		for sig == syscall.SIGSTOP && !isStopped(pid) {
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

// isStopped reports whether all threads of a process have stopped, which takes a moment, or have ended:
// a parent that is stopped itself leaves a child that has ended as a zombie.
func isStopped(pid int) bool {
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if state := text[bytes.LastIndexByte(text, ')')+2]; state != 'T' && state != 'Z' {
			return false
		}
	}
	return true
}

// freePort returns a port of the loopback address that is free at the moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// eventually tries until f succeeds.
func eventually(ctx context.Context, f func(context.Context) error) error {
	for {
		err := f(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// servers are those that all tests share, started by the first that needs them.
var servers struct {
	mu    sync.Mutex
	stops []func()
}

func atEnd(f func()) {
	servers.mu.Lock()
	defer servers.mu.Unlock()
	servers.stops = append(servers.stops, f)
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, stop := range servers.stops {
		stop()
	}
	os.Exit(code)
}
