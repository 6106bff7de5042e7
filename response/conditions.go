package response

import (
	"net/http"
	"strings"
	"time"

	"github.com/soay-go/soay/request/header"
)

// validators are what a client may know content by.
type validators struct {
	tag      header.ETag
	err      error     // there is no tag that could be compared
	modified time.Time // to the second, zero if nobody knows
}

// check evaluates the conditions of a GET or HEAD in their order (RFC 9110 section 13.2.2). It returns
// 412, 304, or 0 to go on.
func (v validators) check(h http.Header) int {
	if lines := h["If-Match"]; len(lines) > 0 {
		if !v.match(lines, header.ETag.StrongMatch) {
			return http.StatusPreconditionFailed
		}
	} else if since, ok := v.dateIn(h["If-Unmodified-Since"]); ok && v.modified.After(since) {
		return http.StatusPreconditionFailed
	}
	if lines := h["If-None-Match"]; len(lines) > 0 {
		if v.match(lines, header.ETag.WeakMatch) {
			return http.StatusNotModified
		}
	} else if since, ok := v.dateIn(h["If-Modified-Since"]); ok && !v.modified.After(since) {
		return http.StatusNotModified
	}
	return 0
}

// match reports whether one of the listed tags is that of the content. A malformed list has none.
func (v validators) match(lines []string, same func(t, u header.ETag) bool) bool {
	tags, anyTag, err := header.ParseETags(lines)
	if err != nil {
		return false
	}
	for _, tag := range tags {
		if v.err == nil && same(tag, v.tag) {
			return true
		}
	}
	return anyTag
}

// dateIn returns the date of a condition. One that is malformed, or that there is nothing to compare with,
// is to be ignored (RFC 9110 section 13.1.3).
func (v validators) dateIn(lines []string) (date time.Time, ok bool) {
	if len(lines) != 1 || v.modified.IsZero() {
		return time.Time{}, false
	}
	date, err := http.ParseTime(lines[0])
	return date, err == nil
}

// checkIfRange reports whether the content is still the one that a client has a part of (RFC 9110 section
// 13.1.5). Without the condition it is.
func (v validators) checkIfRange(h http.Header) bool {
	lines := h["If-Range"]
	switch {
	case len(lines) == 0:
		return true
	case len(lines) > 1:
		return false
	case strings.Contains(lines[0], `"`):
		tag, err := header.ParseETag(lines[0])
		return err == nil && v.err == nil && tag.StrongMatch(v.tag)
	}
	date, ok := v.dateIn(lines)
	return ok && date.Equal(v.modified)
}
