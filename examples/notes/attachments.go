package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// Attach is the form for the file of a note. Nobody but its owner gets the file, and only to save it, so it may be of any
// type. It is kept in the database: so it comes and goes with its note, in one transaction.
type Attach struct {
	Named
	File soay.File `form:"file" validate:"required" file:"max=1MiB"`
}

var errNoFile = problem.New(404, "There is no such file.")

// attachFile keeps a file with a note, in place of the one that was there. SafeName is never empty, and short.
func attachFile(req soay.Request, in soay.Form[Attach]) (soay.Response, error) {
	note, err := in.Value.Notes.Get(req.Context(), in.Value.ID)
	if err != nil {
		return soay.Response{}, err
	}
	if !in.Valid() {
		page := noteView{ID: note.ID, Form: draft(note), FileName: note.FileName, FileError: in.Message("file")}
		return in.Value.show(req, 422, page)
	}
	content, err := in.Value.File.Bytes()
	if err != nil {
		return soay.Response{}, err
	}
	if err := in.Value.Notes.Attach(req.Context(), note.ID, in.Value.File.SafeName(), content); err != nil {
		return soay.Response{}, err
	}
	return done(req, "The file is saved."), nil
}

// sendFile lets the browser save the file. It is never shown: a page or a drawing would run its scripts on this site.
func sendFile(req soay.Request, in Named) (soay.Response, error) {
	name, content, err := in.Notes.File(req.Context(), in.ID)
	if err != nil {
		return soay.Response{}, err
	}
	return response.Bytes("application/octet-stream", content).AsAttachment(name).
		WithCacheControl(response.CacheControl{NoStore: true}), nil
}

// Attach keeps a file with a note.
func (n *Notes) Attach(ctx context.Context, id, name string, content []byte) error {
	return n.write(ctx, "attached", `update notes set file_name = $3, file = $4 where id = $1 and owner = $2`,
		id, name, content)
}

// File returns the file of a note, and its name.
func (n *Notes) File(ctx context.Context, id string) (name string, content []byte, err error) {
	err = n.db.QueryRowContext(ctx, `select file_name, file from notes where id = $1 and owner = $2`, id, n.owner).
		Scan(&name, &content)
	if errors.Is(err, sql.ErrNoRows) || err == nil && name == "" {
		err = errNoFile
	}
	return name, content, err
}
