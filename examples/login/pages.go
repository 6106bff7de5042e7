package main

import (
	"embed"
	"os"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/view"
)

//go:embed views
var files embed.FS

// The pages, with the types of their data.
var (
	homePage    = view.NewPage[page]("home")
	loginPage   = view.NewPage[page]("login")
	profilePage = view.NewPage[page]("profile")
)

// views are read from the folder in development, where the program runs in the folder of its source.
var views = view.Options{Source: os.DirFS("."), Pages: []view.Checker{homePage, loginPage, profilePage}}

// page is the data of pages. They leave out empty fields.
type page struct {
	User     string // who is signed in
	Flash    string
	Sessions int // how many the user has
	Nickname string
	Username string // for the form to sign in, with the error
	Error    string
}

// newPage has the message for this page, which is gone when the page has shown it.
func newPage(req soay.Request) page {
	return page{User: soay.User(req).Name(), Flash: flash.Or(req.Session, "")}
}

// render returns a page whose forms have anti-forgery tokens for the session of the request.
func render(req soay.Request, of view.Page[page], p page) soay.Response {
	// Pages say who is signed in. Without the header a browser would keep them, and show them to whoever
	// goes back after somebody has signed out.
	return of.Render(req, p).WithHeader("Cache-Control", "no-store")
}
