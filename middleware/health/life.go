package health

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// life is the time from a start of the app to its stop.
type life struct {
	decisive series // the app is ready while these pass
	others   series
	started  atomic.Bool // the decisive ones have passed
}

// Start begins a life of the app, which ends with ctx.
func (c *Checks) Start(ctx context.Context, logger *slog.Logger) {
	l := new(life)
	l.decisive = series{ctx: ctx, logger: logger, options: c.options, failed: "health: a check fails; the app is not ready"}
	l.others = series{ctx: ctx, logger: logger, options: c.options, failed: "health: a check fails; the app stays ready"}
	for _, k := range c.checks {
		if k.logOnly {
			l.others.add(k)
		} else {
			l.decisive.add(k)
		}
	}
	c.current.Store(l)
}

// passes reports whether all decisive checks pass. It waits for no others.
func (l *life) passes() bool {
	l.others.recent()
	if !l.decisive.passes() {
		return false
	}
	l.started.Store(true)
	return true
}
