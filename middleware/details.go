package middleware

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
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

// newPanicError is called by the function that recovered, while the frames of the panic are still
// on the stack. A panic that was passed on from another goroutine stays as it is.
func newPanicError(v any) *PanicError {
	if e, ok := v.(*PanicError); ok {
		return e
	}
	e := &PanicError{Value: v, Stack: fromPanic(debug.Stack())}
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

// fromPanic drops from a stack the functions that ran after the panic, down to it.
func fromPanic(stack []byte) []byte {
	head, rest, _ := bytes.Cut(stack, []byte("\n"))
	_, below, found := bytes.Cut(rest, []byte("\npanic("))
	if !found {
		return stack
	}
	for range 2 { // its arguments and its place
		_, below, _ = bytes.Cut(below, []byte("\n"))
	}
	return slices.Concat(head, []byte("\n"), below)
}

// detailed returns the body of an error for developers.
func detailed(req request.Request, err error, status int) response.Response {
	panicked, _ := errors.AsType[*PanicError](err)
	told := problem.New(status, err.Error())
	if panicked != nil {
		told = told.With("stack", strings.Split(string(panicked.Stack), "\n"))
	}
	switch f := formatFor(req); {
	case f == asPage:
		title := fmt.Sprintf("%d %s", status, problem.Title(status))
		page := response.HTML(problem.Page(title, detailedBody(req, err, panicked)))
		return page.WithHeader("Cache-Control", "no-store").WithHeader("Vary", "Accept")
	case f == asText && panicked != nil:
		return response.Text(told.Text() + "\n" + string(panicked.Stack))
	default:
		return render(told, f)
	}
}

// detailedBody returns what the page for developers says; panicked may be nil.
func detailedBody(req request.Request, err error, panicked *PanicError) string {
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

// sourceLines returns the lines around a place in the source as HTML, nothing if the file is not
// there.
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
