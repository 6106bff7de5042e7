package health_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/health"
)

var errDown = errors.New("dial 10.0.0.7: password hunter2 refused")

// What checks do shows in the probes and in the log, and the log has one line for each change, not for each probe.
func TestOutcomes(t *testing.T) {
	tests := []struct {
		description string
		check       func(context.Context) error
		want        string // what the log says of the error, "" for a check that passes
	}{
		{"passes", func(context.Context) error { return nil }, ""},
		{"passes in time", func(context.Context) error { time.Sleep(999 * time.Millisecond); return nil }, ""},
		{"fails", func(context.Context) error { return errDown }, `error="dial 10.0.0.7: password hunter2 refused" took=0s`},
		{"panics", func(context.Context) error { panic("boom") }, `error="panic: boom" took=0s stack="`},
		{"panics with an error", func(context.Context) error { panic(errDown) }, `error="panic: dial`},
		{"ends its goroutine", func(context.Context) error { runtime.Goexit(); return nil }, `error="it has ended its goroutine by runtime.Goexit"`},
		{"ends with its context", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, `error="`},
		{"ignores its context", func(context.Context) error { time.Sleep(1500 * time.Millisecond); return nil }, `error="it has not returned within 1s" took=1s`},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, log := newApp()
				app.UseHealth()
				app.AddHealthCheck("good", func(context.Context) error { return nil })
				app.AddHealthCheck("db", tt.check)
				start(t, app)
				want, line := "ok", []string(nil)
				if tt.want != "" {
					want = "unavailable"
					line = []string{`level=WARN msg="health: a check fails; the app is not ready" check=db ` + tt.want}
				}
				for range 5 {
					says(t, app, "start", want)
					says(t, app, "ready", want)
					says(t, app, "live", "ok")
					time.Sleep(2 * time.Second)
				}
				lines(t, log, line...)
			})
		})
	}
}

// A failure and its end are told once each, and the start stays where it was.
func TestRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newApp()
		app.UseHealth()
		var down atomic.Pointer[error]
		down.Store(&errDown)
		app.AddHealthCheck("db", func(context.Context) error {
			if err := down.Load(); err != nil {
				return *err
			}
			return nil
		})
		start(t, app)
		for range 3 {
			says(t, app, "start", "unavailable")
			time.Sleep(2 * time.Second)
		}
		fails := `level=WARN msg="health: a check fails; the app is not ready" check=db error="dial 10.0.0.7: password hunter2 refused" took=0s`
		lines(t, log, fails)
		down.Store(nil)
		says(t, app, "ready", "ok")
		says(t, app, "start", "ok")
		passes := `level=INFO msg="health: a check passes again" check=db failed_for=6s`
		lines(t, log, fails, passes)
		down.Store(&errDown)
		time.Sleep(2 * time.Second)
		says(t, app, "ready", "unavailable")
		says(t, app, "start", "ok")
		says(t, app, "live", "ok")
		lines(t, log, fails, passes, fails)
	})
}

// An outcome is kept for its time, and nothing runs when nobody asks.
func TestOutcomeIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp()
		app.UseHealth(health.Options{CacheFor: 3 * time.Second})
		check := new(counted)
		app.AddHealthCheck("db", check.check)
		start(t, app)
		time.Sleep(time.Hour)
		check.called(t, 0)
		says(t, app, "live", "ok")
		check.called(t, 0)
		for range 100 {
			says(t, app, "ready", "ok")
			says(t, app, "start", "ok")
		}
		check.called(t, 1)
		time.Sleep(3*time.Second - 1)
		says(t, app, "ready", "ok")
		check.called(t, 1)
		time.Sleep(time.Nanosecond)
		says(t, app, "start", "ok")
		check.called(t, 1)
		says(t, app, "ready", "ok")
		check.called(t, 2)
		time.Sleep(time.Hour)
		check.called(t, 2)
	})
}

// Probes that come together wait for the same run, in which all checks run side by side.
func TestManyProbesShareARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp()
		app.UseHealth()
		slow := func(context.Context) error { time.Sleep(900 * time.Millisecond); return nil }
		checks := [3]counted{{result: slow}, {result: slow}, {result: slow}}
		for i := range checks {
			app.AddHealthCheck(string(rune('a'+i)), checks[i].check)
		}
		start(t, app)
		begin := time.Now()
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() { says(t, app, []string{"ready", "start"}[i%2], "ok") })
		}
		all.Wait()
		if took := time.Since(begin); took != 900*time.Millisecond {
			t.Errorf("the probes took %v, want the time of one check", took)
		}
		for i := range checks {
			checks[i].called(t, 1)
		}
	})
}

// A check that never returns costs one goroutine, whoever asks how often.
func TestHungCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newApp()
		app.UseHealth()
		release := make(chan struct{})
		hung := &counted{result: func(context.Context) error { <-release; return nil }}
		other := new(counted)
		app.AddHealthCheck("disk", hung.check)
		app.AddHealthCheck("db", other.check)
		start(t, app)
		says(t, app, "ready", "unavailable")
		before := runtime.NumGoroutine()
		for range 100 {
			time.Sleep(time.Second)
			begin := time.Now()
			says(t, app, "ready", "unavailable")
			if took := time.Since(begin); took != 0 {
				t.Fatalf("the probe took %v, while the check still runs", took)
			}
		}
		hung.called(t, 1)
		other.called(t, 101)
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%d goroutines, before there were %d", n, before)
		}
		close(release)
		synctest.Wait()
		time.Sleep(time.Second)
		says(t, app, "ready", "ok")
		hung.called(t, 2)
		lines(t, log, `level=WARN msg="health: a check fails; the app is not ready" check=disk error="it has not returned within 1s" took=1s`,
			`level=INFO msg="health: a check passes again" check=disk failed_for=1m41s`)
	})
}

// The failure of a check that is only logged does nothing else, and nobody waits for it.
func TestLogOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newApp()
		app.UseHealth(health.Options{LogOnly: []string{"mail", "disk"}})
		app.AddHealthCheck("mail", func(context.Context) error { return errDown })
		app.AddHealthCheck("disk", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		db := new(counted)
		app.AddHealthCheck("db", db.check)
		start(t, app)
		begin := time.Now()
		for range 10 {
			says(t, app, "ready", "ok")
			says(t, app, "start", "ok")
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("the probes took %v", took)
		}
		time.Sleep(10 * time.Second)
		says(t, app, "ready", "ok")
		if got := log.Lines(slog.LevelWarn); len(got) != 2 ||
			!strings.HasPrefix(got[0], `level=WARN msg="health: a check fails; the app stays ready" check=mail error=`) ||
			!strings.HasPrefix(got[1], `level=WARN msg="health: a check fails; the app stays ready" check=disk error=`) {
			t.Errorf("the log has %q", got)
		}
		db.called(t, 2)
	})
}

// The context of a check ends with its time and is that of no request.
func TestContextOfChecks(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp()
		app.UseHealth(health.Options{Timeout: 5 * time.Second})
		app.Use(func(next soay.Handler) soay.Handler {
			return func(req soay.Request) soay.Response {
				return next(req.WithContext(context.WithValue(req.Context(), key{}, "of the request")))
			}
		})
		app.AddHealthCheck("db", func(ctx context.Context) error {
			if end, ok := ctx.Deadline(); !ok || time.Until(end) != 5*time.Second {
				return errors.New("no deadline")
			}
			if ctx.Value(key{}) != nil {
				return errors.New("values of a request")
			}
			return nil
		})
		start(t, app)
		says(t, app, "ready", "ok")
	})
}
