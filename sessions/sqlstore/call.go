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

// call does one thing with the database, and again while it fails for what passes.
func (s *Store) call(ctx context.Context, what string, f func() error) error {
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
		case !passes(err) || !pause(ctx, attempt):
			return explain(ctx, what, err)
		}
	}
}

// write is call for what takes a transaction. A failure, ErrGone included, undoes all of it.
func (s *Store) write(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	return s.call(ctx, what, func() error {
		leave, err := s.enter(ctx)
		if err != nil {
			return err
		}
		defer leave()
		return s.transact(ctx, f)
	})
}

// enter waits for the turn to write where the database has one writer. Its own way to wait is to try
// again and again, which is slow and unfair.
func (s *Store) enter(ctx context.Context) (leave func(), err error) {
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

// transact runs f in a transaction. One in which each statement sees what was committed before it is
// enough, as the first statement locks the session; the locks of stricter ones are in the way.
func (s *Store) transact(ctx context.Context, f func(tx *sql.Tx) error) error {
	var o *sql.TxOptions
	if s.opts.Dialect != SQLite { // which has but one kind
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

// passes reports whether an error comes from others that use the database at the same moment. No
// driver is imported to ask it of its errors.
func passes(err error) bool {
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

// explain says what was attempted. Not all drivers tell that it was the context that ended it.
func explain(ctx context.Context, what string, err error) error {
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("sqlstore: %s: %w: %w", what, ended, err)
	}
	return fmt.Errorf("sqlstore: %s: %w", what, err)
}

// hit returns ErrGone where a statement found no live session.
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
