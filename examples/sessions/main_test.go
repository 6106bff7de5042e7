package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
)

// asProgram makes the test binary run main in place of the tests: the program as a process, without
// building it again.
const asProgram = "RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestHomeKeepsItsValue(t *testing.T) {
	c := requesttest.New(t, newApp(soay.NewKey()))
	first := c.Get("/")
	if first.Status != http.StatusOK || first.Text() != "Lorem ipsum" {
		t.Errorf("GET / = %d %q, want 200 Lorem ipsum", first.Status, first.Text())
	}
	cookie := first.Cookie("session")
	if cookie == nil {
		t.Fatalf("the first answer sets no session cookie: %v", first.Header)
	}
	if strings.Contains(cookie.Raw, "Lorem") {
		t.Errorf("the cookie shows its content: %s", cookie.Raw)
	}
	if second := c.Get("/"); second.Text() != "Lorem ipsum" || len(second.Cookies) > 0 {
		t.Errorf("second GET / = %q with cookies %v, want the same text and no cookie", second.Text(), second.Cookies)
	}
}

func TestVisitsAreCounted(t *testing.T) {
	app := newApp(soay.NewKey())
	ann := requesttest.New(t, app)
	steps := []struct {
		name string
		do   func() *requesttest.Response
		want string
	}{
		{"first visit", func() *requesttest.Response { return ann.Get("/visits") }, "Visit number 1"},
		{"second visit", func() *requesttest.Response { return ann.Get("/visits") }, "Visit number 2"},
		{"another page in between", func() *requesttest.Response { return ann.Get("/") }, "Lorem ipsum"},
		{"third visit", func() *requesttest.Response { return ann.Get("/visits") }, "Visit number 3"},
		{"a new start", func() *requesttest.Response {
			return ann.Post("/forget", requesttest.With{FollowRedirects: true})
		}, "Visit number 1"},
	}
	for _, step := range steps {
		if got := step.do().Text(); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
}

func TestProgram(t *testing.T) {
	tests := []struct {
		name       string
		sessionKey string
		wantNotice bool
	}{
		{"without a key it says so", "", true},
		{"with a key it has nothing to say", soay.NewKey(), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := startProgram(t, test.sessionKey, "-addr", "127.0.0.1:0")
			if got := strings.Contains(p.before, "SESSION_KEY is not set"); got != test.wantNotice {
				t.Errorf("it says that there is no key: %v, want %v; it printed\n%s", got, test.wantNotice, p.before)
			}
			if got := get(t, p.url+"/"); got != "Lorem ipsum" {
				t.Errorf("GET / = %q, want Lorem ipsum", got)
			}
			if err := p.stop(t); err != nil {
				t.Errorf("after SIGTERM: %v, want a clean exit", err)
			}
		})
	}
}

func TestProgramServesOnPort8000(t *testing.T) {
	out, err := command(t, "", "-h").CombinedOutput()
	if err != nil {
		t.Errorf("-h: %v", err)
	}
	if want := `default "127.0.0.1:8000"`; !strings.Contains(string(out), want) {
		t.Errorf("the help is\n%s\nwant %s in it", out, want)
	}
}

func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	out, err := command(t, "", "-addr", addr).CombinedOutput()
	if err == nil {
		t.Errorf("the program ended without an error")
	}
	for _, want := range []string{addr, "address already in use"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the program printed\n%s\nwant %q in it", out, want)
		}
	}
}

// program is a running process.
type program struct {
	cmd    *exec.Cmd
	before string // what it printed before it served
	url    string
	rest   chan error
}

var serving = regexp.MustCompile(`soay: serving url=(\S+)`)

// startProgram returns when the program serves.
func startProgram(t *testing.T, key string, args ...string) *program {
	t.Helper()
	p := &program{cmd: command(t, key, args...), rest: make(chan error, 1)}
	output, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var before bytes.Buffer
	lines := bufio.NewScanner(output)
	for p.url == "" && lines.Scan() {
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			p.url = m[1]
		} else {
			before.WriteString(lines.Text() + "\n")
		}
	}
	p.before = before.String()
	if p.url == "" {
		t.Fatalf("the program ended before it served; it printed\n%s", p.before)
	}
	go func() { _, err := io.Copy(io.Discard, output); p.rest <- err }()
	return p
}

// stop asks the program to end, and returns how it did.
func (p *program) stop(t *testing.T) error {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.rest
	return p.cmd.Wait()
}

// command returns the program as a process that does not outlive the test.
func command(t *testing.T, key string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "SESSION_KEY="+key)
	return cmd
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
