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

// errChanged means that another call has changed the value meanwhile.
var errChanged = errors.New("sqlstore: the value has changed")

// Modify implements [sessions.Store]. No transaction is open and no connection is in use while f runs. So f may
// take long, and may use the same database even if the pool has one connection. The result is written if the
// value is still the one that f was given; otherwise f is called again with the new value.
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
		// Another call has changed the value. The calls of this instance continue one after the other,
		// so that they do not make each other fail again and again.
		unlock, err := s.locks.Lock(ctx, id+" "+key)
		if err != nil {
			return wrapError(ctx, "write a value", err)
		}
		defer unlock()
		queued = true
	}
	return err
}

// swap replaces a value if it is still the old one. Otherwise it fails with errChanged and returns the present
// value.
func (s *Store) swap(ctx context.Context, id, key string, old, value []byte) ([]byte, error) {
	const attempted = "write a value"
	if err := fits(id, "", map[string][]byte{key: value}); err != nil {
		return nil, wrapError(ctx, attempted, err)
	}
	if same(old, value) { // nothing to write
		return nil, s.call(ctx, attempted, func() error { return nil })
	}
	var current []byte
	err := s.write(ctx, attempted, func(tx *sql.Tx) (err error) {
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

// value returns a value of a live session, nil if it has no such value.
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
