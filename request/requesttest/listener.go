package requesttest

import (
	"context"
	"net"
	"sync"
)

// Listener is a network in memory with one server: an app that serves on it gets the connections that
// DialContext makes. It is for tests that [Client] is too polite for, such as one that sends broken
// requests, or that brings a client of its own:
//
//	listener := requesttest.NewListener()
//	go app.Serve(ctx, listener)
//	client := &http.Client{Transport: &http.Transport{DialContext: listener.DialContext}}
//
// Connections are those of [net.Pipe]: nothing is buffered, so a write waits until the other side has
// read it. They work inside of testing/synctest. A Listener is safe for concurrent use.
type Listener struct {
	conns  chan net.Conn
	closed chan struct{}
	close  sync.Once
}

// NewListener returns a listener that is open.
func NewListener() *Listener {
	return &Listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// DialContext connects to the server and returns the client's side. It waits until the server accepts the
// connection, the context is done or the listener is closed, which is the error [net.ErrClosed]. The
// network and the address do not matter.
func (l *Listener) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return memoryConn{c}, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. Connections that were accepted stay open.
func (l *Listener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener. It returns 127.0.0.1:8000, which no port of the machine is taken for.
func (l *Listener) Addr() net.Addr { return loopback }

// memoryConn has the address of a client on this machine.
type memoryConn struct{ net.Conn }

// RemoteAddr implements net.Conn.
func (memoryConn) RemoteAddr() net.Addr { return loopback }

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000}
