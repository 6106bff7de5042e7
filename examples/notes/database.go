package main

import (
	"database/sql"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx, for PostgreSQL
	_ "modernc.org/sqlite"             // the driver sqlite
)

// sqliteSettings make writers wait for each other, rather than fail, and let others read meanwhile.
const sqliteSettings = "?_txlock=immediate&_pragma=busy_timeout(5000)" +
	"&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)"

// openDatabase opens a database: that of a URL postgres://…, or a file of SQLite. It connects at the first use.
func openDatabase(name string) (*sql.DB, error) {
	driver, dsn := "sqlite", "file:"+name+sqliteSettings
	if strings.HasPrefix(name, "postgres://") {
		driver, dsn = "pgx", name
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(20) // the default is no limit, and a server has one
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db, nil
}
