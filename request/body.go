package request

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/soay-go/soay/request/upload"
	"github.com/soay-go/soay/response/problem"
)

// bodyProgress is the state of the body. It can be taken as a stream once, or read whole and then returned
// often.
type bodyProgress uint8

const (
	bodyUntouched bodyProgress = iota
	bodyStreamed
	bodyRead
	bodyGone // this is a detached copy
)

type body struct {
	mu       sync.Mutex // of its own, for reading takes as long as the client likes
	progress bodyProgress
	data     []byte
	err      error
	whole    atomic.Bool // data and err are there, and stay as they are

	form    *upload.Form // what Multipart has read
	formErr error
	hasForm bool // both are there
}

// detachTo gives a copy the bytes that were read.
func (b *body) detachTo(c *body) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.progress = bodyGone
	if b.progress == bodyRead {
		c.progress, c.data, c.err = bodyRead, b.data, b.err
		c.whole.Store(true)
	}
}

// The errors of the body's accessors carry the status that a client should get, so a handler may
// pass them to response.Error: 400 for what is malformed, 408 for a client that is too slow, 413
// for too much, 415 for a wrong content type.
var (
	errStreamed = errors.New("request: the body was taken as a stream before, by Body, Parts or Multipart")
	errGone     = errors.New("request: the body ended with the handler; read it before Detach")
	errShort    = problem.New(http.StatusBadRequest, "The body is shorter than announced.")
)

// tooLarge does not say how large the body is. A client cannot help it, and an attacker need not know.
func tooLarge(limit int64) error {
	return &bodyTooLarge{
		problem.New(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body may have at most %d bytes.", limit)),
		&http.MaxBytesError{Limit: limit},
	}
}

// bodyTooLarge is a problem that is an *http.MaxBytesError too, which code for net/http looks for.
type bodyTooLarge struct {
	*problem.Problem
	known *http.MaxBytesError
}

// Unwrap returns both.
func (e *bodyTooLarge) Unwrap() []error { return []error{e.Problem, e.known} }

// BodyLimit returns how many bytes the body may have: the limit of the route, or else of the app.
// The accessors of the body keep to it. Code that reads the body of [Request.HTTP] must do so itself.
func (r Request) BodyLimit() int64 {
	route := r.onRoute()
	switch {
	case !r.live():
		return 0
	case route != nil && route.maxBody > 0:
		return route.maxBody
	case r.exchange.settings.MaxBody > 0:
		return r.exchange.settings.MaxBody
	}
	return DefaultMaxBody
}

// Body returns the body as a stream. It fails with status 413 as soon as it is known that there are
// more bytes than the limit of the app or the route. Take it once, and not together with Bytes,
// Text, JSON or Form; after one of these it repeats what they read.
func (r Request) Body() io.Reader {
	if !r.live() {
		return failing{errGone}
	}
	x := r.more()
	if x == nil {
		return failing{errGone}
	}
	x.body.mu.Lock()
	defer x.body.mu.Unlock()
	switch x.body.progress {
	case bodyUntouched:
		x.body.progress = bodyStreamed
		return r.limited(r.unread())
	case bodyRead:
		if x.body.err == nil {
			return &remembered{data: x.body.data}
		}
		return failing{x.body.err}
	case bodyStreamed:
		return failing{errStreamed}
	}
	return failing{errGone}
}

// Bytes returns the whole body, reading it at the first call. The limit of the app or the route
// holds, 1 MiB by default; an announced length beyond it is refused before anything is read. The
// bytes must not be changed, because other accessors share them.
func (r Request) Bytes() ([]byte, error) {
	if !r.live() {
		return nil, errGone
	}
	x := r.more()
	if x == nil {
		return nil, errGone
	}
	x.body.mu.Lock()
	defer x.body.mu.Unlock()
	switch x.body.progress {
	case bodyUntouched:
		x.body.progress = bodyRead
		x.body.data, x.body.err = r.readAll()
		x.body.whole.Store(true)
	case bodyStreamed:
		return nil, errStreamed
	case bodyGone:
		return nil, errGone
	}
	return x.body.data, x.body.err
}

// readAll makes its buffer as large as the announced length, but not larger than 64 KiB, because a client may
// announce much and send nothing.
func (r Request) readAll() ([]byte, error) {
	body, length := r.unread()
	if length == 0 || body == nil {
		return nil, nil
	}
	if length < 0 || length > min(64<<10, r.BodyLimit()) {
		b, err := io.ReadAll(r.limited(body, length))
		if err == nil && int64(len(b)) < length {
			err = errShort
		}
		return b, err
	}
	b := make([]byte, length)
	n, err := io.ReadFull(body, b)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = errShort
	}
	return b[:n], readError(err)
}

// limited returns a body that keeps to the limit, or only fails if the announced length is beyond it.
func (r Request) limited(body io.Reader, length int64) io.Reader {
	return limitedTo(r.BodyLimit(), body, length)
}

func limitedTo(limit int64, body io.Reader, length int64) io.Reader {
	if length > limit {
		return failing{tooLarge(limit)}
	}
	if body == nil {
		return failing{io.EOF}
	}
	return &limitedReader{src: body, left: limit, limit: limit}
}

// limitedReader fails at the first byte beyond the limit and gives every error a status.
type limitedReader struct {
	src         io.Reader
	left, limit int64
	err         error
}

func (l *limitedReader) Read(b []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if int64(len(b))-1 > l.left {
		b = b[:l.left+1]
	}
	n, err := l.src.Read(b)
	if int64(n) > l.left {
		n, err = int(l.left), tooLarge(l.limit)
	}
	l.left -= int64(n)
	l.err = readError(err)
	return n, l.err
}

// readError returns the error for the client in place of one that a Read returned.
func readError(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	var tooMany *http.MaxBytesError
	switch {
	case problem.StatusOf(err) != http.StatusInternalServerError || err == errTaken || err == errEnded:
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem.New(http.StatusRequestTimeout, "The body took too long.").WithCause(err)
	case errors.As(err, &tooMany):
		return tooLarge(tooMany.Limit)
	}
	return problem.New(http.StatusBadRequest, "The body could not be read.").WithCause(err)
}

// failing is a reader that only fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// remembered repeats the bytes that Bytes has read. It is no bytes.Reader, because WriteTo would hand the shared
// bytes to callers.
type remembered struct{ data []byte }

func (m *remembered) Read(b []byte) (int, error) {
	if len(m.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, m.data)
	m.data = m.data[n:]
	return n, nil
}

// Text returns the whole body as text. Text that is not valid UTF-8 is an error with status 400, a
// Content-Encoding one with status 415.
func (r Request) Text() (string, error) {
	if err := r.CheckEncoding(); err != nil {
		return "", err
	}
	b, err := r.Bytes()
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", problem.New(http.StatusBadRequest, "The body is not valid UTF-8.")
	}
	return string(b), nil
}
