package response

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unsafe"

	"github.com/soay-go/soay/request/header"
)

// Text returns plain text in UTF-8.
func Text(s string) Response { return Response{text: s, content: plainContent} }

// HTML returns a page in UTF-8. Nothing in s is escaped. Pages get headers against plug-ins, framing by other
// sites and the like unless the handler sets its own.
func HTML(s string) Response { return Response{text: s, content: htmlContent} }

// JSON returns v encoded by encoding/json, now: v may change afterwards. A value that cannot be
// encoded, such as NaN, makes it an error response with nothing of the value in it.
func JSON(v any) Response {
	b, err := json.Marshal(v)
	return encoded(v, b, err)
}

// PrettyJSON is [JSON] with an indentation of four spaces, for human readers.
func PrettyJSON(v any) Response {
	b, err := json.MarshalIndent(v, "", "    ")
	return encoded(v, b, err)
}

func encoded(v any, b []byte, err error) Response {
	if err != nil {
		return invalid("encode %T as JSON: %w", v, err)
	}
	return Response{text: textOf(b), content: jsonContent}
}

// textOf returns b, which nothing else has, as a text.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Bytes returns a copy of b as contentType.
func Bytes(contentType string, b []byte) Response {
	return withContentType(contentType, Response{text: string(b)})
}

func withContentType(contentType string, r Response) Response {
	if contentType == "" || !header.ValidValue(contentType) {
		return invalid("%q is no content type", contentType)
	}
	r.content = r.content.as(noContent)
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

// WithLocation returns a copy with the header Location, in which bytes beyond ASCII are
// percent-encoded. It does not change the status, and the location may be anywhere; see [Redirect].
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
