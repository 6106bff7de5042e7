package sessions

import (
	"errors"
	"fmt"
)

// EncodeError is the error of a commit when a value that was set cannot be encoded. Nothing of the
// session is saved.
type EncodeError struct {
	Key string // the key it was set under
	Err error  // what the serializer said
}

// Error implements error.
func (e *EncodeError) Error() string {
	return fmt.Sprintf("sessions: encode value of key %q: %v", e.Key, e.Err)
}

// Unwrap returns what the serializer said.
func (e *EncodeError) Unwrap() error { return e.Err }

// SizeError is the error of a commit when the session does not fit where it is kept. The previous
// session stays valid.
type SizeError struct {
	Size  int // bytes that the session would take
	Limit int // bytes that there are
}

// Error implements error.
func (e *SizeError) Error() string {
	return fmt.Sprintf("sessions: session takes %d bytes of at most %d; "+
		"keep less in it, or keep it in a server-side store", e.Size, e.Limit)
}

// ErrGone says that the session a request belongs to has ended meanwhile, by a logout or an expiry;
// nothing was saved.
var ErrGone = errors.New("sessions: session is gone")
