package response

import (
	"errors"
	"io"
	"net/http"

	"github.com/soay-go/soay/request/http1"
)

// Body is content that writes itself: a stream, a file, an upgrade to another protocol. Known bytes
// need none, see [Bytes].
type Body interface {
	// WriteBody sends the status line and the content to w. The headers of the response are set
	// already. It must write no content if [HasContent] is false, as in answer to HEAD. An error after
	// the first byte makes the app cut the connection, so that a part does not look like the whole. r is the
	// request being answered; when the client goes away or the app stops, its context ends.
	//
	// The status line and the headers leave with the first bytes of content or with a flush, and by
	// themselves when WriteBody returns. An [http.ResponseController] of w can flush, hijack and set
	// deadlines; a deadline for writing takes the place of the app's time for each piece. w is an
	// [io.ReaderFrom], which sends files without copying them through memory.
	//
	// w ends when WriteBody returns, which waits for operations under way. A goroutine that uses w later
	// gets an error, which is logged once. A hijacked connection belongs to the code that hijacked it.
	//
	// A Body with a method Ready() promises not to look at a session while it is written. A response
	// with any other Body is private to caches in an app with sessions, unless the handler has set a
	// Cache-Control.
	WriteBody(w http.ResponseWriter, r *http.Request, status int) error
}

// WithBody returns a copy with another body. With the contentType "" the body sets the header itself.
func (r Response) WithBody(contentType string, body Body) Response {
	r.text, r.content = "", r.content.as(noContent)
	if contentType != "" {
		if r = withContentType(contentType, r); r.isMistake() {
			return r
		}
	}
	return r.with(part{kind: setBody, body: body})
}

// hasBody reports whether the content is a Body rather than known bytes.
func (r Response) hasBody() bool { return r.content&markBody != 0 }

// Content returns the content if it is known bytes, and false if a [Body] will write it or if it is that of an error for
// which the app has still to make a page.
func (r Response) Content() (content string, ok bool) {
	if r.hasBody() || r.needsPage() {
		return "", false
	}
	return r.text, true
}

// WithContent returns a copy with known bytes in place of the content or the body that it had. The status and the
// headers stay, Content-Type included, so it is for middleware that changes content: one that compresses it also sets
// Content-Encoding. A tag stays too, though it may be that of other bytes. An error response keeps its error, and the
// content becomes its page.
func (r Response) WithContent(content string) Response {
	if r.isMistake() {
		return r
	}
	if r.hasBody() {
		r.last = r.last.filter(func(p *part) bool { return p.kind != setBody })
	}
	r.text = content
	r.content &^= markBody | markPage
	return r
}

// Stream returns content that write produces when the response is sent, chunk by chunk; the length
// is not known beforehand. Each Write goes out at once, the first one together with the status and the
// headers. To send these before there is any content, as event streams do, flush: the Writer is an
// [http.Flusher], and its method FlushError returns the error as well. When write fails or panics the
// connection is cut, so the client never takes a part for the whole. To notice a client that has gone
// and an app that stops, write watches the request's Context.
//
// The Writer ends when write returns, see [Body].
func Stream(contentType string, write func(io.Writer) error) Response {
	return Response{}.WithBody(contentType, stream(write))
}

type stream func(io.Writer) error

// WriteBody implements [Body].
func (s stream) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	w.WriteHeader(status)
	if !HasContent(r.Method, status) {
		return nil
	}
	return s(flushing{w, http.NewResponseController(w)})
}

// forBody returns the request as a body gets it, with its header map. Only a file does without the map.
func forBody(body Body, hr *http.Request) *http.Request {
	if _, ok := body.(served); ok {
		return hr
	}
	return http1.Fill(hr)
}

// HasContent reports whether the response to a request can have content (RFC 9110 section 6.4.1). It is
// false in answer to HEAD and with status 204, 205 or 304. A [Body] must not write content then.
func HasContent(method string, status int) bool {
	switch status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusNotModified:
		return false
	}
	return method != http.MethodHead
}

// flushing sends every Write on to the client.
type flushing struct {
	w       io.Writer
	control *http.ResponseController
}

// Write implements io.Writer.
func (f flushing) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	if err != nil {
		return n, err
	}
	return n, f.FlushError()
}

// Flush implements http.Flusher.
func (f flushing) Flush() { _ = f.FlushError() }

// FlushError sends the status and the headers if nothing has sent them yet.
func (f flushing) FlushError() error {
	// A writer that cannot flush, such as a recorder in a test, has everything already.
	if err := f.control.Flush(); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
