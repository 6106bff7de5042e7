package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/soay-go/soay/sessions"
)

// call calls f, and again as long as it fails with a temporary error and the context has not ended.
func (s *Store) call(ctx context.Context, attempted string, f func() error) error {
	if s.err != nil {
		return s.err
	}
	for attempt := 0; ; attempt++ {
		err := ctx.Err()
		if err == nil {
			err = s.checkSettings(ctx)
		}
		if err == nil {
			err = f()
		}
		switch {
		case err == nil, errors.Is(err, sessions.ErrGone), errors.Is(err, errChanged):
			return err
		case !isTemporary(err) || !pause(ctx, attempt):
			return wrapError(ctx, attempted, err)
		}
	}
}

// write is call for a transaction. An error of f, also ErrGone, rolls it back.
func (s *Store) write(ctx context.Context, attempted string, f func(tx *sql.Tx) error) error {
	return s.call(ctx, attempted, func() error {
		unlock, err := s.lockWriter(ctx)
		if err != nil {
			return err
		}
		defer unlock()
		return s.transact(ctx, f)
	})
}

// lockWriter waits until no other call of this store writes, if the database has only one writer. SQLite itself
// waits by trying again and again, which is slow and unfair.
func (s *Store) lockWriter(ctx context.Context) (unlock func(), err error) {
	if s.writer == nil {
		return func() {}, nil
	}
	select {
	case s.writer <- struct{}{}:
		return func() { <-s.writer }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// transact runs f in a transaction. The isolation level READ COMMITTED is enough, because the first statement
// locks the row of the session. Higher levels would only add conflicts.
func (s *Store) transact(ctx context.Context, f func(tx *sql.Tx) error) error {
	var o *sql.TxOptions
	if s.opts.Dialect != SQLite { // SQLite has only one level
		o = &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	}
	tx, err := s.db.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// isTemporary reports whether an error is a conflict with another user of the database. It recognizes errors by
// their methods and texts, because the package imports no driver.
func isTemporary(err error) bool {
	var coded interface{ SQLState() string } // pgx and pq
	if errors.As(err, &coded) {
		switch coded.SQLState() {
		case "40001", "40P01", "55P03": // serialization_failure, deadlock_detected, lock_not_available
			return true
		}
		return false
	}
	text := err.Error()
	for _, s := range []string{
		"database is locked", "database table is locked", // SQLITE_BUSY and SQLITE_LOCKED
		"Error 1205 ", "Error 1213 ", // ER_LOCK_WAIT_TIMEOUT and ER_LOCK_DEADLOCK of MySQL
		"Error 1020 ", // ER_CHECKREAD of MariaDB with innodb_snapshot_isolation
	} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// pause waits before another attempt, longer each time. It reports whether there is time for one.
func pause(ctx context.Context, attempt int) bool {
	longest := min(time.Millisecond<<min(attempt, 10), 50*time.Millisecond)
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// wrapError adds what was attempted to an error. If the context has ended it adds the error of the context, which
// not all drivers return.
func wrapError(ctx context.Context, attempted string, err error) error {
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("sqlstore: %s: %w: %w", attempted, ended, err)
	}
	return fmt.Errorf("sqlstore: %s: %w", attempted, err)
}

// hit returns ErrGone if a statement has changed no row, because there is no live session.
func hit(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	switch n, err := result.RowsAffected(); {
	case err != nil:
		return err
	case n == 0:
		return sessions.ErrGone
	}
	return nil
}
