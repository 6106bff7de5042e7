package main

import (
	"embed"
	"html/template"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

//go:embed pages/*.html
var files embed.FS

var (
	signupPage    = parsePage("signup.html")
	loginPage     = parsePage("login.html")
	notesPage     = parsePage("notes.html")
	notePage      = parsePage("note.html")
	errorTemplate = parsePage("error.html")
)

// parsePage returns the layout with the title and the content that a file defines.
func parsePage(name string) *template.Template {
	return template.Must(template.ParseFS(files, "pages/layout.html", "pages/"+name))
}

// message is for the next page.
const message sessions.Value[string] = "message"

// view is the data of a page.
type view struct {
	User    string        // who is logged in
	Message string        // is gone when a page has shown it
	Token   template.HTML // the anti-forgery field, for all forms
	Data    any           // of this page
}

func render(req soay.Request, status int, page *template.Template, data any) (soay.Response, error) {
	var b strings.Builder
	err := page.Execute(&b, view{soay.User(req).Name(), message.Or(req.Session, ""), antiforgery.Field(req), data})
	return response.HTML(b.String()).WithStatus(status), err
}

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

// errorPage shows a text, and neither the user nor a form: what the handler has done to the session may not be saved.
func errorPage(text string) soay.Handler {
	return func(soay.Request) soay.Response {
		var b strings.Builder
		if err := errorTemplate.Execute(&b, view{Data: text}); err != nil {
			return response.Error(err)
		}
		return response.HTML(b.String())
	}
}
