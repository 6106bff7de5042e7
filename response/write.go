package response

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"
)

// Written tells what went out of a response.
type Written struct {
	Status int   // the status sent, 0 if none was
	Bytes  int64 // the bytes of content that the connection took
}

// PanicError is the error of a body that panicked while it was written.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("response: panic while writing: %v", e.Value) }

// Write sends the response in answer to hr. It is called once, by the app. The client gets timeout
// for each piece of content to be taken, 0 for no limit. When the error is not nil and
// Written.Status is 0, another response can be sent in place of this one unless the error is
// http.ErrAbortHandler; otherwise the connection must be cut.
func (r Response) Write(w http.ResponseWriter, hr *http.Request, timeout time.Duration) (Written, error) {
	h := w.Header()
	var body Body
	if r.last != nil {
		r.last.apply(h)
		if p := r.last.find(setBody); p != nil {
			body = p.body
		}
	}
	r.defaultHeaders(h)
	if body != nil {
		return writeBody(w, hr, body, r.Status(), timeout)
	}
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
	if r.text != "" || hr.Method != http.MethodHead || h[contentLengthKey] == nil {
		h[contentLengthKey] = lengthValue(len(r.text))
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

// Forget removes from h what describes a response that will not be sent after all, and its cookies. What
// says something about the exchange, such as a request id, stays for the response in its place.
func Forget(h http.Header) {
	for _, name := range []string{
		"Accept-Ranges", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language",
		contentLengthKey, "Content-Range", contentTypeKey, "Etag", "Expires", "Last-Modified", "Location", "Set-Cookie",
		"Trailer",
	} {
		delete(h, name)
	}
}

// apply sets the headers of the list, oldest first.
func (p *part) apply(h http.Header) {
	p.applyBelow(p, h)
}

func (p *part) applyBelow(newest *part, h http.Header) {
	if p.prev != nil {
		p.prev.applyBelow(newest, h)
	}
	switch {
	case p.kind == setHeader:
		h[p.name] = p.value[:]
	case p.kind == addHeader && h[p.name] == nil:
		h[p.name] = p.value[:]
	case p.kind == addHeader && p.name == "Vary":
		mergeVary(h, p.value[0])
	case p.kind == addHeader:
		h[p.name] = append(slices.Clip(h[p.name]), p.value[0])
	case p.kind == setCookie && !p.replacedBy(newest):
		if h["Set-Cookie"] == nil {
			h["Set-Cookie"] = p.value[:]
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

// Header values that every response shares. A header map gets the slices themselves; nobody writes
// into them.
var (
	nosniff          = []string{"nosniff"}
	referrerPolicy   = []string{"strict-origin-when-cross-origin"}
	openerPolicy     = []string{"same-origin"}
	pageContentRules = []string{"frame-ancestors 'none'; object-src 'none'; base-uri 'none'"}
)

// defaultHeaders sets the headers that every response has, as far as they are not there. It asks
// the list, which is short, rather than the map.
func (r Response) defaultHeaders(h http.Header) {
	isHTML := r.content == htmlContent
	if set := r.last.header(contentTypeKey); set != nil {
		isHTML = isPage(set.value[0])
	} else if r.content != noContent {
		h[contentTypeKey] = contentTypes[r.content]
	}
	if r.last.header("X-Content-Type-Options") == nil {
		h["X-Content-Type-Options"] = nosniff
	}
	if r.status == http.StatusUnauthorized && h[challengeKey] == nil {
		h[challengeKey] = []string{defaultChallenge}
	}
	if isHTML {
		setDefault(h, "Referrer-Policy", referrerPolicy)
		setDefault(h, "Cross-Origin-Opener-Policy", openerPolicy)
		setDefault(h, "Content-Security-Policy", pageContentRules)
	}
}

// A 401 must have a challenge (RFC 9110 section 15.5.2). No scheme is registered for a login by a form and a
// session, and browsers ask for a password only where they know the scheme.
const (
	challengeKey     = "Www-Authenticate"
	defaultChallenge = `Session realm="app"`
)

// header returns the newest part that sets a header.
func (p *part) header(name string) *part {
	for ; p != nil; p = p.prev {
		if p.kind <= addHeader && p.name == name {
			return p
		}
	}
	return nil
}

func setDefault(h http.Header, key string, value []string) {
	if _, ok := h[key]; !ok {
		h[key] = value
	}
}

func isPage(contentType string) bool {
	return hasPrefixFold(contentType, "text/html") || hasPrefixFold(contentType, "application/xhtml+xml")
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

// writeBody runs a body and turns its panic into an error, http.ErrAbortHandler as it is.
func writeBody(
	w http.ResponseWriter, hr *http.Request, body Body, status int, timeout time.Duration,
) (written Written, err error) {
	t := &tracker{ResponseWriter: w, timeout: timeout, http2: hr.ProtoMajor == 2}
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			err = http.ErrAbortHandler
		default:
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
		written = t.written
	}()
	err = body.WriteBody(t, hr, status)
	if err == nil && t.written.Status == 0 && !t.hijacked {
		t.WriteHeader(status)
	}
	t.giveTime() // for what the server holds back until the end
	return t.written, err
}

// tracker notes what a body sends and gives the client time for each piece of it.
type tracker struct {
	http.ResponseWriter
	timeout  time.Duration
	http2    bool
	written  Written
	hijacked bool
}

// Unwrap lets an http.ResponseController reach the connection.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (t *tracker) WriteHeader(status int) {
	if status >= 200 && t.written.Status == 0 {
		t.written.Status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (t *tracker) Write(b []byte) (int, error) {
	if t.written.Status == 0 {
		t.WriteHeader(http.StatusOK)
	}
	t.giveTime()
	defer t.stopTime()
	n, err := t.ResponseWriter.Write(b)
	t.written.Bytes += int64(n)
	return n, err
}

// giveTime starts the time for the next piece; the deadline of an earlier one may have passed.
func (t *tracker) giveTime() {
	if t.timeout > 0 && !t.hijacked {
		setWriteDeadline(t.ResponseWriter, t.timeout)
	}
}

// stopTime ends it. HTTP/2 resets a stream at its deadline even if nothing waits to be written.
func (t *tracker) stopTime() {
	if t.timeout > 0 && t.http2 {
		_ = http.NewResponseController(t.ResponseWriter).SetWriteDeadline(time.Time{})
	}
}

// Flush implements http.Flusher for handlers that look for it.
func (t *tracker) Flush() { _ = t.FlushError() }

// FlushError is the Flush that an http.ResponseController calls.
func (t *tracker) FlushError() error {
	t.giveTime()
	defer t.stopTime()
	return http.NewResponseController(t.ResponseWriter).Flush()
}

// Hijack implements http.Hijacker for handlers that look for it.
func (t *tracker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err == nil {
		t.hijacked = true
		t.written.Status = http.StatusSwitchingProtocols
	}
	return conn, rw, err
}

// setWriteDeadline is best effort: a writer that has no connection has no deadline.
func setWriteDeadline(w http.ResponseWriter, timeout time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeout))
}

func isUnsupported(err error) bool { return errors.Is(err, http.ErrNotSupported) }
