package main

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables of the database up to date. Several instances may do it at once.
func migrate(ctx context.Context, db *sql.DB) error {
	const table = `create table if not exists migrations (name text primary key)`
	_, err := db.ExecContext(ctx, table)
	if err != nil { // perhaps another instance was faster
		_, err = db.ExecContext(ctx, table)
	}
	if err != nil {
		return err
	}
	files, err := migrations.ReadDir("migrations") // in the order of their names
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := apply(ctx, db, f.Name()); err != nil {
			return fmt.Errorf("migration %s: %w", f.Name(), err)
		}
	}
	return nil
}

// apply makes one migration, unless it has been made before. Another instance that is making it is waited for, since
// both insert the same name.
func apply(ctx context.Context, db *sql.DB, name string) error {
	statements, err := migrations.ReadFile("migrations/" + name)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after the commit
	result, err := tx.ExecContext(ctx, `insert into migrations (name) values ($1) on conflict do nothing`, name)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); n == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(statements)); err != nil {
		return err
	}
	return tx.Commit()
}
