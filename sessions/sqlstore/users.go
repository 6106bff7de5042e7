package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

// ListUser implements [sessions.Store].
func (s *Store) ListUser(ctx context.Context, user string) ([]string, error) {
	var ids []string
	err := s.call(ctx, "list the sessions of a user", func() (err error) {
		if user == "" || len(user) > maxName {
			return nil
		}
		ids, err = s.ids(s.db.QueryContext(ctx, s.stmts.list, []byte(user), time.Now().Unix()))
		return err
	})
	return ids, err
}

// ids reads rows with one column, an id.
func (s *Store) ids(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// DeleteUser implements [sessions.Store]. It is one transaction, which removes first the sessions and then their
// values.
func (s *Store) DeleteUser(ctx context.Context, user string) error {
	if user == "" || len(user) > maxName {
		return s.call(ctx, "end the sessions of a user", func() error { return nil })
	}
	return s.write(ctx, "end the sessions of a user", func(tx *sql.Tx) error {
		if s.opts.Dialect == MySQL {
			_, err := tx.ExecContext(ctx, s.stmts.removeUser, []byte(user))
			return err
		}
		roots, err := s.ids(tx.QueryContext(ctx, s.stmts.removeUser, []byte(user)))
		if err != nil {
			return err
		}
		for part := range slices.Chunk(roots, chunk) {
			if _, err := tx.ExecContext(ctx, s.stmts.clearAll(len(part)), argsOf(part)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func argsOf(ids []string) []any {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return args
}
