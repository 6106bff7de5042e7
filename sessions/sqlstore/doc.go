// Package sqlstore keeps sessions in a SQL database by way of database/sql: PostgreSQL 9.5 or later,
// SQLite 3.37 or later, MySQL 8 and MariaDB 10.6 or later.
//
//	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//	// ...
//	store := sqlstore.New(db)
//	app.UseSessionStore(store)
//	app.OnStart(store.Migrate)
//
// The package imports no driver, so the program chooses one. The program also sets the limits of the pool of
// connections and closes the database.
//
// # Tables
//
// There are three tables, and a fourth one for the version of the schema:
//
//	soay_sessions         a row for each session: its root, id, user, times and version
//	soay_sessions_values  a row for each value: the root of its session, its name and its bytes
//	soay_sessions_moved   a row for each earlier id: the id and the root of its session
//
// The root of a session is its first id. A Rename changes the id and never the root. So the values of a
// session need not be written again, and a Delete by the root cannot miss a session that moves at the same
// moment. Since each value has a row of its own, requests that change different values of one session do
// not overwrite each other, and only changed values are written.
//
// Each method of the store is one statement or one transaction. A transaction first changes the row of the
// session, which locks it, and then its values: only the holder of this lock may change them. Deadlocks,
// serialization failures and a busy SQLite make the store try again until the context ends.
//
// Nothing runs in the background, and there is nothing to close. Expired sessions are never returned. They
// are removed in small batches after writes, by any instance, see [Options.SweepInterval] and [Store.Sweep].
//
// # MySQL and MariaDB
//
// The first call checks two settings of the connection, and fails with the name of a wrong one: autocommit must
// be on, and the isolation level must be READ-COMMITTED or higher. The setting max_allowed_packet, of the
// server and of the driver, limits the size of one statement, which writes up to 100 values of a session. The
// default of MariaDB, 16 MiB, is far more than [sessions.Options.MaxBytes], which is 64 KiB by default.
//
// # Replicas
//
// The store must read its own writes, so connect it to the primary. With a proxy that sends reads to replicas,
// a session that has ended is still found, and a new one is not found yet, as long as the replicas lag behind.
//
// # SQLite
//
// Use a file, with write-ahead logging so that reads need not wait for a write. SQLite has one writer
// at a time, so the writes of one store wait for each other before they reach the database. A database in
// memory (":memory:") is a different one for each connection; SetMaxOpenConns(1) keeps it to one connection.
package sqlstore
