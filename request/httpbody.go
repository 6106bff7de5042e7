package request

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/soay-go/soay/request/header"
)

// Code of package net/http reads the body of an *http.Request, and the accessors of Request read it as
// well. Whoever comes second must not find an empty one.

// errTaken is what the accessors say of a body that is gone. It is a mistake in the program: the
// client has sent it.
var errTaken = errors.New("request: middleware of net/http has read the body, and it is too large to be kept; " +
	"let it put a new one in its place, or read it by Bytes before")

// HTTPBody returns the body of the request for middleware of package net/http, with the limit of the
// app or the route. What the middleware reads, up to 1 MiB, the accessors of the Request find again.
func (s State) HTTPBody() io.ReadCloser {
	hr := s.r.HTTP()
	if hr.Body == nil || hr.Body == http.NoBody {
		return hr.Body
	}
	return &sharedBody{source: http.MaxBytesReader(nil, hr.Body, s.r.BodyLimit())}
}

// sharedBody keeps what is read of it.
type sharedBody struct {
	source io.ReadCloser

	mu   sync.Mutex // held while it is read
	kept []byte
	lost bool  // it was too much to be kept
	over bool  // the Request reads the rest
	err  error // of a Read beyond the limit
}

// maxKept is how much a sharedBody keeps.
const maxKept = DefaultMaxBody

// Read implements io.Reader.
func (b *sharedBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return 0, errStreamed
	}
	n, err := b.source.Read(p)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		b.err = err
	}
	if b.lost = b.lost || len(b.kept)+n > maxKept; b.lost {
		b.kept = nil
	} else {
		b.kept = append(b.kept, p[:n]...)
	}
	return n, err
}

// Exceeded returns the error of a Read beyond the limit, nil without one.
func (b *sharedBody) Exceeded() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Close implements io.Closer. The Request may still read.
func (b *sharedBody) Close() error { return nil }

// whole returns the body from its beginning, for the accessors of a Request.
func (b *sharedBody) whole() io.Reader {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over || b.lost {
		return failing{errTaken}
	}
	b.over = true
	return io.MultiReader(bytes.NewReader(b.kept), b.source)
}

// unread returns the body as it was sent, whoever has looked at it, and its length, -1 for an unknown
// one.
func (r Request) unread() (io.Reader, int64) {
	hr := r.source()
	if b, ok := hr.Body.(*sharedBody); ok {
		return b.whole(), hr.ContentLength
	}
	// ParseForm leaves nothing of the body, whether in middleware around the app or in what a handler
	// calls.
	if hr.PostForm != nil && hr.ContentLength != 0 && header.IsMediaType(r.Header("Content-Type"), formType) {
		if len(hr.PostForm) == 0 {
			return failing{errTaken}, -1
		}
		text := hr.PostForm.Encode()
		return bytes.NewReader([]byte(text)), int64(len(text))
	}
	if hr.Body == nil {
		return nil, 0
	}
	return hr.Body, hr.ContentLength
}

// withReplay returns hr with the body that Bytes has read in place of the one that is used up.
func (b *body) withReplay(hr *http.Request) *http.Request {
	if !b.whole.Load() || hr.Body == nil || hr.Body == http.NoBody {
		return hr
	}
	c := new(http.Request)
	*c = *hr
	c.Body = io.NopCloser(&remembered{data: b.data})
	if b.err != nil {
		c.Body = io.NopCloser(failing{b.err})
	}
	return c
}
