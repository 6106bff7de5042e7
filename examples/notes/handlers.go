package main

import (
	"database/sql"
	"errors"

	"github.com/soay-go/soay"
)

// NewNote is a note as a client sends it.
type NewNote struct {
	Text string `json:"text" validate:"required,min=1,max=1000" example:"feed the cats"`
}

// Addition is a note to add.
type Addition struct {
	Notes *Notes  `inject:""`
	Note  NewNote `body:"json"`
}

func addNote(req soay.Request, in Addition) (soay.Created[Note], error) {
	note, err := in.Notes.Add(req.Context(), in.Note.Text)
	return soay.Created[Note]{Value: note, Location: "/notes/" + note.ID}, err
}

// Change is a note and what becomes of it.
type Change struct {
	Addition
	ID string `path:"id"`
}

func changeNote(req soay.Request, in Change) (Note, error) {
	note := Note{ID: in.ID, Text: in.Note.Text}
	return note, in.Notes.Change(req.Context(), note)
}

// Reader reads without a transaction.
type Reader struct {
	DB *sql.DB `inject:""`
}

func listNotes(req soay.Request, in Reader) ([]Note, error) {
	rows, err := in.DB.QueryContext(req.Context(), `select id, text from notes order by text limit 100`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	notes := []Note{}
	for rows.Next() {
		var n Note
		if err := rows.Scan(&n.ID, &n.Text); err != nil {
			return nil, err
		}
		notes = append(notes, n)
	}
	return notes, rows.Err()
}

// NoteID names a note.
type NoteID struct {
	Reader
	ID string `path:"id"`
}

func showNote(req soay.Request, in NoteID) (Note, error) {
	note := Note{ID: in.ID}
	err := in.DB.QueryRowContext(req.Context(), `select text from notes where id = $1`, in.ID).Scan(&note.Text)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoNote
	}
	return note, err
}

func listHistory(req soay.Request, in NoteID) ([]string, error) {
	rows, err := in.DB.QueryContext(req.Context(),
		`select what from history where note = $1 order by at limit 100`, in.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	changes := []string{}
	for rows.Next() {
		var what string
		if err := rows.Scan(&what); err != nil {
			return nil, err
		}
		changes = append(changes, what)
	}
	return changes, rows.Err()
}
