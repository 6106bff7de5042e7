package basic_test

import (
	"context"
	"errors"
	"log"
	"os"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/basic"
	"github.com/soay-go/soay/middleware/auth/password"
	"github.com/soay-go/soay/response"
)

// A page for the staff. The app knows a hash of the password, which password.Hash has made.
func ExampleNew() {
	app := soay.New()
	app.AddScheme("staff", basic.New(basic.Options{
		Users:    []basic.User{{Name: "ada", PasswordHash: os.Getenv("APP_ADA_HASH"), Roles: []string{"admin"}}},
		Remember: time.Minute,
	}))
	app.Get("/admin", func(req soay.Request) soay.Response {
		return response.Text("Hello " + soay.User(req).Name())
	}).Auth(soay.Auth{Roles: []string{"admin"}})
	if err := app.Run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

// accounts is a table of hashes by name.
type accounts map[string]string

var errAway = errors.New("the database is away")

func (a accounts) hash(_ context.Context, name string) (string, error) {
	if a == nil {
		return "", errAway
	}
	return a[name], nil
}

// The accounts are in a database. An unknown name has the hash "", for which Verify takes as long as for others.
func ExampleOptions_verify() {
	table := accounts{}
	app := soay.New()
	app.AddScheme("account", basic.New(basic.Options{
		Verify: func(ctx context.Context, name, secret string) (*auth.Identity, error) {
			hash, err := table.hash(ctx, name)
			if err != nil {
				return nil, err // the client gets 503
			}
			ok, _, err := password.Verify(hash, secret)
			if err != nil || !ok {
				return nil, err
			}
			return auth.NewIdentity(auth.Profile{Subject: name})
		},
		Remember: 5 * time.Minute,
	}))
}
