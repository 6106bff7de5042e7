package loop

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// Writer is the [http.ResponseWriter] of a connection, which writes what that of net/http writes. It also has
// what an [http.ResponseController] can ask for. A handler that knows the whole response takes the shorter way:
//
//	now := w.Begin()
//	head := append(w.Buffer(), …)
//	n, err := w.Send(head, text, timeout)
//
// A Writer belongs to one request after the other, and must not be used when the handler has returned.
type Writer struct {
	conn *conn

	isHead   bool // the request's method is HEAD
	closing  bool // the connection is closed after the response
	duplex   bool // the body of the request is left alone
	hijacked bool
	whole    bool        // all of the response was given to Send
	timed    atomic.Bool // somebody has set a deadline, which may be done while another goroutine writes

	header http.Header
	head   responseHead
	out    []byte // what is ready to be sent; while the head is open, its lines so far
	first  []byte // content, as long as the head is open
	pooled *[]byte
	err    error // of the connection
}

// The sizes of what is held back: content that may be all there is, so that its length can be announced as net/http
// does, and bytes that are ready to be sent.
const (
	sniffed  = 512 // what net/http looks at to find the type of content; a shorter file is held back as other content is
	maxFirst = 2048
	maxOut   = 32 << 10
)

// begin prepares the Writer for a request.
func (w *Writer) begin(isHead, closing bool) {
	w.isHead, w.closing = isHead, closing
	w.duplex, w.whole = false, false
	w.timed.Store(false)
	w.head = responseHead{length: -1}
}

// Header implements http.ResponseWriter.
func (w *Writer) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}

// WriteHeader implements http.ResponseWriter. A code below 100 or above 999 panics.
func (w *Writer) WriteHeader(status int) {
	switch {
	case w.hijacked || w.head.status != 0 || w.whole:
		w.conn.server.logf("http: superfluous response.WriteHeader call")
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", status))
	case status < 200 && status != http.StatusSwitchingProtocols:
		w.inform(status)
	default:
		w.openHead(status)
	}
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	if w.hijacked {
		return 0, http.ErrHijacked
	}
	if w.head.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if !hasContent(w.head.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if w.head.written += int64(len(p)); w.head.length >= 0 && w.head.written > w.head.length {
		return 0, http.ErrContentLength
	}
	if w.head.isOpen {
		return w.hold(p)
	}
	return w.content(p)
}

// hold holds content back as long as there is little of it.
func (w *Writer) hold(p []byte) (n int, err error) {
	if len(w.first)+len(p) <= maxFirst {
		w.first = append(w.beginning(), p...)
		return len(p), nil
	}
	if len(w.first) > 0 {
		n = copy(w.first[len(w.first):maxFirst], p)
		w.first = w.first[:maxFirst]
		w.closeFirst(false)
	} else {
		w.closeHead(p, false)
	}
	m, err := w.content(p[n:])
	return n + m, err
}

// closeFirst ends the head, if it is open, and writes the content that was held back for it. final says that
// there is no more.
func (w *Writer) closeFirst(final bool) {
	if w.head.isOpen {
		w.closeHead(w.first, final)
	}
	if len(w.first) > 0 {
		_, _ = w.content(w.first) // the error is kept in w.err
		w.first = w.first[:0]
	}
}

// content writes content behind the head.
func (w *Writer) content(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if w.isHead {
		return len(p), nil
	}
	if w.head.chunked {
		w.out = strconv.AppendInt(w.out, int64(len(p)), 16)
		w.out = append(w.out, "\r\n"...)
	}
	if len(w.out)+len(p) <= maxOut {
		w.out = append(w.out, p...)
	} else {
		if err := w.send(); err != nil {
			return 0, err
		}
		if n, err := w.conn.net.Write(p); err != nil {
			return n, w.fail(err)
		}
	}
	if w.head.chunked {
		w.out = append(w.out, "\r\n"...)
	}
	return len(p), nil
}

// ReadFrom implements io.ReaderFrom. Where the length of the content is known, the system copies a file to the
// connection. A small one leaves together with the head.
func (w *Writer) ReadFrom(src io.Reader) (int64, error) {
	limited, ok := src.(*io.LimitedReader)
	isKnown := ok && limited.N >= sniffed && !w.hijacked
	if w.head.status == 0 && isKnown {
		w.WriteHeader(http.StatusOK)
	}
	if !isKnown || w.isHead || !hasContent(w.head.status) ||
		!w.head.hasType || w.head.length < w.head.written+limited.N {
		return io.Copy(struct{ io.Writer }{w}, src)
	}
	w.closeFirst(false)
	switch {
	case w.head.chunked: // because of a coding that the handler has set beside the length
		return io.Copy(struct{ io.Writer }{w}, src)
	case limited.N <= int64(maxOut-len(w.out)):
		return w.readInto(limited)
	}
	if err := w.send(); err != nil {
		return 0, err
	}
	n, err := w.conn.net.ReadFrom(src)
	w.head.written += n
	if err != nil {
		return n, w.fail(err)
	}
	return n, nil
}

// readInto reads content to what is ready to be sent.
func (w *Writer) readInto(src *io.LimitedReader) (int64, error) {
	start := len(w.out)
	w.out = slices.Grow(w.out, int(src.N))
	n, err := io.ReadFull(src, w.out[start:start+int(src.N)])
	w.out = w.out[:start+n]
	w.head.written += int64(n)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return int64(n), err
}

// Flush implements http.Flusher.
func (w *Writer) Flush() { _ = w.FlushError() }

// FlushError sends what was written so far.
func (w *Writer) FlushError() error {
	if w.hijacked {
		return http.ErrHijacked
	}
	if !w.whole {
		if w.head.status == 0 {
			w.WriteHeader(http.StatusOK)
		}
		w.closeFirst(false)
	}
	return w.send()
}

// Hijack implements http.Hijacker. The connection is the listener's own, and has no deadlines.
func (w *Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c := w.conn
	if w.hijacked {
		return nil, nil, http.ErrHijacked
	}
	if w.head.status != 0 {
		w.closeFirst(false)
	}
	if err := w.send(); err != nil {
		return nil, nil, err
	}
	if c.body != nil {
		c.body.endForHijack(!c.head.Close)
	}
	c.stopWatch()
	w.hijacked = true
	conn := c.net.Release()
	unread := bytes.Clone(c.in.unused)
	r := bufio.NewReader(io.MultiReader(bytes.NewReader(unread), conn))
	_, _ = r.Peek(len(unread)) // so that they are known to be buffered
	return conn, bufio.NewReadWriter(r, bufio.NewWriter(conn)), nil
}

// SetReadDeadline is for an http.ResponseController, as are the next two methods.
func (w *Writer) SetReadDeadline(deadline time.Time) error {
	if w.conn.body != nil {
		return w.conn.body.SetReadDeadline(deadline)
	}
	return w.conn.net.SetReadDeadline(deadline)
}

// SetWriteDeadline takes the place of the server's WriteTimeout for this response.
func (w *Writer) SetWriteDeadline(deadline time.Time) error {
	w.timed.Store(true)
	return w.conn.net.SetWriteDeadline(deadline)
}

// EnableFullDuplex lets the body be read while the response is written.
func (w *Writer) EnableFullDuplex() error {
	w.duplex = true
	if w.conn.body != nil {
		w.conn.body.EnableFullDuplex()
	}
	return nil
}

// finish ends the response when its handler has returned.
func (w *Writer) finish() error {
	if !w.whole {
		if w.head.status == 0 {
			w.WriteHeader(http.StatusOK)
		}
		w.closeFirst(true)
		w.endContent()
		w.conn.now = time.Now()
	}
	err := w.send()
	w.release()
	return err
}

// endContent writes what follows the content, and checks its length.
func (w *Writer) endContent() {
	if w.isHead || !hasContent(w.head.status) {
		return
	}
	if w.head.chunked {
		w.out = append(w.out, "0\r\n"...)
		w.appendTrailers()
		w.out = append(w.out, "\r\n"...)
	}
	if w.head.length >= 0 && w.head.length != w.head.written {
		w.closing = true // the client knows that something is missing
	}
}

// send sends what is ready.
func (w *Writer) send() error {
	if w.err != nil || len(w.out) == 0 || w.head.isOpen {
		return w.err
	}
	if !w.timed.Load() && w.conn.server.WriteTimeout > 0 {
		_ = w.conn.net.SetWriteDeadline(time.Now().Add(w.conn.server.WriteTimeout))
	}
	_, err := w.conn.net.Write(w.out)
	w.out = w.out[:0]
	if err != nil {
		return w.fail(err)
	}
	return nil
}

// fail ends the connection, and the context of the request, for its client has gone.
func (w *Writer) fail(err error) error {
	w.err, w.closing = err, true
	w.conn.message.End()
	return err
}

// errBegun is the error of Send for a response that has begun already.
var errBegun = errors.New("loop: the response has begun")
