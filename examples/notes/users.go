package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/password"
	"github.com/soay-go/soay/sessions"
)

// Users are the people who have an account.
type Users struct {
	db   *sql.DB
	work *Work
}

func newUsers(db *sql.DB, work *Work) *Users { return &Users{db, work} }

// newIdentity returns a user. Whoever takes a name that is free again has another id, and is not taken for the one before.
func newIdentity(id, name string) (*soay.Identity, error) {
	return auth.NewIdentity(auth.Profile{Subject: id, Name: name})
}

// loadUsersOf returns a function that returns the user with an id, and sessions.ErrGone for an account that is deleted.
func loadUsersOf(app *soay.App) func(ctx context.Context, id string) (*soay.Identity, error) {
	return func(ctx context.Context, id string) (*soay.Identity, error) {
		db, err := soay.Service[*sql.DB](app)
		if err != nil {
			return nil, err
		}
		var name string
		err = db.QueryRowContext(ctx, `select name from users where id = $1`, id).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, sessions.ErrGone
		}
		if err != nil {
			return nil, err
		}
		return newIdentity(id, name)
	}
}

// Add makes an account, unless somebody has this name: then it returns nil.
func (u *Users) Add(ctx context.Context, name, text string) (*soay.Identity, error) {
	id := rand.Text()
	n, err := u.write(ctx, text, `insert into users (hash, id, name) values ($1, $2, $3) on conflict do nothing`, id, name)
	if err != nil || n == 0 {
		return nil, err
	}
	return newIdentity(id, name)
}

// Find returns who has this name and password, nil for nobody. An unknown name costs the same work, so the time of the
// answer does not reveal which names exist.
func (u *Users) Find(ctx context.Context, name, text string) (*soay.Identity, error) {
	var id, hash string // "" for an unknown name
	err := u.db.QueryRowContext(ctx, `select id, hash from users where name = $1`, name).Scan(&id, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	ok, stale, err := password.Verify(hash, text)
	if err != nil || !ok {
		return nil, err
	}
	if stale { // only now the password is known; it may have been changed meanwhile
		if _, err := u.write(ctx, text, `update users set hash = $1 where id = $2 and hash = $3`, id, hash); err != nil {
			return nil, err
		}
	}
	return newIdentity(id, name)
}

// write executes a statement whose first value is the hash of a password, and returns how many rows it has written.
func (u *Users) write(ctx context.Context, text, statement string, values ...any) (int64, error) {
	hash, err := password.Hash(text) // takes long, so it comes before the transaction
	if err != nil {
		return 0, err
	}
	tx, err := u.work.Tx()
	if err != nil {
		return 0, err
	}
	result, err := tx.ExecContext(ctx, statement, append([]any{hash}, values...)...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
