package upload

import (
	"errors"
	"io"
	"os"
)

// content is a file as it was sent, and where its bytes are.
type content struct {
	store    *Store
	about    about
	mem      []byte // the bytes, unless they are in the temporary file
	at       int64  // where they begin there, -1 for those in memory
	size     int64
	detached bool
	released bool // guarded by the mutex of the store
}

// keep adds bytes to those in memory, of which there may be left more. A slice that grows by itself would take more
// memory than that.
func (c *content) keep(b []byte, left int64) {
	if need := len(c.mem) + len(b); need > cap(c.mem) {
		most := len(c.mem) + int(min(left, 1<<30))
		grown := make([]byte, len(c.mem), max(need, min(2*need, most)))
		copy(grown, c.mem)
		c.mem = grown
	}
	c.mem = append(c.mem, b...)
}

// file returns the temporary file, or an error if the content can no longer be used, which is a misuse.
func (c *content) file() (*os.File, error) {
	s := c.store
	s.mu.Lock()
	f, err := s.file, error(nil)
	switch {
	case c.detached && c.released:
		err = errReleased
	case !c.detached && s.ended:
		err = errEnded
	}
	s.mu.Unlock()
	if err != nil && s.misuse != nil {
		s.misuse(err)
	}
	return f, err
}

// readAt implements io.ReaderAt.
func (c *content) readAt(b []byte, pos int64) (int, error) {
	f, err := c.file()
	if err != nil {
		return 0, err
	}
	if pos >= c.size {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), c.size-pos)]
	if c.at < 0 {
		return copy(b, c.mem[pos:]), nil
	}
	n, err := f.ReadAt(b, c.at+pos)
	if errors.Is(err, os.ErrClosed) { // between the question and now
		err = errEnded
	}
	return n, err
}

// reader reads a content from a position of its own.
type reader struct {
	c   *content // nil once it is closed
	pos int64
}

var errClosed = errors.New("upload: the reader of a file is closed")

// Read implements io.Reader.
func (r *reader) Read(b []byte) (int, error) {
	if r.c == nil {
		return 0, errClosed
	}
	if len(b) == 0 {
		return 0, nil
	}
	n, err := r.c.readAt(b, r.pos)
	r.pos += int64(n)
	return n, err
}

// Seek implements io.Seeker.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	if r.c == nil {
		return 0, errClosed
	}
	switch whence {
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.c.size
	case io.SeekStart:
	default:
		return 0, errors.New("upload: seek: whence is unknown")
	}
	if offset < 0 {
		return 0, errors.New("upload: seek: the position is negative")
	}
	r.pos = offset
	return offset, nil
}

// Close implements io.Closer.
func (r *reader) Close() error {
	r.c = nil
	return nil
}
