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

// detailed returns the body of an error for developers.
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
		b.WriteString(sourceLines(panicked.File, panicked.Line))
		fmt.Fprintf(&b, "<h2>Stack</h2>\n<pre>%s</pre>\n", html.EscapeString(string(panicked.Stack)))
	}
	b.WriteString("<p>Only development shows this page.</p>\n")
	return b.String()
}

// sourceLines returns the source lines around a place as HTML, nothing if the file is not there.
func sourceLines(file string, line int) string {
	if file == "" {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	lines := strings.Split(string(text), "\n")
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
