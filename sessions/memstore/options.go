package memstore

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/soay-go/soay/request/safelog"
)

// Options bounds a store. The zero value is the default.
type Options struct {
	// MaxSessions is how many sessions there may be at once. The default is 100,000.
	MaxSessions int
	// MaxBytes is how much all sessions may take together: the lengths of their ids, users, keys
	// and values, and an estimate of what the store needs to keep them. The default is 256 MiB.
	MaxBytes int64
	// MaxUserSessions is how many sessions a user may have at once. With one more that one ends which
	// has not been used for the longest time. The default is 100.
	MaxUserSessions int
	// SweepInterval is how long a session may lie in memory after it has expired, when nothing is
	// written. Nobody sees it anymore in that time, and each write sweeps some as well. The default
	// is a minute.
	SweepInterval time.Duration
	// Logger gets a warning when live sessions are dropped to make room, at most once a minute. The
	// default is slog.Default().
	Logger *slog.Logger
}

// settle checks options and fills in the defaults.
func settle(options []Options) (Options, error) {
	var o Options
	switch len(options) {
	case 0:
	case 1:
		o = options[0]
	default:
		return o, fmt.Errorf("memstore: %d options; pass one", len(options))
	}
	var errs []error
	if o.MaxSessions < 0 {
		errs = append(errs, fmt.Errorf("memstore: MaxSessions: is negative: %d", o.MaxSessions))
	}
	if o.MaxBytes < 0 {
		errs = append(errs, fmt.Errorf("memstore: MaxBytes: is negative: %d", o.MaxBytes))
	}
	if o.MaxUserSessions < 0 {
		errs = append(errs, fmt.Errorf("memstore: MaxUserSessions: is negative: %d", o.MaxUserSessions))
	}
	if o.SweepInterval < 0 {
		errs = append(errs, fmt.Errorf("memstore: SweepInterval: is negative: %v", o.SweepInterval))
	}
	o.MaxSessions = cmp.Or(o.MaxSessions, 100_000)
	o.MaxBytes = cmp.Or(o.MaxBytes, 256<<20)
	o.MaxUserSessions = cmp.Or(o.MaxUserSessions, 100)
	o.SweepInterval = cmp.Or(o.SweepInterval, time.Minute)
	o.Logger = safelog.Wrap(cmp.Or(o.Logger, slog.Default()))
	return o, errors.Join(errs...)
}
