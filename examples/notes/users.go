package main

import (
	"context"
	"database/sql"
	"errors"
)

// Users are the people who have an account.
type Users struct {
	db         *sql.DB
	work       *Work
	iterations int
}

func newUsers(c config, db *sql.DB, work *Work) *Users { return &Users{db, work, c.iterations} }

// Add makes an account, unless somebody has this name.
func (u *Users) Add(ctx context.Context, name, text string) (added bool, err error) {
	p, err := newPassword(text, u.iterations) // takes long, so it comes before the transaction
	if err != nil {
		return false, err
	}
	tx, err := u.work.Tx()
	if err != nil {
		return false, err
	}
	result, err := tx.ExecContext(ctx, `insert into users (name, iterations, salt, hash) values ($1, $2, $3, $4)
		on conflict do nothing`, name, p.iterations, p.salt, p.hash)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// Check reports whether somebody has this name and password. For an unknown name it does the same work, so the time
// of the answer does not reveal which names exist.
//
// The number of guesses is not limited here. A real program limits it, by account and by address.
func (u *Users) Check(ctx context.Context, name, text string) (bool, error) {
	p := password{iterations: u.iterations}
	err := u.db.QueryRowContext(ctx, `select iterations, salt, hash from users where name = $1`, name).
		Scan(&p.iterations, &p.salt, &p.hash)
	known := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	matches, err := p.matches(text)
	return known && matches, err
}
