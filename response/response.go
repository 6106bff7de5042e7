package response

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response/problem"
)

// Response is a status, headers, cookies, a body and perhaps the error behind it. It is a small value
// that nothing changes; the With methods return copies. A Response in a package variable may be returned
// by all goroutines. The zero Response is an empty 200.
type Response struct {
	text    string // a body of known bytes
	last    *part  // the newest of the parts: headers, cookies, a Body, an error
	status  int16  // 0 means 200
	content content
	// These are four fields on purpose: the compiler keeps a struct of so many in registers.
}

// content is the kind of the text, with marks that tell what is in the list, so that writing a response need not
// look through it.
type content uint16

const (
	noContent content = iota
	plainContent
	htmlContent
	jsonContent
	givenContent // a file, or what code for net/http answers: the app adds no policy to a page that it did not make
)

const (
	markBody    content = 1 << (iota + 4) // a Body
	markError                             // an error
	markPage                              // an error without a Body or a page on top of it
	markDefault                           // a header that writing may set by itself
	markMatch                             // a header that conditions and ranges of a request are about
	marks       = markBody | markError | markPage | markDefault | markMatch
)

func (c content) kind() content { return c &^ marks }

// as returns another kind with the same marks.
func (c content) as(kind content) content { return c&marks | kind }

// contentTypes are the values of Content-Type by the kind of content, as header maps hold them.
var contentTypes = [...][]string{
	noContent:    nil,
	plainContent: {"text/plain; charset=utf-8"},
	htmlContent:  {"text/html; charset=utf-8"},
	jsonContent:  {"application/json"},
	givenContent: nil,
}

// part is a header, a cookie, a Body or an error of a response. Parts form a list from the newest to
// the oldest. Responses share its tail and never change it, so adding a header is one small allocation
// and copies nothing.
type part struct {
	prev  *part
	kind  partKind
	name  string
	value [1]string // an array, so that a header map can hold a slice of it
	body  Body
	err   error
}

type partKind uint8

const (
	setHeader partKind = iota
	addHeader
	omitHeader // the header is not sent, not even if the server sets it by itself
	setCookie  // name identifies the cookie by name, domain and path
	setBody
	setError
	setPage // the error response has got its page
)

// with returns a copy with one more part. A mistake stays the newest part, see isMistake.
func (r Response) with(p part) Response {
	if r.isMistake() {
		return r
	}
	switch p.kind {
	case setHeader, addHeader, omitHeader:
		if isDefault(p.name) {
			r.content |= markDefault
		}
		if isMatched(p.name) {
			r.content |= markMatch
		}
	case setBody:
		r.content = r.content&^markPage | markBody
	case setError:
		r.content |= markError | markPage
	}
	p.prev = r.last
	r.last = &p
	return r
}

// mistake is the error of a response that cannot be sent as it was made. It is a 500, and With methods
// have no effect on it any more: their headers were meant for the response that was to be.
type mistake struct{ error }

func (m mistake) Unwrap() error { return m.error }

// StatusCode returns 500, whatever the error inside would ask for.
func (m mistake) StatusCode() int { return http.StatusInternalServerError }

// wrong returns an error response in place of one that cannot be sent.
func invalid(format string, args ...any) Response {
	return Error(mistake{fmt.Errorf("response: "+format, args...)})
}

// Mistake returns an error response in place of one that could not be made, as the constructors do for a value that cannot be
// encoded: a 500 whatever err would ask for. With methods have no effect on it, so render(page).WithStatus(422) is a 422
// or a 500, never a 422 without its page.
func Mistake(err error) Response {
	if err == nil {
		err = errors.New("response: Mistake was called without an error")
	}
	return Error(mistake{err})
}

// isMistake reports whether the response was replaced by a mistake. Its 500 must stay, so no part is added on
// top of it.
func (r Response) isMistake() bool {
	if r.last == nil || r.last.kind != setError {
		return false
	}
	_, ok := r.last.err.(mistake)
	return ok
}

// find returns the newest part of a kind.
func (p *part) find(kind partKind) *part {
	for ; p != nil; p = p.prev {
		if p.kind == kind {
			return p
		}
	}
	return nil
}

// filter returns the list with those parts that keep is true for. What is below the oldest part left out is shared.
func (p *part) filter(keep func(*part) bool) *part {
	if p == nil {
		return nil
	}
	below := p.prev.filter(keep)
	switch {
	case !keep(p):
		return below
	case below == p.prev:
		return p
	}
	c := *p
	c.prev = below
	return &c
}

// Status returns the status code, 200 unless it was set.
func (r Response) Status() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return int(r.status)
}

// WithStatus returns a copy with another status, from 200 to 599, or 101 with a body that upgrades
// the connection. Other codes make it an error response, because they cannot stand at the end of an
// exchange. An error response takes another error status only.
func (r Response) WithStatus(code int) Response {
	if (code < 200 || code > 599) && (code != http.StatusSwitchingProtocols || !r.hasBody()) {
		return invalid("status %d is not between 200 and 599", code)
	}
	if r.isMistake() || code < 400 && r.needsPage() {
		return r
	}
	r.status = int16(code)
	return r
}

// Err returns the error behind an error response, nil for others.
func (r Response) Err() error {
	if r.content&markError != 0 {
		return r.last.find(setError).err
	}
	return nil
}

// needsPage reports whether this is an error response without a body.
func (r Response) needsPage() bool { return r.content&markPage != 0 }

// Header returns the first value of a header that was set, and "" without one. It knows the
// Content-Type of a constructor, but not the headers that writing adds, such as Content-Length.
func (r Response) Header(name string) string {
	name = textproto.CanonicalMIMEHeaderKey(name)
	p := r.last.header(name)
	if p == nil && name == contentTypeKey {
		return first(contentTypes[r.content.kind()])
	}
	value := ""
	for ; p != nil && p.kind != omitHeader; p = p.prev.header(name) {
		value = p.value[0]
		if p.kind == setHeader {
			break
		}
	}
	return value
}

// HeaderValues returns all values of a header that were set, one for each line, in their order.
func (r Response) HeaderValues(name string) []string {
	name = textproto.CanonicalMIMEHeaderKey(name)
	var values []string
	p := r.last.header(name)
	if p == nil && name == contentTypeKey {
		return slices.Clone(contentTypes[r.content.kind()])
	}
	for ; p != nil && p.kind != omitHeader; p = p.prev.header(name) {
		values = append(values, p.value[0])
		if p.kind == setHeader {
			break
		}
	}
	slices.Reverse(values)
	return values
}

// WithHeader returns a copy in which a header has exactly this value. Vary is the exception: values
// are merged, never replaced. A name that is no token or a value with a line break, NUL or another
// control character makes it an error response.
func (r Response) WithHeader(name, value string) Response {
	return r.withHeader(setHeader, name, value)
}

// AddHeader returns a copy with one more line of a header, such as Link.
func (r Response) AddHeader(name, value string) Response {
	return r.withHeader(addHeader, name, value)
}

// WithHeadersOf returns a copy with the headers and cookies of another response, as if they were set
// now. Headers that many responses have in common can stand in one package variable; a response that has
// no headers yet takes them without a copy.
func (r Response) WithHeadersOf(from Response) Response {
	if !r.isMistake() {
		r.last = r.last.withHeaders(from.last)
		r.content |= from.content & (markDefault | markMatch)
	}
	return r
}

// withHeaders returns the list p with the headers and cookies of q on top.
func (p *part) withHeaders(q *part) *part {
	if q == nil {
		return p
	}
	below := p.withHeaders(q.prev)
	switch {
	case q.kind > setCookie:
		return below
	case below == q.prev:
		return q // nothing of p lies below it, so it can be shared
	}
	c := *q
	c.prev = below
	return &c
}

const (
	contentTypeKey   = "Content-Type"
	contentLengthKey = "Content-Length"
)

// withHeader checks a header and returns a copy with it.
func (r Response) withHeader(kind partKind, name, value string) Response {
	if !header.IsToken(name) {
		return invalid("%q is no header name", name)
	}
	if !header.ValidValue(value) {
		return invalid("value %q of header %s has a line break or another control character", value, name)
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	switch name {
	case "Transfer-Encoding":
		return invalid("header %s is the server's to set", name)
	case "Vary":
		kind = addHeader
	}
	return r.with(part{kind: kind, name: name, value: [1]string{value}})
}

// Error returns an error response: the app logs err and gives the client a page or problem details
// with its status. The status and the text for the client come from err if it is or wraps a
// [problem.Problem]. An err with a method StatusCode() int gives the status alone. Every other error
// is a 500, and the client does not see its text. A header Vary of a problem is added to the response, also where a
// handler of the app makes its page.
func Error(err error) Response {
	if err == nil {
		err = errors.New("response: Error was called without an error")
	}
	r := Response{status: int16(problem.StatusOf(err))}.with(part{kind: setError, err: err})
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		for _, names := range p.Header["Vary"] { // of every page for it, also of one that does not show the problem
			r = r.WithHeader("Vary", names)
		}
	}
	if e, ok := errors.AsType[*unsatisfiableError](err); ok {
		return r.WithHeader("Content-Range", e.contentRange())
	}
	return r
}

// errorOf is Error for a status and an optional explanation for the client.
func errorOf(status int, detail []string) Response {
	p := &problem.Problem{Status: status}
	if len(detail) > 0 {
		p.Detail = detail[0]
	}
	return Error(p)
}

// BadRequest returns an error response with status 400 and an optional explanation for the client.
func BadRequest(detail ...string) Response { return errorOf(http.StatusBadRequest, detail) }

// Unauthorized returns an error response with status 401: the client must authenticate first. Every 401
// that does not say by WWW-Authenticate how has the challenge Session realm="app"; WithHeader sets another.
func Unauthorized(detail ...string) Response { return errorOf(http.StatusUnauthorized, detail) }

// Forbidden returns an error response with status 403: authenticating will not help.
func Forbidden(detail ...string) Response { return errorOf(http.StatusForbidden, detail) }

// NotFound returns an error response with status 404.
func NotFound(detail ...string) Response { return errorOf(http.StatusNotFound, detail) }

// Conflict returns an error response with status 409: the request contradicts the present state of the
// resource.
func Conflict(detail ...string) Response { return errorOf(http.StatusConflict, detail) }
