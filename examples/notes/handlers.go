package main

import (
	"net/url"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// Draft is the form for a note.
type Draft struct {
	Title string `form:"title" validate:"required,notblank,max=100"`
	Text  string `form:"text" validate:"max=10000"`
}

// plain makes line breaks those of Unix, which browsers send as in HTTP, and leaves out what PostgreSQL cannot keep.
var plain = strings.NewReplacer("\r\n", "\n", "\x00", "")

func (d Draft) note(id string) Note {
	return Note{ID: id, Title: plain.Replace(d.Title), Text: plain.Replace(d.Text)}
}

// draft is the form for a note as it is.
func draft(note Note) soay.Form[Draft] {
	return soay.Form[Draft]{Raw: url.Values{"title": {note.Title}, "text": {note.Text}}}
}

// noteView is what the page of a note shows. A new note has no ID.
type noteView struct {
	ID        string
	Form      soay.Form[Draft]
	FileName  string // "" without a file
	FileError string // what is wrong with the one that was sent
	History   []Event
}

// Own gives handlers the notes of the user.
type Own struct {
	Notes *Notes `inject:""`
}

func listNotes(req soay.Request, in Own) (soay.Response, error) {
	notes, err := in.Notes.List(req.Context())
	if err != nil {
		return soay.Response{}, err
	}
	return notesPage.Render(req, notes), nil
}

func newNote(req soay.Request, _ struct{}) (soay.Response, error) {
	return notePage.Render(req, noteView{}), nil
}

// Addition is a note to add.
type Addition struct {
	Notes *Notes `inject:""`
	Form  soay.Form[Draft]
}

func addNote(req soay.Request, in Addition) (soay.Response, error) {
	if !in.Form.Valid() {
		return notePage.Render(req, noteView{Form: in.Form}).WithStatus(422), nil
	}
	if err := in.Notes.Add(req.Context(), in.Form.Value.note("")); err != nil {
		return soay.Response{}, err
	}
	return done(req, "The note is saved."), nil
}

// Named is a note that is there, perhaps.
type Named struct {
	Own
	ID string `path:"id"`
}

func showNote(req soay.Request, in Named) (soay.Response, error) {
	note, err := in.Notes.Get(req.Context(), in.ID)
	if err != nil {
		return soay.Response{}, err
	}
	return in.show(req, 200, noteView{ID: in.ID, Form: draft(note), FileName: note.FileName})
}

// show is the page of a note with its history.
func (in Named) show(req soay.Request, status int, page noteView) (soay.Response, error) {
	var err error
	if page.History, err = in.Notes.History(req.Context(), in.ID); err != nil {
		return soay.Response{}, err
	}
	return notePage.Render(req, page).WithStatus(status), nil
}

// Change is a note and what becomes of it.
type Change struct {
	Named
	Form soay.Form[Draft]
}

func changeNote(req soay.Request, in Change) (soay.Response, error) {
	note, err := in.Notes.Get(req.Context(), in.ID)
	if err != nil {
		return soay.Response{}, err
	}
	if !in.Form.Valid() {
		return in.show(req, 422, noteView{ID: in.ID, Form: in.Form, FileName: note.FileName})
	}
	if err := in.Notes.Change(req.Context(), in.Form.Value.note(in.ID)); err != nil {
		return soay.Response{}, err
	}
	return done(req, "The note is changed."), nil
}

func deleteNote(req soay.Request, in Named) (soay.Response, error) {
	if err := in.Notes.Delete(req.Context(), in.ID); err != nil {
		return soay.Response{}, err
	}
	return done(req, "The note is gone."), nil
}

// done leads to the list, which shows the message once.
func done(req soay.Request, text string) soay.Response {
	message.Flash(req.Session, text)
	return response.SeeOther("/notes")
}
