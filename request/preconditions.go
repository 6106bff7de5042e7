package request

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response/problem"
)

// Validators tell which version of a resource there is now, for [Request.Preconditions].
type Validators struct {
	// ETag is the tag of the present version, without quotes, as response.Response.WithETag takes it. "" means that the
	// resource has none, and then no tag of a client fits.
	ETag string
	// Modified is when the resource has changed. The zero time means that it is not known, and then dates of clients
	// are ignored.
	Modified time.Time
	// Missing says that the resource does not exist.
	Missing bool
	// Required refuses requests without a condition by 428 (RFC 6585 section 3), so that no client overwrites what it
	// has not seen.
	Required bool
}

// Preconditions compares the conditions of a request that is to change a resource with its present version (RFC 9110
// section 13). It returns nil if the handler may go on, or else the error to be answered: a problem with the status
//
//   - 412, if If-Match does not have the tag; if the resource has changed since the date of If-Unmodified-Since; if
//     If-None-Match has the tag, or * while the resource exists
//   - 428, if Required is set and there is no such condition, or only a date that is malformed or cannot be compared
//   - 400, if a tag is malformed
//
// If-Match goes before If-Unmodified-Since, and its tags must be strong. For GET, HEAD, OPTIONS and TRACE it returns nil,
// since conditions of GET and HEAD are answered from the headers of the response. A Validators.ETag with a quote, a space or
// a control character is a mistake of the program, and a 500.
//
// What is compared must not change before the handler does: compare and write in one transaction, or let the write name
// the version it is for.
func (r Request) Preconditions(now Validators) error {
	if !r.live() {
		return errEnded
	}
	hr := r.source()
	switch hr.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return nil
	}
	p := preconditions{Validators: now}
	if now.ETag != "" {
		tag, err := header.ParseETag(`"` + now.ETag + `"`)
		if err != nil {
			return fmt.Errorf("request: Preconditions: the ETag %q has a quote, a space or a control character", now.ETag)
		}
		p.tag = tag
	}
	// The order is that of RFC 9110 section 13.2.2.
	fails, err := p.ifMatch(http1.Values(hr, "If-Match"), http1.Values(hr, "If-Unmodified-Since"))
	if !fails && err == nil {
		fails, err = p.ifNoneMatch(http1.Values(hr, "If-None-Match"))
	}
	switch {
	case err != nil:
		return problem.New(http.StatusBadRequest, "A tag in If-Match or If-None-Match is malformed.").WithCause(err)
	case fails:
		return problem.New(http.StatusPreconditionFailed, "The resource is not in the state that the request expects.")
	}
	if now.Required && !p.compared {
		return problem.New(http.StatusPreconditionRequired, "The request needs If-Match with the tag of the version that it is to change.")
	}
	return nil
}

// preconditions is the comparison of one request.
type preconditions struct {
	Validators
	tag      header.ETag
	compared bool // there was a condition that could be compared
}

// ifMatch reports whether If-Match fails, or without it If-Unmodified-Since.
func (p *preconditions) ifMatch(match, since []string) (fails bool, err error) {
	if len(match) == 0 {
		return p.ifUnmodifiedSince(since), nil
	}
	tags, anyTag, err := header.ParseETags(match)
	p.compared = true
	fits := anyTag || p.ETag != "" && slices.ContainsFunc(tags, p.tag.StrongMatch)
	return p.Missing || !fits, err
}

// ifUnmodifiedSince ignores a date that is malformed, and one for a resource whose time is unknown (RFC 9110 section
// 13.1.4).
func (p *preconditions) ifUnmodifiedSince(lines []string) (fails bool) {
	if len(lines) != 1 || p.Modified.IsZero() {
		return false
	}
	date, err := http.ParseTime(lines[0])
	if err != nil {
		return false
	}
	p.compared = true
	return p.Missing || p.Modified.Truncate(time.Second).After(date)
}

// ifNoneMatch reports whether If-None-Match fails, whose tags may be weak.
func (p *preconditions) ifNoneMatch(lines []string) (fails bool, err error) {
	if len(lines) == 0 {
		return false, nil
	}
	tags, anyTag, err := header.ParseETags(lines)
	p.compared = true
	has := anyTag || p.ETag != "" && slices.ContainsFunc(tags, p.tag.WeakMatch)
	return !p.Missing && has, err
}
