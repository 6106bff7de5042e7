package main

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestServers starts every server of every row end to end, runs its checks over
// the network, lets the loader make each request on two connections, and sees
// that the server ends by itself.
func TestServers(t *testing.T) {
	remove, err := openWorkFolder()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	p, err := startProcess(loadWord)
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	loader := remoteLoader{p}
	for _, r := range servedRows() {
		for _, c := range contestants() {
			if *r.app(&c.framework) == nil {
				continue
			}
			t.Run(r.name+"/"+c.name, func(t *testing.T) {
				s := &served{row: r, contestant: c}
				defer s.stop()
				if err := s.start(settings{}); err != nil {
					t.Fatal(err)
				}
				if err := s.remote.ask(askSilence, nil); err != nil {
					t.Fatal(err)
				}
				for _, o := range []order{s.open(2), {Do: doClose}} {
					if _, err := loader.do(o); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.end(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// abandonWord starts a server and then kills this process, which so cannot stop
// it.
const abandonWord = "-abandon"

func abandon(folder string) {
	workFolder = folder
	c, r, err := find(rawName, plainName)
	if err == nil {
		_, err = startRemote(c, r)
	}
	if err != nil {
		panic(err)
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		panic(err)
	}
	self.Kill()
	select {}
}

// TestAbandoned sees that a server ends when the process that started it is
// killed.
func TestAbandoned(t *testing.T) {
	cmd := exec.Command(os.Args[0], abandonWord, t.TempDir())
	// Both processes hold the other end of this pipe.
	held, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := io.ReadAll(held); err != nil || len(said) > 0 {
		t.Errorf("says %q, %v", said, err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the process was not killed")
	}
}

// TestChildRefuses sees what a process of this program does not do.
func TestChildRefuses(t *testing.T) {
	for name, args := range map[string][]string{
		"no server":         {serveWord},
		"an unknown server": {serveWord, "apache", "-row", plainName},
		"an unknown row":    {serveWord, soayName, "-row", "tea"},
		"a row without it":  {serveWord, rawName, "-row", "json"},
		"an unknown flag":   {serveWord, soayName, "-tea"},
	} {
		if err := serve(args[1:], strings.NewReader(""), io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := converse(strings.NewReader(`"tea"`), io.Discard, obey); err == nil {
		t.Error("an unknown question was answered")
	}
	p, err := startProcess(serveWord, soayName, "-row", "tea")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.take(nil); err == nil {
		t.Error("a process that cannot serve tells an address")
	}
	if err := p.stop(); err == nil {
		t.Error("it has ended well")
	}
}

// TestRunServed takes a short measurement and sees that it is complete.
func TestRunServed(t *testing.T) {
	var b strings.Builder
	err := run([]string{"-e2e", "-rows", "^(session|https)$", "-only", "^(soay|fiber|gorilla/sessions)$", "-rounds", "2", "-time", "1ms"}, &b)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`(?m)^session +soay +\d+\.\d+ `, `(?m)^session +fiber .* 1\.00$`, `(?m)^session +gorilla/sessions .* 1\.00 +\d`, `(?m)^https +soay .* - +\d`,
		`(?m)^session, of fiber +\d+\.\d+ +0\.30 +- +(met|missed)`,
	} {
		if !regexp.MustCompile(want).MatchString(b.String()) {
			t.Errorf("the report lacks %q:\n%s", want, b.String())
		}
	}
	if err := run([]string{"-e2e", "-rows", "tea"}, io.Discard); err == nil {
		t.Error("nothing was measured without an error")
	}
}

// TestNote sees that the best of the rounds counts.
func TestNote(t *testing.T) {
	var s served
	for _, round := range []struct {
		cpu, p50, p99 time.Duration
		requests      int
		resident      int64
	}{
		{300, 5, 9, 2, 10}, {100, 6, 8, 1, 30}, {400, 4, 7, 2, 20},
	} {
		s.note(
			outcome{Requests: round.requests, Elapsed: time.Second, P50: round.p50, P99: round.p99},
			usage{CPU: 1000}, usage{CPU: 1000 + round.cpu, Resident: round.resident},
		)
	}
	want := servedResult{cpu: 100, median: 150, rate: 2, p50: 4, p99: 7, resident: 30}
	if s.result != want {
		t.Errorf("%+v, want %+v", s.result, want)
	}
}

// TestNoteIdle sees that the least memory of the rounds counts.
func TestNoteIdle(t *testing.T) {
	var s served
	s.noteIdle(10, 1000, 1300, 1200)
	s.noteIdle(10, 1000, 1200, 1250)
	s.noteIdle(10, 1000, 1400, 1100)
	if want := (servedResult{connections: 10, each: 20, collected: 10}); s.result != want {
		t.Errorf("%+v, want %+v", s.result, want)
	}
}

// TestGoalLine sees when a goal counts as met.
func TestGoalLine(t *testing.T) {
	soay := &served{contestant: contestant{framework: framework{name: soayName}}, result: servedResult{cpu: 60, collected: 11 * 1024}}
	peer := &served{contestant: contestant{framework: framework{name: fiberName}}, result: servedResult{cpu: 50}}
	tests := []struct {
		name string
		g    goal
		want []string
	}{
		{"met", goal{peer: fiberName, must: 1.20}, []string{", of fiber", "1.20", "1.20", "-", "met"}},
		{"missed", goal{peer: fiberName, must: 1.19, aim: 1}, []string{", of fiber", "1.20", "1.19", "1.00", "missed"}},
		{"met but not the aim", goal{peer: fiberName, must: 1.25, aim: 1}, []string{", of fiber", "1.20", "1.25", "1.00", "met, not the aim"}},
		{"the aim", goal{peer: fiberName, must: 1.25, aim: 1.20}, []string{", of fiber", "1.20", "1.25", "1.20", "met, and the aim"}},
		{"only an aim, met", goal{peer: fiberName, aim: 1.20}, []string{", of fiber", "1.20", "-", "1.20", "met"}},
		{"only an aim, missed", goal{peer: fiberName, aim: 1}, []string{", of fiber", "1.20", "-", "1.00", "aim missed"}},
		{"no peer", goal{peer: hertzName, must: 1}, []string{", of hertz", "-", "1.00", "-", "not compared"}},
		{"memory", goal{must: 12, aim: 10}, []string{"", "11.0 KiB", "12.0 KiB", "10.0 KiB", "met, not the aim"}},
	}
	for _, test := range tests {
		if got := goalLine([]*served{soay, peer}, soay, test.g); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
