package requesttest_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/requesttest"
)

func TestLogLines(t *testing.T) {
	log := &requesttest.Log{Level: slog.LevelDebug}
	logger := log.Logger()
	if got := log.Lines(); got != nil || log.String() != "" {
		t.Errorf("a new log has the lines %q", got)
	}
	logger.Debug("first", "n", 1)
	logger.With("app", "cats").WithGroup("g").Warn("two\nlines", "d", time.Second)
	log.Logger().Error("third", "err", errors.New("no disk"))
	debug, warn, third := "level=DEBUG msg=first n=1", `level=WARN msg="two\nlines" app=cats g.d=1s`,
		`level=ERROR msg=third err="no disk"`
	for _, tt := range []struct {
		description string
		levels      []slog.Level
		want        []string
	}{
		{"all", nil, []string{debug, warn, third}},
		{"one level", []slog.Level{slog.LevelError}, []string{third}},
		{"two levels", []slog.Level{slog.LevelWarn, slog.LevelDebug}, []string{debug, warn}},
		{"a level without lines", []slog.Level{slog.LevelInfo}, nil},
	} {
		if diff := cmp.Diff(tt.want, log.Lines(tt.levels...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.description, diff)
		}
	}
	if got, want := log.String(), strings.Join([]string{debug, warn, third, ""}, "\n"); got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}

func TestLogRecords(t *testing.T) {
	log := new(requesttest.Log)
	logger := log.Logger()
	logger.Debug("cat", "kept", false)
	logger.Info("cat", "name", "Tom", "age", 7, "slept", time.Second, slog.Group("in", "house", true), "err", errors.New("no fish"))
	logger.Info("dog")
	logger.Warn("cat")
	want := []map[string]any{
		{"level": "INFO", "msg": "cat", "name": "Tom", "age": 7., "slept": float64(time.Second),
			"in": map[string]any{"house": true}, "err": "no fish"},
		{"level": "WARN", "msg": "cat"},
	}
	if diff := cmp.Diff(want, log.Records("cat")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if got := log.Records("bird"); got != nil {
		t.Errorf("records that nobody has logged: %v", got)
	}
}

func TestLogReset(t *testing.T) {
	log := new(requesttest.Log)
	logger := log.Logger()
	logger.Info("before")
	log.Reset()
	if lines, records := log.Lines(), log.Records("before"); lines != nil || records != nil {
		t.Errorf("after Reset: lines %q, records %v", lines, records)
	}
	logger.Info("after")
	if got := log.String(); got != "level=INFO msg=after\n" || len(log.Records("after")) != 1 {
		t.Errorf("a logger from before Reset wrote %q", got)
	}
}

// The time of a record is left out. Times that a program logs stay.
func TestLogTimes(t *testing.T) {
	log := new(requesttest.Log)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	log.Logger().Info("fed", "at", at, "time", "noon", slog.Group("g", "time", at))
	const want = "level=INFO msg=fed at=2026-01-02T03:04:05.000Z time=noon g.time=2026-01-02T03:04:05.000Z\n"
	if got := log.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := log.Records("fed")[0]["time"]; got != "noon" {
		t.Errorf("the attribute time is %v, want noon", got)
	}
}

func TestLogIsSafeForConcurrentUse(t *testing.T) {
	log := new(requesttest.Log)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			logger := log.Logger()
			for range 10 {
				logger.Info("cat", "n", len(log.Lines()), "m", len(log.Records("cat")))
			}
		})
	}
	writers.Wait()
	if lines, records := len(log.Lines(slog.LevelInfo)), len(log.Records("cat")); lines != 80 || records != 80 {
		t.Errorf("%d lines and %d records, want 80 of each", lines, records)
	}
}
