//go:build unix

package redisstore_test

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy passes bytes between clients and a server until it resets the connection in the middle.
type proxy struct {
	addr    string
	resets  atomic.Int64
	harmful atomic.Bool // resets connections from now on
	wg      sync.WaitGroup
}

func startProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String()}
	p.wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			p.wg.Go(func() { p.pass(client, upstream, false) })
			p.wg.Go(func() { p.pass(upstream, client, true) })
		}
	})
	t.Cleanup(func() { l.Close() })
	return p
}

// pass copies until it resets both: answers before they arrive, after what was asked has been done,
// and questions half-way.
func (p *proxy) pass(from, to net.Conn, answers bool) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if p.harmful.Load() && rand.N(40) == 0 {
			p.resets.Add(1)
			if !answers {
				_, _ = to.Write(buffer[:n/2])
			}
			for _, c := range []net.Conn{from, to} {
				_ = c.(*net.TCPConn).SetLinger(0) // so that closing is a reset
			}
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil && err != io.EOF {
			return
		}
	}
}

// settled waits a moment for what is still under way after resets.
func settled() { time.Sleep(200 * time.Millisecond) }
