package loop

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/request/http1"
)

// Server serves connections. Its exported fields must be set before Serve and not be changed any more. Its methods
// are safe for concurrent use.
type Server struct {
	// Handler answers a request. When it returns, the request and the Writer are over. A panic closes the
	// connection; it is logged unless it is http.ErrAbortHandler.
	Handler func(w *Writer, hr *http.Request)
	// Standard serves the connections that the loop does not. Its BaseContext and ErrorLog are the loop's, too, and Serve
	// sets its ConnContext.
	Standard *http.Server

	ReadHeaderTimeout time.Duration // for a head
	IdleTimeout       time.Duration // between a response and the next request
	BodyTimeout       time.Duration // for each started MiB of a body, while the handler waits for it
	WriteTimeout      time.Duration // for a piece of a response, where nobody has set a deadline

	base     context.Context
	handover *handover
	stopping atomic.Bool

	mu        sync.Mutex
	listener  net.Listener
	accepting bool // there can be further connections
	closed    bool // by Close
	conns     map[*conn]struct{}
	underway  int           // connections that were given away and whose first request the standard server is reading
	empty     chan struct{} // closed when the last connection has gone and none can come, nil unless Shutdown waits for it
}

// Serve accepts connections until the listener fails or Shutdown or Close is called, after which it returns
// [http.ErrServerClosed].
func (s *Server) Serve(listener net.Listener) error {
	if err := s.begin(listener); err != nil {
		return err
	}
	standard := make(chan error, 1)
	go func() { standard <- s.Standard.Serve(s.handover) }()
	err := s.acceptAll(listener)
	if s.stopping.Load() {
		return http.ErrServerClosed
	}
	s.handover.Close()
	<-standard
	return err
}

func (s *Server) begin(listener net.Listener) error {
	base := context.Background()
	if s.Standard.BaseContext != nil {
		base = s.Standard.BaseContext(listener)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Load() {
		listener.Close()
		return http.ErrServerClosed
	}
	s.base = context.WithValue(base, http.ServerContextKey, s.Standard)
	s.accepting = true
	s.watchArrivals()
	s.listener, s.handover, s.conns = listener, newHandover(listener.Addr()), map[*conn]struct{}{}
	return nil
}

// acceptAll starts a goroutine for each connection. Where the system has no more descriptors, it tries again
// after a while, as net/http does.
func (s *Server) acceptAll(listener net.Listener) error {
	defer s.endAccepting()
	defer listener.Close()
	const longest = time.Second
	for pause := time.Duration(0); ; {
		c, err := listener.Accept()
		//lint:ignore SA1019 there is no other way to tell that accepting will work again
		if e, ok := errors.AsType[net.Error](err); ok && e.Temporary() && !s.stopping.Load() {
			pause = min(max(2*pause, 5*time.Millisecond), longest)
			s.logf("http: Accept error: %v; retrying in %v", err, pause)
			time.Sleep(pause)
			continue
		}
		if err != nil {
			return err
		}
		pause = 0
		if plain := http1.WithDeadlines(c); plain != nil {
			s.start(plain)
		} else {
			s.handover.give(c)
		}
	}
}

// start serves a connection. One that was accepted at the time of the stop is served as one that was accepted before.
func (s *Server) start(dc *http1.DeadlineConn) {
	c := newConn(s, dc)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		dc.Close()
		return
	}
	s.conns[c] = struct{}{}
	if s.stopping.Load() {
		c.stop()
	}
	go c.serve()
}

// remove forgets a connection.
func (s *Server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.checkEmpty()
}

// endAccepting says that there will be no further connection.
func (s *Server) endAccepting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepting = false
	s.checkEmpty()
}

// isEmpty reports whether no request can come by the loop any more. The lock is held.
func (s *Server) isEmpty() bool { return !s.accepting && len(s.conns) == 0 && s.underway == 0 }

// checkEmpty ends the wait of Shutdown if the last connection has gone. The lock is held.
func (s *Server) checkEmpty() {
	if s.isEmpty() && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// Shutdown takes no more connections, closes those on which no request is under way, and waits for all
// others: responses tell their clients from now on that the connection will be closed. A connection that has
// brought nothing yet gets a moment more, for its client may just be sending. The error is that of ctx if it ends
// before. The standard server is shut down as well, when the loop has nothing more to give to it.
func (s *Server) Shutdown(ctx context.Context) error {
	if empty := s.stop(); empty != nil {
		select {
		case <-empty:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.Standard.Shutdown(ctx) // which closes the handover
}

// stop closes the listener and the waiting connections. It returns a channel that is closed when the last
// connection has gone, nil if there is none.
func (s *Server) stop() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping.Store(true)
	if s.listener != nil {
		s.listener.Close()
	}
	for c := range s.conns {
		c.stop()
	}
	if s.isEmpty() {
		return nil
	}
	if s.empty == nil {
		s.empty = make(chan struct{})
	}
	return s.empty
}

// Close cuts all connections.
func (s *Server) Close() error {
	s.mu.Lock()
	s.stopping.Store(true)
	s.closed = true
	if s.listener != nil {
		s.listener.Close()
	}
	for c := range s.conns {
		c.net.Close()
	}
	s.mu.Unlock()
	return s.Standard.Close()
}

// logf writes to the log of the standard server.
func (s *Server) logf(format string, args ...any) {
	if l := s.Standard.ErrorLog; l != nil {
		l.Printf(format, args...)
	}
}
