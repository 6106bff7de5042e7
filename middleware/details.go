package middleware

import (
	"errors"
	"fmt"
	"html"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// PanicError is the error of a handler that panicked.
type PanicError struct {
	Value any
	Stack []byte
	File  string // where it panicked
	Line  int
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// StatusCode returns 500, whatever the error inside would ask for: nobody chose to answer with it.
func (e *PanicError) StatusCode() int { return 500 }

// newPanicError is called by the function that recovered, while the frames of the panic are still on the stack. A panic that was
// passed on from another goroutine stays as it is.
func newPanicError(v any) *PanicError {
	if e, ok := v.(*PanicError); ok {
		return e
	}
	e := &PanicError{Value: v, Stack: debug.Stack()}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		isRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicking && !isRuntime {
			e.File, e.Line = f.File, f.Line
			return e
		}
		panicking = panicking || f.Function == "runtime.gopanic"
		if !more {
			return e
		}
	}
}

// detailed returns the body of an error for developers.
func detailed(req request.Request, err error, status int) response.Response {
	var panicked *PanicError
	errors.As(err, &panicked)
	route, source := "", ""
	if r := req.Route(); r != nil {
		route, source = r.Pattern, r.Source
	}
	told := problem.New(status, err.Error())
	if panicked != nil {
		told = told.With("stack", strings.Split(string(panicked.Stack), "\n"))
	}
	f := formatFor(req)
	if f != asPage {
		if f == asText && panicked != nil {
			return response.Text(told.Text() + "\n" + string(panicked.Stack))
		}
		return render(told, f)
	}
	var b strings.Builder
	title := html.EscapeString(fmt.Sprintf("%d %s", status, problem.Title(status)))
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>%s</title>\n<h1>%s</h1>\n", title, title)
	fmt.Fprintf(&b, "<p><b>%s</b></p>\n", html.EscapeString(err.Error()))
	fmt.Fprintf(&b, "<p>%s %s", html.EscapeString(req.Method()), html.EscapeString(req.Path()))
	if route != "" {
		fmt.Fprintf(&b, ", route %s registered at %s", html.EscapeString(route), html.EscapeString(source))
	}
	b.WriteString("</p>\n")
	if panicked != nil {
		b.WriteString(sourceLines(panicked.File, panicked.Line))
		fmt.Fprintf(&b, "<h2>Stack</h2>\n<pre>%s</pre>\n", html.EscapeString(string(panicked.Stack)))
	}
	b.WriteString("<p>Only development shows this page.</p>\n</html>\n")
	return response.HTML(b.String()).WithHeader("Cache-Control", "no-store").WithHeader("Vary", "Accept")
}

// sourceLines returns the lines around a place in the source as HTML, nothing if the file is not there.
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
