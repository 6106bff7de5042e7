package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/problem"
)

// Note is a note. FileName is "" for one without a file.
type Note struct{ ID, Title, Text, FileName string }

// Notes are the notes of the user who sends the request; those of others are out of reach. They are read from the
// database, and written in the transaction of the request.
type Notes struct {
	owner string
	db    *sql.DB
	work  *Work
}

func newNotes(me *soay.Identity, db *sql.DB, work *Work) *Notes {
	return &Notes{me.Subject(), db, work}
}

var errNoNote = problem.New(404, "There is no such note.")

// List returns the notes without their texts, in the order of their titles.
func (n *Notes) List(ctx context.Context) ([]Note, error) {
	rows, err := n.db.QueryContext(ctx,
		`select id, title from notes where owner = $1 order by title, id limit 1000`, n.owner)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(note *Note) []any { return []any{&note.ID, &note.Title} })
}

// Get returns a note.
func (n *Notes) Get(ctx context.Context, id string) (Note, error) {
	note := Note{ID: id}
	err := n.db.QueryRowContext(ctx, `select title, text, file_name from notes where id = $1 and owner = $2`, id, n.owner).
		Scan(&note.Title, &note.Text, &note.FileName)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoNote
	}
	return note, err
}

// Add adds a note, and gives it an ID.
func (n *Notes) Add(ctx context.Context, note Note) error {
	return n.write(ctx, "added", `insert into notes (id, owner, title, text) values ($1, $2, $3, $4)`,
		rand.Text(), note.Title, note.Text)
}

// Change changes a note.
func (n *Notes) Change(ctx context.Context, note Note) error {
	return n.write(ctx, "changed", `update notes set title = $3, text = $4 where id = $1 and owner = $2`,
		note.ID, note.Title, note.Text)
}

// Delete deletes a note.
func (n *Notes) Delete(ctx context.Context, id string) error {
	return n.write(ctx, "deleted", `delete from notes where id = $1 and owner = $2`, id)
}

// write executes a statement about one note of the owner, and adds a line to the history of the note.
func (n *Notes) write(ctx context.Context, what, statement, id string, values ...any) error {
	tx, err := n.work.Tx()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into history (at, note, what) values ($1, $2, $3)`,
		time.Now().Unix(), id, what)
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, statement, append([]any{id, n.owner}, values...)...)
	if err != nil {
		return err
	}
	written, err := result.RowsAffected()
	if err == nil && written == 0 {
		err = errNoNote // the transaction takes the line of the history back
	}
	return err
}

// Event is a line of a history.
type Event struct {
	What string
	Unix int64
}

// Time returns when it was.
func (e Event) Time() time.Time { return time.Unix(e.Unix, 0).UTC() }

// History returns what has happened to a note.
func (n *Notes) History(ctx context.Context, id string) ([]Event, error) {
	rows, err := n.db.QueryContext(ctx,
		`select what, at from history where note = $1 and note in (select id from notes where owner = $2)
			order by at, what limit 1000`, id, n.owner)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(e *Event) []any { return []any{&e.What, &e.Unix} })
}

// collect reads all rows, each into the columns of a T, and closes them.
func collect[T any](rows *sql.Rows, columns func(*T) []any) (all []T, err error) {
	defer rows.Close()
	for rows.Next() {
		var one T
		if err := rows.Scan(columns(&one)...); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
