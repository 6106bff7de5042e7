package sqlstore

import (
	"context"
	"database/sql"
	"log/slog"
	"time"
)

// sweepTime is how long a write waits at most for the sweep that it begins.
const sweepTime = 500 * time.Millisecond

// Sweep removes all sessions that have expired, in batches, and returns their number. Writes do it
// little by little, so there is a need for it only where much has piled up or writes are few.
func (s *Store) Sweep(ctx context.Context) (int, error) {
	total := 0
	for {
		n, more, err := s.sweep(ctx)
		total += n
		if err != nil || !more {
			return total, err
		}
	}
}

// sweep removes one batch of sessions, and one of the ids that they had before. It returns the number of
// sessions, and whether there may be more of either. What another instance removes at the same moment is
// left to it.
func (s *Store) sweep(ctx context.Context) (n int, more bool, err error) {
	var traces int
	err = s.write(ctx, "sweep expired sessions", func(tx *sql.Tx) (err error) {
		if n, err = s.sweepBatch(ctx, tx, s.stmts.expired, s.stmts.sweep); err != nil {
			return err
		}
		traces, err = s.sweepBatch(ctx, tx, s.stmts.expiredTraces, s.stmts.sweepTraces)
		return err
	})
	if err != nil {
		return 0, false, err
	}
	return n, max(n, traces) == s.opts.SweepBatch, nil
}

// sweepBatch removes what a statement finds, by the statements for so many.
func (s *Store) sweepBatch(ctx context.Context, tx *sql.Tx, find string, remove func(n int) []string) (int, error) {
	found, err := s.ids(tx.QueryContext(ctx, find, time.Now().Unix(), s.opts.SweepBatch))
	if err != nil || len(found) == 0 {
		return 0, err
	}
	args := argsOf(found)
	for _, statement := range remove(len(found)) {
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return 0, err
		}
	}
	return len(found), nil
}

// swept ends a write that returns err: if that was good and a sweep is due, it removes a batch. What
// becomes of the sweep makes no difference to the write.
func (s *Store) swept(ctx context.Context, err error) error {
	now, due := time.Now(), s.due.Load()
	if err != nil || now.UnixNano() < due || !s.due.CompareAndSwap(due, now.Add(s.opts.SweepInterval).UnixNano()) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()
	_, more, failed := s.sweep(ctx)
	switch {
	case failed != nil:
		s.opts.Logger.WarnContext(ctx, "sqlstore: expired sessions were not swept",
			slog.String("table", s.opts.Table), slog.Any("error", failed))
	case more:
		s.due.Store(0)
	}
	return nil
}
