package loop

import (
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/request/http1"
)

// conn is one connection. It belongs to its goroutine and, while a handler runs, to the one that uses the Writer. Only phase,
// watch and what the body holds are for several at once.
type conn struct {
	server *Server
	net    *http1.DeadlineConn
	remote string
	phase  atomic.Int32

	head     http1.Head
	in       input
	now      time.Time // when the last response was written
	message  *http1.Message
	body     *body // of the request, nil without one
	writer   Writer
	watch    watch
	lastPost bool // the last request was a POST
}

// The phases of a connection. Both the connection and Server.stop leave the phases isNew and isWaiting by a compare-and-swap,
// so a connection from which a request has been read is never closed by a stop.
const (
	isNew     int32 = iota // nothing has been read
	isWaiting              // for a further request
	isBusy
	isEnded
)

func newConn(s *Server, dc *http1.DeadlineConn) *conn {
	c := &conn{server: s, net: dc}
	c.watch.changed.L = &c.watch.mu
	c.writer.conn = c
	if addr := dc.RemoteAddr(); addr != nil {
		c.remote = addr.String()
	}
	c.deadline(time.Now(), s.ReadHeaderTimeout)
	return c
}

// LocalAddr implements [http1.Peer].
func (c *conn) LocalAddr() net.Addr { return c.net.LocalAddr() }

// newGrace is how long a stop waits for the first byte of a new connection.
const newGrace = 500 * time.Millisecond

// stop ends the connection unless a request is under way. The lock of the server is held.
func (c *conn) stop() {
	switch {
	case c.phase.CompareAndSwap(isWaiting, isEnded):
		c.net.Close()
	case c.phase.Load() == isNew:
		time.AfterFunc(newGrace, func() {
			if c.phase.CompareAndSwap(isNew, isEnded) {
				c.net.Close()
			}
		})
	}
}

// deadline gives the client time to send.
func (c *conn) deadline(now time.Time, timeout time.Duration) {
	if timeout <= 0 {
		_ = c.net.SetReadDeadline(time.Time{})
		return
	}
	_ = c.net.SetReadDeadline(now.Add(timeout))
}

// serve serves the connection until it is closed or given away.
func (c *conn) serve() {
	kept := false // by somebody else
	defer func() {
		if v := recover(); v != nil {
			c.panicked(v)
			kept = c.writer.hijacked
		}
		if !kept {
			c.net.Close()
		}
		c.server.remove(c)
	}()
	for {
		switch c.readHead() {
		case answer:
		case give:
			kept = true
			c.giveAway()
			return
		default:
			return
		}
		if !c.exchange() {
			kept = c.writer.hijacked
			return
		}
		if !c.wait() {
			return
		}
	}
}

// wait makes the connection one that waits for a request, unless the server stops.
func (c *conn) wait() bool {
	c.deadline(c.now, c.server.IdleTimeout)
	if len(c.in.unused) > 0 {
		return true // the next request is here already
	}
	c.in.release()
	c.phase.Store(isWaiting)
	return !c.server.stopping.Load() || !c.phase.CompareAndSwap(isWaiting, isEnded)
}

// panicked ends a request whose handler has panicked.
func (c *conn) panicked(v any) {
	if v != http.ErrAbortHandler {
		stack := make([]byte, 64<<10)
		c.server.logf("http: panic serving %s: %v\n%s", c.remote, v, stack[:runtime.Stack(stack, false)])
	}
	if c.message == nil {
		return
	}
	c.message.End()
	if c.writer.hijacked {
		return
	}
	c.stopWatch()
	_ = c.writer.send() // what was ready to be sent, as net/http does
	c.writer.release()
	c.endBody()
}

// exchange lets the handler answer the request whose head was read, and reports whether the connection can be
// used for another one.
func (c *conn) exchange() (again bool) {
	hr := c.message.Request()
	c.lastPost = hr.Method == http.MethodPost
	c.in.take(c.head.Size)
	c.watch.bodyRead = c.head.Length == 0
	if c.head.Length > 0 {
		c.body = newBody(c, c.head.Length)
		hr.Body = c.body
	}
	w := &c.writer
	w.begin(hr.Method == http.MethodHead, c.head.Close)
	c.server.Handler(w, hr)
	c.message.End()
	if w.hijacked {
		return false
	}
	err := w.finish()
	c.stopWatch()
	ready, sending := c.endBody()
	if hr.MultipartForm != nil {
		_ = hr.MultipartForm.RemoveAll()
	}
	c.message = nil
	if err == nil && sending {
		c.linger()
	}
	return err == nil && ready && !w.closing
}

// lingerTime is how long the connection stays open for a client that is still sending what nobody will read. If it
// were closed at once, the client's system would throw away the response (RFC 9112 section 9.6).
const lingerTime = 500 * time.Millisecond

// linger lets the client read the response before the connection is closed.
func (c *conn) linger() {
	_ = c.net.CloseWrite() // not every connection can
	c.discard(lingerTime)
}

// discard reads until the client ends or the time is over. Much is not read, but waited for as long.
func (c *conn) discard(timeout time.Duration) {
	start := time.Now()
	_ = c.net.SetReadDeadline(start.Add(timeout))
	b := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(b)
	for n := 0; n < maxDiscarded; {
		m, err := c.net.Read(b[:])
		if n += m; err != nil {
			return
		}
	}
	time.Sleep(timeout - time.Since(start))
}
