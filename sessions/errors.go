package sessions

import (
	"fmt"
	"net/http"
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
// nothing was saved. As an error of a request it is a 409.
var ErrGone error = goneError{}

type goneError struct{}

// Error implements error.
func (goneError) Error() string { return "sessions: session is gone" }

// StatusCode makes it a conflict with what happened meanwhile.
func (goneError) StatusCode() int { return http.StatusConflict }

// UnavailableError says that the session of a request cannot be known or saved, because what keeps
// it does not work. The request is refused with 503: a handler that went on would take the visitor
// for somebody unknown. Looking at such a session ends the handler with a panic of this type, which
// becomes the response. In a goroutine it would end the program; [Session.Load] returns it instead.
type UnavailableError struct{ Err error }

// Error implements error.
func (e *UnavailableError) Error() string {
	return "sessions: the session is unavailable: " + e.Err.Error()
}

// Unwrap returns what went wrong.
func (e *UnavailableError) Unwrap() error { return e.Err }

// StatusCode makes it a failure that passes.
func (e *UnavailableError) StatusCode() int { return http.StatusServiceUnavailable }
