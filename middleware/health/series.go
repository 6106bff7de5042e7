package health

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/soay-go/soay/request/panics"
)

// series is the runs of some checks in one life of the app. In a run all of them are called side by side. Runs follow
// one another: the next one begins when somebody asks and the last one is too old.
type series struct {
	ctx     context.Context // ends when the app stops
	logger  *slog.Logger
	options Options
	failed  string // what the log says of a check that begins to fail
	checks  []*check

	mu   sync.Mutex
	last *run // nil before the first one

	failing []time.Time // since when checks fail, the zero time for those that pass; for the run that is going on
}

// run is one run of a series.
type run struct {
	done  chan struct{} // closed at its end; what follows is written before that
	ended time.Time
	ok    bool
}

// outcome is what a check has returned.
type outcome struct {
	index int
	err   error
	took  time.Duration
}

var (
	errNotOver = errors.New("its last call has not returned yet")
	errGoexit  = errors.New("it has ended its goroutine by runtime.Goexit")
)

func (s *series) add(k *check) {
	s.checks = append(s.checks, k)
	s.failing = append(s.failing, time.Time{})
}

// passes reports whether all checks pass, as of the last run if that is recent enough. Otherwise it waits for the next
// one. It is false once the app stops.
func (s *series) passes() bool {
	if len(s.checks) == 0 {
		return true
	}
	r := s.recent()
	if r == nil {
		return false
	}
	select {
	case <-r.done:
		return r.ok
	case <-s.ctx.Done():
		return false
	}
}

// recent returns the run that is going on, or the last one if that is recent enough, or else a new one. It is nil
// without checks and once the app stops.
func (s *series) recent() *run {
	if len(s.checks) == 0 || s.ctx.Err() != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.last; r != nil {
		select {
		case <-r.done:
			if time.Since(r.ended) < s.options.CacheFor {
				return r
			}
		default:
			return r
		}
	}
	s.last = &run{done: make(chan struct{})}
	go s.perform(s.last)
	return s.last
}

// perform calls the checks and ends the run with their outcome.
func (s *series) perform(r *run) {
	ctx, cancel := context.WithTimeout(s.ctx, s.options.Timeout)
	defer cancel()
	outcomes := s.call(ctx)
	stopped := s.ctx.Err() != nil // then the end of its context may be all that a check complains of
	r.ok = !stopped
	for _, o := range outcomes {
		if o.err != nil {
			r.ok = false
		}
		if !stopped {
			s.note(o)
		}
	}
	r.ended = time.Now()
	close(r.done)
}

// call returns the outcome of each check. Those that have not returned when ctx ends have failed.
func (s *series) call(ctx context.Context) []outcome {
	begin := time.Now()
	outcomes := make([]outcome, len(s.checks))
	returned := make(chan outcome, len(s.checks)) // has room for those that come too late
	open := map[int]bool{}
	for i, k := range s.checks {
		if !k.busy.CompareAndSwap(false, true) {
			outcomes[i] = outcome{index: i, err: errNotOver}
			continue
		}
		open[i] = true
		go func() {
			err := errGoexit
			defer func() {
				if v := recover(); v != nil {
					err = panics.Recovered(v)
				}
				k.busy.Store(false)
				returned <- outcome{i, err, time.Since(begin)}
			}()
			err = k.f(ctx)
		}()
	}
	for len(open) > 0 {
		select {
		case o := <-returned:
			outcomes[o.index] = o
			delete(open, o.index)
		case <-ctx.Done():
			for i := range open {
				outcomes[i] = outcome{i, fmt.Errorf("it has not returned within %v", s.options.Timeout), time.Since(begin)}
			}
			return outcomes
		}
	}
	return outcomes
}

// note logs that a check begins to fail, or that it passes again.
func (s *series) note(o outcome) {
	name, since := slog.String("check", s.checks[o.index].name), &s.failing[o.index]
	switch {
	case o.err != nil && since.IsZero():
		*since = time.Now()
		attrs := []slog.Attr{name, slog.Any("error", o.err), slog.Duration("took", o.took)}
		if p, ok := errors.AsType[*panics.Error](o.err); ok {
			attrs = append(attrs, slog.String("stack", string(p.Stack)))
		}
		s.logger.LogAttrs(s.ctx, slog.LevelWarn, s.failed, attrs...)
	case o.err == nil && !since.IsZero():
		s.logger.LogAttrs(s.ctx, slog.LevelInfo, "health: a check passes again", name, slog.Duration("failed_for", time.Since(*since)))
		*since = time.Time{}
	}
}
