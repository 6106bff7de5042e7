package sqlstore

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/sessions/internal/optional"
)

// Options sets how sessions are kept in a database. The zero value is the default.
type Options struct {
	// Dialect is the kind of database. The default depends on the driver, if that is one of pgx, pq,
	// modernc.org/sqlite, mattn/go-sqlite3 and go-sql-driver/mysql. With any other driver, or with one
	// that wraps these, it must be set.
	Dialect Dialect
	// Table is the name of the table of sessions. The names of the three other tables are this name and
	// _values, _moved or _schema. It has at most 40 ASCII letters, digits and underscores, and does not
	// begin with a digit. The default is soay_sessions.
	Table string
	// SweepInterval is the time between sweeps of expired sessions: the first write after it sweeps a
	// batch. If a sweep finds a full batch, the next write sweeps again. The default is a minute.
	SweepInterval time.Duration
	// SweepBatch is how many expired sessions one write removes at most. The default is 200, and the
	// limit is 10,000.
	SweepBatch int
	// Logger gets warnings about rows that cannot be those of a session and about failed sweeps, and
	// a line for each upgrade of the tables. The default is slog.Default().
	Logger *slog.Logger
}

// Dialect is a kind of database.
type Dialect int

const (
	// PostgreSQL is PostgreSQL 9.5 or later.
	PostgreSQL Dialect = iota + 1
	// SQLite is SQLite 3.37 or later.
	SQLite
	// MySQL is MySQL 8, or MariaDB 10.6, or later.
	MySQL
)

// String returns the name of the database.
func (d Dialect) String() string {
	switch d {
	case PostgreSQL:
		return "PostgreSQL"
	case SQLite:
		return "SQLite"
	case MySQL:
		return "MySQL"
	}
	return fmt.Sprintf("Dialect(%d)", int(d))
}

const (
	maxTable = 40     // with the longest suffix, within the 63 bytes of PostgreSQL
	maxBatch = 10_000 // within the 32,766 parameters of SQLite
)

// withDefaults checks the arguments of New, and returns the options with the defaults in the place of zero values.
func withDefaults(db *sql.DB, options []Options) (Options, error) {
	o, err := optional.One(options)
	if err != nil {
		return o, fmt.Errorf("sqlstore: %w", err)
	}
	var errs []error
	bad := func(setting, format string, args ...any) {
		errs = append(errs, fmt.Errorf("sqlstore: "+setting+": "+format, args...))
	}
	switch {
	case db == nil:
		errs = append(errs, errors.New("sqlstore: the database is nil"))
	case o.Dialect == 0:
		if o.Dialect = dialectOf(db); o.Dialect == 0 {
			bad("Dialect", "the driver %T does not tell; set it", db.Driver())
		}
	case o.Dialect < PostgreSQL || o.Dialect > MySQL:
		bad("Dialect", "has the unknown value %d", int(o.Dialect))
	}
	o.Table = cmp.Or(o.Table, "soay_sessions")
	if !isTable(o.Table) {
		bad("Table", "%q is none of up to %d letters, digits and underscores without a digit in front", o.Table, maxTable)
	}
	if o.SweepInterval < 0 {
		bad("SweepInterval", "is negative: %v", o.SweepInterval)
	}
	if o.SweepBatch < 0 || o.SweepBatch > maxBatch {
		bad("SweepBatch", "is %d; the limit is %d", o.SweepBatch, maxBatch)
	}
	o.SweepInterval = cmp.Or(o.SweepInterval, time.Minute)
	o.SweepBatch = cmp.Or(o.SweepBatch, 200)
	o.Logger = safelog.Wrap(cmp.Or(o.Logger, slog.Default()))
	return o, errors.Join(errs...)
}

func isTable(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	return name != "" && len(name) <= maxTable && strings.Contains(letters, name[:1]) &&
		strings.Trim(name, letters+"0123456789") == ""
}

// dialectOf returns the dialect of a known driver, by its package, and 0 for any other.
func dialectOf(db *sql.DB) Dialect {
	t := reflect.TypeOf(db.Driver())
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch path := t.PkgPath(); {
	case strings.HasPrefix(path, "github.com/jackc/pgx/"), path == "github.com/lib/pq":
		return PostgreSQL
	case path == "modernc.org/sqlite", path == "github.com/mattn/go-sqlite3":
		return SQLite
	case path == "github.com/go-sql-driver/mysql":
		return MySQL
	}
	return 0
}
