package view

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// failure is an error in a template, with its place.
type failure struct {
	what string // such as render "notes/list", "" at the start
	text string // the place and what is wrong
	err  error  // behind it, nil if there is none

	file   string // the place, "" if it is not known
	line   int
	source string // the text of the file
}

// Error implements error.
func (f *failure) Error() string {
	if f.what == "" {
		return f.text
	}
	return "view: " + f.what + ": " + f.text
}

// Unwrap returns the error of the template, or of a function that it has called.
func (f *failure) Unwrap() error { return f.err }

// Place returns the file, the line and the whole text of the file, for error pages in development. It is for the framework.
func (f *failure) Place() (file string, line int, text string) { return f.file, f.line, f.source }

// doing returns the failure with what was attempted.
func doing(what string, err error) error {
	if f, ok := err.(*failure); ok {
		c := *f
		c.what = what
		return &c
	}
	return fmt.Errorf("view: %s: %w", what, err)
}

// place finds the place in an error of html/template and text/template. Their errors have it in the text only.
var place = regexp.MustCompile(`^(?:html/)?template: ?(.+?):(\d+)`)

// failed returns an error of a template of these files with its place.
func (t *tree) failed(err error) *failure {
	text := err.Error()
	f := &failure{text: strings.TrimPrefix(strings.TrimPrefix(text, "html/"), "template:"), err: err}
	f.text = strings.TrimPrefix(f.text, " ")
	if m := place.FindStringSubmatch(text); m != nil {
		if source, ok := t.files[m[1]]; ok {
			f.file, f.source = m[1], source
			f.line, _ = strconv.Atoi(m[2])
		}
	}
	return f
}

// at returns a failure at a line of a file.
func (t *tree) at(file string, line int, format string, args ...any) *failure {
	return &failure{text: fmt.Sprintf("%s:%d: ", file, line) + fmt.Sprintf(format, args...), file: file, line: line, source: t.files[file]}
}
