package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
)

// pgError is an error as the drivers of PostgreSQL have them.
type pgError string

func (e pgError) Error() string    { return "ERROR: (SQLSTATE " + string(e) + ")" }
func (e pgError) SQLState() string { return string(e) }

// What passes is tried again, with all of its transaction; anything else is told at once, with what
// was attempted.
func TestAttempts(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want bool // it is tried again
	}{
		{"a serialization failure of PostgreSQL", pgError("40001"), true},
		{"a deadlock of PostgreSQL", pgError("40P01"), true},
		{"a lock that is not available", pgError("55P03"), true},
		{"a full disk of PostgreSQL", pgError("53100"), false},
		{"a shutdown of PostgreSQL", pgError("57P01"), false},
		{"a busy SQLite", errors.New("database is locked (5) (SQLITE_BUSY)"), true},
		{"a table of SQLite that is locked", errors.New("database table is locked"), true},
		{"a full disk of SQLite", errors.New("database or disk is full (13)"), false},
		{"a deadlock of MySQL", errors.New("Error 1213 (40001): Deadlock found when trying to get lock"), true},
		{"a wait of MySQL", errors.New("Error 1205 (HY000): Lock wait timeout exceeded"), true},
		{"a duplicate of MySQL", errors.New("Error 1062 (23000): Duplicate entry"), false},
	}
	for _, tt := range tests {
		for _, step := range []string{"SELECT root", "BEGIN", "DELETE FROM", "COMMIT"} {
			t.Run(tt.name+" at "+step, func(t *testing.T) {
				failures := 3
				db := &fake{answer: func(statement string) ([][]driver.Value, error) {
					if strings.HasPrefix(statement, step) && failures > 0 {
						failures--
						return nil, tt.err
					}
					return answers(statement)
				}}
				store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: sqlstore.SQLite})
				err := store.Delete(t.Context(), "id")
				switch {
				case tt.want && (err != nil || failures > 0):
					t.Errorf("Delete = %v with %d failures left, want none", err, failures)
				case !tt.want && (!errors.Is(err, tt.err) || !strings.HasPrefix(err.Error(), "sqlstore: end a session: ")):
					t.Errorf("Delete = %v, want the error of the driver and what was attempted", err)
				case !tt.want && failures != 2:
					t.Errorf("tried again %d times", 2-failures)
				}
			})
		}
	}
}

// Attempts end with the context, which the error tells beside what was in the way.
func TestAttemptsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	busy, n := pgError("40001"), 0
	db := &fake{answer: func(string) ([][]driver.Value, error) {
		if n++; n == 5 {
			cancel()
		}
		return nil, busy
	}}
	store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: sqlstore.PostgreSQL})
	if _, err := store.Load(ctx, "id"); !errors.Is(err, context.Canceled) || !errors.Is(err, busy) {
		t.Errorf("Load = %v, want that the context has ended, and why nothing was done before", err)
	}
}

// A failure in the middle undoes what was done before it.
func TestRollback(t *testing.T) {
	full := errors.New("the disk is full")
	db := &fake{answer: func(statement string) ([][]driver.Value, error) {
		if strings.Contains(statement, "_values") {
			return nil, full
		}
		return nil, nil
	}}
	store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: sqlstore.SQLite})
	err := store.Update(t.Context(), "id", sessions.Change{Set: map[string][]byte{"a": nil}})
	if !errors.Is(err, full) {
		t.Errorf("Update = %v, want %v", err, full)
	}
	said := db.statements()
	if got := said[len(said)-1]; got != "ROLLBACK" {
		t.Errorf("the last statement is %q, want ROLLBACK", got)
	}
}

// What the tables cannot hold is an error before anything is written, and an id that cannot be there is
// not looked for.
func TestLimits(t *testing.T) {
	long, huge := strings.Repeat("x", 1025), make([]byte, 16<<20)
	with := func(key string, value []byte) map[string][]byte { return map[string][]byte{key: value} }
	set := func(value []byte) func([]byte) ([]byte, error) {
		return func([]byte) ([]byte, error) { return value, nil }
	}
	db := &fake{answer: func(statement string) ([][]driver.Value, error) {
		rows, err := answers(statement)
		return rows, err
	}}
	store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: sqlstore.MySQL})
	ctx := t.Context()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"Create with a long key", store.Create(ctx, "id", sessions.Record{Values: with(long, nil)}),
			`sqlstore: create a session: the key "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" has 1025 bytes; the limit is 1024`},
		{"Create with a huge value", store.Create(ctx, "id", sessions.Record{Values: with("a", huge)}),
			`sqlstore: create a session: the value of key "a" has 16777216 bytes; the limit is 16777215`},
		{"Create with a long user", store.Create(ctx, "id", sessions.Record{User: long}),
			"sqlstore: create a session: the user has 1025 bytes; the limit is 1024"},
		{"Create with a bad id", store.Create(ctx, "a b", sessions.Record{}),
			"sqlstore: create a session: the id is not one of visible ASCII"},
		{"Update with a huge value", store.Update(ctx, "id", sessions.Change{Set: with("a", huge)}),
			`sqlstore: save a session: the value of key "a" has 16777216 bytes; the limit is 16777215`},
		{"Update with a long user", store.Update(ctx, "id", sessions.Change{User: &long}),
			"sqlstore: save a session: the user has 1025 bytes; the limit is 1024"},
		{"Modify to a huge value", store.Modify(ctx, "id", "a", set(huge)),
			`sqlstore: write a value: the value of key "a" has 16777216 bytes; the limit is 16777215`},
		{"Rename to a bad id", store.Rename(ctx, "id", "", sessions.Change{}), "sqlstore: rename a session: the id is not one of visible ASCII"},
		{"Update of a bad id", store.Update(ctx, "a b", sessions.Change{}), sessions.ErrGone.Error()},
		{"Modify of a bad id", store.Modify(ctx, "", "a", set(nil)), sessions.ErrGone.Error()},
		{"Rename of a bad id", store.Rename(ctx, "ä", "id", sessions.Change{}), sessions.ErrGone.Error()},
	}
	for _, tt := range tests {
		if tt.err == nil || tt.err.Error() != tt.want {
			t.Errorf("%s = %v, want %s", tt.name, tt.err, tt.want)
		}
	}
	for _, s := range db.statements() {
		if strings.HasPrefix(s, "INSERT") || strings.HasPrefix(s, "UPDATE") {
			t.Errorf("said %q", s)
		}
	}
	if ids, err := store.ListUser(ctx, long); ids != nil || err != nil {
		t.Errorf("ListUser of a long user = %v, %v, want none", ids, err)
	}
}

// Rows that cannot be those of a session are logged once, not for each request.
func TestForeignRow(t *testing.T) {
	var log requesttest.Log
	db := &fake{answer: func(string) ([][]driver.Value, error) {
		return [][]driver.Value{{[]byte("ann"), "yesterday", int64(2), int64(3), nil, nil, nil}}, nil
	}}
	store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: sqlstore.SQLite, Logger: log.Logger()})
	for range 3 {
		if _, err := store.Load(t.Context(), "id"); !errors.Is(err, sessions.ErrGone) {
			t.Errorf("Load = %v, want ErrGone", err)
		}
	}
	if n := strings.Count(log.String(), "a row is none of a session"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, &log)
	}
}

// A sweep that fails is no failure of the write before it.
func TestSweepFails(t *testing.T) {
	var log requesttest.Log
	db := &fake{answer: func(statement string) ([][]driver.Value, error) {
		if strings.Contains(statement, "ORDER BY expires") {
			return nil, errors.New("no sweep today")
		}
		return nil, nil
	}}
	store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: sqlstore.SQLite, Logger: log.Logger()})
	for range 2 {
		if err := store.Create(t.Context(), "id", sessions.Record{}); err != nil {
			t.Errorf("Create: %v", err)
		}
	}
	if n := strings.Count(log.String(), "no sweep today"); n != 1 {
		t.Errorf("%d warnings, want 1 for this minute:\n%s", n, &log)
	}
}

// What others write meanwhile makes f run again, on what the value is then.
func TestModifyAgain(t *testing.T) {
	n := 0
	db := &fake{answer: func(statement string) ([][]driver.Value, error) {
		if !strings.Contains(statement, "length(v.value)") {
			return nil, nil
		}
		n++
		return [][]driver.Value{{int64(1), []byte{'0' + byte(min(n, 4))}}}, nil
	}}
	store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: sqlstore.SQLite})
	var got []string
	err := store.Modify(t.Context(), "id", "a", func(value []byte) ([]byte, error) {
		got = append(got, string(value))
		return []byte("new"), nil
	})
	if err != nil {
		t.Errorf("Modify: %v", err)
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4"}, got); diff != "" {
		t.Errorf("f got (-want +got):\n%s", diff)
	}
}

// A store tells of what the database refuses.
func TestCheckHealth(t *testing.T) {
	readOnly := errors.New("cannot execute UPDATE in a read-only transaction")
	for _, tt := range []struct {
		description string
		err         error
	}{{"a database that is well", nil}, {"one that takes no writes", readOnly}} {
		db := &fake{answer: func(statement string) ([][]driver.Value, error) {
			if strings.HasPrefix(statement, "UPDATE") {
				return nil, tt.err
			}
			return answers(statement)
		}}
		store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: sqlstore.PostgreSQL})
		if err := store.CheckHealth(t.Context()); !errors.Is(err, tt.err) || err != nil && !strings.HasPrefix(err.Error(), "sqlstore: check the health: ") {
			t.Errorf("%s: %v", tt.description, err)
		}
	}
	if err := sqlstore.New(nil).CheckHealth(t.Context()); err == nil {
		t.Error("a store without a database is well")
	}
}
