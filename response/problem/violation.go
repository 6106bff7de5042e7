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
	// In is the source of the value: path, query, header, cookie, form or body.
	In string `json:"in"`
	// Rule is the name of the broken rule. It is stable, for programs.
	Rule string `json:"rule"`
	// Param is what the rule was given: 8 for min=8, "" for a rule without a parameter. The names of other fields
	// are those that the client knows.
	Param string `json:"param,omitempty"`
	// Detail is a message for people. It never repeats the value.
	Detail string `json:"detail"`
}

// maxPlace is the limit of pointers and parameters in bytes. A pointer holds keys that the client has made
// up, and may be repeated in every violation.
const maxPlace = 1000

// bounded returns v with a place of at most maxPlace bytes. A longer pointer becomes that of the nearest
// value around it whose pointer is short enough.
func (v Violation) bounded() Violation {
	if len(v.Pointer) > maxPlace {
		v.Pointer = v.Pointer[:max(0, strings.LastIndexByte(v.Pointer[:maxPlace+1], '/'))]
	}
	if len(v.Parameter) > maxPlace {
		end := maxPlace
		for end > maxPlace-utf8.UTFMax && !utf8.RuneStart(v.Parameter[end]) {
			end--
		}
		v.Parameter = v.Parameter[:end] + "…"
	}
	return v
}

// place is the place of the value for people: /cats/0/name, query verbose, or body.
func (v Violation) place() string {
	v = v.bounded()
	switch {
	case v.Parameter != "":
		return strings.TrimPrefix(v.In+" "+v.Parameter, " ")
	case v.Pointer != "":
		return v.Pointer
	}
	return v.In
}

// item returns the violation as an item of an HTML list. The message may be in a language that is written
// from right to left.
func (v Violation) item() string {
	return "<li><code>" + html.EscapeString(printable(v.place())) + "</code>: <bdi>" +
		html.EscapeString(printable(v.Detail)) + "</bdi></li>\n"
}

// printable replaces characters that would break a line of text or turn its direction around.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return utf8.RuneError
		}
		return r
	}, s)
}
