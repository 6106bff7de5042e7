// Command oidc is a site that people sign in to at any OpenID provider. The environment says which:
//
//	APP_ENV=dev OIDC_ISSUER=https://id.example OIDC_CLIENT_ID=cats OIDC_CLIENT_SECRET=… go run .
//
// It serves on http://localhost:8000.
package main

import (
	"cmp"
	"fmt"
	"html/template"
	"log"
	"os"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions/memstore"
)

func main() {
	app, err := newApp(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	if err := app.Run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

// newApp returns the site, whose provider is that of the environment.
func newApp(env func(string) string) (*soay.App, error) {
	for _, name := range []string{"OIDC_ISSUER", "OIDC_CLIENT_ID"} {
		if env(name) == "" {
			return nil, fmt.Errorf("%s is not set", name)
		}
	}
	app := soay.New()
	app.UseSessionStore(memstore.New())
	app.AddScheme("login", oidc.New(oidc.Options{
		Issuer: env("OIDC_ISSUER"), ClientID: env("OIDC_CLIENT_ID"), ClientSecret: env("OIDC_CLIENT_SECRET"),
		UserInfo: true, // for providers that tell names only there
	}))
	app.Get("/", home)
	app.Get("/me", me).Auth()
	return app, nil
}

var pages = template.Must(template.New("home").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Cats</title>
{{if .User}}<p>You are {{.User}}. <a href="/me">What is known of you</a></p>
<form method="post" action="/sign-out">{{.Field}}<button>Sign out</button></form>
{{else}}<p><a href="/sign-in?return=/me">Sign in</a></p>
{{end}}`))

// home is a page for everybody.
func home(req soay.Request) soay.Response {
	page := struct {
		User  string
		Field template.HTML
	}{}
	if id := soay.User(req); id != nil {
		page.User, page.Field = cmp.Or(id.Name(), id.Subject()), antiforgery.Field(req)
	}
	var text strings.Builder
	if err := pages.Execute(&text, page); err != nil {
		return response.Error(err)
	}
	return response.HTML(text.String())
}

// me tells what the provider has told.
func me(req soay.Request) soay.Response {
	id := soay.User(req)
	return response.PrettyJSON(map[string]any{
		"subject": id.Subject(), "issuer": id.Issuer(), "name": id.Name(), "signed in": id.AuthTime(), "claims": id.Claims(),
	})
}
