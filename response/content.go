package response

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unsafe"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response/problem"
)

// Text returns plain text in UTF-8.
func Text(s string) Response { return Response{text: s, content: plainContent} }

// HTML returns a page in UTF-8. Nothing in s is escaped. Pages get headers against framing and
// sniffing unless the handler sets its own.
func HTML(s string) Response { return Response{text: s, content: htmlContent} }

// JSON returns v encoded by encoding/json, now: v may change afterwards. A value that cannot be
// encoded, such as NaN, makes it an error response with nothing of the value in it.
func JSON(v any) Response {
	b, err := json.Marshal(v)
	return encoded(v, b, err)
}

// PrettyJSON is JSON with an indentation of four spaces, for people who read it.
func PrettyJSON(v any) Response {
	b, err := json.MarshalIndent(v, "", "    ")
	return encoded(v, b, err)
}

func encoded(v any, b []byte, err error) Response {
	if err != nil {
		return wrong("encode %T as JSON: %w", v, err)
	}
	return Response{text: unsafe.String(unsafe.SliceData(b), len(b)), content: jsonContent} // b is nobody else's
}

// Bytes returns a copy of b as contentType.
func Bytes(contentType string, b []byte) Response {
	return withContentType(contentType, Response{text: string(b)})
}

func withContentType(contentType string, r Response) Response {
	if contentType == "" || !header.ValidValue(contentType) {
		return wrong("%q is no content type", contentType)
	}
	r.content = noContent
	return r.with(part{kind: setHeader, name: contentTypeKey, value: [1]string{contentType}})
}

// Status returns an empty response with a status from 200 to 599.
func Status(code int) Response { return Response{}.WithStatus(code) }

// NoContent returns an empty response with status 204.
func NoContent() Response { return Response{status: http.StatusNoContent} }

// Created returns status 201 with the URL of what was created and v as JSON. An empty location and
// a nil v are left out.
func Created(location string, v any) Response {
	r := Response{status: http.StatusCreated}
	if v != nil {
		r = JSON(v)
		if r.needsPage() {
			return r
		}
		r.status = http.StatusCreated
	}
	if location == "" {
		return r
	}
	return r.WithLocation(location)
}

// WithLocation returns a copy with the header Location, in which what is not ASCII is
// percent-encoded. It does not change the status and may lead anywhere; see [Redirect].
func (r Response) WithLocation(location string) Response {
	return r.WithHeader("Location", escapeNonASCII(location))
}

// Accepted returns status 202 with v as JSON; a nil v is left out.
func Accepted(v any) Response {
	r := Created("", v)
	if !r.needsPage() {
		r.status = http.StatusAccepted
	}
	return r
}

// Redirect sends the client to another place on this site with status 302. The location must be
// local: a path, a query or a fragment, no scheme and no host, in any disguise that a browser
// understands. Anything else is a 400, since such locations come from clients; use
// [ExternalRedirect] to leave the site.
func Redirect(location string) Response { return redirect(http.StatusFound, location) }

// MovedPermanently is [Redirect] with status 301.
func MovedPermanently(location string) Response {
	return redirect(http.StatusMovedPermanently, location)
}

// SeeOther is [Redirect] with status 303: the client continues with GET. It is the answer to a form
// that was accepted.
func SeeOther(location string) Response { return redirect(http.StatusSeeOther, location) }

// TemporaryRedirect is [Redirect] with status 307: the client repeats the request with its method
// and body.
func TemporaryRedirect(location string) Response {
	return redirect(http.StatusTemporaryRedirect, location)
}

// PermanentRedirect is [Redirect] with status 308: the client repeats the request with its method
// and body, now and later.
func PermanentRedirect(location string) Response {
	return redirect(http.StatusPermanentRedirect, location)
}

func redirect(status int16, location string) Response {
	if !isLocal(location) {
		return Error(problem.New(http.StatusBadRequest, "The redirect leads to another site.").
			WithCause(fmt.Errorf("response: redirect to %q, which is not local", location)))
	}
	return Response{status: status}.WithLocation(location)
}

// ExternalRedirect sends the client to an absolute http or https URL, with status 302 unless
// WithStatus changes it. Never pass it a location that a client chose.
func ExternalRedirect(location string) Response {
	u, err := url.Parse(location)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return wrong("redirect to %q, which is no absolute http or https URL", location)
	}
	return Response{status: http.StatusFound}.WithHeader("Location", u.String())
}

// isLocal reports whether a browser that resolves location stays on the site. Browsers drop tabs
// and line breaks, trim spaces and other control characters, and read a backslash as a slash, so
// all of these are refused before the URL is looked at.
func isLocal(location string) bool {
	if location == "" || strings.HasPrefix(location, "//") || strings.Contains(location, `\`) {
		return false
	}
	for i := range len(location) {
		if location[i] <= ' ' || location[i] == 0x7f {
			return false
		}
	}
	u, err := url.Parse(location)
	return err == nil && u.Scheme == "" && u.Host == "" && u.Opaque == ""
}

// escapeNonASCII percent-encodes bytes beyond ASCII, which have no place in a URL (RFC 3986 section
// 2).
func escapeNonASCII(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < 0x80 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
