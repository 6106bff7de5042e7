package sqltest_test

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// proxy stands between a program and its database, and resets connections.
type proxy struct {
	port   int
	target string
	mu     sync.Mutex
	conns  map[*net.TCPConn]bool
}

func newProxy(t *testing.T, host string, port int) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &proxy{port: l.Addr().(*net.TCPAddr).Port, target: fmt.Sprintf("%s:%d", host, port), conns: map[*net.TCPConn]bool{}}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(conn.(*net.TCPConn))
		}
	}()
	return p
}

func (p *proxy) serve(client *net.TCPConn) {
	defer client.Close()
	conn, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer server.Close()
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	go func() {
		io.Copy(server, client)
		server.CloseWrite()
	}()
	io.Copy(client, server)
	p.mu.Lock()
	delete(p.conns, client)
	delete(p.conns, server)
	p.mu.Unlock()
}

// reset cuts all connections without a farewell, and returns their number.
func (p *proxy) reset() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.conns) / 2
	for conn := range p.conns {
		conn.SetLinger(0)
		conn.Close()
	}
	clear(p.conns)
	return n
}
