package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMain is also the main function of the processes that the tests start.
func TestMain(m *testing.M) {
	switch {
	case isChild(os.Args[1:]):
		main()
		return
	case len(os.Args) > 2 && os.Args[1] == abandonWord:
		abandon(os.Args[2])
	}
	code := m.Run()
	removeStaticFolder()
	os.Exit(code)
}

// TestAnswers runs every check of every framework without timing.
func TestAnswers(t *testing.T) {
	redis, err := startRedis()
	if errors.Is(err, exec.ErrNotFound) {
		t.Log("redis-server is not installed, so the rows with Redis are left out")
	} else if err != nil {
		t.Fatal(err)
	}
	defer redis.stop()
	for _, r := range rows(redis) {
		for _, f := range frameworks() {
			t.Run(r.name+"/"+f.name, func(t *testing.T) {
				e, err := r.open(f)
				if err != nil {
					t.Fatal(err)
				}
				if e == nil {
					t.Skip("no part in this row")
				}
				// The timed loop must leave the answers as they were.
				e.client.run(3)
				if err := e.verify(); err != nil {
					t.Errorf("after three runs: %v", err)
				}
			})
		}
	}
}

func TestGitHubRoutes(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range okRoutes() {
		key := r.method + " " + r.pattern
		if seen[key] {
			t.Errorf("%s is in the table twice", key)
		}
		seen[key] = true
		if path := r.path(); strings.ContainsAny(path, "{}:") {
			t.Errorf("%s is requested as %s", key, path)
		}
	}
	if got, want := len(seen), 203; got != want {
		t.Errorf("the table has %d routes, want %d", got, want)
	}
}

// TestWrongAnswer sees that the checks do refuse something.
func TestWrongAnswer(t *testing.T) {
	f := netHTTP()
	f.table = func(routes []route) server {
		swapped := append([]route(nil), routes...)
		swapped[0].answer, swapped[1].answer = swapped[1].answer, swapped[0].answer
		return netHTTP().table(swapped)
	}
	if _, err := openTable(f); err == nil {
		t.Error("two swapped routes were not noticed")
	}

	forgetful := func() server { return fixedCookie{gorillaSessions().cookie()} }
	if _, err := openSession(forgetful, writePath, true); err == nil {
		t.Error("a session that does not count was not noticed")
	}
	if _, err := openSession(gorillaSessions().cookie, writePath, false); err == nil {
		t.Error("a session in a cookie where one in a store was expected was not noticed")
	}
	if _, err := openSession(scsSessions().memory, readPath, true); err == nil {
		t.Error("a session in a store where one in a cookie was expected was not noticed")
	}
}

// fixedCookie is a server whose clients send no cookies.
type fixedCookie struct{ server }

func (s fixedCookie) client(calls []call) (client, error) {
	bare := append([]call(nil), calls...)
	for i := range bare {
		bare[i].cookie = ""
	}
	return s.server.client(bare)
}

// TestMeasure takes a short measurement and sees that it is complete.
func TestMeasure(t *testing.T) {
	set := settings{
		rows:   regexp.MustCompile("^(plaintext|session read, memory)$"),
		only:   regexp.MustCompile("^(net/http|httprouter|scs)$"),
		rounds: 2,
		block:  100 * time.Microsecond,
	}
	entries, err := open(set, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(entries), 3; got != want {
		t.Fatalf("%d entries, want %d", got, want)
	}
	measure(entries, set, io.Discard)
	for _, e := range entries {
		if r := e.result; r.fastest <= 0 || r.median < r.fastest {
			t.Errorf("%s, row %s: fastest %v, median %v", e.framework, e.row.name, r.fastest, r.median)
		}
	}
	for _, markdown := range []bool{false, true} {
		set.markdown = markdown
		var b strings.Builder
		if err := report(&b, entries, set); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"net/http", "httprouter", "scs", "1.00"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("markdown %v: the report lacks %q:\n%s", markdown, want, b.String())
			}
		}
	}
}

// TestBestOf sees which peers a target is about.
func TestBestOf(t *testing.T) {
	best := map[string]float64{"cookie": 20, "memory": 10}
	tests := []struct {
		name string
		r    row
		want float64
	}{
		{"its own", row{name: "cookie"}, 20},
		{"a faster one of another row", row{name: "cookie", target: target{peers: []string{"memory"}}}, 10},
		{"a slower one of another row", row{name: "memory", target: target{peers: []string{"cookie"}}}, 10},
		{"only one of another row", row{name: "ring", target: target{peers: []string{"cookie"}}}, 20},
		{"none", row{name: "ring", target: target{peers: []string{"redis"}}}, 0},
	}
	for _, test := range tests {
		if got := bestOf(best, test.r); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestNeedsRedis sees that a server is started only for the rows with one.
func TestNeedsRedis(t *testing.T) {
	for pattern, want := range map[string]bool{"": true, "session read": true, "redis$": true, "^plaintext$": false, "memory": false} {
		if got := needsRedis(settings{rows: regexp.MustCompile(pattern)}); got != want {
			t.Errorf("-rows %q: %v, want %v", pattern, got, want)
		}
	}
}

// TestTarget sees when a target counts as met.
func TestTarget(t *testing.T) {
	soay := func(row string, goal target, ns float64, allocs uint64) *entry {
		e := &entry{framework: soayName, result: result{fastest: ns, allocs: allocs}}
		e.row.name, e.row.target = row, goal
		return e
	}
	plain := soay(plainName, target{ratio: 0.85}, 50, 0)
	tests := []struct {
		name string
		e    *entry
		peer float64
		want string
	}{
		{"ratio met", plain, 60, "met"},
		{"ratio missed", plain, 50, "missed (time)"},
		{"allocs missed", soay("json", target{ratio: 0.85, allocs: 1}, 50, 2), 100, "missed (allocs)"},
		{"both missed", soay("json", target{ratio: 0.85, allocs: 1}, 99, 2), 100, "missed (time, allocs)"},
		{"any allocs", soay("faults", target{ratio: 0.65, anyAllocs: true}, 50, 99), 100, "met"},
		{"no peer", plain, 0, "time not compared"},
		{"over plaintext met", soay("untouched", target{overPlain: 10}, 60, 0), 10, "met"},
		{"over plaintext missed", soay("untouched", target{overPlain: 10}, 61, 0), 1000, "missed (time)"},
	}
	for _, test := range tests {
		line := targetLine(test.e, []*entry{plain, test.e}, test.peer)
		if got := line[len(line)-1]; got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
