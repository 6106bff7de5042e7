// Package sqlstore keeps sessions in a SQL database by way of database/sql: PostgreSQL 9.5 or later,
// SQLite 3.37 or later, MySQL 8 and MariaDB 10.6 or later.
//
//	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//	// ...
//	store := sqlstore.New(db)
//	app.UseSessionStore(store)
//	app.OnStart(store.Migrate)
//
// It imports no driver; that is the program's choice. The database stays the caller's, who sets the
// limits of its pool and closes it.
//
// A session is one row of a table, with its user and its times, and each of its values is one row of
// a second table. A third one has the ids that sessions had before they got a new one, so that Delete finds
// them. So requests that change different values of one session do not overwrite each other,
// and what is written is what was changed. Each method of the store is one statement or one
// transaction, in which the row of the session comes first: whoever holds its lock may change the
// values. Deadlocks, failures to serialize and a busy SQLite are tried again until the context ends.
//
// Nothing runs in the background, and there is nothing to close. Sessions that have expired are never
// returned. They are removed in small batches after writes, by any instance, see
// [Options.SweepInterval] and [Store.Sweep].
//
// # MySQL and MariaDB
//
// The first call checks two settings of the session, and fails with the name of one that is wrong:
// autocommit must be on, and the isolation level READ-COMMITTED or higher. A value can have 16 MiB only where
// max_allowed_packet lets it pass, on the server and in the driver: it bounds what one statement writes,
// which is up to 100 values of a session. The usual 16 MiB of MariaDB are far more than the
// [sessions.Options.MaxBytes] of sessions, which are 64 KiB.
//
// # Replicas
//
// The store must read what it has written. A proxy that sends reads to replicas shows a session for as long
// as they lag behind that was ended already, and none yet that has just begun. Connect to the primary.
//
// # SQLite
//
// Use a file, with write-ahead logging so that reads need not wait for a write. SQLite has one writer
// at a time, so the writes of one store queue up before they reach it. A database in memory
// (":memory:") is another one for each connection, unless SetMaxOpenConns(1) leaves but one.
package sqlstore
