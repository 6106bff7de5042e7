package loop

import (
	"maps"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/soay-go/soay/request/http1"
)

// responseHead is what a Writer knows of a head that was made from the header map. It is open from WriteHeader to the
// first content that leaves: whether there is more than what is held back decides its last lines.
type responseHead struct {
	status   int   // 0 as long as WriteHeader was not called
	isOpen   bool  // the lines of the header map are in Writer.out, the last ones are not
	length   int64 // the Content-Length that the handler has set, -1 without
	written  int64 // bytes of content
	chunked  bool
	hasType  bool // whether the content's type need not be found out
	hasDate  bool
	noLength bool     // the handler does not want a Content-Length, or has set a bad one
	identity bool     // Transfer-Encoding: identity: the end of the connection is the end of the content
	codings  []string // of Transfer-Encoding, that the handler has set
	lines    []string // of Connection, that the handler has set
	declares bool     // there is a header Trailer
	trailers []string // the names in it
	prefixed bool     // there are names with http.TrailerPrefix
}

// Lines that depend on the content, or on what becomes of the connection, are written when the head is closed.
var (
	atTheEnd = map[string]bool{"Connection": true, "Content-Length": true, "Transfer-Encoding": true}
	for304   = map[string]bool{"Connection": true, "Content-Length": true, "Transfer-Encoding": true, "Content-Type": true}
	noLength = map[string]bool{"Content-Length": true, "Transfer-Encoding": true} // of an informational response
)

// openHead makes the status and the header fields final.
func (w *Writer) openHead(status int) {
	h, head := w.header, &w.head
	head.status, head.isOpen = status, true
	_, hasType := h["Content-Type"]
	_, head.hasDate = h["Date"]
	head.hasType = hasType || h.Get("Content-Encoding") != ""
	head.lines = h["Connection"]
	if h.Get("Connection") == "close" {
		w.closing = true
	}
	head.codings = h["Transfer-Encoding"]
	head.identity = first(head.codings) == "identity"
	w.readLength(h)
	head.declares = len(h["Trailer"]) > 0
	for _, line := range h["Trailer"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = http.CanonicalHeaderKey(strings.Trim(name, " \t")); isTrailer(name) {
				head.trailers = append(head.trailers, name)
			}
		}
	}
	w.out = http1.AppendStatusLine(w.ready(), status)
	w.appendFields(h, status)
}

// readLength reads the Content-Length that the handler has set.
func (w *Writer) readLength(h http.Header) {
	values, set := h["Content-Length"]
	value := first(values)
	if w.head.noLength = set; value == "" {
		return
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		w.conn.server.logf("http: invalid Content-Length of %q", value)
		return
	}
	w.head.length = n
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// appendFields appends the lines of the header map.
func (w *Writer) appendFields(h http.Header, status int) {
	exclude := atTheEnd
	if status == http.StatusNotModified {
		exclude = for304
	}
	for name := range h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			if !w.head.prefixed {
				exclude, w.head.prefixed = maps.Clone(exclude), true
			}
			exclude[name] = true
		}
	}
	_ = h.WriteSubset((*appender)(&w.out), exclude)
}

// appender is a buffer as an io.Writer.
type appender []byte

// Write implements io.Writer.
func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// WriteString implements io.StringWriter.
func (a *appender) WriteString(s string) (int, error) {
	*a = append(*a, s...)
	return len(s), nil
}

// closeHead writes the last lines of the head, in the order of net/http. content is the beginning of the
// content, and final says that it is all.
func (w *Writer) closeHead(content []byte, final bool) {
	head := &w.head
	head.isOpen = false
	w.decideEnd()
	hasBody, coded := hasContent(head.status), first(head.codings) != ""
	length := head.length
	if final && !head.noLength && !coded && hasBody && !head.declares && !head.prefixed &&
		(!w.isHead || len(content) > 0) {
		length = int64(len(content))
	}
	if length >= 0 && coded && !head.identity {
		w.conn.server.logf("http: WriteHeader called with both Transfer-Encoding and a Content-Length of %d", length)
		length = -1
	}
	if hasBody && !w.isHead && length < 0 {
		head.chunked = !head.identity
		w.closing = w.closing || head.identity
	}

	if !head.hasDate {
		w.out = http1.AppendDate(w.out, time.Now())
	}
	if length >= 0 && hasBody {
		w.out = append(w.out, "Content-Length: "...)
		w.out = strconv.AppendInt(w.out, length, 10)
		w.out = append(w.out, "\r\n"...)
	}
	if hasBody && !head.hasType && !coded && len(content) > 0 {
		w.appendField("Content-Type", http.DetectContentType(content))
	}
	w.appendConnection()
	if head.chunked {
		w.appendCodings()
	}
	w.out = append(w.out, "\r\n"...)
}

// appendConnection writes the header Connection: the handler's, unless the connection is closed and the handler has
// not said so.
func (w *Writer) appendConnection() {
	switched := w.head.status == http.StatusSwitchingProtocols && hasToken(first(w.head.lines), "upgrade")
	if w.closing && !switched && !hasToken(first(w.head.lines), "close") {
		w.appendField("Connection", "close")
		return
	}
	for _, line := range w.head.lines {
		w.appendField("Connection", cleaned(line))
	}
}

// appendCodings writes the header Transfer-Encoding: chunked is the last coding, behind those of the handler.
func (w *Writer) appendCodings() {
	if first(w.head.codings) != "chunked" {
		for _, coding := range w.head.codings {
			w.appendField("Transfer-Encoding", cleaned(coding))
		}
	}
	w.appendField("Transfer-Encoding", "chunked")
}

// cleaned returns a value as [http.Header.Write] writes it, without line breaks.
func cleaned(value string) string { return textproto.TrimString(breaks.Replace(value)) }

var breaks = strings.NewReplacer("\n", " ", "\r", " ")

func (w *Writer) appendField(name, value string) {
	w.out = append(w.out, name...)
	w.out = append(w.out, ": "...)
	w.out = append(w.out, value...)
	w.out = append(w.out, "\r\n"...)
}

// appendTrailers writes the fields that follow the content (RFC 9112 section 7.1.2).
func (w *Writer) appendTrailers() {
	trailers := http.Header{}
	for name, values := range w.header {
		if name, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			trailers[name] = values
		}
	}
	for _, name := range w.head.trailers {
		for _, value := range w.header[name] {
			trailers.Add(name, value)
		}
	}
	_ = trailers.Write((*appender)(&w.out))
}

// isTrailer reports whether a field may follow the content (RFC 9110 section 6.5.1), by net/http's rules.
func isTrailer(name string) bool {
	switch name {
	case "Authorization", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Range", "Content-Type",
		"Expect", "Host", "Keep-Alive", "Max-Forwards", "Pragma", "Proxy-Authenticate", "Proxy-Authorization",
		"Proxy-Connection", "Range", "Realm", "Te", "Trailer", "Transfer-Encoding", "Www-Authenticate":
		return false
	}
	return name != "" && !strings.HasPrefix(name, "If-")
}

// inform sends an informational response (RFC 9110 section 15.2).
func (w *Writer) inform(status int) {
	w.out = http1.AppendStatusLine(w.ready(), status)
	_ = w.header.WriteSubset((*appender)(&w.out), noLength)
	w.out = append(w.out, "\r\n"...)
	_ = w.send()
}

// decideEnd decides before a head whether the connection is closed after the response. It reads the rest of the
// request's body, unless the handler reads it or the connection is closed anyway.
func (w *Writer) decideEnd() {
	if b := w.conn.body; b != nil && !w.duplex && !w.closing && !b.drain() || w.conn.server.stopping.Load() {
		w.closing = true
	}
}

// hasContent reports whether a status allows content (RFC 9110 section 6.4.1).
func hasContent(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

func hasToken(list, token string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.Trim(item, " \t"), token) {
			return true
		}
	}
	return false
}
