// Package files serves folders: [soay.App.Static] for a folder below a prefix, a [Set] for handlers that serve one
// themselves, and [Send] for one file whose name a client chose.
//
//	app.Static("/static", files.Dir("public"))
//	app.Static("/", files.FS(dist, "dist"), files.Options{Fallback: "index.html", Except: []string{"/api"}})
//
// Nothing outside of the folder is served, not by a link either, and nothing hidden: see [Set.Serve]. Files have tags of
// their content, so that browsers ask for what has changed only; ranges and conditions work; siblings that were compressed
// before, such as app.js.br, are sent to clients that take them. In templates asset "/static/app.css" is a URL that changes
// with the file, which browsers keep for a year.
package files
