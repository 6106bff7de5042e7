package memstore

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/sessions/internal/optional"
)

// Options bounds a store. The zero value is the default.
type Options struct {
	// MaxSessions limits the number of sessions. The default is 100,000.
	MaxSessions int
	// MaxBytes limits the size of all sessions together: the lengths of their ids, users, keys and
	// values, and an estimate of the memory of the store itself. The default is 256 MiB.
	MaxBytes int64
	// MaxUserSessions limits the number of sessions of one user. With one more, the least recently used
	// session of the user ends. The default is 100.
	MaxUserSessions int
	// SweepInterval is how long an expired session may stay in memory if nothing is written. It cannot
	// be loaded any more in that time. Each write removes some expired sessions as well. The default
	// is a minute.
	SweepInterval time.Duration
	// Logger gets a warning if sessions were removed because of a limit, at most once a minute. The
	// default is slog.Default().
	Logger *slog.Logger
}

// withDefaults checks the options of a call and returns them with the defaults in the place of zero values.
func withDefaults(options []Options) (Options, error) {
	o, err := optional.One(options)
	if err != nil {
		return o, fmt.Errorf("memstore: %w", err)
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
