package main

import (
	"embed"
	"html/template"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/response"
)

//go:embed pages/*.html
var files embed.FS

// pages are parsed with the functions of no request; render replaces them.
var pages = template.Must(template.New("pages").Funcs(antiforgery.Funcs(soay.Request{})).ParseFS(files, "pages/*.html"))

// view is the data of pages. They leave out empty fields.
type view struct {
	User     string // who is signed in
	Flash    string
	Sessions int // how many the user has
	Nickname string
	Username string // for the form to sign in, with the error
	Error    string
}

// newView has the message for this page, which is gone when the page has shown it.
func newView(req soay.Request) view {
	return view{User: soay.User(req).Name(), Flash: flash.Or(req.Session, "")}
}

// render returns a page whose forms have anti-forgery tokens for the session of the request.
func render(req soay.Request, name string, v view) soay.Response {
	page, err := pages.Clone()
	if err != nil {
		return response.Error(err)
	}
	var b strings.Builder
	if err := page.Funcs(antiforgery.Funcs(req)).ExecuteTemplate(&b, name, v); err != nil {
		return response.Error(err)
	}
	// Pages say who is signed in. Without the header a browser would keep them, and show them to whoever
	// goes back after somebody has signed out.
	return response.HTML(b.String()).WithHeader("Cache-Control", "no-store")
}
