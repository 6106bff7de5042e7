package response

import (
	"crypto/sha256"
	"net/http"
	"net/textproto"
	"strings"
	"time"
	"unsafe"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response/problem"
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

// isMatched reports whether a header may make the answer to a request that has conditions or ranges another one.
func isMatched(name string) bool {
	switch name {
	case etagKey, lastModifiedKey, acceptRangesKey:
		return true
	}
	return false
}

// IsMatched reports whether conditions or ranges of a request may change the response. It is for the framework.
func (s State) IsMatched() bool { return s.resp.content&markMatch != 0 }

// Conditional returns the answer to hr, which may have conditions (RFC 9110 section 13) and ranges (section 14). A
// response with status 200 to GET or HEAD and a header ETag or Last-Modified becomes a 304 without content if the client
// has it already, and a 412 without a page if the client wants another version; its [Body] is not used then. One of known
// bytes that says Accept-Ranges: bytes becomes a 206 with the parts that a GET wants, or a 416. Every other response
// stays as it is, also one that no cache may store. It is for the framework.
func (s State) Conditional(hr *http.Request) Response {
	r := s.resp
	if !s.IsMatched() || r.Status() != http.StatusOK || r.needsPage() ||
		hr.Method != http.MethodGet && hr.Method != http.MethodHead || !hasConditions(hr) || r.isNotStored() {
		return r
	}
	v := validatorsOf(r.last.newest(etagKey), r.last.newest(lastModifiedKey))
	switch v.check(hr) {
	case http.StatusPreconditionFailed:
		return r.failed(problem.New(http.StatusPreconditionFailed, ""))
	case http.StatusNotModified:
		return r.notModified()
	}
	// What code for net/http answers has looked for ranges itself.
	if r.hasBody() || r.content.kind() == givenContent || r.last.newest(acceptRangesKey) != "bytes" {
		return r
	}
	ranges, err := rangesOf(hr, v, int64(len(r.text)))
	switch {
	case err != nil:
		return r.failed(err)
	case len(ranges) > 0:
		return r.partial(ranges)
	}
	return r
}

// hasConditions reports whether a request has conditions or ranges.
func hasConditions(hr *http.Request) bool {
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "Range", "If-Match", "If-Unmodified-Since"} {
		if len(http1.Values(hr, name)) > 0 {
			return true
		}
	}
	return false
}

// isNotStored reports whether no cache may store the response, so that a client cannot have it already.
func (r Response) isNotStored() bool {
	for p := r.last.header(cacheControlKey); p != nil && p.kind != omitHeader; p = p.prev.header(cacheControlKey) {
		for d := range strings.SplitSeq(p.value[0], ",") {
			if strings.EqualFold(textproto.TrimString(d), "no-store") {
				return true
			}
		}
		if p.kind == setHeader {
			break
		}
	}
	return false
}

// newest returns the newest value of a header, "" without one.
func (p *part) newest(name string) string {
	if p = p.header(name); p == nil {
		return ""
	}
	return p.value[0]
}

// notModified returns the 304 in place of the response (RFC 9110 section 15.4.5).
func (r Response) notModified() Response {
	tagged := r.last.newest(etagKey) != ""
	r.last = r.last.filter(func(p *part) bool {
		return p.kind != setBody && (p.kind > omitHeader || staysNotModified(p.name, tagged))
	})
	r.status, r.text = http.StatusNotModified, ""
	r.content &^= markBody
	return r
}

// failed returns the error response in place of the response, with the headers and cookies that do not belong to what
// would have been sent.
func (r Response) failed(err error) Response {
	r.last = r.last.filter(func(p *part) bool { return p.kind == setCookie || p.kind <= omitHeader && !isForgotten(p.name) })
	return Error(err).WithHeadersOf(r)
}

// partial returns the 206 with parts of known bytes.
func (r Response) partial(ranges []header.ByteRange) Response {
	text, size := r.text, int64(len(r.text))
	r.status = http.StatusPartialContent
	if len(ranges) == 1 {
		r.text = text[ranges[0].Start:][:ranges[0].Length]
		return r.with(part{kind: setHeader, name: "Content-Range", value: [1]string{ranges[0].ContentRange(size)}})
	}
	heads, tail, multipart := partHeads(r.Header(contentTypeKey), ranges, size)
	var b strings.Builder
	for i, one := range ranges {
		b.WriteString(heads[i])
		b.WriteString(text[one.Start:][:one.Length])
	}
	b.WriteString(tail)
	r.text = b.String()
	return r.with(part{kind: setHeader, name: contentTypeKey, value: [1]string{multipart}})
}

// maxHashed is the size of known bytes that WithContentTag hashes.
const maxHashed = 1 << 20

// WithContentTag returns the response with a weak tag of its content, if it is an answer to GET or HEAD with status 200 and
// known bytes, of at most 1 MiB, that caches may store. It has no tag then either if it has one already, or a nonce in its
// policy, which makes each one different. It is for the framework.
func (s State) WithContentTag(method string) Response {
	r := s.resp
	if r.Status() != http.StatusOK || r.text == "" || len(r.text) > maxHashed || r.hasBody() || r.needsPage() ||
		method != http.MethodGet && method != http.MethodHead || r.last.header(etagKey) != nil || r.isNotStored() ||
		r.hasNonce() {
		return r
	}
	sum := sha256.Sum256(unsafe.Slice(unsafe.StringData(r.text), len(r.text)))
	return r.WithWeakETag(tagOfSum(sum))
}

// hasNonce reports whether a policy for the content names a nonce, of this answer alone.
func (r Response) hasNonce() bool {
	for p := r.last.header(contentPolicyKey); p != nil; p = p.prev.header(contentPolicyKey) {
		if strings.Contains(p.value[0], "'nonce-") {
			return true
		}
	}
	return false
}
