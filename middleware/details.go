package middleware

import (
	"errors"
	"fmt"
	"html"
	"os"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// placed is an error in a file that is no Go source, such as a template. It has the place and the text of the file; the file is
// "" if the place is not known.
type placed interface {
	error
	Place() (file string, line int, text string)
}

// detailed returns the page of an error for developers, in the form that the client likes best. It has the
// text of the error, and for a panic the stack and the lines around the place.
func detailed(req request.Request, err error, status int) response.Response {
	panicked, _ := errors.AsType[*panics.Error](err)
	prob := problem.New(status, err.Error())
	if panicked != nil {
		prob = prob.With("stack", strings.Split(string(panicked.Stack), "\n"))
	}
	switch f := formatFor(req); {
	case f == asPage:
		title := fmt.Sprintf("%d %s", status, problem.Title(status))
		page := response.HTML(problem.Page(title, detailedBody(req, err, panicked)))
		return page.WithHeader("Cache-Control", "no-store").WithHeader("Vary", "Accept")
	case f == asText && panicked != nil:
		return response.Text(prob.Text() + "\n" + string(panicked.Stack))
	default:
		return render(prob, f)
	}
}

// detailedBody returns the body of the page for developers; panicked may be nil.
func detailedBody(req request.Request, err error, panicked *panics.Error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<p><b>%s</b></p>\n", html.EscapeString(err.Error()))
	fmt.Fprintf(&b, "<p>%s %s", html.EscapeString(req.Method()), html.EscapeString(req.Path()))
	if r := req.Route(); r != nil {
		fmt.Fprintf(&b, ", route %s registered at %s", html.EscapeString(r.Pattern), html.EscapeString(r.Source))
	}
	b.WriteString("</p>\n")
	if panicked != nil {
		if text, err := os.ReadFile(panicked.File); err == nil {
			b.WriteString(sourceLines(panicked.File, panicked.Line, string(text)))
		}
		fmt.Fprintf(&b, "<h2>Stack</h2>\n<pre>%s</pre>\n", html.EscapeString(string(panicked.Stack)))
	}
	if e, ok := errors.AsType[placed](err); ok {
		if file, line, text := e.Place(); file != "" {
			b.WriteString(sourceLines(file, line, text))
		}
	}
	b.WriteString("<p>Only development shows this page.</p>\n")
	return b.String()
}

// sourceLines returns the lines of a text around a place in it as HTML.
func sourceLines(file string, line int, text string) string {
	lines := strings.Split(text, "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "<h2>%s:%d</h2>\n<pre>", html.EscapeString(file), line)
	for i := max(1, line-4); i <= min(len(lines), line+4); i++ {
		text := html.EscapeString(fmt.Sprintf("%5d  %s", i, lines[i-1]))
		if i == line {
			text = "<b>" + text + "</b>"
		}
		b.WriteString(text + "\n")
	}
	b.WriteString("</pre>\n")
	return b.String()
}
