package loop

import (
	"context"
	"net"
	"net/http"
	"sync"

	"github.com/soay-go/soay/request/http1"
)

// handover is the listener of the standard server: it accepts the connections that the loop gives away.
type handover struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	close  sync.Once
}

func newHandover(addr net.Addr) *handover {
	return &handover{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// give hands a connection over, or closes it if the standard server takes no more.
func (h *handover) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.closed:
		c.Close()
	}
}

// Accept implements net.Listener.
func (h *handover) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It also ends Accept, without which the standard server could not shut down.
func (h *handover) Close() error {
	h.close.Do(func() { close(h.closed) })
	return nil
}

// Addr implements net.Listener.
func (h *handover) Addr() net.Addr { return h.addr }

// handed is a connection that was given away. As soon as net/http shuts down, it drops a request that has not
// reached its handler, without an answer. So Shutdown waits until the first request of each has reached it, or the
// connection is closed.
type handed struct {
	*http1.DeadlineConn
	server *Server
	once   sync.Once
}

// arrive says that the first request has reached the handler, or never will.
func (h *handed) arrive() {
	h.once.Do(func() {
		h.server.mu.Lock()
		defer h.server.mu.Unlock()
		h.server.underway--
		h.server.checkEmpty()
	})
}

// Close implements net.Conn.
func (h *handed) Close() error {
	h.arrive()
	return h.DeadlineConn.Close()
}

// giveAway gives a connection to the standard server.
func (s *Server) giveAway(c *http1.DeadlineConn) {
	s.mu.Lock()
	s.underway++
	s.mu.Unlock()
	s.handover.give(&handed{DeadlineConn: c, server: s})
}

type handedKey struct{}

// watchArrivals makes the standard server tell of each connection that was given to it when its first request has
// reached the handler.
func (s *Server) watchArrivals() {
	s.Standard.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if h, ok := c.(*handed); ok {
			return context.WithValue(ctx, handedKey{}, h)
		}
		return ctx
	}
	handler := s.Standard.Handler
	s.Standard.Handler = http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		if h, ok := hr.Context().Value(handedKey{}).(*handed); ok {
			h.arrive()
		}
		handler.ServeHTTP(w, hr)
	})
}
