package http1

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// DeadlineConn is a connection whose deadlines may be set for every step at hardly any cost. A server moves
// them forward all the time, and each move of a real one changes a timer of the runtime. So a DeadlineConn
// keeps the timer of an earlier deadline, and moves it only when that has run out and a later one is in force.
// Deadlines end a read or a write exactly as those of the connection itself do.
//
// The methods are safe for concurrent use as those of a [net.Conn] are. Setting a deadline of a closed
// connection need not fail.
type DeadlineConn struct {
	net.Conn
	read, write deadline
	unread      []byte // what Read returns first
}

// NewDeadlineConn returns a DeadlineConn around conn, which has no deadlines yet.
func NewDeadlineConn(conn net.Conn) *DeadlineConn {
	c := &DeadlineConn{Conn: conn}
	c.read.arm, c.write.arm = conn.SetReadDeadline, conn.SetWriteDeadline
	return c
}

// WithDeadlines returns a DeadlineConn around a plain connection. It returns nil for one that package net/http takes
// for one of TLS, by its type, since a request of it must be known to have come by https.
func WithDeadlines(conn net.Conn) *DeadlineConn {
	switch conn.(type) {
	case *tls.Conn, interface{ ConnectionState() tls.ConnectionState }:
		return nil
	}
	return NewDeadlineConn(conn)
}

// DeadlineListener accepts connections WithDeadlines. Those that have none are accepted as they are.
type DeadlineListener struct{ net.Listener }

// Accept implements net.Listener.
func (l DeadlineListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if c := WithDeadlines(conn); c != nil {
		return c, nil
	}
	return conn, nil
}

// NetConn returns the connection inside.
func (c *DeadlineConn) NetConn() net.Conn { return c.Conn }

// Unread makes Read return a copy of b before anything else. It must not be called while another goroutine reads.
func (c *DeadlineConn) Unread(b []byte) { c.unread = append([]byte(nil), b...) }

// Release returns the connection inside, without deadlines, to code that takes it over. From now on the deadlines
// of c are those of the connection. While there are bytes of Unread, it is c itself.
func (c *DeadlineConn) Release() net.Conn {
	c.read.setExact(true)
	c.write.setExact(true)
	_ = c.SetDeadline(time.Time{})
	if len(c.unread) > 0 {
		return c
	}
	return c.Conn
}

// Read implements io.Reader.
func (c *DeadlineConn) Read(p []byte) (int, error) {
	if len(c.unread) > 0 {
		n := copy(p, c.unread)
		if c.unread = c.unread[n:]; len(c.unread) == 0 {
			c.unread = nil
		}
		return n, nil
	}
	for {
		n, err := c.Conn.Read(p)
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || c.read.hasPassed() {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

// Write implements io.Writer.
func (c *DeadlineConn) Write(p []byte) (n int, err error) {
	for {
		m, err := c.Conn.Write(p[n:])
		n += m
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || c.write.hasPassed() {
			return n, err
		}
	}
}

// ReadFrom implements io.ReaderFrom, with which the system copies files to the connection.
func (c *DeadlineConn) ReadFrom(src io.Reader) (int64, error) {
	to, ok := c.Conn.(io.ReaderFrom)
	if !ok {
		return io.Copy(struct{ io.Writer }{c}, src)
	}
	// A copy that a timer has interrupted cannot go on, for nobody knows what was read and not written.
	c.write.setExact(true)
	defer c.write.setExact(false)
	return to.ReadFrom(src)
}

// CloseWrite ends the writing side, so that the client sees the end while it may go on sending. The error is
// [errors.ErrUnsupported] for a connection that cannot do it.
func (c *DeadlineConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetDeadline implements net.Conn.
func (c *DeadlineConn) SetDeadline(t time.Time) error {
	return errors.Join(c.read.set(t), c.write.set(t))
}

// SetReadDeadline implements net.Conn.
func (c *DeadlineConn) SetReadDeadline(t time.Time) error { return c.read.set(t) }

// SetWriteDeadline implements net.Conn.
func (c *DeadlineConn) SetWriteDeadline(t time.Time) error { return c.write.set(t) }

// deadline is the one for reading or the one for writing.
type deadline struct {
	arm func(time.Time) error // sets the real one

	mu     sync.Mutex
	wanted time.Time // the zero time for none, as everywhere
	armed  time.Time // the real one, which is never later than the wanted one
	exact  bool      // the real one must be the wanted one
}

func (d *deadline) set(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = t
	isCovered := !d.armed.IsZero() && !t.Before(d.armed) || t.IsZero()
	if isCovered && !d.exact {
		return nil
	}
	return d.move()
}

// move makes the real deadline the wanted one.
func (d *deadline) move() error {
	d.armed = d.wanted
	return d.arm(d.wanted)
}

// hasPassed reports whether the wanted deadline has passed, after the real one has. If not, it moves the
// real one.
func (d *deadline) hasPassed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.exact || !d.wanted.IsZero() && !time.Now().Before(d.wanted) {
		return true
	}
	return d.move() != nil
}

func (d *deadline) setExact(exact bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.exact = exact; exact && !d.armed.Equal(d.wanted) {
		_ = d.move() // a connection without deadlines has none
	}
}
