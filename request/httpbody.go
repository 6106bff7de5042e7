package request

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/soay-go/soay/request/header"
)

// Code for net/http reads the body of an *http.Request, and the accessors of Request read the same body. The
// second reader must not find it empty.

// errTaken is the error of the accessors where the body is gone. It is a mistake in the program, not of the
// client.
var errTaken = errors.New("request: middleware of net/http has read the body, and it is too large to be kept; " +
	"let it put a new one in its place, or read it by Bytes before")

// HTTPBody returns the body of the request for middleware of package net/http, with the limit of the
// app or the route. Up to 1 MiB that the middleware reads is kept, so that the accessors of the Request return
// the whole body.
func (s State) HTTPBody() io.ReadCloser {
	hr := s.r.HTTP()
	if hr.Body == nil || hr.Body == http.NoBody {
		return hr.Body
	}
	return &sharedBody{source: http.MaxBytesReader(nil, hr.Body, s.r.BodyLimit())}
}

// sharedBody keeps a copy of the bytes that are read from it.
type sharedBody struct {
	source io.ReadCloser

	mu       sync.Mutex // held while it is read
	buffer   []byte
	overflow bool  // more was read than the buffer holds
	passed   bool  // the accessors of the Request read on
	err      error // of a Read beyond the limit
}

// maxBuffer is the size of the buffer in bytes.
const maxBuffer = DefaultMaxBody

// Read implements io.Reader.
func (b *sharedBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.passed {
		return 0, errStreamed
	}
	n, err := b.source.Read(p)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		b.err = err
	}
	if b.overflow = b.overflow || len(b.buffer)+n > maxBuffer; b.overflow {
		b.buffer = nil
	} else {
		b.buffer = append(b.buffer, p[:n]...)
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
	if b.passed || b.overflow {
		return failing{errTaken}
	}
	b.passed = true
	return io.MultiReader(bytes.NewReader(b.buffer), b.source)
}

// unread returns the body from its beginning, also where code for net/http has read it, and its length, -1 for
// an unknown one.
func (r Request) unread() (io.Reader, int64) {
	hr := r.source()
	if b, ok := hr.Body.(*sharedBody); ok {
		return b.whole(), hr.ContentLength
	}
	// ParseForm, called around the app or by the handler, leaves nothing of the body.
	if hr.PostForm != nil && hr.ContentLength != 0 && header.IsMediaType(r.Header("Content-Type"), formType) {
		if len(hr.PostForm) == 0 {
			return failing{errTaken}, -1
		}
		text := hr.PostForm.Encode()
		return bytes.NewReader([]byte(text)), int64(len(text))
	}
	switch {
	case hr.MultipartForm != nil: // neither does ParseMultipartForm
		return failing{errTaken}, -1
	case hr.Body == nil:
		return nil, 0
	}
	return hr.Body, hr.ContentLength
}

// withReplay returns hr with the bytes that Bytes has read as its body, since the original is used up.
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
