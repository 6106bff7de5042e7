package response

import (
	"net/http"
	"strings"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
)

// validators are the tag and the time by which a client knows a version of some content (RFC 9110 section
// 8.8).
type validators struct {
	tag      header.ETag
	tagged   bool      // there is a tag to compare with
	modified time.Time // to the second, zero if it is unknown
}

// validatorsOf returns the validators in the headers of a response, "" for none.
func validatorsOf(tag, modified string) (v validators) {
	if tag != "" {
		var err error
		v.tag, err = header.ParseETag(tag)
		v.tagged = err == nil
	}
	if modified != "" {
		v.modified, _ = http.ParseTime(modified)
	}
	return v
}

// check evaluates the conditions of a GET or HEAD in their order (RFC 9110 section 13.2.2). It returns
// 412, 304, or 0 to go on.
func (v validators) check(hr *http.Request) int {
	if lines := http1.Values(hr, "If-Match"); len(lines) > 0 {
		if !v.match(lines, header.ETag.StrongMatch) {
			return http.StatusPreconditionFailed
		}
	} else if since, ok := v.dateIn(http1.Values(hr, "If-Unmodified-Since")); ok && v.modified.After(since) {
		return http.StatusPreconditionFailed
	}
	if lines := http1.Values(hr, "If-None-Match"); len(lines) > 0 {
		if v.match(lines, header.ETag.WeakMatch) {
			return http.StatusNotModified
		}
	} else if since, ok := v.dateIn(http1.Values(hr, "If-Modified-Since")); ok && !v.modified.After(since) {
		return http.StatusNotModified
	}
	return 0
}

// match reports whether one of the listed tags is that of the content. A malformed list never matches.
func (v validators) match(lines []string, same func(t, u header.ETag) bool) bool {
	tags, anyTag, err := header.ParseETags(lines)
	if err != nil {
		return false
	}
	for _, tag := range tags {
		if v.tagged && same(tag, v.tag) {
			return true
		}
	}
	return anyTag
}

// dateIn returns the date of a condition. A condition is ignored if its date is malformed or if the content
// has no time to compare with (RFC 9110 section 13.1.3).
func (v validators) dateIn(lines []string) (date time.Time, ok bool) {
	if len(lines) != 1 || v.modified.IsZero() {
		return time.Time{}, false
	}
	date, err := http.ParseTime(lines[0])
	return date, err == nil
}

// checkIfRange reports whether the content is still the version of which a client has a part (RFC 9110
// section 13.1.5). It is true without the condition.
func (v validators) checkIfRange(hr *http.Request) bool {
	lines := http1.Values(hr, "If-Range")
	switch {
	case len(lines) == 0:
		return true
	case len(lines) > 1:
		return false
	case strings.Contains(lines[0], `"`):
		tag, err := header.ParseETag(lines[0])
		return err == nil && v.tagged && tag.StrongMatch(v.tag)
	}
	date, ok := v.dateIn(lines)
	return ok && date.Equal(v.modified)
}

// Conditional returns the answer to hr, a GET or HEAD that may have conditions (RFC 9110 section 13). A response with
// status 200 and a header ETag or Last-Modified becomes a 304 without content if the client has it already, and a
// 412 if the client wants another version. Every other response stays as it is.
func (s State) Conditional(hr *http.Request) Response {
	r := s.resp
	if r.Status() != http.StatusOK || r.hasBody() || r.needsPage() {
		return r
	}
	tag, modified := r.Header("ETag"), r.Header("Last-Modified")
	if tag == "" && modified == "" {
		return r
	}
	switch validatorsOf(tag, modified).check(hr) {
	case http.StatusPreconditionFailed:
		return errorOf(http.StatusPreconditionFailed, nil)
	case http.StatusNotModified:
		r.status, r.text = http.StatusNotModified, ""
	}
	return r
}
