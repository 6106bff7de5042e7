package loop

import (
	"net"
	"sync"
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
