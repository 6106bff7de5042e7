package main

import (
	"fmt"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
	"github.com/soay-go/soay/sessions/memstore"
)

func soayKey() server {
	app := newSoay()
	app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: userName, Secret: apiSecret, Roles: []string{"writer", userRole}}}}))
	app.Get(mePath, soayMe).Auth(soay.Auth{Roles: []string{userRole}})
	return soayServer{app}
}

func soayMe(req soay.Request) soay.Response { return response.Text(soay.User(req).Subject()) }

// soaySignedIn is an app with people in sessions that use sets up.
func soaySignedIn(use func(*soay.App)) server {
	app := newSoay()
	use(app)
	app.AddScheme("session", auth.Session())
	app.Get(writePath, func(req soay.Request) soay.Response {
		id, err := auth.NewIdentity(auth.Profile{Subject: userName, Roles: []string{"writer", userRole}})
		if err == nil {
			err = auth.SignIn(req, id)
		}
		if err != nil {
			return response.Error(err)
		}
		return response.Text(greeting)
	})
	app.Get(mePath, soayMe).Auth(soay.Auth{Roles: []string{userRole}})
	return soayServer{app}
}

func soayCookieUser() server {
	return soaySignedIn(func(app *soay.App) {
		ring, err := keyring.FromKeys(soay.NewKey())
		if err != nil {
			panic(fmt.Sprintf("soay: %v", err))
		}
		app.UseSessions("", sessions.Options{Codec: ring.Codec()})
	})
}

func soayMemoryUser() server {
	return soaySignedIn(func(app *soay.App) { app.UseSessionStore(memstore.New()) })
}
