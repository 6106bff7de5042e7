package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/soay-go/soay/sessions"
)

// errChanged says that somebody else has written a value meanwhile.
var errChanged = errors.New("sqlstore: the value has changed")

// Modify implements [sessions.Store]. No transaction is open and no connection taken while f runs, so
// f may take its time, and use the same database even where the pool has one connection: the result
// is written if the value is still what f was given, else f runs again on what it is now.
func (s *Store) Modify(ctx context.Context, id, key string, f func(value []byte) ([]byte, error)) error {
	var old []byte
	err := s.call(ctx, "read a value", func() (err error) {
		if !isID(id) {
			return sessions.ErrGone
		}
		old, err = s.value(ctx, s.db, id, key)
		return err
	})
	queued := false
	for err == nil {
		var value []byte
		if value, err = f(bytes.Clone(old)); err != nil {
			return err
		}
		if old, err = s.swap(ctx, id, key, old, value); !errors.Is(err, errChanged) {
			return err
		}
		if err = nil; queued {
			continue
		}
		// There are others, so let them come one after the other. Those on other instances may
		// still be first.
		unlock, err := s.locks.Lock(ctx, id+" "+key)
		if err != nil {
			return explain(ctx, "write a value", err)
		}
		defer unlock()
		queued = true
	}
	return err
}

// swap replaces a value if it is still the old one. If not it fails with errChanged and returns what
// the value is now.
func (s *Store) swap(ctx context.Context, id, key string, old, value []byte) ([]byte, error) {
	const what = "write a value"
	if err := fits(id, "", map[string][]byte{key: value}); err != nil {
		return nil, explain(ctx, what, err)
	}
	if same(old, value) { // it was so when it was read
		return nil, s.call(ctx, what, func() error { return nil })
	}
	var current []byte
	err := s.write(ctx, what, func(tx *sql.Tx) (err error) {
		if err = hit(tx.ExecContext(ctx, s.stmts.modify, id, time.Now().Unix())); err != nil {
			return err
		}
		if current, err = s.value(ctx, tx, id, key); err != nil {
			return err
		}
		switch {
		case !same(current, old):
			return errChanged
		case value == nil:
			return s.unset(ctx, tx, id, []string{key})
		}
		return s.set(ctx, tx, id, map[string][]byte{key: value})
	})
	return current, err
}

func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// value returns a value of a live session, nil where there is none.
func (s *Store) value(ctx context.Context, in querier, id, key string) ([]byte, error) {
	var size sql.NullInt64
	var data []byte
	err := in.QueryRowContext(ctx, s.stmts.value, []byte(key), id, time.Now().Unix()).Scan(&size, &data)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, sessions.ErrGone
	case err != nil || !size.Valid:
		return nil, err
	}
	if data, err = checked(size.Int64, data); err != nil {
		return nil, s.foreign(ctx, fmt.Errorf("key %.40q: %w", key, err))
	}
	return data, nil
}
