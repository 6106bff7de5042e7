// Command sessions keeps data of its visitors in their sessions.
//
//	go run ./examples/sessions
//
// It serves on http://127.0.0.1:8000 and takes the key from the environment variable SESSION_KEY.
// Without one it makes a key for this run, so that trying it out needs no preparation.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	flag.Parse()
	if err := newApp(sessionKey()).Run(*addr); err != nil {
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

// visits is how often the visitor has come.
const visits sessions.Value[int] = "visits"

func newApp(key string) *soay.App {
	app := soay.New()
	app.UseSessions(key)

	app.Get("/", func(req soay.Request) soay.Response {
		req.Session.Set("example", "Lorem ipsum")
		return response.Text(sessions.GetOr(req.Session, "example", ""))
	})

	app.Get("/visits", func(req soay.Request) soay.Response {
		n := visits.Or(req.Session, 0) + 1
		visits.Set(req.Session, n)
		return response.Text(fmt.Sprintf("Visit number %d", n))
	})

	app.Post("/forget", func(req soay.Request) soay.Response {
		req.Session.Destroy()
		return response.SeeOther("/visits")
	})
	return app
}
