package apikey_test

import (
	"log/slog"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// newApp returns an app in production without routes.
func newApp() *soay.App { return newLoggedApp(slog.New(slog.DiscardHandler)) }

func newLoggedApp(logger *slog.Logger) *soay.App {
	return soay.New(soay.Options{Env: "production", Logger: logger})
}

// me answers with the subject of the client and its scheme.
func me(req soay.Request) soay.Response {
	id := soay.User(req)
	return response.Text(id.Scheme() + ":" + id.Subject())
}
