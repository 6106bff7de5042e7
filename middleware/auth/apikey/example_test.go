package apikey_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"log"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/response"
)

// The app knows the digest of a key, and whose it is. Programs send the key in X-Api-Key.
func ExampleNew() {
	app := soay.New()
	app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{
		ID:     "importer",
		Digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", // of newkey -api
		Scopes: []string{"cats:write"},
	}}}))
	app.Post("/cats", func(req soay.Request) soay.Response {
		return response.Text("added by " + soay.User(req).Subject())
	}).Auth(soay.Auth{Scopes: []string{"cats:write"}})
	if err := app.Run(":8000"); err != nil {
		log.Fatal(err)
	}
}

// Users make keys themselves: the database has a digest of each, and the key is shown once.
func ExampleNewKey() {
	table := map[string]string{} // digests and whose they are
	key, digest := apikey.NewKey("cats")
	table[digest] = "ada"

	scheme := apikey.New(apikey.Options{
		Lookup: func(_ context.Context, digest [32]byte) (*auth.Identity, error) {
			owner, ok := table[hex.EncodeToString(digest[:])]
			if !ok {
				return nil, nil // there is no such key; an error would mean that the table cannot be read
			}
			return auth.NewIdentity(auth.Profile{Subject: owner, Scopes: []string{"cats:read"}})
		},
	})
	app := soay.New()
	app.AddScheme("key", scheme)
	fmt.Println(strings.HasPrefix(key, "cats_"), len(key), digest == apikey.Digest(key))
	// Output: true 55 true
}

// Keys of two kinds come in one header. The prefix says which scheme judges a key.
func ExampleOptions_prefix() {
	partners, _ := apikey.NewKey("partner")
	_, digest := apikey.NewKey("staff")
	app := soay.New()
	app.AddScheme("partner", apikey.New(apikey.Options{Prefix: "partner", Keys: []apikey.Key{{ID: "acme", Secret: partners}}}))
	app.AddScheme("staff", apikey.New(apikey.Options{Prefix: "staff", Keys: []apikey.Key{{ID: "ada", Digest: digest}}}))
	app.Get("/orders", func(req soay.Request) soay.Response {
		return response.Text(soay.User(req).Scheme())
	}).Auth(soay.Auth{Schemes: []string{"partner"}})
}

// A key of your own making has a digest, too. It must have 32 characters.
func ExampleDigest() {
	fmt.Println(apikey.Digest("correct-horse-battery-staple-4217"))
	// Output: ef69dc9bfaff07a94db4294a5261270ca19b1534074b02583859ee12eb83e812
}
