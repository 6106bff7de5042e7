package main

import (
	"context"
	"database/sql"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
)

// config is what differs between runs.
type config struct {
	database string // see openDatabase
	key      string // of the sessions
}

func newApp(c config, options ...soay.Options) *soay.App {
	app := soay.New(options...)
	app.UseSessions(c.key)
	app.UseViews(files, views)
	soay.AddSingleton[*sql.DB](app, func() (*sql.DB, error) { return openDatabase(c.database) })
	soay.AddScoped[*Work](app, newWork, soay.ServiceOptions[*Work]{Finish: (*Work).finish})
	soay.AddScoped[*Notes](app, newNotes)
	soay.AddScoped[*Users](app, newUsers)

	app.OnStart(func(ctx context.Context) error {
		db, err := soay.Service[*sql.DB](app)
		if err != nil {
			return err
		}
		return migrate(ctx, db)
	})

	app.AddScheme("session", auth.Session(auth.SessionOptions{
		SignInPath: "/login",
		Load:       loadUsersOf(app),
		LoadEvery:  -1, // each request reads the database anyway, and who deletes an account is out at once
	}))
	addRoutes(app)
	for status, text := range errorTexts {
		app.HandleStatus(status, showError(text))
	}
	return app
}

func addRoutes(app *soay.App) {
	app.Get("/", func(soay.Request) soay.Response { return response.SeeOther("/notes") })
	soay.Get(app, "/signup", askNewUser).Name("signup")
	soay.Post(app, "/signup", signUp)
	soay.Get(app, "/login", askPassword).Name("login")
	soay.Post(app, "/login", logIn)
	app.Post("/logout", logOut)

	own := app.Group("/notes").Auth()
	soay.Get(own, "/", listNotes)
	soay.Post(own, "/", addNote)
	soay.Get(own, "/new", newNote)
	soay.Get(own, "/{id}", showNote)
	soay.Post(own, "/{id}", changeNote)
	soay.Post(own, "/{id}/delete", deleteNote)
	soay.Post(own, "/{id}/file", attachFile)
	soay.Get(own, "/{id}/file", sendFile)

	app.UseHealth()
	app.AddHealthCheck("db", func(ctx context.Context) error { return ping(ctx, app) })
}

// ping asks whether the database answers.
func ping(ctx context.Context, app *soay.App) error {
	db, err := soay.Service[*sql.DB](app)
	if err != nil {
		return err
	}
	return db.PingContext(ctx)
}
