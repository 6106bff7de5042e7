// Command conduit is the API of Conduit, a site like Medium, as the RealWorld project specifies it: users and
// tokens, profiles, articles, comments, tags and favourites, with an error format of its own.
//
//	go run ./examples/conduit
//	curl --json '{"user": {"username": "ada", "email": "ada@example.com", "password": "lovelace"}}' http://127.0.0.1:8000/api/users
//	curl -H "Authorization: Token $TOKEN" http://127.0.0.1:8000/api/user
//	curl 'http://127.0.0.1:8000/api/articles?author=ada&limit=5'
//
// The documentation is at http://127.0.0.1:8000/docs.
//
// Each file is about one thing: app.go puts the app together, auth.go knows who asks, errors.go says what clients
// learn of errors, and users.go, profiles.go, articles.go and comments.go have the handlers. They keep their data
// in a Store (store.go). The one here is in memory (memory.go).
package main

import (
	"flag"
	"log"
	"log/slog"
	"time"

	"github.com/soay-go/soay/sessions/keyring"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	flag.Parse()

	// The users are gone when the program ends, and so is the key, so that no token can outlive its user. A
	// program that keeps its users in a database keeps its keys, too: see keyring.FromEnv.
	ring, err := keyring.Ephemeral(slog.Default())
	if err != nil {
		log.Fatal(err)
	}
	app := newApp(NewMemory(time.Now), NewTokens(ring))
	if err := app.Run(*addr); err != nil {
		log.Fatal(err)
	}
}
