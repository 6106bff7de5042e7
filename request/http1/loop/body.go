package loop

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// body is the body of a request. Its length is known. Only waiting for the client uses up the client's time, and each
// started MiB has a time of its own. It ends with its request: later reads fail, and touch nothing.
type body struct {
	conn    *conn
	timeout time.Duration // for each MiB; 0 for none

	reading sync.Mutex // held by whoever reads from the connection

	mu      sync.Mutex
	unread  int64
	state   bodyState
	own     bool // the handler has set a deadline, which takes the place of the server's
	duplex  bool // the handler reads on while the response is written
	cut     bool // the client has ended before the body did
	failed  bool // the client is too slow, or the connection is broken
	left    time.Duration
	current int64 // bytes read of the current MiB
}

type bodyState uint8

const (
	isOpen   bodyState = iota
	isClosed           // by the handler, or because the response has begun
	isOver             // the request has ended
)

// errEnded is the error of a late use.
var errEnded = errors.New("request: the request has ended, and with it its body and its connection")

const (
	// restTimeout is how long the server waits for the rest of a body that nobody reads.
	restTimeout = 500 * time.Millisecond
	// maxDiscarded is the largest rest of a body that is read so that the connection can be kept.
	maxDiscarded = 256 << 10
)

func newBody(c *conn, length int64) *body {
	t := c.server.BodyTimeout
	return &body{conn: c, unread: length, timeout: t, left: t}
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	start, size, err := b.begin(len(p))
	if err != nil || size == 0 {
		return 0, err
	}
	n, err := b.conn.readBody(p[:size])
	b.mu.Lock()
	defer b.mu.Unlock()
	if err = b.got(n, err, start); b.state == isOver {
		return 0, errEnded
	}
	return n, err
}

// begin gives the client its time, and returns how many bytes can be read.
func (b *body) begin(size int) (start time.Time, n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.state == isOver:
		return start, 0, errEnded
	case b.state == isClosed:
		return start, 0, http.ErrBodyReadAfterClose
	case b.unread == 0:
		return start, 0, io.EOF
	case b.cut:
		return start, 0, io.ErrUnexpectedEOF
	}
	if b.timeout > 0 && len(b.conn.in.unused) == 0 {
		start = time.Now()
		b.setDeadline(start.Add(b.left))
	}
	return start, int(min(int64(size), b.unread)), nil
}

// got accounts for n bytes that were read, and returns the error of a Read.
func (b *body) got(n int, err error, start time.Time) error {
	b.unread -= int64(n)
	if !start.IsZero() {
		b.left -= time.Since(start)
	}
	if b.current += int64(n); b.current >= 1<<20 {
		b.current, b.left = 0, b.timeout
	}
	switch {
	case b.unread == 0:
		b.setDeadline(time.Time{})
		b.conn.bodyRead()
		return io.EOF
	case errors.Is(err, io.EOF):
		b.cut = true
		return io.ErrUnexpectedEOF
	case err != nil:
		b.failed = true
	}
	return err
}

// readBody reads bytes of a body: those that came with the head first.
func (c *conn) readBody(p []byte) (int, error) {
	if n := min(len(p), len(c.in.unused)); n > 0 {
		return copy(p, c.in.take(n)), nil
	}
	return c.net.Read(p)
}

// Close implements io.Closer. The rest of the body is dropped when the response is written.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state = max(b.state, isClosed)
	return nil
}

// BeginResponse says that the response is about to be written. The rest of the body gets only a short time
// from now on, which also ends a Read that another goroutine waits in, unless the handler reads on meanwhile. final
// makes reads fail.
func (b *body) BeginResponse(final bool) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == isOver {
		return 0
	}
	if final {
		b.state = isOver
	}
	if b.unread == 0 || b.timeout == 0 || !final && (b.own || b.duplex) {
		return 0
	}
	wait := min(restTimeout, max(b.left, 0))
	if b.own {
		wait, b.own = restTimeout, false // nobody reads any more, for which the handler has set the deadline
	}
	b.setDeadline(time.Now().Add(wait))
	if final {
		return 0 // the time for the response begins when the rest has been read
	}
	return wait
}

// SetReadDeadline is for an http.ResponseController: the handler's deadline takes the place of the server's.
func (b *body) SetReadDeadline(deadline time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == isOver {
		return errEnded
	}
	b.own = true
	return b.conn.net.SetReadDeadline(deadline)
}

// EnableFullDuplex lets the handler read on while the response is written.
func (b *body) EnableFullDuplex() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.duplex = true
}

// Abandon makes reads fail, for the handler is not waited for, and gives one that is under way a short time.
func (b *body) Abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != isOver && b.unread > 0 {
		_ = b.conn.net.SetReadDeadline(time.Now().Add(restTimeout))
	}
	b.state, b.own = isOver, false
}

func (b *body) setDeadline(t time.Time) {
	if !b.own {
		_ = b.conn.net.SetReadDeadline(t)
	}
}

// drain reads what is left of the body before a response is written, since many clients read no response while they
// are sending (golang.org/issue/15527). It reports whether there is nothing left. Much is not read.
func (b *body) drain() bool {
	if left, ok := b.beginDrain(); !ok {
		return left == 0
	}
	b.reading.Lock() // a Read of the handler's that is under way ends with the deadline
	defer b.reading.Unlock()
	scratch := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(scratch)
	for {
		b.mu.Lock()
		left := b.unread
		b.mu.Unlock()
		if left == 0 {
			return true
		}
		n, err := b.conn.readBody(scratch[:min(left, bufferSize)])
		b.mu.Lock()
		_ = b.got(n, err, time.Time{})
		over := b.cut || b.failed
		b.mu.Unlock()
		if over {
			return false
		}
	}
}

// endForHijack closes the body. The rest of one that the handler has closed before is read if the connection could be used
// for further requests (drop), so that it is no part of what follows on the hijacked connection.
func (b *body) endForHijack(drop bool) {
	b.mu.Lock()
	closed := b.state != isOpen
	b.state = max(b.state, isClosed)
	b.mu.Unlock()
	if closed && drop {
		b.drain()
	}
}

// beginDrain closes the body, and gives the client time for the rest, if that is worth reading. Otherwise the handler
// may read on, for the connection is closed after the response.
func (b *body) beginDrain() (left int64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed || b.unread >= maxDiscarded {
		return b.unread, false
	}
	b.state = max(b.state, isClosed)
	if b.unread == 0 || b.cut {
		return 0, false // after a cut the next head is an end
	}
	if b.timeout > 0 {
		b.own = false
		b.setDeadline(time.Now().Add(min(restTimeout, max(b.left, 0))))
	}
	return b.unread, true
}

// endBody ends the body with its request. It reports whether the connection is ready for the next request, and if not,
// whether the client may still be sending.
func (c *conn) endBody() (ready, sending bool) {
	b := c.body
	if b == nil {
		return true, false
	}
	c.body = nil
	b.BeginResponse(true)
	ready = b.drain()
	b.mu.Lock()
	defer b.mu.Unlock()
	return ready, !ready && !b.failed
}
