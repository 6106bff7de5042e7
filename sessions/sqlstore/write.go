package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/soay-go/soay/sessions"
)

// Create implements [sessions.Store].
func (s *Store) Create(ctx context.Context, id string, record sessions.Record) error {
	err := s.write(ctx, "create a session", func(tx *sql.Tx) error {
		if err := fits(id, record.User, record.Values); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, s.stmts.create, id, id, []byte(record.User),
			record.Created.Unix(), record.Seen.Unix(), record.Expires.Unix())
		if err != nil {
			return err
		}
		return s.set(ctx, tx, id, record.Values)
	})
	return s.swept(ctx, err)
}

// Update implements [sessions.Store]. A change without values is a single statement.
func (s *Store) Update(ctx context.Context, id string, change sessions.Change) error {
	const attempted = "save a session"
	if len(change.Set) == 0 && len(change.Delete) == 0 && !change.Clear {
		return s.call(ctx, attempted, func() error { return s.updateRow(ctx, s.db, s.stmts.touch, id, &change) })
	}
	err := s.write(ctx, attempted, func(tx *sql.Tx) error {
		if err := s.updateRow(ctx, tx, s.stmts.touch, id, &change); err != nil {
			return err
		}
		return s.apply(ctx, tx, id, &change)
	})
	return s.swept(ctx, err)
}

// Rename implements [sessions.Store].
func (s *Store) Rename(ctx context.Context, from, to string, change sessions.Change) error {
	err := s.write(ctx, "rename a session", func(tx *sql.Tx) error {
		if err := fits(to, "", nil); err != nil {
			return err
		}
		if err := s.updateRow(ctx, tx, s.stmts.rename, from, &change, to); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.stmts.redirect, from, to, change.Expires.Unix()); err != nil {
			return err
		}
		return s.apply(ctx, tx, to, &change)
	})
	return s.swept(ctx, err)
}

// apply applies the changes of values.
func (s *Store) apply(ctx context.Context, tx *sql.Tx, id string, change *sessions.Change) error {
	if change.Clear {
		if _, err := tx.ExecContext(ctx, s.stmts.clearByID, id); err != nil {
			return err
		}
	} else if err := s.unset(ctx, tx, id, change.Delete); err != nil {
		return err
	}
	return s.set(ctx, tx, id, change.Set)
}

// execer is a database or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// updateRow changes the row of the session and so locks it. first are the first arguments of stmt; the others are
// those of the change.
func (s *Store) updateRow(ctx context.Context, on execer, stmt, id string, change *sessions.Change, first ...any) error {
	var owner, created any
	user := ""
	if change.User != nil {
		user = *change.User
		owner = []byte(user)
	}
	if !change.Created.IsZero() {
		created = change.Created.Unix()
	}
	if !isID(id) {
		return sessions.ErrGone
	}
	if err := fits(id, user, change.Set); err != nil {
		return err
	}
	return hit(on.ExecContext(ctx, stmt, append(first, owner, created, change.Seen.Unix(), change.Expires.Unix(),
		id, time.Now().Unix())...))
}

// chunk is how many values one statement writes or removes.
const chunk = 100

func (s *Store) set(ctx context.Context, tx *sql.Tx, id string, values map[string][]byte) error {
	for names := range slices.Chunk(slices.Sorted(maps.Keys(values)), chunk) {
		args := make([]any, 0, 3*chunk)
		for _, name := range names {
			value := values[name]
			if value == nil {
				value = []byte{}
			}
			args = append(args, id, []byte(name), value)
		}
		if _, err := tx.ExecContext(ctx, s.stmts.set(len(names)), args...); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) unset(ctx context.Context, tx *sql.Tx, id string, all []string) error {
	for names := range slices.Chunk(all, chunk) {
		args := []any{id}
		for _, name := range names {
			args = append(args, []byte(name))
		}
		if _, err := tx.ExecContext(ctx, s.stmts.unset(len(names)), args...); err != nil {
			return err
		}
	}
	return nil
}

// Delete implements [sessions.Store]. The root of an id never changes, so it is looked up before the
// transaction.
func (s *Store) Delete(ctx context.Context, id string) error {
	const attempted = "end a session"
	var root string
	err := s.call(ctx, attempted, func() error {
		if !isID(id) {
			return sessions.ErrGone
		}
		err := s.db.QueryRowContext(ctx, s.stmts.root, id, id).Scan(&root)
		if errors.Is(err, sql.ErrNoRows) {
			return sessions.ErrGone
		}
		return err
	})
	if err == nil {
		err = s.write(ctx, attempted, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, s.stmts.remove, root); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, s.stmts.clear, root)
			return err
		})
	}
	if errors.Is(err, sessions.ErrGone) {
		return nil
	}
	return err
}

// fits returns an error if something is too long for the tables.
func fits(id, user string, values map[string][]byte) error {
	switch {
	case !isID(id):
		return errors.New("the id is not one of visible ASCII")
	case len(user) > maxName:
		return fmt.Errorf("the user has %d bytes; the limit is %d", len(user), maxName)
	}
	for name, value := range values {
		switch {
		case len(name) > maxName:
			return fmt.Errorf("the key %.40q has %d bytes; the limit is %d", name, len(name), maxName)
		case len(value) > maxValue:
			return fmt.Errorf("the value of key %.40q has %d bytes; the limit is %d", name, len(value), maxValue)
		}
	}
	return nil
}
