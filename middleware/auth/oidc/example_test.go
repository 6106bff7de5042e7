package oidc_test

import (
	"errors"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions/memstore"
)

// People sign in at a provider.
func ExampleNew() {
	app := soay.New(soay.Options{PublicURL: "https://cats.example"})
	app.UseSessionStore(memstore.New())
	app.AddScheme("login", oidc.New(oidc.Options{
		Issuer: "https://id.example", ClientID: "cats", ClientSecret: os.Getenv("CLIENT_SECRET"),
	}))
	app.Get("/me", func(req soay.Request) soay.Response {
		return response.Text("Hello " + soay.User(req).Name())
	}).Auth()
	if err := app.Run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

// The app calls an API in the name of its user.
func ExampleLogin_AccessToken() {
	login := oidc.New(oidc.Options{
		Issuer: "https://id.example", ClientID: "cats", ClientSecret: os.Getenv("CLIENT_SECRET"),
		Scopes: []string{"openid", "profile", "offline_access"}, SaveTokens: true,
	})
	app := soay.New(soay.Options{PublicURL: "https://cats.example"})
	app.UseSessionStore(memstore.New())
	app.AddScheme("login", login)
	app.Get("/orders", func(req soay.Request) soay.Response {
		token, err := login.AccessToken(req)
		if errors.Is(err, oidc.ErrNoToken) {
			return response.Redirect("/sign-in?return=/orders")
		}
		if err != nil {
			return response.Error(err)
		}
		call, err := http.NewRequestWithContext(req.Context(), http.MethodGet, "https://api.example/orders", nil)
		if err != nil {
			return response.Error(err)
		}
		call.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(call)
		if err != nil {
			return response.Error(err)
		}
		defer answer.Body.Close()
		orders, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		if err != nil {
			return response.Error(err)
		}
		return response.Bytes("application/json", orders)
	}).Auth()
}
