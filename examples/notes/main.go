// Command notes is a site for people who keep notes: they sign up, log in, and write, change and delete notes of their
// own. The notes are in a database: a file of SQLite, or PostgreSQL.
//
//	go run . -database notes.db
//
// It serves on http://127.0.0.1:8000. The key of the sessions is that in the environment variable SESSION_KEY, or one for
// this run. The page docs/database.md explains what is about the database.
//
//   - app.go: the services and the routes
//   - login.go, users.go: signing up, logging in and out
//   - handlers.go, notes.go: the notes, and the forms for them
//   - pages.go, views: the pages, and those for errors
//   - database.go, migrate.go, migrations, work.go: the database, its tables, and transactions
package main

import (
	"flag"
	"log"
	"os"

	"github.com/soay-go/soay"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	database := flag.String("database", "notes.db", "a file of SQLite, or postgres://user@host/database")
	flag.Parse()
	app := newApp(config{database: *database, key: sessionKey()})
	if err := app.Run(*addr); err != nil {
		log.Fatal(err)
	}
}

// sessionKey returns the key of the environment, or one that lasts as long as this process.
func sessionKey() string {
	key := os.Getenv("SESSION_KEY")
	if key == "" {
		key = soay.NewKey()
		log.Print("SESSION_KEY is not set; this run has a key of its own, and its sessions end with it")
	}
	return key
}
