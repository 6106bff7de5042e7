package main

import (
	"github.com/soay-go/soay"
	"github.com/soay-go/soay/router/openapi"
)

// newApp returns the app. What differs between the program and its tests is passed in.
func newApp(store Store, tokens *Tokens, options ...soay.Options) *soay.App {
	app := soay.New(options...)
	app.UseRequestID()
	app.UseAccessLog()
	app.UseOpenAPI(openapi.Info{
		Title: "Conduit", Version: "1.0", Description: "Articles, and what people think of them.",
	}, openapi.Options{Production: true, Error: openapi.Response{Value: Errors{}}})

	app.AddScheme("token", tokens)
	soay.AddInstance(app, store)
	soay.AddInstance(app, tokens)
	soay.AddScoped[Viewer](app, newViewer)
	soay.AddScoped[*User](app, newUser)

	handleErrors(app)

	app.Controller("/api", &Users{})
	app.Controller("/api/profiles/{username}", &Profiles{})
	app.Controller("/api/articles", &Articles{})
	app.Controller("/api/articles/{slug}/comments", &Comments{})
	app.Controller("/api/tags", &Tags{})
	return app
}
