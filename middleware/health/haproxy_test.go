//go:build unix

package health_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// instance is an app that is served on a port of its own.
type instance struct {
	addr   string
	stop   context.CancelFunc
	served chan error
}

func startInstance(t *testing.T, name string, drainDelay time.Duration) *instance {
	t.Helper()
	app, _ := newApp(soay.Options{DrainDelay: drainDelay})
	app.UseHealth()
	app.AddHealthCheck("db", passes)
	app.UseAllowedHosts([]string{"cats.example"}) // HAProxy asks for none of these
	app.Get("/", func(soay.Request) soay.Response { return response.Text(name) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	i := &instance{addr: l.Addr().String(), stop: stop, served: make(chan error, 1)}
	go func() { i.served <- app.Serve(ctx, l) }()
	return i
}

// end waits until the instance has stopped.
func (i *instance) end(t *testing.T) {
	t.Helper()
	i.stop()
	if err := <-i.served; err != nil {
		t.Error(err)
	}
}

// configuration returns that of HAProxy on the page docs/health.md.
func configuration(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/health.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```haproxy\n")
	text, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the page has no configuration of HAProxy")
	}
	return text
}

// haproxy returns the path of the program. Those of servers are not in the path of every user.
func haproxy(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"haproxy", "/usr/sbin/haproxy"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("haproxy is not installed, so %s is left out", t.Name())
	return ""
}

// startHAProxy runs HAProxy with the configuration of the page in front of two instances, and returns its address.
func startHAProxy(t *testing.T, program, one, two string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	text := strings.NewReplacer(":80\n", addr+"\n", "inter 1s", "inter 200ms", "10.0.0.11:8000", one, "10.0.0.12:8000", two).Replace(configuration(t))
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(program, "-db", "-f", file)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the whole group
		<-ended
	})
	for { // until it takes connections
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return addr
		}
		select {
		case <-ended:
			t.Fatalf("haproxy has ended:\n%s", &out)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// get returns the answer to a request for cats.example.
func get(client *http.Client, addr string) (string, error) {
	r, err := http.NewRequest(http.MethodGet, "http://"+addr+"/", nil)
	if err != nil {
		return "", err
	}
	r.Host = "cats.example"
	resp, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", resp.StatusCode, text)
	}
	return string(text), err
}

// A load balancer leaves an instance that drains while this still serves, so no request is lost.
func TestHAProxyLeavesWhoDrains(t *testing.T) {
	t.Parallel()
	program := haproxy(t)
	one, two := startInstance(t, "one", 3*time.Second), startInstance(t, "two", -1) // 3 s as the page says
	defer one.stop()
	defer two.end(t)
	addr := startHAProxy(t, program, one.addr, two.addr)
	client := &http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	seen := map[string]int{}
	ask := func() string {
		t.Helper()
		text, err := get(client, addr)
		if err != nil {
			t.Fatal(err)
		}
		seen[text]++
		return text
	}
	for seen["one"] == 0 || seen["two"] == 0 {
		ask()
	}
	one.stop()
	served := true
	for alone := 0; alone < 20 || served; { // requests alternate, so 20 of one instance mean that the other one is out
		if alone++; ask() == "one" {
			alone = 0
		}
		select {
		case err := <-one.served:
			if served = false; err != nil {
				t.Error(err)
			}
			if alone < 20 {
				t.Errorf("when the instance had stopped, only %d requests had gone to the other one alone", alone)
			}
		case <-time.After(time.Millisecond):
		}
	}
}
