package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"time"
)

// A remote is a server in a process of its own, as seen from here. It is checked
// over the network with the same checks as a server in this process.
type remote struct {
	*process
	address string
	secure  *tls.Config // nil for http

	// All checks use one connection, as long as the server keeps it.
	conn   net.Conn
	reader *bufio.Reader
}

// startRemote starts the server of a contestant with the app of a row.
func startRemote(c contestant, r servedRow, more ...string) (*remote, error) {
	secure, err := r.trust()
	if err != nil {
		return nil, err
	}
	args := append([]string{serveWord, c.name, "-row", r.name, "-folder", workFolder}, more...)
	p, err := startProcess(args...)
	if err != nil {
		return nil, err
	}
	s := &remote{process: p, secure: secure}
	if err := p.take(&s.address); err != nil {
		p.stop()
		return nil, err
	}
	return s, nil
}

// usage asks what the server has used so far.
func (s *remote) usage() (usage, error) {
	var u usage
	err := s.ask(askUsage, &u)
	return u, err
}

func (s *remote) client(calls []call) (client, error) {
	return remoteClient{s, calls}, nil
}

// hangUp closes the connection of the checks.
func (s *remote) hangUp() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}

// exchange sends a request and reads the whole answer. A connection that was in
// use before may have been closed by the server meanwhile, which calls for
// another one.
func (s *remote) exchange(c call) (answer, error) {
	again := s.conn != nil
	a, err := s.tryExchange(c)
	if err != nil {
		s.hangUp()
		if again {
			a, err = s.tryExchange(c)
		}
	}
	return a, err
}

func (s *remote) tryExchange(c call) (answer, error) {
	if s.conn == nil {
		conn, err := dial(s.address, s.secure)
		if err != nil {
			return answer{}, err
		}
		s.conn, s.reader = conn, bufio.NewReader(conn)
	}
	s.conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(s.conn, c.wire()); err != nil {
		return answer{}, err
	}
	response, err := http.ReadResponse(s.reader, &http.Request{Method: c.method})
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	if response.Close {
		s.hangUp()
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(body)}, nil
}

// dial opens a connection, with secure for https.
func dial(address string, secure *tls.Config) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil || secure == nil {
		return conn, err
	}
	conn.SetDeadline(time.Now().Add(patience))
	client := tls.Client(conn, secure)
	if err := client.Handshake(); err != nil {
		conn.Close()
		return nil, err
	}
	return client, nil
}

// remoteClient sends its requests one after the other.
type remoteClient struct {
	server *remote
	calls  []call
}

func (c remoteClient) run(n int) {
	for range n {
		for i := range c.calls {
			c.answer(i)
		}
	}
}

// answer also fetches what the handlers have reported.
func (c remoteClient) answer(i int) answer {
	a, err := c.server.exchange(c.calls[i])
	if err == nil {
		var r reported
		err = c.server.ask(askReport, &r)
		counted, boundUser, uploaded = r.Counted, r.User, r.Uploaded
	}
	if err != nil {
		return answer{err: err}
	}
	return a
}
