package main

import (
	"context"
	"database/sql"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// newApp returns an app with its notes in a database; see openDatabase.
func newApp(database string, options ...soay.Options) *soay.App {
	app := soay.New(options...)
	soay.AddSingleton[*sql.DB](app, func() (*sql.DB, error) { return openDatabase(database) })
	soay.AddScoped[*Work](app, newWork, soay.ServiceOptions[*Work]{Finish: (*Work).finish})
	soay.AddScoped[*Notes](app, newNotes)

	app.OnStart(func(ctx context.Context) error {
		db, err := soay.Service[*sql.DB](app)
		if err != nil {
			return err
		}
		return migrate(ctx, db)
	})

	soay.Get(app, "/notes", listNotes)
	soay.Post(app, "/notes", addNote)
	soay.Get(app, "/notes/{id}", showNote)
	soay.Put(app, "/notes/{id}", changeNote)
	soay.Get(app, "/notes/{id}/history", listHistory)
	app.Get("/ready", ready(app))
	return app
}

// ready tells a load balancer whether the app takes requests and its database answers.
func ready(app *soay.App) soay.Handler {
	return func(req soay.Request) soay.Response {
		db, err := soay.Resolve[*sql.DB](req)
		if err == nil {
			err = db.PingContext(req.Context())
		}
		if err != nil {
			req.Logger().Warn("the database does not answer", "error", err)
		}
		if err != nil || !app.Ready() {
			return response.Status(503)
		}
		return response.NoContent()
	}
}
