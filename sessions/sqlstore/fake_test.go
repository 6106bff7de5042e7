package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
)

// fake is a database without data. It notes what it is told, and answers as it was told to.
type fake struct {
	mu     sync.Mutex
	said   []string
	answer func(statement string) (rows [][]driver.Value, err error) // nil for no rows and no errors
}

// open returns the database; it is closed at the end of the test.
func (f *fake) open(t testing.TB) *sql.DB {
	db := sql.OpenDB(f)
	t.Cleanup(func() { db.Close() })
	return db
}

// statements returns what was said since the last call.
func (f *fake) statements() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	said := f.said
	f.said = nil
	return said
}

func (f *fake) note(statement string, args []driver.NamedValue) ([][]driver.Value, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	line := statement
	if len(args) > 0 {
		line = fmt.Sprintf("%s -- %d parameters", statement, len(args))
	}
	f.said = append(f.said, line)
	if f.answer == nil {
		return nil, nil
	}
	return f.answer(statement)
}

func (f *fake) Connect(context.Context) (driver.Conn, error) { return conn{f}, nil }
func (f *fake) Driver() driver.Driver                        { return f }
func (f *fake) Open(string) (driver.Conn, error)             { return conn{f}, nil }

type conn struct{ *fake }

func (c conn) Close() error                        { return nil }
func (c conn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("unexpected Prepare") }
func (c conn) Begin() (driver.Tx, error)           { return nil, errors.New("unexpected Begin") }

func (c conn) BeginTx(_ context.Context, o driver.TxOptions) (driver.Tx, error) {
	_, err := c.note(strings.TrimSuffix("BEGIN "+sql.IsolationLevel(o.Isolation).String(), " Default"), nil)
	return c, err
}

func (c conn) Commit() error {
	_, err := c.note("COMMIT", nil)
	return err
}

func (c conn) Rollback() error {
	_, err := c.note("ROLLBACK", nil)
	return err
}

func (c conn) ExecContext(_ context.Context, statement string, args []driver.NamedValue) (driver.Result, error) {
	_, err := c.note(statement, args)
	return driver.RowsAffected(1), err
}

func (c conn) QueryContext(_ context.Context, statement string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.note(statement, args)
	r := &fakeRows{rows: rows}
	if len(rows) > 0 {
		r.columns = make([]string, len(rows[0]))
	}
	return r, err
}

type fakeRows struct {
	columns []string
	rows    [][]driver.Value
}

func (r *fakeRows) Close() error { return nil }

func (r *fakeRows) Columns() []string { return r.columns }

func (r *fakeRows) Next(dest []driver.Value) error {
	if len(r.rows) == 0 {
		return io.EOF
	}
	copy(dest, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}
