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
// Ids have up to 128 characters of visible ASCII; there is no session of any other. Users and keys
// have up to 1,024 bytes, values up to 16 MiB, of any kind; longer ones are an error. MySQL and MariaDB take
// no more at once than their max_allowed_packet.
//
// Times are those of the program, in whole seconds, so the clocks of all instances should agree to
// about a second.
type Store struct {
	db     *sql.DB
	opts   Options
	err    error // what is wrong with the options
	stmts  *statements
	writer chan struct{} // holds a token where the database has one writer, nil elsewhere
	locks  keylock.Locks
	due    atomic.Int64 // when the next sweep may begin, in nanoseconds since 1970
	usable atomic.Bool  // the settings of the database have been checked
	quiet  atomic.Int64 // until when no row is warned about, likewise
}

// New returns a store in db. It takes at most one Options; what is wrong with them is told by Check,
// and by every other method. Nothing is asked of the database yet: its tables are made by Migrate.
func New(db *sql.DB, options ...Options) *Store {
	s := &Store{db: db}
	s.opts, s.err = settle(db, options)
	s.stmts = newStatements(s.opts.Dialect, s.opts.Table)
	if s.opts.Dialect == SQLite {
		s.writer = make(chan struct{}, 1)
	}
	return s
}

// Check returns what is wrong with the options. The app asks for it when it starts.
func (s *Store) Check() error { return s.err }

// Load implements [sessions.Store]. Rows that cannot be those of a session are no session, and the
// logger gets a warning, at most one a minute.
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

// maxValues is far beyond the values of any session.
const maxValues = 1 << 20

// scan adds a row, which is a value of the session or, where it has none, but the session.
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

// checked returns data as a value, which is not nil even if it is empty.
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

// foreign says that there is no session, since what is there cannot be one.
func (s *Store) foreign(ctx context.Context, err error) error {
	now, until := time.Now(), s.quiet.Load()
	if now.UnixNano() >= until && s.quiet.CompareAndSwap(until, now.Add(time.Minute).UnixNano()) {
		s.opts.Logger.WarnContext(ctx, "sqlstore: a row is none of a session",
			slog.String("table", s.opts.Table), slog.Any("error", err))
	}
	return sessions.ErrGone
}

// isID reports whether there can be a session of an id.
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
