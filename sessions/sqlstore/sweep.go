package sqlstore

import (
	"context"
	"database/sql"
	"log/slog"
	"time"
)

// sweepTime limits the time of the sweep that a write begins.
const sweepTime = 500 * time.Millisecond

// Sweep removes all expired sessions, in batches, and returns their number. Writes remove expired sessions as
// well, so Sweep is needed only if there are very many of them, or few writes.
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

// sweep removes one batch of sessions and one batch of redirects. It returns the number of sessions, and whether
// there may be more of either. It skips rows that another instance is removing at the same moment.
func (s *Store) sweep(ctx context.Context) (n int, more bool, err error) {
	var redirects int
	err = s.write(ctx, "sweep expired sessions", func(tx *sql.Tx) (err error) {
		if n, err = s.sweepBatch(ctx, tx, s.stmts.expired, s.stmts.sweep); err != nil {
			return err
		}
		redirects, err = s.sweepBatch(ctx, tx, s.stmts.expiredRedirects, s.stmts.sweepRedirects)
		return err
	})
	if err != nil {
		return 0, false, err
	}
	return n, max(n, redirects) == s.opts.SweepBatch, nil
}

// sweepBatch removes the rows that the statement find returns, by the statements that remove returns for their
// number.
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

// swept returns err, the result of a write. If err is nil and a sweep is due, it sweeps a batch first. The result
// of the sweep does not change the result of the write.
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
