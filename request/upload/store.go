package upload

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"

	"github.com/soay-go/soay/response/problem"
)

// A Store holds the content of the files of one request, as the package comment shows. It is safe for concurrent use. It is
// for the framework.
type Store struct {
	dir    string
	misuse func(error) // for a File that is used too late

	copying sync.Mutex // held while the position of the file is used

	mu    sync.Mutex
	left  int64 // of the bytes that may stay in memory
	file  *os.File
	name  string // of the file, "" if it has none
	size  int64  // of the file
	users int    // the request, and each file that was detached
	ended bool   // the request has ended
}

// NewStore returns an empty store. misuse is called for a file that is used when the request has ended; it may panic.
// It is for the framework.
func NewStore(limits Limits, misuse func(error)) *Store {
	return &Store{dir: limits.TempDir, left: limits.Memory, misuse: misuse, users: 1}
}

// The errors of files that are used too late, or were never sent.
var (
	errEnded    = errors.New("upload: file used after its request ended; a file that is to live longer needs Detach")
	errReleased = errors.New("upload: file used after Close")
	errNotSent  = errors.New("upload: no file was sent; ask Sent before")
)

// Close ends the request: its files can no longer be used, and the temporary file is closed as soon as no detached file
// needs it. A second call does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil
	}
	s.ended = true
	return s.release()
}

// release takes one user away. The caller holds the mutex.
func (s *Store) release() error {
	if s.users--; s.users > 0 || s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return closeTemp(f, s.name)
}

// append adds bytes to a file, which must be the last one that anything was added to.
func (s *Store) append(c *content, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return errEnded
	}
	c.size += int64(len(b))
	if c.at < 0 && int64(len(b)) <= s.left {
		c.keep(b, s.left)
		s.left -= int64(len(b))
		return nil
	}
	if s.file == nil {
		var err error
		if s.file, s.name, err = openTemp(s.dir); err != nil {
			return s.failed(err, len(b))
		}
	}
	if c.at < 0 { // what is in memory moves, so that it has room for other files
		kept := c.mem
		c.mem, c.at = nil, s.size
		s.left += int64(len(kept))
		if err := s.write(kept); err != nil {
			return err
		}
	}
	return s.write(b)
}

// write adds bytes to the temporary file. The caller holds the mutex.
func (s *Store) write(b []byte) error {
	n, err := s.file.WriteAt(b, s.size)
	s.size += int64(n)
	if err != nil {
		return s.failed(err, len(b))
	}
	return nil
}

// failed returns the error for bytes that could not be kept: 507 where the disk is full, which an operator has to know of
// (RFC 4918 section 11.5). Every such error is logged with its cause.
func (s *Store) failed(err error, n int) error {
	cause := fmt.Errorf("upload: keep %d bytes behind %d in the folder %q: %w", n, s.size, s.dir, err)
	if IsDiskFull(err) {
		return errFull.WithCause(cause)
	}
	return cause
}

// errFull is the error of a disk without room.
var errFull = problem.New(http.StatusInsufficientStorage, "There is no room for the file.")

// IsDiskFull reports whether an error means that a disk has no room, for anybody or for this user: for files that a handler
// writes by itself, such as those of a [Stream]. [File.Save] and forms have status 507 for it by themselves.
func IsDiskFull(err error) bool {
	return slices.ContainsFunc(full, func(one error) bool { return errors.Is(err, one) })
}
