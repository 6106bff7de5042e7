// Command todo is a complete API for lists of things to do: services, validation, sessions and
// documentation.
//
//	go run ./examples/todo
//	curl -c jar --json '{"name": "ada"}' http://127.0.0.1:8000/session
//	curl -b jar --json '{"title": "feed the cats"}' http://127.0.0.1:8000/todos
//	curl -b jar http://127.0.0.1:8000/todos
//
// The documentation is at http://127.0.0.1:8000/docs. The key of the sessions is that in the
// environment variable SESSION_KEY, or one for this run.
package main

import (
	"flag"
	"log"
	"os"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router/openapi"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	flag.Parse()
	if err := newApp(sessionKey(), time.Now).Run(*addr); err != nil {
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

// Clock tells the time. It is a service so that tests can set it.
type Clock func() time.Time

func newApp(key string, now Clock, options ...soay.Options) *soay.App {
	app := soay.New(options...)
	app.UseRequestID()
	app.UseAccessLog()
	app.UseSessions(key)
	app.AddScheme("session", auth.Session())
	app.UseOpenAPI(openapi.Info{
		Title: "Things to do", Version: "1.0", Description: "Sign in with any name, then keep a list.",
	}, openapi.Options{
		Production: true,
		Error:      openapi.Response{Value: problem.Problem{}}, // which the handler of errors below answers
	})

	soay.AddInstance(app, now)
	soay.AddSingleton[Store](app, func(now Clock) *Memory { return NewMemory(now) })
	soay.AddScoped[*Account](app, newAccount)

	soay.HandleError(app, func(req soay.Request, err *NotFoundError) soay.Response {
		return response.NotFound(err.Error())
	})
	app.Controller("/session", &SessionController{})
	app.Controller("/todos", &TodoController{})
	return app
}
