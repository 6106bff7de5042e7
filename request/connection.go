package request

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/soay-go/soay/request/http1"
)

// A connection belongs to the server, which uses it for the next request as soon as the handler has
// returned. So each use of it for a request first checks, under a lock, that the request has not ended, and the
// end takes the same lock. A late read, write or deadline fails and touches nothing.

// errEnded is the error of a late use.
var errEnded = errors.New("request: the request has ended, and with it its body and its connection")

// writer is where the response of the current request goes.
type writer struct {
	mu      sync.Mutex // held while the writer is used, and by BeginResponse and End
	w       http.ResponseWriter
	timeout time.Duration // for each piece that is written; 0 once the handler has set a deadline
}

// Accept is Begin for a request that arrives by a connection, whose response goes to w. The server's
// own request is not changed: net/http decides by the type of its body what becomes of the connection.
// A request with a body is therefore copied, and its copy has a body that ends with the request. The
// client gets bodyTimeout for each started MiB of the body, and writeTimeout for each piece of the
// response; 0 means that the server sees to it. A [ServerBody] sees to everything itself, so its request is not copied.
func (s *Exchange) Accept(w http.ResponseWriter, hr *http.Request, bodyTimeout, writeTimeout time.Duration) Request {
	s.writer.w, s.writer.timeout = w, writeTimeout // without the lock: nobody has a Request of this generation yet
	if hr.ContentLength != 0 && hr.Body != nil && hr.Body != http.NoBody {
		if own, ok := hr.Body.(ServerBody); ok {
			s.body = own
		} else {
			hr, s.body = withOwnBody(w, http1.Fill(hr), bodyTimeout)
		}
	}
	return s.Begin(hr)
}

// ServerBody is the body of a request that ends with it and gives the client its time, for the framework: that of the
// app's own server, and the one that package request puts around those of other servers.
type ServerBody interface {
	io.ReadCloser
	// BeginResponse says that the response is about to be written, and returns how long writing it may wait for the rest
	// of the body. final makes reads fail from now on.
	BeginResponse(final bool) time.Duration
	// SetReadDeadline sets a deadline in place of the client's time. It fails once the request has ended.
	SetReadDeadline(deadline time.Time) error
	// EnableFullDuplex lets the body be read while the response is written.
	EnableFullDuplex()
	// Abandon makes reads fail from now on, for the handler is not waited for. One that waits for the client ends soon,
	// however much time the client has otherwise: a server answers only when nobody reads.
	Abandon()
}

// BeginResponse gives the writer to the response alone. It returns the time for each piece of the response, 0
// for no limit. net/http first reads the rest of the body, up to 256 KiB, and the wait for it must not count
// against the time for the response, so the wait is added. final says that nobody reads the body any more.
func (s *Exchange) BeginResponse(final bool) time.Duration {
	s.writer.mu.Lock()
	s.writer.w = nil
	timeout := s.writer.timeout
	s.writer.mu.Unlock()
	if s.body == nil {
		return timeout
	}
	if wait := s.body.BeginResponse(final); timeout > 0 {
		timeout += wait
	}
	return timeout
}

// Release ends all access to the connection, because the server is about to have it back. The request
// itself goes on until End.
func (s *Exchange) Release() {
	s.writer.mu.Lock()
	s.writer.w = nil
	s.writer.mu.Unlock()
	s.endBody()
}

// endWriter ends the generation under the lock of the writer. A late goroutine that takes the lock afterwards
// finds another generation and leaves the writer alone, so Accept sets the next writer without the lock.
func (s *Exchange) endWriter() {
	s.writer.mu.Lock()
	s.slot.End()
	s.writer.w = nil
	s.writer.mu.Unlock()
}

func (s *Exchange) endBody() {
	if s.body == nil {
		return
	}
	s.body.BeginResponse(true)
	if copied, ok := s.body.(*connBody); ok {
		copied.removeFiles()
	}
	s.body = nil
}

// OnWriter calls f with the server's ResponseWriter, which f must not keep, and returns the error of f. It is for
// deadlines and informational responses, which need the connection before there is a response. Without a
// connection, as in unit tests, and once the response is being written, the error is [http.ErrNotSupported].
// Once the request has ended it is another one. The request does not end while f runs.
func (s State) OnWriter(f func(http.ResponseWriter) error) error {
	x := s.r.exchange
	if x == nil {
		return http.ErrNotSupported
	}
	x.writer.mu.Lock()
	defer x.writer.mu.Unlock()
	switch {
	case !x.slot.Holds(s.r.Session):
		return errEnded
	case x.writer.w == nil: // in a unit test, or the response has begun
		return http.ErrNotSupported
	}
	return f(x.writer.w)
}

// SetReadDeadline sets the time until which the body can be read, in place of the app's own times. Like
// SetWriteDeadline and EnableFullDuplex it fails as [State.OnWriter] does; all three are what an
// [http.ResponseController] calls.
func (s State) SetReadDeadline(deadline time.Time) error {
	return s.OnWriter(func(w http.ResponseWriter) error {
		if s.r.exchange.body != nil {
			return s.r.exchange.body.SetReadDeadline(deadline)
		}
		return http.NewResponseController(w).SetReadDeadline(deadline)
	})
}

// SetWriteDeadline sets the time until which the response can be written, in place of the app's own.
func (s State) SetWriteDeadline(deadline time.Time) error {
	return s.OnWriter(func(w http.ResponseWriter) error {
		err := http.NewResponseController(w).SetWriteDeadline(deadline)
		if err == nil {
			s.r.exchange.writer.timeout = 0
		}
		return err
	})
}

// EnableFullDuplex lets the body be read while the response is written.
func (s State) EnableFullDuplex() error {
	return s.OnWriter(func(w http.ResponseWriter) error {
		err := http.NewResponseController(w).EnableFullDuplex()
		if b := s.r.exchange.body; b != nil && err == nil {
			b.EnableFullDuplex()
		}
		return err
	})
}

// WriteTimeout returns the time that a client has for each piece that is written in OnWriter, 0 for no limit.
func (s State) WriteTimeout() (timeout time.Duration) {
	_ = s.OnWriter(func(http.ResponseWriter) error {
		timeout = s.r.exchange.writer.timeout
		return nil
	})
	return timeout
}
