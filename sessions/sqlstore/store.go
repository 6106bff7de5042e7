package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/internal/keylock"
)

var _ sessions.Store = (*Store)(nil)

// Store is a [sessions.Store] in a SQL database. Make one with [New]. It is safe for concurrent use,
// and any number of them, in as many programs, may share the tables.
//
// Ids have up to 128 characters of visible ASCII; there is no session of any other id. Users and keys
// have up to 1,024 bytes, and values up to 16 MiB, of any kind; longer ones are an error. MySQL and MariaDB
// accept no statement larger than their max_allowed_packet.
//
// Times are those of the clock of the program, in whole seconds. So the clocks of all instances should agree
// to about a second.
type Store struct {
	db     *sql.DB
	opts   Options
	err    error // of Check
	stmts  *statements
	writer chan struct{} // holds a token where the database has one writer, nil elsewhere
	locks  keylock.Locks
	due    atomic.Int64 // when the next sweep may begin, in nanoseconds since 1970
	usable atomic.Bool  // checkSettings has succeeded
	quiet  atomic.Int64 // until when no warning about rows is logged, in nanoseconds since 1970
}

// New returns a store in db. It takes at most one Options. If they are wrong, Check returns an error, and so
// does every other method. New does not use the database yet; Migrate makes the tables.
func New(db *sql.DB, options ...Options) *Store {
	s := &Store{db: db}
	s.opts, s.err = withDefaults(db, options)
	s.stmts = newStatements(s.opts.Dialect, s.opts.Table)
	if s.opts.Dialect == SQLite {
		s.writer = make(chan struct{}, 1)
	}
	return s
}

// Check returns an error if the options are wrong. The app calls it at the start.
func (s *Store) Check() error { return s.err }

// CheckHealth returns why the store cannot do its work, nil if it can: it changes no row of the table of sessions, so a
// database that takes no writes is an error as well. It takes one statement.
func (s *Store) CheckHealth(ctx context.Context) error {
	const nobody = "health" // no session has this id, for ids are hashes
	err := s.call(ctx, "check the health", func() error {
		return s.updateRow(ctx, s.db, s.stmts.touch, nobody, &sessions.Change{})
	})
	if errors.Is(err, sessions.ErrGone) {
		return nil
	}
	return err
}

// Load implements [sessions.Store]. If the rows cannot be those of a session, there is no session, and the
// logger gets a warning, at most once a minute.
func (s *Store) Load(ctx context.Context, id string) (sessions.Record, error) {
	var r sessions.Record
	err := s.call(ctx, "load a session", func() (err error) {
		if !isID(id) {
			return sessions.ErrGone
		}
		r, err = s.load(ctx, id)
		return err
	})
	if err != nil {
		return sessions.Record{}, err
	}
	return r, nil
}

func (s *Store) load(ctx context.Context, id string) (sessions.Record, error) {
	rows, err := s.db.QueryContext(ctx, s.stmts.load, id, time.Now().Unix())
	if err != nil {
		return sessions.Record{}, err
	}
	defer rows.Close()
	var r sessions.Record
	total := 0
	for rows.Next() {
		if err := scan(rows, &r); err != nil {
			return r, s.foreign(ctx, err)
		}
		if total++; total > maxValues {
			return r, s.foreign(ctx, errors.New("it has too many values"))
		}
	}
	if err := rows.Err(); err != nil {
		return r, err
	}
	if r.Values == nil {
		return r, sessions.ErrGone
	}
	return r, nil
}

// maxValues is far more than the number of values of any session.
const maxValues = 1 << 20

// scan adds a row to a record. A row has the session and one of its values, or no value if it has none.
func scan(rows *sql.Rows, r *sessions.Record) error {
	var owner, name, data []byte
	var created, seen, expires int64
	var size sql.NullInt64
	if err := rows.Scan(&owner, &created, &seen, &expires, &name, &size, &data); err != nil {
		return err
	}
	if r.Values == nil {
		r.Values = map[string][]byte{}
		r.User = string(owner)
		r.Created, r.Seen, r.Expires = instant(created), instant(seen), instant(expires)
	}
	if !size.Valid {
		return nil
	}
	data, err := checked(size.Int64, data)
	if err == nil {
		r.Values[string(name)] = data
	}
	return err
}

var errHuge = errors.New("it has a value that is too large")

// checked returns data as a value, which is not nil even if it is empty. size is its length in the database.
func checked(size int64, data []byte) ([]byte, error) {
	if size > maxValue {
		return nil, errHuge
	}
	if data == nil {
		data = []byte{}
	}
	return data, nil
}

func instant(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// foreign logs that rows cannot be those of a session, and returns ErrGone.
func (s *Store) foreign(ctx context.Context, err error) error {
	now, until := time.Now(), s.quiet.Load()
	if now.UnixNano() >= until && s.quiet.CompareAndSwap(until, now.Add(time.Minute).UnixNano()) {
		s.opts.Logger.WarnContext(ctx, "sqlstore: a row is none of a session",
			slog.String("table", s.opts.Table), slog.Any("error", err))
	}
	return sessions.ErrGone
}

// isID reports whether a session can have an id.
func isID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}
