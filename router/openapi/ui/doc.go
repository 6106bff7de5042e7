// Package ui has two pages that show an OpenAPI document to people: Swagger UI, in which requests can
// be tried out, and ReDoc, which is for reading. Their scripts and styles are part of the binary, so
// the pages work without the internet and ask no other host for anything.
//
//	docs := ui.Swagger("/openapi.json", "Cats")
//	app.Get("/docs", docs.Page)
//	app.Get("/docs/{asset}", docs.Asset)
//
// The pages run under a Content-Security-Policy that allows scripts from files of the app only, none
// inside of the page, and requests to nothing but the app. All their links are relative, so they also
// work behind a proxy that puts a prefix in front of the app's paths.
//
// Both programs are vendored from npm by vendor.sh; assets/VERSIONS says which versions these are. They
// have licences of their own, which each page links to. A program that does not call [Swagger] or
// [ReDoc] does not contain them.
package ui
