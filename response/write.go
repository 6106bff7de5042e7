package response

import (
	"bytes"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// write sends the response in answer to hr. This is how:
//
// A Response is a text of known bytes or a Body, and a list of parts, the newest first. Nothing reaches the
// client before the app calls Write, once, when all middleware has returned.
//
//	known bytes                                 a Body
//	1 apply the parts to the header map of w    1 apply the parts to a header map of the body's own
//	2 add the headers that are always there     2 add the headers that are always there
//	3 set Content-Length and the deadline       3 call WriteBody with a bodyWriter
//	4 send the status and the headers             at its first byte or flush: the body's headers are
//	5 send the text, a deadline for each MiB      copied to w, then status and headers are sent
//	                                              at each piece of content: a new deadline
//	                                            4 when it returns: end the bodyWriter, send trailers
//
// Parts are applied from the oldest to the newest, so the newest header of a name wins; only the newest
// cookie of a name, domain and path is sent. A header that is always there gives way to one that is set.
//
// The server of package net/http sends what its own header map has. Where no other code sees that map, all
// responses put the same slices into it, and a response allocates nothing. Elsewhere code may change a
// value in place, so each response gets copies from a valueMemory.
//
// If a Body fails before its status was sent, w keeps only headers about the exchange, such as a request id,
// and an error page can be sent. If it fails later, the app cuts the connection.
func (r Response) write(
	w http.ResponseWriter, hr *http.Request, timeout time.Duration, v *valueMemory,
) (Written, error) {
	h := w.Header()
	status := r.Status()
	typed, sized := contentHeaders(status)
	bare := len(h) == 0 && r.last == nil && contentTypes[r.content.kind()] == nil // nothing sets headers of content
	if r.last != nil {
		if r.hasBody() {
			return r.writeBody(w, hr, r.last.find(setBody).body, timeout, v)
		}
		r.last.apply(h, v)
	}
	r.defaultHeaders(h, v)
	if timeout > 0 {
		setWriteDeadline(w, timeout)
	}
	if !typed {
		r.text = ""
		if !bare {
			delete(h, contentTypeKey)
		}
	}
	switch {
	case !sized && bare:
	case !sized:
		delete(h, contentLengthKey)
	// A HEAD handler may announce a length without having the content (RFC 9110 section 8.6).
	case r.text == "" && hr.Method == http.MethodHead && h[contentLengthKey] != nil:
	case !r.omits(contentLengthKey):
		h[contentLengthKey] = v.own(lengthValue(len(r.text)))
	}
	w.WriteHeader(status)
	if len(r.text) == 0 || hr.Method == http.MethodHead {
		return Written{Status: status}, nil
	}
	n, err := writeText(w, r.text, timeout)
	return Written{Status: status, Bytes: n}, err
}

// contentHeaders reports whether a response with a status can have a Content-Type, and content, and whether it has
// a Content-Length.
func contentHeaders(status int) (typed, sized bool) {
	switch status {
	case http.StatusNoContent, http.StatusNotModified: // no content and no length, RFC 9110 sections 8.6 and 15.3.5
		return false, false
	case http.StatusResetContent: // no content, and its length is 0, RFC 9110 section 15.3.6
		return false, true
	}
	return true, true
}

// pieceSize is the number of bytes that the client must take within one timeout.
const pieceSize = 1 << 20

// writeText writes a text. The deadline of its first piece is set already.
func writeText(w http.ResponseWriter, text string, timeout time.Duration) (written int64, err error) {
	for err == nil && text != "" {
		if timeout > 0 && written > 0 {
			setWriteDeadline(w, timeout)
		}
		piece := text[:min(len(text), pieceSize)]
		text = text[len(piece):]
		var n int
		// A Writer must not change the bytes that it gets, so the text need not be copied.
		n, err = w.Write(unsafe.Slice(unsafe.StringData(piece), len(piece)))
		written += int64(n)
	}
	return written, err
}

// forget removes from h the headers that describe a response which will not be sent after all, and its
// cookies. Headers about the exchange, such as a request id, stay for the response in its place.
func forget(h http.Header) {
	for name := range h {
		if isForgotten(name) {
			delete(h, name)
		}
	}
}

// isForgotten reports whether a header describes a response rather than the exchange.
func isForgotten(name string) bool {
	switch name {
	case acceptRangesKey, cacheControlKey, "Content-Disposition", "Content-Encoding", "Content-Language",
		contentLengthKey, "Content-Range", contentTypeKey, etagKey, "Expires", lastModifiedKey, "Location", "Set-Cookie",
		"Trailer":
		return true
	}
	return false
}

// apply sets the headers of the list, oldest first, to values from v.
func (p *part) apply(h http.Header, v *valueMemory) {
	p.applyBelow(p, h, v)
}

// applyBelow applies p and the parts below it. newest is the first part of the whole list.
func (p *part) applyBelow(newest *part, h http.Header, v *valueMemory) {
	if p.prev != nil {
		p.prev.applyBelow(newest, h, v)
	}
	switch {
	case p.kind == setHeader:
		h[p.name] = v.own(p.value[:])
	case p.kind == omitHeader:
		h[p.name] = nil
	case p.kind == addHeader && (len(h) == 0 || h[p.name] == nil):
		h[p.name] = v.own(p.value[:])
	case p.kind == addHeader && p.name == "Vary":
		mergeVary(h, p.value[0])
	case p.kind == addHeader:
		h[p.name] = append(slices.Clip(h[p.name]), p.value[0])
	case p.kind == setCookie && !p.replacedBy(newest):
		if h["Set-Cookie"] == nil {
			h["Set-Cookie"] = v.own(p.value[:])
		} else {
			h["Set-Cookie"] = append(slices.Clip(h["Set-Cookie"]), p.value[0])
		}
	}
}

// replacedBy reports whether a newer part sets the same cookie.
func (p *part) replacedBy(newest *part) bool {
	for ; newest != p; newest = newest.prev {
		if newest.kind == setCookie && newest.name == p.name {
			return true
		}
	}
	return false
}

// mergeVary adds the field names of value to Vary that are not there yet.
func mergeVary(h http.Header, value string) {
	old := textproto.TrimString(strings.Join(h["Vary"], ", "))
	if merged := appendVary([]byte(old), 0, value); len(merged) > len(old) {
		h["Vary"] = []string{string(merged)}
	}
}

// appendVary appends the field names of value that are not in the list b[start:] yet (RFC 9110 section 12.5.5).
func appendVary(b []byte, start int, value string) []byte {
	for name := range strings.SplitSeq(value, ",") {
		name = textproto.TrimString(name)
		if name == "" || containsToken(b[start:], name) {
			continue
		}
		if len(b) > start {
			b = append(b, ", "...)
		}
		b = append(b, name...)
	}
	return b
}

func containsToken(list []byte, name string) bool {
	for item := range bytes.SplitSeq(list, []byte(",")) {
		if item = textproto.TrimBytes(item); string(item) == "*" || strings.EqualFold(string(item), name) {
			return true
		}
	}
	return false
}

const (
	nosniffKey        = "X-Content-Type-Options"
	dateKey           = "Date"
	referrerPolicyKey = "Referrer-Policy"
	openerPolicyKey   = "Cross-Origin-Opener-Policy"
	contentPolicyKey  = "Content-Security-Policy"
)

// Header values that every response shares. A header map that only the server sees gets the slices
// themselves, and the server does not write into them.
var (
	nosniff      = []string{"nosniff"}
	pagePolicies = []struct {
		name  string
		value []string
	}{
		{referrerPolicyKey, []string{"strict-origin-when-cross-origin"}},
		{openerPolicyKey, []string{"same-origin"}},
		{contentPolicyKey, []string{"base-uri 'self'; frame-ancestors 'self'; object-src 'none'"}},
	}
)

// defaultHeaders sets the headers that every response has, unless they are set. It looks into the list,
// which is short, rather than into the map.
func (r Response) defaultHeaders(h http.Header, v *valueMemory) {
	if known := contentTypes[r.content.kind()]; known != nil && r.header(contentTypeKey) == nil {
		h[contentTypeKey] = v.own(known)
	}
	if r.header(nosniffKey) == nil {
		h[nosniffKey] = v.own(nosniff)
	}
	if r.status == http.StatusUnauthorized && h[challengeKey] == nil {
		h[challengeKey] = []string{defaultChallenge}
	}
	if r.isPage() {
		for _, policy := range pagePolicies {
			if _, ok := h[policy.name]; !ok {
				h[policy.name] = v.own(policy.value)
			}
		}
	}
}

// isPage reports whether the content is a page that gets policies. Files and what code for net/http answers come
// from elsewhere, so they may well need a <base> of another site or its frames.
func (r Response) isPage() bool {
	if set := r.header(contentTypeKey); set != nil {
		return !r.isGiven() && isPage(set.value[0])
	}
	return r.content.kind() == htmlContent
}

// isGiven reports whether the content comes from elsewhere.
func (r Response) isGiven() bool {
	kind := r.content.kind()
	return kind == givenContent || kind == knownContent
}

// A 401 must have a challenge (RFC 9110 section 15.5.2). No scheme is registered for a login by a form and a
// session, and browsers ask for a password only where they know the scheme.
const (
	challengeKey     = "Www-Authenticate"
	defaultChallenge = `Session realm="app"`
)

// header returns the newest part that sets, adds or omits a header, nil for none.
func (p *part) header(name string) *part {
	for ; p != nil; p = p.prev {
		if p.kind <= omitHeader && p.name == name {
			return p
		}
	}
	return nil
}

// header is that of the list for the headers of isDefault.
func (r Response) header(name string) *part {
	if r.content&markDefault == 0 {
		return nil
	}
	return r.last.header(name)
}

// omits reports whether a header of isDefault must not be sent, not even if other responses always have it.
func (r Response) omits(name string) bool {
	set := r.header(name)
	return set != nil && set.kind == omitHeader
}

// isDefault reports whether writing a response sets a header by itself, or may have to.
func isDefault(name string) bool {
	switch name {
	case contentTypeKey, contentLengthKey, nosniffKey, challengeKey, dateKey,
		referrerPolicyKey, openerPolicyKey, contentPolicyKey:
		return true
	}
	return false
}

// isPage reports whether browsers show content of a type as a page. Only the beginning counts, for they are
// lenient about the rest.
func isPage(contentType string) bool {
	return hasPrefixFold(contentType, "text/html") || hasPrefixFold(contentType, "application/xhtml+xml")
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// lengths holds the Content-Length values of short texts, made when they are first needed.
var lengths [4096]atomic.Pointer[[1]string]

func lengthValue(n int) []string {
	if n >= len(lengths) {
		made := new(struct { // one allocation for both
			value  [1]string
			digits [20]byte
		})
		digits := strconv.AppendInt(made.digits[:0], int64(n), 10)
		made.value[0] = unsafe.String(&digits[0], len(digits))
		return made.value[:]
	}
	v := lengths[n].Load()
	if v == nil {
		v = &[1]string{strconv.Itoa(n)}
		lengths[n].Store(v)
	}
	return v[:]
}

// valueMemory makes copies of values for header maps that other code sees and may change in place. Each
// piece of the memory is used once, so no code can change the value of another response. The unused rest
// serves the next response. A nil valueMemory copies nothing.
type valueMemory struct{ unused []string }

var values = sync.Pool{New: func() any { return new(valueMemory) }}

// own returns a copy of a value that belongs to the response alone.
func (v *valueMemory) own(value []string) []string {
	if v == nil || len(value) == 0 {
		return value
	}
	n := len(value)
	if len(v.unused) < n {
		v.unused = make([]string, max(n, 64))
	}
	c := v.unused[:n:n]
	v.unused = v.unused[n:]
	copy(c, value)
	return c
}

// setWriteDeadline sets a deadline if it can: a writer without a connection has none.
func setWriteDeadline(w http.ResponseWriter, timeout time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeout))
}
