package response

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/request/panics"
)

// writeBody lets a body write itself. A panic becomes an error; http.ErrAbortHandler stays as it is.
func (r Response) writeBody(
	w http.ResponseWriter, hr *http.Request, body Body, timeout time.Duration, v *valueMemory,
) (written Written, err error) {
	b := &bodyWriter{server: w, hr: hr, status: r.Status(), timeout: timeout, header: http.Header{}, memory: v}
	b.copyHeader(b.header, w.Header())
	r.last.apply(b.header, v)
	r.defaultHeaders(b.header, v)
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			err = http.ErrAbortHandler
		default:
			err = &bodyPanic{panics.Recovered(cause)}
		}
		if written = b.end(err); err != nil && written.Status == 0 {
			r.last.apply(w.Header(), v) // headers about the exchange stay for the response in its place
			forget(w.Header())
		}
	}()
	err = body.WriteBody(b, forBody(body, hr), b.status)
	return written, err
}

// bodyPanic is the error of a body that panicked while it was written.
type bodyPanic struct{ panicked *panics.Error }

// Error implements error.
func (e *bodyPanic) Error() string {
	return fmt.Sprintf("response: panic while writing: %v", e.panicked.Value)
}

// Unwrap returns the panic.
func (e *bodyPanic) Unwrap() error { return e.panicked }

// errLate is the error of a bodyWriter that is used late.
var errLate = errors.New("response: the ResponseWriter was used after its body had returned")

// bodyWriter is the ResponseWriter that a body gets. It ends with the body: as soon as the body has
// returned, the server's writer belongs to the server, and its buffers and its connection soon serve
// another response. So every operation takes a lock that the end takes as well. For the same reason
// the body has a header map of its own: changes by a late goroutine reach no response.
type bodyWriter struct {
	server  http.ResponseWriter
	hr      *http.Request
	status  int           // of the response
	timeout time.Duration // for each piece of the content
	header  http.Header
	memory  *valueMemory

	life  sync.RWMutex // held for reading by each operation
	ended bool
	late  atomic.Bool // late use was logged
	own   atomic.Bool // the body has set a deadline, which takes the place of the timeout

	mu       sync.Mutex // held by each exclusive operation
	written  Written
	hijacked bool
	trailers bool     // Header was called after the head was sent
	declared []string // the names of trailers in the header Trailer
}

// enter begins an operation that leave ends. Exclusive operations run one after the other.
func (b *bodyWriter) enter(exclusive bool) error {
	b.life.RLock()
	if b.ended {
		b.life.RUnlock()
		b.complain()
		return errLate
	}
	if exclusive {
		b.mu.Lock()
	}
	return nil
}

func (b *bodyWriter) leave(exclusive bool) {
	if exclusive {
		b.mu.Unlock()
	}
	b.life.RUnlock()
}

// end waits for operations that are under way and ends the writer.
func (b *bodyWriter) end(err error) Written {
	b.life.Lock()
	defer b.life.Unlock()
	b.ended = true
	if err == nil && !b.sent() {
		b.writeHeader(b.status)
	}
	if !b.hijacked {
		b.sendTrailers()
		b.giveTime() // for the bytes that the server holds back until the end
	}
	return b.written
}

func (b *bodyWriter) sent() bool { return b.written.Status != 0 }

type loggerKey struct{}

// LogTo returns a context for the request that [State.Write] gets: if a ResponseWriter is used after its
// body has returned, logger gets one line for the response. It is for the framework.
func LogTo(ctx context.Context, logger *slog.Logger) context.Context {
	return context.WithValue(ctx, loggerKey{}, logger)
}

// complain logs late use, once for each response.
func (b *bodyWriter) complain() {
	logger, ok := b.hr.Context().Value(loggerKey{}).(*slog.Logger)
	if ok && b.late.CompareAndSwap(false, true) {
		logger.Error(errLate.Error(), "method", b.hr.Method, "path", b.hr.URL.Path)
	}
}

// Header implements http.ResponseWriter. When the body has returned the map is a new one without effect.
func (b *bodyWriter) Header() http.Header {
	if b.enter(true) != nil {
		return http.Header{}
	}
	defer b.leave(true)
	b.trailers = b.trailers || b.sent()
	return b.header
}

// WriteHeader implements http.ResponseWriter.
func (b *bodyWriter) WriteHeader(status int) {
	if b.enter(true) != nil {
		return
	}
	defer b.leave(true)
	b.writeHeader(status)
}

// writeHeader sends a status with the headers of the body: an informational one, which may be followed by
// others, or the final one.
func (b *bodyWriter) writeHeader(status int) {
	if b.sent() || b.hijacked {
		b.server.WriteHeader(status) // which logs that it is superfluous
		return
	}
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		Inform(b.server, b.hr, status, b.header, b.pieceTime())
		return
	}
	h := b.server.Header()
	clear(h)
	b.copyHeader(h, b.header)
	b.server.WriteHeader(status)
	b.written.Status = status
	for _, line := range b.header["Trailer"] {
		for name := range strings.SplitSeq(line, ",") {
			b.declared = append(b.declared, http.CanonicalHeaderKey(strings.Trim(name, " \t")))
		}
	}
}

// sendTrailers gives the server the header fields that follow the content (RFC 9110 section 6.5): the ones
// that the header Trailer names, and the ones with [http.TrailerPrefix].
func (b *bodyWriter) sendTrailers() {
	h := b.server.Header()
	for _, name := range b.declared {
		if value, ok := b.header[name]; ok {
			h[name] = value
		}
	}
	if !b.trailers {
		return
	}
	for name, value := range b.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			h[name] = value
		}
	}
}

// Inform sends an informational response with these headers and no others (RFC 9110 section 15.2),
// within timeout unless that is 0. A client of HTTP/1.0 gets none, and neither does a w that is not a
// server's: a recorder of a test would take it for the final response. It is for the framework.
func Inform(
	w http.ResponseWriter, hr *http.Request, status int, header http.Header, timeout time.Duration,
) {
	if !hr.ProtoAtLeast(1, 1) || hr.Context().Value(http.ServerContextKey) == nil {
		return
	}
	if timeout > 0 {
		setWriteDeadline(w, timeout)
		defer endWriteDeadline(w, hr)
	}
	h := w.Header()
	before := maps.Clone(h)
	clear(h)
	maps.Copy(h, header.Clone())
	w.WriteHeader(status)
	clear(h)
	maps.Copy(h, before)
}

// copyHeader sets the headers of from in h, with values that belong to h.
func (b *bodyWriter) copyHeader(h, from http.Header) {
	for name, value := range from {
		h[name] = b.memory.own(value)
	}
}

// Write implements io.Writer.
func (b *bodyWriter) Write(p []byte) (int, error) {
	return b.send(func(w http.ResponseWriter) (int64, error) {
		n, err := w.Write(p)
		return int64(n), err
	})
}

// send lets f write a piece of content.
func (b *bodyWriter) send(f func(http.ResponseWriter) (int64, error)) (int, error) {
	if err := b.enter(true); err != nil {
		return 0, err
	}
	defer b.leave(true)
	if b.hijacked {
		return 0, http.ErrHijacked
	}
	if !b.sent() {
		b.writeHeader(b.status)
	}
	b.giveTime()
	defer b.stopTime()
	n, err := f(b.server)
	b.written.Bytes += n
	return int(n), err
}

// ReadFrom implements io.ReaderFrom, with which the system copies files to the connection. The client
// gets its time for each piece. Other readers may block, so no lock is held while they are read.
func (b *bodyWriter) ReadFrom(src io.Reader) (n int64, err error) {
	limited, ok := src.(*io.LimitedReader)
	if !ok {
		limited = &io.LimitedReader{R: src, N: 1<<63 - 1}
	}
	server, ok := b.server.(io.ReaderFrom)
	if !ok || !isFile(limited.R) {
		return io.Copy(struct{ io.Writer }{b}, src)
	}
	for limited.N > 0 {
		piece := &io.LimitedReader{R: limited.R, N: min(limited.N, pieceSize)}
		size := piece.N
		sent, err := b.send(func(http.ResponseWriter) (int64, error) { return server.ReadFrom(piece) })
		n += int64(sent)
		limited.N -= size - piece.N
		if err != nil || int64(sent) < size {
			return n, err
		}
	}
	return n, nil
}

// isFile reports whether a reader is a regular file, which never blocks.
func isFile(r io.Reader) bool {
	f, ok := r.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// pieceTime returns the time for the next piece, 0 for no limit.
func (b *bodyWriter) pieceTime() time.Duration {
	if b.hijacked || b.own.Load() {
		return 0
	}
	return b.timeout
}

// giveTime starts the time for the next piece; the deadline of an earlier one may have passed.
func (b *bodyWriter) giveTime() {
	if timeout := b.pieceTime(); timeout > 0 {
		setWriteDeadline(b.server, timeout)
	}
}

// stopTime ends the time for a piece.
func (b *bodyWriter) stopTime() {
	if b.pieceTime() > 0 {
		endWriteDeadline(b.server, b.hr)
	}
}

// endWriteDeadline removes the deadline over HTTP/2, where the server resets a stream at its deadline even
// if nothing waits to be written.
func endWriteDeadline(w http.ResponseWriter, hr *http.Request) {
	if hr.ProtoMajor == 2 {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	}
}

// Flush implements http.Flusher for handlers that look for it.
func (b *bodyWriter) Flush() { _ = b.FlushError() }

// FlushError is the Flush that an http.ResponseController calls.
func (b *bodyWriter) FlushError() error {
	_, err := b.send(func(w http.ResponseWriter) (int64, error) {
		return 0, http.NewResponseController(w).Flush()
	})
	return err
}

// Hijack implements http.Hijacker for handlers that look for it.
func (b *bodyWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := b.enter(true); err != nil {
		return nil, nil, err
	}
	defer b.leave(true)
	conn, rw, err := http.NewResponseController(b.server).Hijack()
	if cheap, ok := conn.(interface{ Release() net.Conn }); ok {
		conn = cheap.Release() // the listener's own, which the new owner may know by its type
	}
	if err == nil {
		b.hijacked = true
		b.written.Status = http.StatusSwitchingProtocols
		maps.Copy(b.header, b.server.Header()) // with the headers that the middleware of a WrapHTTP has added
	}
	return conn, rw, err
}

// SetReadDeadline is for an http.ResponseController. The deadline takes the place of the app's own for the
// body of the request.
func (b *bodyWriter) SetReadDeadline(deadline time.Time) error {
	if err := b.enter(false); err != nil {
		return err
	}
	defer b.leave(false)
	if body, ok := b.hr.Body.(interface{ SetReadDeadline(time.Time) error }); ok {
		return body.SetReadDeadline(deadline)
	}
	return http.NewResponseController(b.server).SetReadDeadline(deadline)
}

// SetWriteDeadline is for an http.ResponseController, also while another goroutine writes.
func (b *bodyWriter) SetWriteDeadline(deadline time.Time) error {
	if err := b.enter(false); err != nil {
		return err
	}
	defer b.leave(false)
	b.own.Store(true)
	return http.NewResponseController(b.server).SetWriteDeadline(deadline)
}

// EnableFullDuplex is for an http.ResponseController.
func (b *bodyWriter) EnableFullDuplex() error {
	if err := b.enter(true); err != nil {
		return err
	}
	defer b.leave(true)
	return http.NewResponseController(b.server).EnableFullDuplex()
}
