package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"time"

	"github.com/soay-go/soay/response/problem"
)

// Note is a note.
type Note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Notes changes notes, in the transaction of a request.
type Notes struct{ work *Work }

func newNotes(work *Work) *Notes { return &Notes{work} }

// Add adds a note.
func (n *Notes) Add(ctx context.Context, text string) (Note, error) {
	tx, err := n.work.Tx()
	if err != nil {
		return Note{}, err
	}
	note := Note{ID: rand.Text(), Text: text}
	_, err = tx.ExecContext(ctx, `insert into notes (id, text) values ($1, $2)`, note.ID, note.Text)
	if err != nil {
		return Note{}, err
	}
	return note, record(ctx, tx, note.ID, "added")
}

// Change changes the text of a note.
func (n *Notes) Change(ctx context.Context, note Note) error {
	tx, err := n.work.Tx()
	if err != nil {
		return err
	}
	if err := record(ctx, tx, note.ID, "changed"); err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `update notes set text = $2 where id = $1`, note.ID, note.Text)
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed == 0 {
		err = errNoNote // the transaction takes the record back
	}
	return err
}

// record adds a line to the history of a note.
func record(ctx context.Context, tx *sql.Tx, note, what string) error {
	_, err := tx.ExecContext(ctx, `insert into history (at, note, what) values ($1, $2, $3)`,
		time.Now().Unix(), note, what)
	return err
}

var errNoNote = problem.New(404, "There is no such note.")
