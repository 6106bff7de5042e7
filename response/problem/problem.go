// Package problem has errors with an HTTP status and a text for the client: problem details for HTTP APIs
// as of RFC 9457.
//
//	return response.Error(problem.New(404, "cat 7 does not exist"))
//
// Everything in a Problem but its cause is meant for the client. The cause stays with the server's
// log.
package problem

import (
	"cmp"
	"errors"
	"html"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// ContentType is the media type of a problem's JSON form.
const ContentType = "application/problem+json"

// Problem is an error with a status and a text for the client. Its methods return changed copies,
// so a package-level Problem may be used by all requests.
type Problem struct {
	// Type is a URI that identifies the kind of problem. Empty means about:blank: there is no more to
	// it than the status.
	Type string
	// Title is a short summary of the kind. Empty means the status text, such as Not Found.
	Title string
	// Status is the HTTP status code. New makes sure that it is between 400 and 599.
	Status int
	// Detail explains this occurrence to the client.
	Detail string
	// Instance is a URI that identifies this occurrence.
	Instance string
	// Violations lists everything that is wrong with the request, in the order in which clients get it.
	// It is nil for problems of another kind. In the JSON form it is the member errors. Copies of the
	// problem share it, so it must not be changed.
	Violations []Violation
	// Language is the language of the messages in Violations, a BCP 47 tag for Content-Language. Empty
	// means English.
	Language string
	// Extensions are further members, such as a balance that is too low. Names of the standard members
	// are passed over. If there are violations, errors is a standard member too.
	Extensions map[string]any
	// Header holds further header fields of the response, by their canonical names. Copies of the
	// problem share it, so it must not be changed; use WithHeader.
	Header http.Header

	cause error
}

// New returns a problem with a status and an explanation for the client. A status that is no error
// becomes 500.
func New(status int, detail string) *Problem {
	if status < 400 || status > 599 {
		status = http.StatusInternalServerError
	}
	return &Problem{Status: status, Detail: detail}
}

// Invalid returns a problem with a status, 400 or 422 say, and a copy of the violations. Its detail is
// their number. A status that is no error becomes 500.
func Invalid(status int, violations []Violation) *Problem {
	p := New(status, "The request has "+strconv.Itoa(len(violations))+" faults.")
	if len(violations) == 1 {
		p.Detail = "The request has 1 fault."
	}
	p.Violations = append([]Violation(nil), violations...) // unlike slices.Clone it leaves the list where it is
	return p
}

// Error returns status, title and detail, and the cause if there is one. It is for logs.
func (p *Problem) Error() string {
	s := strconv.Itoa(p.Status) + " " + p.title()
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	if p.cause != nil {
		s += ": " + p.cause.Error()
	}
	return s
}

// LogValue implements slog.LogValuer: logs get the text of Error, cause included, in place of the
// form for clients.
func (p *Problem) LogValue() slog.Value { return slog.StringValue(p.Error()) }

// StatusCode returns the HTTP status.
func (p *Problem) StatusCode() int { return p.Status }

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.cause }

// WithCause returns a copy that wraps err. The client never sees it.
func (p *Problem) WithCause(err error) *Problem {
	c := *p
	c.cause = err
	return &c
}

// With returns a copy with one more extension member.
func (p *Problem) With(name string, value any) *Problem {
	c := *p
	c.Extensions = maps.Clone(p.Extensions)
	if c.Extensions == nil {
		c.Extensions = map[string]any{}
	}
	c.Extensions[name] = value
	return &c
}

// WithHeader returns a copy with one more header field of the response, such as Retry-After.
func (p *Problem) WithHeader(name, value string) *Problem {
	c := *p
	c.Header = p.Header.Clone()
	if c.Header == nil {
		c.Header = http.Header{}
	}
	c.Header.Set(name, value)
	return &c
}

func (p *Problem) title() string {
	if p.Title != "" {
		return p.Title
	}
	return Title(p.Status)
}

// Title returns the text of a status, and a plain word for a status without one.
func Title(status int) string {
	if t := http.StatusText(status); t != "" {
		return t
	}
	return "Error"
}

// Text returns the problem as a line of plain text, with a line for each violation. Control characters in
// violations are replaced.
func (p *Problem) Text() string {
	s := strconv.Itoa(p.Status) + " " + p.title()
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	var text strings.Builder
	text.WriteString(s + "\n")
	for _, f := range p.Violations {
		text.WriteString("- " + printable(f.place()+": "+f.Detail) + "\n")
	}
	return text.String()
}

// HTML returns the problem as a small page without scripts or outside references.
func (p *Problem) HTML() string {
	var body strings.Builder
	if p.Detail != "" {
		body.WriteString("<p>" + html.EscapeString(p.Detail) + "</p>\n")
	}
	if len(p.Violations) > 0 {
		body.WriteString("<ul lang=\"" + html.EscapeString(cmp.Or(p.Language, "en")) + "\">\n")
		for _, f := range p.Violations {
			body.WriteString(f.item())
		}
		body.WriteString("</ul>\n")
	}
	return Page(strconv.Itoa(p.Status)+" "+p.title(), body.String())
}

// Page returns a small page with a title, which is escaped, and a body, which is HTML.
func Page(title, body string) string {
	title = html.EscapeString(title)
	return "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width\">\n" +
		"<title>" + title + "</title>\n<style>" + pageStyle + "</style>\n<h1>" + title + "</h1>\n" + body + "</html>\n"
}

const pageStyle = "body{font:1em/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem}" +
	"pre{overflow:auto;padding:1rem;background:#8882}"

// From returns the part of err that a client may know: the Problem that it is or wraps, else a bare one
// with its status. The status comes from a method StatusCode() int of err or of an error that it wraps, and
// is 500 without one.
func From(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	return New(StatusOf(err), "")
}

// StatusOf returns the status that err, or an error it wraps, asks for by a method StatusCode()
// int. Without one, or where it is not between 400 and 599, it is 500.
func StatusOf(err error) int {
	type coder interface {
		error
		StatusCode() int
	}
	if coder, ok := errors.AsType[coder](err); ok {
		if status := coder.StatusCode(); status >= 400 && status <= 599 {
			return status
		}
	}
	return http.StatusInternalServerError
}
