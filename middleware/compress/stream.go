package compress

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// wrap returns a body that is compressed while it is written.
func (c *compressor) wrap(b response.Body) response.Body {
	wrapped := body{b, c}
	if _, ok := b.(interface{ Ready() }); ok {
		return readyBody{wrapped}
	}
	return wrapped
}

// body is a Body that is compressed.
type body struct {
	response.Body
	c *compressor
}

// readyBody is the body of a Body that does not look at a session while it is written.
type readyBody struct{ body }

// Ready implements the promise of [response.Body].
func (readyBody) Ready() {}

// WriteBody implements [response.Body].
func (b body) WriteBody(w http.ResponseWriter, hr *http.Request, status int) error {
	s := &stream{ResponseWriter: w, c: b.c, hr: hr, status: status}
	defer s.end() // also after a panic, which has not called finish
	if err := b.Body.WriteBody(s, hr, status); err != nil {
		return err
	}
	return s.finish()
}

type streamState uint8

const (
	undecided streamState = iota
	plain
	encoding
	ended // after encoding: nothing may be written past the encoder
)

var errEnded = errors.New("soay: compress a stream: it has ended")

// stream is the ResponseWriter of a body, which may be used by several goroutines. Once it is decided that the content stays
// as it is, all goes to the writer of the app.
type stream struct {
	http.ResponseWriter
	c      *compressor
	hr     *http.Request
	status int

	mu     sync.Mutex // held while the encoder is used
	state  streamState
	coding *coding
	job    *job
	err    error       // why the encoder was dropped
	stop   func() bool // the watch for a client that goes away
}

// Unwrap is for an http.ResponseController, for what does not write: deadlines.
func (s *stream) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (s *stream) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.decide(status)
	}
	s.ResponseWriter.WriteHeader(status)
}

// decide decides, once, whether the content is compressed, from the headers as they are now.
func (s *stream) decide(status int) {
	if s.state != undecided {
		return
	}
	s.state = plain
	h := s.Header()
	values := func(name string) []string { return h[name] }
	if !s.c.couldBe(status, h.Get("Content-Type"), values) || s.c.announcesLess(h["Content-Length"]) {
		return
	}
	coding := s.c.choose(s.hr, len(h["Set-Cookie"]) > 0, values)
	if !lists(h["Vary"], "Accept-Encoding") && !lists(h["Vary"], "*") {
		h["Vary"] = []string{strings.Join(append(slices.Clip(h["Vary"]), "Accept-Encoding"), ", ")}
	}
	if coding == nil {
		return
	}
	if s.hr.Method != http.MethodHead {
		select {
		case s.c.streams <- struct{}{}:
		default: // too many are compressed already
			return
		}
		s.begin(coding)
		h["Content-Encoding"] = []string{coding.Name()}
	}
	delete(h, "Content-Length")
	if tag := h["Etag"]; len(tag) == 1 {
		if w, ok := weak(tag[0]); ok {
			h["Etag"] = []string{w}
		}
	}
}

// begin starts to compress. There is a place for it in streams.
func (s *stream) begin(coding *coding) {
	s.state, s.coding, s.job = encoding, coding, coding.get()
	if s.job.out == nil {
		s.job.out = bufio.NewWriterSize(nil, pieceSize)
	}
	s.job.out.Reset(s.ResponseWriter)
	s.job.Reset(s.job.out)
	// A body may take its time to notice that the client has gone, and write to the last when the app stops.
	s.stop = context.AfterFunc(s.hr.Context(), func() {
		cause := context.Cause(s.hr.Context())
		if errors.Is(cause, request.ErrStopping) {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fail(cause)
	})
}

// pieceSize is the size of the pieces in which compressed content is sent: encoders write many small ones.
const pieceSize = 8 << 10

// fail drops the encoder after an error, nil for the normal end.
func (s *stream) fail(err error) {
	if s.state != encoding {
		return
	}
	s.state, s.err = ended, err
	s.stop()
	if s.job = nil; s.err == nil {
		s.err = errEnded
	}
	<-s.c.streams
}

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	if s.enter() {
		defer s.mu.Unlock()
		n, err := s.job.Write(p)
		if err != nil {
			s.fail(err)
		}
		return n, err
	}
	err := s.leave()
	if err != nil {
		return 0, err
	}
	return s.ResponseWriter.Write(p)
}

// enter reports whether the content is compressed, and sends the head then. It decides that if need be.
func (s *stream) enter() bool {
	if s.state == undecided {
		if s.decide(s.status); s.state == encoding {
			s.ResponseWriter.WriteHeader(s.status)
		}
	}
	return s.state == encoding
}

// leave ends an operation on content that is not compressed, and returns an error if it was.
func (s *stream) leave() error {
	err := s.err
	s.mu.Unlock()
	if err != nil {
		_ = s.Header() // the app's writer logs a use after the end
	}
	return err
}

// ReadFrom implements io.ReaderFrom, with which the system copies files that are not compressed.
func (s *stream) ReadFrom(src io.Reader) (int64, error) {
	s.mu.Lock()
	if s.enter() {
		s.mu.Unlock()
		return io.Copy(struct{ io.Writer }{s}, src)
	}
	err := s.leave()
	if err != nil {
		return 0, err
	}
	if w, ok := s.ResponseWriter.(io.ReaderFrom); ok {
		return w.ReadFrom(src)
	}
	return io.Copy(struct{ io.Writer }{s.ResponseWriter}, src)
}

// Flush implements http.Flusher for handlers that look for it.
func (s *stream) Flush() { _ = s.FlushError() }

// FlushError is the Flush that an http.ResponseController calls. What was written can be decoded then.
func (s *stream) FlushError() error {
	s.mu.Lock()
	if !s.enter() {
		if err := s.leave(); err != nil {
			return err
		}
		return http.NewResponseController(s.ResponseWriter).Flush()
	}
	defer s.mu.Unlock()
	err := s.job.Flush()
	if err == nil {
		err = s.job.out.Flush()
	}
	if err != nil {
		s.fail(err)
		return err
	}
	return http.NewResponseController(s.ResponseWriter).Flush()
}

// Hijack implements http.Hijacker for handlers that look for it.
func (s *stream) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	conn, rw, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err == nil {
		s.fail(http.ErrHijacked)
		s.state = plain
	}
	return conn, rw, err
}

// finish sends the end of the compressed content. It returns an error if that is not complete, also where the body has
// ignored it.
func (s *stream) finish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != encoding {
		if s.state == ended {
			return s.err
		}
		return nil
	}
	err := s.job.Close()
	if err == nil {
		err = s.job.out.Flush()
	}
	if err == nil {
		s.job.out.Reset(nil)
		s.coding.put(s.job)
	}
	s.fail(err)
	return err
}

// end drops the encoder of a body that has failed.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail(errEnded)
}
