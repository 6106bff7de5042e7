package main

import (
	"embed"
	"html/template"
	"os"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/view"
	"github.com/soay-go/soay/sessions"
)

//go:embed views
var files embed.FS

// The pages, with the types of their data.
var (
	signupPage = view.NewPage[soay.Form[Account]]("signup")
	loginPage  = view.NewPage[soay.Form[Credentials]]("login")
	notesPage  = view.NewPage[[]Note]("notes")
	notePage   = view.NewPage[noteView]("note")
	errorPage  = view.NewPage[string]("error")
)

// views are read from the folder in development, where the program runs in the folder of its source.
var views = view.Options{
	Source:     os.DirFS("."),
	ForRequest: functions,
	Pages:      []view.Checker{signupPage, loginPage, notesPage, notePage, errorPage},
}

// functions are those of templates that look at the request.
func functions(req soay.Request) template.FuncMap {
	return template.FuncMap{"userName": func() string { return soay.User(req).Name() }}
}

// message is for the next page, whose layout shows it.
const message sessions.Value[string] = "message"

// errorTexts are for the pages that people get in place of what they wanted.
var errorTexts = map[int]string{
	400: "The browser has sent something that this site does not understand.",
	401: "You are not logged in any more. Log in, and send it once more.",
	403: "This form is out of date. Go back, load the page again, and send it once more.",
	404: "There is no such page.",
	413: "This is too long.",
	429: "There were too many attempts. Please try again in some minutes.",
	500: "Something went wrong, and nothing is saved. Please try again.",
	503: "This site is not able to answer now. Please try again in a moment.",
}

// showError shows a text, and neither the user nor a form: what the handler has done to the session may not be saved.
func showError(text string) soay.Handler {
	return func(req soay.Request) soay.Response { return errorPage.Render(req, text) }
}
