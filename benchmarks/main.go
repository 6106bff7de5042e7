// Command benchmarks times Soay and its peers side by side and prints how they
// compare. See README.md for what is measured and how fairness is kept.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/pprof"
	"time"
)

// settings is what the command line decides.
type settings struct {
	rows     *regexp.Regexp
	only     *regexp.Regexp
	rounds   int
	block    time.Duration
	profile  string
	markdown bool
	endToEnd bool
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

// run does everything main does but exit, so that the tests can call it.
func run(args []string, out io.Writer) error {
	if isChild(args) {
		return runChild(args, os.Stdin, out)
	}
	set, err := parse(args)
	if err != nil {
		return err
	}
	if set.endToEnd {
		return runServed(set, out, os.Stderr)
	}

	// One P keeps the garbage collector and the peers' background goroutines
	// from borrowing a second core, which would flatter whoever allocates most.
	runtime.GOMAXPROCS(1)

	var redis *redisServer
	if needsRedis(set) {
		if redis, err = startRedis(); errors.Is(err, exec.ErrNotFound) {
			fmt.Fprint(out, "redis-server is not installed, so the rows with Redis are left out.\n\n")
		} else if err != nil {
			return err
		}
		defer redis.stop()
	}

	defer removeStaticFolder()
	entries, err := open(set, redis)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("-rows and -only leave nothing to measure")
	}

	stop, err := profile(set.profile)
	if err != nil {
		return err
	}
	measure(entries, set, os.Stderr)
	if err := stop(); err != nil {
		return err
	}

	// Timing must not have left any framework in a state where it answers
	// something else than it did before.
	for _, e := range entries {
		if err := e.verify(); err != nil {
			return fmt.Errorf("%s, row %s, after timing: %w", e.framework, e.row.name, err)
		}
	}

	return report(out, entries, set)
}

// parse reads the flags.
func parse(args []string) (settings, error) {
	var set settings
	var rowPattern, onlyPattern string
	flags := flag.NewFlagSet("benchmarks", flag.ContinueOnError)
	flags.StringVar(&rowPattern, "rows", "", "measure only the rows whose name matches this `regexp`")
	flags.StringVar(&onlyPattern, "only", "", "measure only the frameworks whose name matches this `regexp`")
	flags.BoolVar(&set.endToEnd, "e2e", false, "measure servers over the network instead of handlers in one process")
	flags.IntVar(&set.rounds, "rounds", 0, "how many times each framework is timed in each row (default 70, with -e2e 5)")
	flags.DurationVar(&set.block, "time", 0, "how long one timing lasts (default 20ms, with -e2e 1s)")
	flags.StringVar(&set.profile, "cpuprofile", "", "write a CPU profile of the timed part to this `file`; with -e2e one of each server in each row")
	flags.BoolVar(&set.markdown, "markdown", false, "print Markdown tables")
	if err := flags.Parse(args); err != nil {
		return set, err
	}
	if flags.NArg() > 0 {
		return set, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if set.rounds < 0 || set.block < 0 {
		return set, fmt.Errorf("-rounds and -time must not be negative")
	}
	if set.endToEnd {
		set.rounds, set.block = cmp.Or(set.rounds, 5), cmp.Or(set.block, time.Second)
	} else {
		set.rounds, set.block = cmp.Or(set.rounds, 70), cmp.Or(set.block, 20*time.Millisecond)
	}

	var err error
	if set.rows, err = regexp.Compile(rowPattern); err != nil {
		return set, fmt.Errorf("-rows: %w", err)
	}
	if set.only, err = regexp.Compile(onlyPattern); err != nil {
		return set, fmt.Errorf("-only: %w", err)
	}
	return set, nil
}

// open builds and checks every framework in every chosen row. The first wrong
// answer ends the program: a number for the wrong work is worse than none.
func open(set settings, redis *redisServer) ([]*entry, error) {
	var entries []*entry
	for _, r := range rows(redis) {
		if !set.rows.MatchString(r.name) {
			continue
		}
		for _, f := range frameworks() {
			if !set.only.MatchString(f.name) {
				continue
			}
			e, err := r.open(f)
			if err != nil {
				return nil, fmt.Errorf("%s, row %s: %w", f.name, r.name, err)
			}
			if e == nil {
				continue
			}
			e.row, e.framework = r, f.name
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// profile starts a CPU profile and gives what ends it; without a file both do
// nothing.
func profile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		file.Close()
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}
