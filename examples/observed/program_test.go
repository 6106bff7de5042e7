//go:build unix

package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/soay-go/soay/middleware/auth/apikey"
)

var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program once for all tests.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "observed")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "observed")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	return m.Run()
}

// program is a running process.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	url   string
	key   string // of the operators
	ended chan struct{}

	mu    sync.Mutex
	lines []string // that it has printed
}

var serving = regexp.MustCompile(`msg="soay: serving" url=(\S+)`)

// start starts the program as in production, with these variables, and returns when it serves, on a port of its own.
func start(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	key, digest := apikey.NewKey("ops")
	p := &program{t: t, key: key, ended: make(chan struct{})}
	p.cmd = exec.Command(binary, append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	p.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OTEL_") || strings.HasPrefix(v, "APP_") })
	p.cmd.Env = append(append(p.cmd.Env, "APP_OPS_DIGEST="+digest), env...)
	output, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.ended })
	found := make(chan string, 1)
	go p.read(output, found)
	select {
	case p.url = <-found:
	case <-p.ended:
		t.Fatalf("the program ended before it served; it printed\n%s", p.log())
	}
	return p
}

// read keeps what the program prints, until it ends.
func (p *program) read(output io.Reader, found chan<- string) {
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			found <- m[1]
		}
		p.mu.Lock()
		p.lines = append(p.lines, lines.Text())
		p.mu.Unlock()
	}
	_ = p.cmd.Wait()
	close(p.ended)
}

// log returns what the program has printed.
func (p *program) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// stop asks the program to end, and checks that it does so well.
func (p *program) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("after SIGTERM the program ended with %d; it printed\n%s", code, p.log())
	}
}

// get asks for a path with headers, given as names and values, and returns the status and the text.
func (p *program) get(path string, headers ...string) (status int, text string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// want asks for a path, and checks the answer, of which text is a part.
func (p *program) want(status int, text, path string, headers ...string) string {
	p.t.Helper()
	got, body := p.get(path, headers...)
	if got != status || !strings.Contains(body, text) {
		p.t.Errorf("GET %s: %d %q, want %d %q", path, got, body, status, text)
	}
	return body
}

// authorization is the header of the operators.
func (p *program) authorization() []string { return []string{"Authorization", "Bearer " + p.key} }
