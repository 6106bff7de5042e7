package main

import (
	"embed"
	"os"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/files"
	"github.com/soay-go/soay/response/view"
)

//go:embed views static
var embedded embed.FS

// The pages, with the types of their data, which are compared when the app starts.
var (
	listPage  = view.NewPage[list]("photos")
	photoPage = view.NewPage[photoView]("photo")
	newPage   = view.NewPage[soay.Form[NewPhoto]]("new")
	errorPage = view.NewPage[string]("error")
)

// newApp returns the gallery of the photos in a folder.
func newApp(folder *os.Root, key string, options ...soay.Options) *soay.App {
	app := soay.New(options...)
	app.UseAccessLog()
	app.UseSessions(key)
	app.UseViews(embedded, view.Options{
		Source: os.DirFS("."), // in development
		Pages:  []view.Checker{listPage, photoPage, newPage, errorPage},
	})
	app.Static("/static", files.FS(embedded, "static"))

	g := &gallery{store{folder}, make(chan struct{}, maxDecoding)}
	soay.Get(app, "/", g.list).Name("photos")
	app.Get("/new", func(req soay.Request) soay.Response { return newPage.Render(req, soay.Form[NewPhoto]{}) }).Name("new")
	soay.Post(app, "/new", g.add)
	soay.Get(app, "/photos/{id}", g.show).Name("photo")
	soay.Get(app, "/photos/{id}/image", g.image).Name("image")
	soay.Get(app, "/photos/{id}/thumb", g.thumb).Name("thumb")
	soay.Get(app, "/photos/{id}/download", g.download).Name("download")
	soay.Post(app, "/photos/{id}/delete", g.remove).Name("delete")

	for status, text := range errorTexts {
		app.HandleStatus(status, func(req soay.Request) soay.Response { return errorPage.Render(req, text) })
	}
	return app
}

// errorTexts are for the pages that people get in place of what they wanted.
var errorTexts = map[int]string{
	400: "The browser has sent something that this site does not understand.",
	403: "This is not allowed: the photo is not yours, or the form is out of date.",
	404: "There is no such page or photo. Perhaps it was deleted.",
	408: "The upload took too long. Please try again.",
	413: "This is far too large. A photo may have 5 MiB.",
	500: "Something went wrong, and nothing is saved. Please try again.",
	503: "This site is not able to answer now. Please try again in a moment.",
	507: "There is no room for more photos, and nothing is saved.",
}
