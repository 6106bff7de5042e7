package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// order is what the loader is asked for.
type order struct {
	Do          string
	Address     string
	Folder      string // has the certificate for https, "" for http
	Connections int
	Requests    []prepared // each connection sends them in turn
	Time        time.Duration
}

// What an order can ask for.
const (
	doOpen  = "open"  // open the connections; each makes all requests once
	doRun   = "run"   // send requests on all connections for the time
	doClose = "close" // close the connections
	doRoom  = askRoom // tell how many connections there can be
)

// prepared is a request as it is sent, and what is known of its answer.
type prepared struct {
	Wire   []byte
	Status int
	Length int // of the body
}

// outcome is what the loader has seen.
type outcome struct {
	Failure  string
	Room     int
	Requests int
	Elapsed  time.Duration
	P50, P99 time.Duration
}

// load obeys orders until there are no more.
func load(in io.Reader, out io.Writer) error {
	var l loader
	return converse(in, out, func(o order) (any, error) {
		seen, err := l.do(o)
		if err != nil {
			seen.Failure = err.Error()
		}
		return seen, nil
	})
}

// loader has the connections that are open.
type loader struct {
	conns []*loadConn
}

func (l *loader) do(o order) (outcome, error) {
	switch o.Do {
	case doOpen:
		return outcome{}, l.open(o)
	case doRun:
		return l.run(o.Time)
	case doClose:
		l.close()
		return outcome{}, nil
	case doRoom:
		n, err := room()
		return outcome{Room: n}, err
	}
	return outcome{}, fmt.Errorf("unknown order %q", o.Do)
}

// open opens one connection after the other, so that no server's queue of new
// connections overflows, and each is in use at once, so that none is closed as
// silent.
func (l *loader) open(o order) error {
	var secure *tls.Config
	if o.Folder != "" {
		var err error
		if secure, err = trusted(o.Folder); err != nil {
			return err
		}
	}
	for range o.Connections {
		conn, err := dial(o.Address, secure)
		if err != nil {
			return err
		}
		c := newLoadConn(conn, o.Requests)
		l.conns = append(l.conns, c)
		conn.SetDeadline(time.Now().Add(patience))
		for range o.Requests {
			if err := c.exchange(); err != nil {
				return err
			}
		}
	}
	return nil
}

// run sends requests for the time and waits for the last answers.
func (l *loader) run(length time.Duration) (outcome, error) {
	for _, c := range l.conns {
		c.reset()
		c.conn.SetDeadline(time.Now().Add(length + patience))
	}
	var over atomic.Bool
	var group sync.WaitGroup
	failures := make([]error, len(l.conns))
	start := time.Now()
	time.AfterFunc(length, func() { over.Store(true) })
	for i, c := range l.conns {
		group.Go(func() { failures[i] = c.run(&over) })
	}
	group.Wait()
	o := outcome{Elapsed: time.Since(start)}
	var all latencies
	for _, c := range l.conns {
		o.Requests += c.times.count()
		all.add(&c.times)
	}
	o.P50, o.P99 = all.quantile(0.50), all.quantile(0.99)
	return o, errors.Join(failures...)
}

// close ends the connections by a reset: thousands of closed connections that
// the system remembers for a minute would use up its ports.
func (l *loader) close() {
	for _, c := range l.conns {
		plain := c.conn
		if secure, ok := plain.(*tls.Conn); ok {
			plain = secure.NetConn()
		}
		plain.(*net.TCPConn).SetLinger(0)
		plain.Close()
	}
	l.conns = nil
}

// loadConn is a connection of the loader.
type loadConn struct {
	conn     net.Conn
	requests []prepared
	next     int // the request that comes next
	answers  answerReader
	times    latencies
}

func newLoadConn(conn net.Conn, requests []prepared) *loadConn {
	longest := 0
	for _, r := range requests {
		longest = max(longest, r.Length)
	}
	return &loadConn{
		conn:     conn,
		requests: requests,
		answers:  answerReader{source: conn, buffer: make([]byte, longest+maxHead)},
	}
}

func (c *loadConn) reset() { c.times = latencies{} }

// run makes requests until it is over, one at least.
func (c *loadConn) run(over *atomic.Bool) error {
	for first := true; first || !over.Load(); first = false {
		start := time.Now()
		if err := c.exchange(); err != nil {
			return err
		}
		c.times.note(time.Since(start))
	}
	return nil
}

// exchange sends the next request and sees that the answer is the right one, as
// far as status and length tell.
func (c *loadConn) exchange() error {
	r := &c.requests[c.next]
	c.next = (c.next + 1) % len(c.requests)
	if _, err := c.conn.Write(r.Wire); err != nil {
		return err
	}
	status, length, err := c.answers.next()
	if err != nil {
		return err
	}
	if status != r.Status || length != r.Length {
		return fmt.Errorf("an answer under load has status %d and %d bytes, want %d and %d", status, length, r.Status, r.Length)
	}
	return nil
}
