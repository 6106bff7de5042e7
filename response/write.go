package response

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

func (r Response) write(
	w http.ResponseWriter, hr *http.Request, timeout time.Duration, v *valueMemory,
) (Written, error) {
	h := w.Header()
	if r.last != nil {
		if p := r.last.find(setBody); p != nil {
			return r.writeBody(w, hr, p.body, timeout, v)
		}
		r.last.apply(h, v)
	}
	r.defaultHeaders(h, v)
	if timeout > 0 {
		setWriteDeadline(w, timeout)
	}
	status := r.Status()
	switch status {
	case http.StatusNoContent, http.StatusNotModified: // no content and no length, RFC 9110 sections 8.6 and 15.3.5
		delete(h, contentTypeKey)
		delete(h, contentLengthKey)
		w.WriteHeader(status)
		return Written{Status: status}, nil
	case http.StatusResetContent: // no content, and its length is 0, RFC 9110 section 15.3.6
		delete(h, contentTypeKey)
		r.text = ""
	}
	// A HEAD handler may announce a length without having the content (RFC 9110 section 8.6).
	if (r.text != "" || hr.Method != http.MethodHead || h[contentLengthKey] == nil) && !r.last.omits(contentLengthKey) {
		h[contentLengthKey] = v.own(lengthValue(len(r.text)))
	}
	w.WriteHeader(status)
	if len(r.text) == 0 || hr.Method == http.MethodHead {
		return Written{Status: status}, nil
	}
	n, err := writeText(w, r.text, timeout)
	return Written{Status: status, Bytes: n}, err
}

// pieceSize is how much of a text the client must take within the timeout.
const pieceSize = 1 << 20

// writeText writes a text whose first piece has its deadline already.
func writeText(w http.ResponseWriter, text string, timeout time.Duration) (written int64, err error) {
	for err == nil && text != "" {
		if timeout > 0 && written > 0 {
			setWriteDeadline(w, timeout)
		}
		piece := text[:min(len(text), pieceSize)]
		text = text[len(piece):]
		var n int
		// A Writer must not change what it is given, so the text need not be copied.
		n, err = w.Write(unsafe.Slice(unsafe.StringData(piece), len(piece)))
		written += int64(n)
	}
	return written, err
}

// forget removes from h the headers that describe a response which will not be sent after all, and its
// cookies. Headers about the exchange, such as a request id, stay for the response in its place.
func forget(h http.Header) {
	for _, name := range []string{
		"Accept-Ranges", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language",
		contentLengthKey, "Content-Range", contentTypeKey, "Etag", "Expires", "Last-Modified", "Location", "Set-Cookie",
		"Trailer",
	} {
		delete(h, name)
	}
}

// apply sets the headers of the list, oldest first, to values from v.
func (p *part) apply(h http.Header, v *valueMemory) {
	p.applyBelow(p, h, v)
}

func (p *part) applyBelow(newest *part, h http.Header, v *valueMemory) {
	if p.prev != nil {
		p.prev.applyBelow(newest, h, v)
	}
	switch {
	case p.kind == setHeader:
		h[p.name] = v.own(p.value[:])
	case p.kind == omitHeader:
		h[p.name] = nil
	case p.kind == addHeader && h[p.name] == nil:
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

// mergeVary adds the field names of value to Vary that are not there yet (RFC 9110 section 12.5.5).
func mergeVary(h http.Header, value string) {
	old := strings.Join(h["Vary"], ", ")
	merged := old
	for name := range strings.SplitSeq(value, ",") {
		name = strings.Trim(name, " \t")
		if name == "" || containsToken(merged, name) {
			continue
		}
		if merged != "" {
			merged += ", "
		}
		merged += name
	}
	if merged != old {
		h["Vary"] = []string{merged}
	}
}

func containsToken(list, name string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.Trim(item, " \t"); item == "*" || strings.EqualFold(item, name) {
			return true
		}
	}
	return false
}

// Header values that every response shares. A header map that only the server sees gets the slices
// themselves; nobody writes into them.
var (
	nosniff          = []string{"nosniff"}
	referrerPolicy   = []string{"strict-origin-when-cross-origin"}
	openerPolicy     = []string{"same-origin"}
	pageContentRules = []string{"frame-ancestors 'none'; object-src 'none'; base-uri 'none'"}
)

// defaultHeaders sets the headers that every response has, as far as they are not there. It asks
// the list, which is short, rather than the map.
func (r Response) defaultHeaders(h http.Header, v *valueMemory) {
	isHTML := r.content == htmlContent
	if set := r.last.header(contentTypeKey); set != nil {
		isHTML = isPage(set.value[0])
	} else if r.content != noContent {
		h[contentTypeKey] = v.own(contentTypes[r.content])
	}
	if r.last.header("X-Content-Type-Options") == nil {
		h["X-Content-Type-Options"] = v.own(nosniff)
	}
	if r.status == http.StatusUnauthorized && h[challengeKey] == nil {
		h[challengeKey] = []string{defaultChallenge}
	}
	if isHTML {
		setDefault(h, "Referrer-Policy", referrerPolicy, v)
		setDefault(h, "Cross-Origin-Opener-Policy", openerPolicy, v)
		setDefault(h, "Content-Security-Policy", pageContentRules, v)
	}
}

// A 401 must have a challenge (RFC 9110 section 15.5.2). No scheme is registered for a login by a form and a
// session, and browsers ask for a password only where they know the scheme.
const (
	challengeKey     = "Www-Authenticate"
	defaultChallenge = `Session realm="app"`
)

// header returns the newest part that says something about a header.
func (p *part) header(name string) *part {
	for ; p != nil; p = p.prev {
		if p.kind <= omitHeader && p.name == name {
			return p
		}
	}
	return nil
}

// omits reports whether a header must not be sent, not even one that is always there otherwise.
func (p *part) omits(name string) bool {
	set := p.header(name)
	return set != nil && set.kind == omitHeader
}

func setDefault(h http.Header, key string, value []string, v *valueMemory) {
	if _, ok := h[key]; !ok {
		h[key] = v.own(value)
	}
}

func isPage(contentType string) bool {
	return hasPrefixFold(contentType, "text/html") || hasPrefixFold(contentType, "application/xhtml+xml")
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// lengths holds the Content-Length values of short bodies, made when they are first needed.
var lengths [4096]atomic.Pointer[[1]string]

func lengthValue(n int) []string {
	if n >= len(lengths) {
		return []string{strconv.Itoa(n)}
	}
	v := lengths[n].Load()
	if v == nil {
		v = &[1]string{strconv.Itoa(n)}
		lengths[n].Store(v)
	}
	return v[:]
}

// valueMemory makes values for header maps that code which is not ours sees, and may change in place. A
// piece of it is used once, so nobody can change the value of another response; what remains is passed
// on to the next one. A nil valueMemory shares the values.
type valueMemory struct{ unused []string }

var values = sync.Pool{New: func() any { return new(valueMemory) }}

// own returns a copy of a value.
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

// setWriteDeadline is best effort: a writer that has no connection has no deadline.
func setWriteDeadline(w http.ResponseWriter, timeout time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeout))
}
