package docs_test

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay"
)

// server serves an app over connections in memory, to clients that behave badly.
type server struct {
	t     *testing.T
	conns chan net.Conn
	end   chan struct{}
	once  sync.Once
	stop  func() error // stops the app and returns what Serve did
}

func serve(t *testing.T, app *soay.App) *server {
	t.Helper()
	s := &server{t: t, conns: make(chan net.Conn), end: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, s) }()
	s.stop = func() error {
		cancel()
		return <-served
	}
	return s
}

// answer is all that comes on a connection, and the time until its end.
type answer struct {
	text  string
	after time.Duration
}

// ask sends bytes on a new connection, and then nothing more.
func (s *server) ask(send string) <-chan answer {
	client, conn := net.Pipe()
	start := time.Now()
	s.conns <- conn
	answers := make(chan answer, 1)
	go func() {
		if _, err := io.WriteString(client, send); err != nil {
			s.t.Error(err)
		}
		text, err := io.ReadAll(client)
		if err != nil {
			s.t.Error(err)
		}
		answers <- answer{string(text), time.Since(start)}
		client.Close()
	}()
	return answers
}

// Accept implements net.Listener.
func (s *server) Accept() (net.Conn, error) {
	select {
	case conn := <-s.conns:
		return conn, nil
	case <-s.end:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (s *server) Close() error {
	s.once.Do(func() { close(s.end) })
	return nil
}

// Addr implements net.Listener.
func (s *server) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000} }
