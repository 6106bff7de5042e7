package loop_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/request/http1/loop"
)

// script is the server's end of a connection whose client has written all pieces already, and ends its side after
// them. No Read and no Write waits, so thousands of connections take a second.
type script struct {
	pieces [][]byte // each is the result of at least one Read

	mu     sync.Mutex
	out    bytes.Buffer
	closed bool
	over   chan struct{} // closed when the server writes no more
	once   sync.Once
}

func newScript(pieces ...[]byte) *script {
	return &script{pieces: slices.Clone(pieces), over: make(chan struct{})}
}

// Read implements io.Reader.
func (s *script) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, net.ErrClosed
	case len(p) == 0:
		return 0, nil
	case len(s.pieces) == 0:
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

// Write implements io.Writer.
func (s *script) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	return s.out.Write(p)
}

// ReadFrom implements io.ReaderFrom, as connections of TCP do.
func (s *script) ReadFrom(src io.Reader) (int64, error) { return io.Copy(struct{ io.Writer }{s}, src) }

// CloseWrite ends the side of the server.
func (s *script) CloseWrite() error {
	s.once.Do(func() { close(s.over) })
	return nil
}

// Close implements io.Closer.
func (s *script) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.CloseWrite()
}

// The other methods of a net.Conn. Deadlines have no effect, for nothing waits.
func (*script) LocalAddr() net.Addr              { return serverAddr }
func (*script) RemoteAddr() net.Addr             { return clientAddr }
func (*script) SetDeadline(time.Time) error      { return nil }
func (*script) SetReadDeadline(time.Time) error  { return nil }
func (*script) SetWriteDeadline(time.Time) error { return nil }

var (
	serverAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000}
	clientAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 50000}
)

// conns is a listener of connections that are made elsewhere.
type conns struct {
	next   chan net.Conn
	closed chan struct{}
	close  sync.Once
}

func newConns() *conns { return &conns{next: make(chan net.Conn), closed: make(chan struct{})} }

// Accept implements net.Listener.
func (l *conns) Accept() (net.Conn, error) {
	select {
	case c := <-l.next:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *conns) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (*conns) Addr() net.Addr { return serverAddr }

// served is a server whose handlers say what they see. It has one connection at a time.
type served struct {
	*conns
	mu   sync.Mutex
	seen []string

	program atomic.Pointer[[]byte] // what handlers do
}

// note notes what a handler has seen.
func (s *served) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, text)
}

// play brings a connection to its end. It returns what the handlers saw, and what the client got, see normal.
func (s *served) play(program []byte, pieces ...[]byte) string {
	s.program.Store(&program)
	s.mu.Lock()
	s.seen = nil
	s.mu.Unlock()
	conn := newScript(pieces...)
	s.next <- conn
	<-conn.over
	s.mu.Lock()
	defer s.mu.Unlock()
	conn.mu.Lock()
	defer conn.mu.Unlock()
	return strings.Join(s.seen, "\n") + "\n" + normal(conn.out.Bytes())
}

// serveBare serves a handler of package net/http, by net/http or by the loop.
func serveBare(t testing.TB, standard bool, handler func(*served, http.ResponseWriter, *http.Request)) *served {
	s := &served{conns: newConns()}
	hs := &http.Server{
		Handler:  http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) { handler(s, w, hr) }),
		ErrorLog: discard(), DisableGeneralOptionsHandler: true,
	}
	var server interface {
		Serve(net.Listener) error
		Close() error
	} = hs
	if !standard {
		server = &loop.Server{
			Handler:  func(w *loop.Writer, hr *http.Request) { handler(s, w, http1.Fill(hr)) },
			Standard: hs,
		}
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(s.conns) }()
	t.Cleanup(func() { server.Close(); s.conns.Close(); <-done })
	return s
}
