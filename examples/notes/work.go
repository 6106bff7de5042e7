package main

import (
	"context"
	"database/sql"

	"github.com/soay-go/soay"
)

// Work is the transaction of one request: all that the request changes, or nothing. It is for one goroutine.
type Work struct {
	db    *sql.DB
	ctx   context.Context
	tx    *sql.Tx
	ended bool
}

func newWork(req soay.Request, db *sql.DB) *Work { return &Work{db: db, ctx: req.Context()} }

// Tx returns the transaction, which begins with the first call. So a request that is still waiting for its body
// holds no connection of the database.
func (w *Work) Tx() (*sql.Tx, error) {
	if w.ended {
		return nil, sql.ErrTxDone
	}
	if w.tx == nil {
		tx, err := w.db.BeginTx(w.ctx, nil)
		if err != nil {
			return nil, err
		}
		w.tx = tx
	}
	return w.tx, nil
}

// finish ends the transaction, with the response that the client will get.
func (w *Work) finish(resp soay.Response) error {
	w.ended = true
	switch {
	case w.tx == nil:
		return nil
	case resp.Status() >= 400:
		_ = w.tx.Rollback() // if it fails, the database rolls back when the connection ends
		return nil
	}
	return w.tx.Commit()
}
