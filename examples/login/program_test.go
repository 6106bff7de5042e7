//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/soay-go/soay"
)

// build returns the program, built once.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "login")
	if err != nil {
		return "", err
	}
	atEndStop = append(atEndStop, func() { os.RemoveAll(dir) })
	program := filepath.Join(dir, "login")
	cmd := exec.Command("go", "build", "-o", program, ".")
	cmd.Stderr = os.Stderr
	return program, cmd.Run()
})

// program is a running process.
type program struct {
	cmd    *exec.Cmd
	before string // what it printed before it served
	url    string
	ended  chan error
}

// command returns the program with these keys and no others.
func command(t testing.TB, keys map[string]string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "APP_SECRET") })
	for name, key := range keys {
		cmd.Env = append(cmd.Env, name+"="+key)
	}
	return cmd
}

var serving = regexp.MustCompile(`soay: serving url=(\S+)`)

// startProgram returns when the program serves, on a port of its own.
func startProgram(t testing.TB, keys map[string]string, args ...string) *program {
	t.Helper()
	p := &program{cmd: command(t, keys, append(args, "-addr", "127.0.0.1:0")...), ended: make(chan error, 1)}
	output, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	var before bytes.Buffer
	lines := bufio.NewScanner(output)
	for p.url == "" && lines.Scan() {
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			p.url = m[1]
		}
		before.WriteString(lines.Text() + "\n")
	}
	p.before = before.String()
	if p.url == "" {
		t.Fatalf("the program ended before it served; it printed\n%s", p.before)
	}
	go func() {
		_, _ = io.Copy(io.Discard, output)
		p.ended <- p.cmd.Wait()
	}()
	return p
}

// stop asks the program to end, and checks that it does so well.
func (p *program) stop(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-p.ended; err != nil {
		t.Errorf("after SIGTERM the program ended with %v, want a clean exit", err)
	}
}

func TestProgramWithoutAndWithKeys(t *testing.T) {
	const warning = "the key is ephemeral"
	tests := []struct {
		description  string
		keys         map[string]string
		args         []string
		wantWarnings int
	}{
		{"cookies without a key", nil, nil, 1},
		{"cookies with a key", map[string]string{"APP_SECRET_3": soay.NewKey()}, nil, 0},
		{"cookies with a variable that is no key", map[string]string{"APP_SECRET_PATH": "/etc/key"}, nil, 1},
		{"the memory needs none", nil, []string{"-store", "memory"}, 0},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			p := startProgram(t, test.keys, test.args...)
			if got := strings.Count(p.before, warning); got != test.wantWarnings {
				t.Errorf("%d warnings, want %d; it printed\n%s", got, test.wantWarnings, p.before)
			}
			p.stop(t)
		})
	}
}

func TestProgramThatCannotStart(t *testing.T) {
	tests := []struct {
		description string
		keys        map[string]string
		args        []string
		want        string
	}{
		{"a store that is not there", nil, []string{"-store", "disk"}, `-store "disk"`},
		{"a bad key", map[string]string{"APP_SECRET_1": "change-me"}, nil, "APP_SECRET_1"},
		{"a variable whose number is none", map[string]string{"APP_SECRET_+1": soay.NewKey()}, nil, "APP_SECRET_+1"},
		{"epochs that are no file", nil, []string{"-epochs", "."}, "open the epochs"},
		{"a DSN that is none", nil, []string{"-store", "postgres", "-postgres", "postgres://%"}, "parse"},
		{"a database that is not there", nil, []string{"-store", "postgres", "-postgres", "host=/nowhere"}, "/nowhere"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			out, err := command(t, test.keys, append(test.args, "-addr", "127.0.0.1:0")...).CombinedOutput()
			if err == nil || !strings.Contains(string(out), test.want) {
				t.Errorf("the program ended with %v and printed\n%s\nwant an error with %q", err, out, test.want)
			}
		})
	}
}

// The README names every flag, and no other.
func TestFlagsAreInTheReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	help, _ := command(t, nil, "-h").CombinedOutput()
	flags := regexp.MustCompile(`(?m)^  (-[a-z]+) `).FindAllStringSubmatch(string(help), -1)
	if len(flags) != 6 {
		t.Errorf("the help names %d flags, want 6:\n%s", len(flags), help)
	}
	for _, flag := range flags {
		if !strings.Contains(string(readme), flag[1]+" ") && !strings.Contains(string(readme), flag[1]+"`") {
			t.Errorf("the README does not name the flag %s", flag[1])
		}
	}
}

// The commands of the README make a program of a copy.
func TestCopy(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "## Copy it\n")
	section, _, _ = strings.Cut(section, "\n## ")
	commands := regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(section, -1)
	if len(commands) != 4 {
		t.Fatalf("the README has %d commands, want 4", len(commands))
	}
	script := "set -e\n"
	for _, c := range commands {
		script += c[1] + "\n"
	}
	env, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	if err != nil {
		t.Fatal(err)
	}
	values := strings.Fields(string(env))
	home := t.TempDir()
	cmd := exec.Command("sh", "-c", script+"./shop -h")
	cmd.Dir = "../.." // the folder of the clone
	cmd.Env = append(os.Environ(), "HOME="+home, "GOCACHE="+values[0], "GOMODCACHE="+values[1], "GOPATH="+values[2])
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "-store") {
		t.Errorf("%s\n%v\n%s", script, err, out)
	}
}
