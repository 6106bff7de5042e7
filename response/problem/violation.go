package problem

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Violation is one thing that is wrong with a request. A problem may have many; see [Problem.Violations].
type Violation struct {
	// Pointer is the JSON Pointer (RFC 6901) of a value in the body, such as /cats/0/name.
	Pointer string `json:"pointer,omitempty"`
	// Parameter is the name of a value outside of the body, or of a field of a form.
	Parameter string `json:"parameter,omitempty"`
	// In says where the value was sought: path, query, header, cookie, form or body.
	In string `json:"in"`
	// Rule is what the value breaks, a stable name for programs.
	Rule string `json:"rule"`
	// Detail is a sentence for people. It never repeats the value.
	Detail string `json:"detail"`
}

// maxPlace bounds what is told of pointers and parameters, in bytes. A pointer holds keys that the
// client has made up, and may be repeated in every violation.
const maxPlace = 1000

// bounded returns f with a place of at most maxPlace bytes. A longer pointer becomes that of the
// nearest value around it whose pointer is short enough.
func (f Violation) bounded() Violation {
	if len(f.Pointer) > maxPlace {
		f.Pointer = f.Pointer[:max(0, strings.LastIndexByte(f.Pointer[:maxPlace+1], '/'))]
	}
	if len(f.Parameter) > maxPlace {
		end := maxPlace
		for end > maxPlace-utf8.UTFMax && !utf8.RuneStart(f.Parameter[end]) {
			end--
		}
		f.Parameter = f.Parameter[:end] + "…"
	}
	return f
}

// place says for people where the value is: /cats/0/name, query verbose, or body.
func (f Violation) place() string {
	f = f.bounded()
	switch {
	case f.Parameter != "":
		return strings.TrimPrefix(f.In+" "+f.Parameter, " ")
	case f.Pointer != "":
		return f.Pointer
	}
	return f.In
}

// item returns the violation as an item of an HTML list. The sentence may be in a language that is
// written from right to left.
func (f Violation) item() string {
	return "<li><code>" + html.EscapeString(printable(f.place())) + "</code>: <bdi>" +
		html.EscapeString(printable(f.Detail)) + "</bdi></li>\n"
}

// printable replaces what would break a line of text or turn its direction around.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return utf8.RuneError
		}
		return r
	}, s)
}
