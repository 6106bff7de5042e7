// Command notes keeps notes in a database: a file of SQLite, or PostgreSQL.
//
//	go run . -database notes.db
//	curl --json '{"text": "feed the cats"}' http://127.0.0.1:8000/notes
//	curl http://127.0.0.1:8000/notes
//
// The page docs/database.md explains it.
package main

import (
	"flag"
	"log"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	database := flag.String("database", "notes.db", "a file of SQLite, or postgres://user@host/database")
	flag.Parse()
	if err := newApp(*database).Run(*addr); err != nil {
		log.Fatal(err)
	}
}
