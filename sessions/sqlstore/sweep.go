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
		n, err := s.sweep(ctx)
		total += n
		if err != nil || n < s.opts.SweepBatch {
			return total, err
		}
	}
}

// sweep removes one batch. What another instance removes at the same moment is left to it.
func (s *Store) sweep(ctx context.Context) (int, error) {
	n := 0
	err := s.write(ctx, "sweep expired sessions", func(tx *sql.Tx) error {
		n = 0
		ids, err := s.ids(tx.QueryContext(ctx, s.stmts.expired, time.Now().Unix(), s.opts.SweepBatch))
		if err != nil || len(ids) == 0 {
			return err
		}
		args := make([]any, len(ids))
		for i, id := range ids {
			args[i] = id
		}
		for _, statement := range s.stmts.sweep(len(ids)) {
			if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
				return err
			}
		}
		n = len(ids)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
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
	n, failed := s.sweep(ctx)
	switch {
	case failed != nil:
		s.opts.Logger.WarnContext(ctx, "sqlstore: expired sessions were not swept",
			slog.String("table", s.opts.Table), slog.Any("error", failed))
	case n == s.opts.SweepBatch: // there may be more
		s.due.Store(0)
	}
	return nil
}
