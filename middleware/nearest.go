package middleware

import (
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// maxNearest is how many routes a page lists.
const maxNearest = 20

// listsRoutes reports whether the client of a request that no route matches gets a list of the routes.
func (p *ErrorPages) listsRoutes(req request.Request, status int) bool {
	return status == http.StatusNotFound && p.Nearest != nil && req.Route() == nil && formatFor(req) == asPage &&
		p.Details != nil && p.Details(req)
}

// withRoutes returns the page for a request that no route matches, with the routes that it may have meant.
func (p *ErrorPages) withRoutes(req request.Request, prob *problem.Problem) response.Response {
	near, all := p.Nearest(req, maxNearest)
	var b strings.Builder
	if prob.Detail != "" {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(prob.Detail))
	}
	path := []rune(req.Path())
	if len(path) > 200 {
		path = append(path[:200], '…')
	}
	fmt.Fprintf(&b, "<p>No route matches <b>%s %s</b>.", html.EscapeString(req.Method()), html.EscapeString(string(path)))
	switch {
	case all == 0:
		b.WriteString(" The app has no routes.</p>\n")
	case len(near) < all:
		fmt.Fprintf(&b, " These are %d of the %d routes, the nearest first:</p>\n", len(near), all)
	default:
		b.WriteString(" These are the routes, the nearest first:</p>\n")
	}
	b.WriteString("<dl>\n")
	for _, n := range near {
		fmt.Fprintf(&b, "<dt><b>%s %s</b> registered at %s</dt>\n<dd>%s</dd>\n", html.EscapeString(n.Methods),
			html.EscapeString(n.Pattern), html.EscapeString(n.Source), html.EscapeString(strings.Join(n.Why, "; ")))
	}
	b.WriteString("</dl>\n<p>Only development shows this page.</p>\n")
	page := response.HTML(problem.Page("404 "+problem.Title(http.StatusNotFound), b.String()))
	return page.WithHeader("Cache-Control", "no-store").WithHeader("Vary", "Accept")
}
