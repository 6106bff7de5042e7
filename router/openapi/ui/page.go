package ui

import (
	"cmp"
	"fmt"
	"html"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Documentation is a page and the files it consists of. It needs two routes, as shown at the top of
// this package: one for Page, and below it one with a parameter named asset for Asset. It is safe for
// concurrent use.
type Documentation struct {
	spec   string
	title  string
	policy string
	assets []*asset // in the order in which the page names them
}

// Swagger returns a page with Swagger UI. It shows the OpenAPI document at the path spec, which is one
// of the app itself and starts with a slash. "Try it out" sends requests to the app only, with the
// cookies that the browser has for it. The title is plain text.
func Swagger(spec, title string) *Documentation {
	return &Documentation{
		spec:   spec,
		title:  title,
		policy: contentPolicy + swaggerPolicy,
		assets: []*asset{
			plain("page.css", pageStyle),
			zipped("swagger-ui.css", swaggerStyle),
			zipped("swagger-ui-bundle.js", swaggerScript),
			plain("swagger.js", swaggerStart),
			plain("swagger-ui.LICENSE.txt", swaggerLicence),
		},
	}
}

// ReDoc returns a page with ReDoc. It shows the OpenAPI document at the path spec, which is one of the
// app itself and starts with a slash. The title is plain text.
func ReDoc(spec, title string) *Documentation {
	return &Documentation{
		spec:   spec,
		title:  title,
		policy: contentPolicy + redocPolicy,
		assets: []*asset{
			plain("page.css", pageStyle),
			zipped("redoc.standalone.js", redocScript),
			plain("redoc.js", redocStart),
			plain("redoc.LICENSE.txt", redocLicence),
		},
	}
}

// contentPolicy is the Content-Security-Policy of both pages: everything comes from files of the app,
// except for small images and fonts inside the styles.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// swaggerPolicy is added for Swagger UI: attributes align columns of tables in Markdown.
const swaggerPolicy = "; style-src-attr 'unsafe-inline'"

// redocPolicy is added for ReDoc: it writes styles into the page, and its search runs in a worker that it
// makes of a text.
const redocPolicy = "; style-src-elem 'self' 'unsafe-inline'; worker-src blob:"

// Page is the handler for the page. Caches have to check it each time, since it names the files of the
// present version.
func (d *Documentation) Page(req request.Request) response.Response {
	return response.HTML(d.html(req.URL().EscapedPath())).
		WithHeader("Content-Security-Policy", d.policy).
		WithHeader("Cache-Control", "no-cache")
}

// pageText is the page with verbs for the title, the links in its head, the document and the scripts. The
// empty icon keeps browsers from asking for /favicon.ico, which many an API does not have.
const pageText = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title>
<link rel="icon" href="data:,">
%s</head>
<body>
<div id="page" data-spec="%s"></div>
<noscript>This page needs JavaScript.</noscript>
%s</body>
</html>
`

// html returns the page as it is for a client that asked for path.
func (d *Documentation) html(path string) string {
	var links, scripts strings.Builder
	for _, a := range d.assets {
		url := html.EscapeString(below(path) + a.versioned())
		switch a.extension() {
		case ".css":
			fmt.Fprintf(&links, "<link rel=\"stylesheet\" href=\"%s\">\n", url)
		case ".txt":
			fmt.Fprintf(&links, "<link rel=\"license\" href=\"%s\">\n", url)
		case ".js":
			fmt.Fprintf(&scripts, "<script src=\"%s\"></script>\n", url)
		}
	}
	spec := html.EscapeString(relative(path, d.spec))
	return fmt.Sprintf(pageText, html.EscapeString(d.title), links.String(), spec, scripts.String())
}

// below returns the relative URL of the folder below a page. The path of the page may end with a slash
// or not; it is the client's, so what follows "./" cannot be taken for a scheme.
func below(page string) string {
	last := page[strings.LastIndexByte(page, '/')+1:]
	if last == "" {
		return "./"
	}
	return "./" + last + "/"
}

// relative returns the URL of a path of the app relative to a page of it. Unlike the path itself it is
// also right behind a proxy that adds a prefix.
func relative(page, path string) string {
	up := strings.Repeat("../", max(strings.Count(page, "/")-1, 0))
	return cmp.Or(up, "./") + strings.TrimPrefix(path, "/")
}
