// Package view renders pages from templates of package html/template: with layouts, partials and functions that
// know the request.
//
//	//go:embed views
//	var files embed.FS
//
//	app.UseViews(files, view.Options{Source: os.DirFS(".")})
//
//	app.Get("/notes", func(req soay.Request) soay.Response {
//		return view.Render(req, "notes/list", notes)
//	})
//
// The templates are in three folders, which are in one folder together:
//
//	pages/notes/list.html    the page notes/list
//	layouts/base.html        what is around pages; it calls {{template "content" .}}
//	partials/note.html       what pages share: {{template "partials/note" .}}
//
// A page is its file, or what the file has in {{define "content"}}. What else it defines, such as a title, takes the
// place of what the layout has in {{block "title" .}}. The layout of all pages is layouts/base; another one is named in
// the first line of a page, as in {{/* layout: plain */}}, and none means that the page stands alone. A layout is its file
// too, or what the file has in {{define "layout"}}.
//
// # Errors
//
// All templates are read and parsed when the app is set up, and mistakes stop the start, with the line of the template.
// A page is rendered to its end before anything is sent, so an error is a 500 with nothing of the page; the log has the
// line, and in development the error page shows it. A missing key of a map is an error. A [Page] knows the type of its
// data, so fields that are not there are found at the start as well.
//
// In development a changed file shows at the next request.
//
// # Functions
//
// Every template has these functions, besides those of html/template and of [Options]:
//
//	url "note" .ID                the path of a named route, see request.Request.URLFor
//	asset "/static/app.css"       the URL of a static file, see request.Request.Asset
//	integrity "/static/app.js"    the hash of a static file, for the attribute of this name
//	antiForgeryField              the hidden field of a form, see package antiforgery
//	antiForgeryToken              the token alone, for scripts
//	flash "note"                  a value of the session that is shown once, nil if there is none
//
// A page with a token or a flash is marked for caches as if the handler had asked for them.
//
// # Escaping
//
// It is that of html/template: values are escaped for the place where they stand. A template that is safe nowhere, such as
// one that ends inside of a tag, is found at the start.
package view
