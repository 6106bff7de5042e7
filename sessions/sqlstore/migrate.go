package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"time"
)

// Migrate makes the tables, or upgrades tables of an older version. If they are up to date it only reads. It
// fails if there is a table of the same name with other columns, or if the tables have a later version than
// this package knows. It is for the start of the program: app.OnStart(store.Migrate).
//
// Any number of instances may call it at the same time: one does the work, under a lock of the
// database, and the others wait for it until the context ends. Migrate needs the right to create tables. If
// the program does not have it, run the statements of [Store.Schema] as another user of the database.
func (s *Store) Migrate(ctx context.Context) error {
	taken := 0
	err := s.call(ctx, "migrate "+s.opts.Table, func() (err error) {
		// An error usually means that there is no table yet. Any other error happens again below.
		if v, err := s.version(ctx, s.db); err != nil || v != len(s.stmts.steps()) {
			if taken, err = s.migrateLocked(ctx); err != nil {
				return err
			}
		}
		return s.checkTables(ctx)
	})
	if err == nil && taken > 0 {
		s.opts.Logger.InfoContext(ctx, "sqlstore: tables upgraded",
			slog.String("table", s.opts.Table), slog.Int("version", len(s.stmts.steps())))
	}
	return err
}

// checkTables returns an error if a table of the same name has other columns, such as a table of another program.
func (s *Store) checkTables(ctx context.Context) error {
	for _, query := range s.stmts.columns() {
		rows, err := s.db.QueryContext(ctx, query)
		if err == nil {
			err = errors.Join(rows.Close(), rows.Err())
		}
		if err != nil {
			return fmt.Errorf("a table is missing, or is none of sessions; drop it, or set Options.Table: %s: %w", query, err)
		}
	}
	return nil
}

// migrateLocked migrates under a lock and returns the number of steps that were missing.
func (s *Store) migrateLocked(ctx context.Context) (taken int, err error) {
	if s.opts.Dialect == MySQL {
		return s.migrateMySQL(ctx)
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		// SQLite needs no lock: of two transactions that read and then write, one fails as busy and is tried again.
		if s.opts.Dialect == PostgreSQL {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", s.lockKey()); err != nil {
				return err
			}
		}
		taken, err = s.migrate(ctx, tx)
		return err
	})
	return taken, err
}

// Schema returns the statements that make the tables, for programs that do not use [Store.Migrate].
func (s *Store) Schema() []string {
	if s.err != nil {
		return nil
	}
	all := []string{s.stmts.schema()}
	for i, step := range s.stmts.steps() {
		all = append(all, step...)
		all = append(all, s.stmts.names.Replace(fmt.Sprintf("INSERT INTO {schema} (version) VALUES (%d)", i+1)))
	}
	return all
}

// session is a connection or a transaction.
type session interface {
	execer
	querier
}

// version returns how many steps of the schema were taken.
func (s *Store) version(ctx context.Context, in querier) (int, error) {
	var v sql.NullInt64
	err := in.QueryRowContext(ctx, s.stmts.text("SELECT MAX(version) FROM {schema}")).Scan(&v)
	return int(v.Int64), err
}

// migrate takes the missing steps and returns their number.
func (s *Store) migrate(ctx context.Context, on session) (taken int, err error) {
	if _, err := on.ExecContext(ctx, s.stmts.schema()); err != nil {
		return 0, err
	}
	version, err := s.version(ctx, on)
	if err != nil {
		return 0, err
	}
	steps := s.stmts.steps()
	if version > len(steps) {
		return 0, fmt.Errorf("the tables are of version %d; this program knows only up to %d", version, len(steps))
	}
	for i, step := range steps[version:] {
		for _, statement := range step {
			if _, err := on.ExecContext(ctx, statement); err != nil {
				return 0, err
			}
		}
		_, err := on.ExecContext(ctx, s.stmts.text("INSERT INTO {schema} (version) VALUES (?)"), version+i+1)
		if err != nil {
			return 0, err
		}
	}
	return len(steps) - version, nil
}

// lockKey is the number of the advisory lock in PostgreSQL.
func (s *Store) lockKey() int64 {
	h := fnv.New64a()
	h.Write([]byte("soay sqlstore " + s.opts.Table))
	return int64(h.Sum64())
}

// migrateMySQL migrates under a named lock, which belongs to a connection. A transaction would not help, because
// MySQL commits each change of a table by itself.
func (s *Store) migrateMySQL(ctx context.Context) (taken int, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	const name = "MD5(CONCAT('soay sqlstore ', DATABASE(), ?))" // all databases of a server share the names of locks
	for got := false; !got; {
		var answer sql.NullInt64
		err := conn.QueryRowContext(ctx, "SELECT GET_LOCK("+name+", 1)", s.opts.Table).Scan(&answer)
		switch {
		case err != nil:
			return 0, err
		case !answer.Valid:
			return 0, errors.New("the lock was refused")
		}
		got = answer.Int64 == 1
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if _, err := conn.ExecContext(ctx, "DO RELEASE_LOCK("+name+")", s.opts.Table); err != nil {
			conn.Raw(func(any) error { return driver.ErrBadConn }) // closing the connection ends the lock
		}
	}()
	return s.migrate(ctx, conn)
}
