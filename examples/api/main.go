// Command api is a JSON API for programs, which bring a key. A key has scopes: some may read cats, others write them, too.
// Everything is closed that does not say that it is open, and one value, the rule of a route, is enforced, documented and
// listed.
//
//	APP_ENV=development go run ./examples/api             # prints two new keys
//	curl -i http://127.0.0.1:8000/cats                    # 401
//	curl -H "X-Api-Key: $KEY" http://127.0.0.1:8000/cats
//	curl -H "X-Api-Key: $KEY" --json '{"name": "Minka"}' http://127.0.0.1:8000/cats
//	APP_ENV=development go run ./examples/api -access     # who may call what
//
// The documentation is at http://127.0.0.1:8000/docs, in development. Outside of it the digests of the keys come from the
// environment; examples/newkey makes a key and its digest:
//
//	go run ./examples/newkey -api cats
//	APP_READER_DIGEST=... APP_WRITER_DIGEST=... go run ./examples/api
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	access := flag.Bool("access", false, "list who may call what, and end")
	flag.Parse()
	app := newApp(&Cats{}, keysOf(os.Getenv, os.Stderr))
	var err error
	if *access {
		err = soay.WriteAccess(app, os.Stdout)
	} else {
		err = app.Run(*addr)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// keysOf returns the keys of the environment. In development those that are missing are made, and printed once.
func keysOf(env func(string) string, w io.Writer) []apikey.Key {
	keys := []apikey.Key{
		{ID: "reader", Digest: env("APP_READER_DIGEST"), Scopes: []string{"cats:read"}},
		{ID: "writer", Digest: env("APP_WRITER_DIGEST"), Scopes: []string{"cats:read", "cats:write"}},
	}
	if !slices.Contains([]string{"local", "dev", "development"}, env("APP_ENV")) {
		return keys // one that is missing stops the start
	}
	for i := range keys {
		if keys[i].Digest == "" {
			var key string
			key, keys[i].Digest = apikey.NewKey("cats")
			fmt.Fprintf(w, "The %s has the key %s until the app stops.\n", keys[i].ID, key)
		}
	}
	return keys
}

func newApp(cats *Cats, keys []apikey.Key, options ...soay.Options) *soay.App {
	app := soay.New(options...)
	app.UseRequestID()
	app.UseAccessLog()
	app.UseOpenAPI(openapi.Info{Title: "Cats", Version: "1.0"})
	app.AddScheme("key", apikey.New(apikey.Options{Keys: keys}))
	app.UseAuthorization() // from here on a route without a rule needs a key
	// An address may try more often than a key may ask, for several programs may share it.
	app.UseRateLimit(soay.Rate{Requests: 600, Per: time.Minute})

	app.Get("/health", health).AllowAnonymous().Probe()
	soay.Get(app, "/me", me).Doc(openapi.Doc{Summary: "Says whose key this is"})

	a := &api{cats}
	g := app.Group("/cats").Tags("Cats").Auth(soay.Auth{Scopes: []string{"cats:read"}})
	soay.Get(g, "/", a.list).RateLimit(perKey(120)).Doc(openapi.Doc{Summary: "Lists cats"})
	soay.Get(g, "/{id}", a.show).Name("cat").RateLimit(perKey(120)).Doc(openapi.Doc{Summary: "Shows a cat", Errors: []int{404}})
	soay.Post(g, "/", a.create).RateLimit(perKey(30)).MaxBody(4 << 10).
		Auth(soay.Auth{Scopes: []string{"cats:write"}}).Doc(openapi.Doc{Summary: "Adds a cat"})
	soay.Delete(g, "/{id}", a.remove).RateLimit(perKey(30)).
		Auth(soay.Auth{Scopes: []string{"cats:write"}}).Doc(openapi.Doc{Summary: "Removes a cat", Errors: []int{404}})
	return app
}

// perKey is how often one key may ask for a route in a minute.
func perKey(requests int) soay.Rate {
	return soay.Rate{Requests: requests, Per: time.Minute, By: router.ByUser}
}

func health(soay.Request) soay.Response { return response.Text("ok") }

// Caller is whoever has sent a request.
type Caller struct {
	Me *soay.Identity `inject:""`
}

// Profile is what the app knows of a caller.
type Profile struct {
	Name   string   `json:"name"`
	Scopes []string `json:"scopes"`
}

func me(req soay.Request, in Caller) (Profile, error) {
	return Profile{in.Me.Name(), in.Me.Scopes()}, nil
}
