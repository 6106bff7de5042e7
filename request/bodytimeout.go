package request

import (
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// Slow clients. A body has no fixed time, because a large one may take long; each started MiB of it has. The
// time runs only while a Read waits for the client. When the handler has returned, the rest of a body that
// nobody has read gets a short time more, so that the connection can be kept.

// unreadTimeout is how long the server waits for the rest of a body that nobody reads.
const unreadTimeout = 500 * time.Millisecond

// withOwnBody returns a copy of the server's request with a body that ends with the request.
func withOwnBody(w http.ResponseWriter, hr *http.Request, timeout time.Duration) (*http.Request, *connBody) {
	b := &connBody{
		source: hr.Body, received: hr, timeout: timeout, left: timeout,
		control: *http.NewResponseController(w), http2: hr.ProtoMajor == 2, copied: *hr,
	}
	c := &b.copied
	if c.ContentLength < 0 && c.Trailer == nil {
		c.Trailer = http.Header{} // shared with further copies of the request
	}
	c.Body, b.trailer = b, c.Trailer
	if timeout > 0 && !b.http2 {
		b.deadline(time.Now().Add(timeout)) // the server reads a body that nobody else reads
	}
	return c, b
}

// connBody is the body of a request that comes from a connection. Only waiting for the client uses up the
// client's time; the time between two reads is the handler's.
type connBody struct {
	source   io.ReadCloser
	received *http.Request // the server's own, which gets the trailers
	copied   http.Request  // the handlers' request, here so that it is one allocation with its body
	trailer  http.Header   // of both
	control  http.ResponseController
	timeout  time.Duration // for each MiB; 0 for none
	http2    bool

	mu     sync.Mutex // held while the connection is touched, but not while it is read
	ended  bool
	eof    bool
	own    bool          // the handler has set a deadline, which takes the place of the app's
	duplex bool          // the server leaves the body alone while the response is written
	left   time.Duration // the time left for the current MiB
	read   int64         // bytes of the current MiB
}

// Read implements io.Reader.
func (b *connBody) Read(p []byte) (int, error) {
	start, ok := b.begin()
	if !ok {
		return 0, errEnded
	}
	n, err := b.source.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return 0, errEnded
	}
	if b.timeout > 0 {
		b.left -= time.Since(start)
	}
	switch {
	case err == io.EOF:
		b.eof = true
		if b.trailer != nil {
			maps.Copy(b.trailer, b.received.Trailer)
		}
	case b.read+int64(n) >= 1<<20:
		b.read, b.left = 0, b.timeout
	default:
		b.read += int64(n)
	}
	if b.timeout > 0 && (b.eof || b.http2) {
		// Over HTTP/1.1 the server's wait for the client to leave would end with the deadline, and over
		// HTTP/2 the deadline ends the body also while nobody reads it.
		b.deadline(time.Time{})
	}
	return n, err
}

// Close implements io.Closer. Over HTTP/1.1 the server reads on for a while, to keep the connection.
func (b *connBody) Close() error {
	if _, ok := b.begin(); !ok {
		return nil // the server has closed it
	}
	return b.source.Close()
}

// begin gives the client its time for one step, and returns false if the request has ended.
func (b *connBody) begin() (start time.Time, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timeout > 0 && !b.ended {
		start = time.Now()
		b.deadline(start.Add(b.left))
	}
	return start, !b.ended
}

// BeginResponse implements [ServerBody]. It limits the time for the rest of the body to a short one, which also ends
// a Read that another goroutine waits in.
func (b *connBody) BeginResponse(final bool) time.Duration {
	wait := b.limitRest(final)
	if final && wait > 0 && b.received.Close && b.received.Header["Expect"] == nil {
		// The server reads the rest only in order to keep the connection. If it were closed with unread bytes, the
		// client's system would throw away the response (RFC 9112 section 9.6).
		_, _ = io.CopyN(io.Discard, b.source, maxRest)
	}
	return wait
}

// maxRest is the largest rest of a body that is read for a client that is still sending, in bytes.
const maxRest = 256 << 10

// limitRest gives the client a short time for the rest of the body, and returns it.
func (b *connBody) limitRest(final bool) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return 0
	}
	b.ended = final
	if b.eof || b.http2 || b.timeout == 0 || !final && (b.own || b.duplex) {
		return 0
	}
	wait := min(unreadTimeout, max(b.left, 0))
	if b.own {
		wait, b.own = unreadTimeout, false // nobody reads any more, for which the handler has set the deadline
	}
	b.deadline(time.Now().Add(wait))
	return wait
}

// SetReadDeadline is for an http.ResponseController: the handler's deadline takes the place of the app's.
func (b *connBody) SetReadDeadline(deadline time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return errEnded
	}
	err := b.control.SetReadDeadline(deadline)
	b.own = b.own || err == nil
	return err
}

// EnableFullDuplex implements [ServerBody].
func (b *connBody) EnableFullDuplex() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.duplex = true
}

// Abandon implements [ServerBody].
func (b *connBody) Abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended && !b.eof && !b.http2 { // over HTTP/2 the end of the stream ends a Read
		_ = b.control.SetReadDeadline(time.Now().Add(unreadTimeout))
	}
	b.ended = true
}

// removeFiles removes the files of ParseMultipartForm, as the server does for its own request.
func (b *connBody) removeFiles() {
	if f := b.copied.MultipartForm; f != nil {
		_ = f.RemoveAll()
	}
}

// deadline sets a deadline unless the handler has set its own. A connection that has no deadlines ignores it.
func (b *connBody) deadline(t time.Time) {
	if b.timeout > 0 && !b.own {
		_ = b.control.SetReadDeadline(t)
	}
}
