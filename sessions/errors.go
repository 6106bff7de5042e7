package sessions

import (
	"fmt"
	"net/http"
)

// EncodeError is the error of a commit if a value cannot be encoded. Nothing of the session is saved.
type EncodeError struct {
	Key string // the key it was set under
	Err error  // the error of the Serializer
}

// Error implements error.
func (e *EncodeError) Error() string {
	return fmt.Sprintf("sessions: encode value of key %q: %v", e.Key, e.Err)
}

// Unwrap returns the error of the Serializer.
func (e *EncodeError) Unwrap() error { return e.Err }

// SizeError is the error of a commit if the session is too large for its cookie or its store. The previous
// session stays valid.
type SizeError struct {
	Size  int // of the session, in bytes
	Limit int // the largest Size, in bytes
}

// Error implements error.
func (e *SizeError) Error() string {
	return fmt.Sprintf("sessions: session takes %d bytes of at most %d; "+
		"keep less in it, or keep it in a server-side store", e.Size, e.Limit)
}

// ErrGone means that the session of the request has ended meanwhile, by a logout or an expiry. Nothing was
// saved. As the error of a response it is a 409.
var ErrGone error = goneError{}

type goneError struct{}

// Error implements error.
func (goneError) Error() string { return "sessions: session is gone" }

// StatusCode makes it a conflict with another request.
func (goneError) StatusCode() int { return http.StatusConflict }

// UnavailableError means that the session of a request could not be loaded or saved, because the store or
// [Options.Epoch] failed. The request is refused with 503: a handler that went on would take the visitor
// for a stranger. The use of such a session ends the handler with a panic whose value is this error, which
// becomes the response. In a goroutine the panic would end the program; [Session.Load] returns the error
// instead.
type UnavailableError struct{ Err error }

// Error implements error.
func (e *UnavailableError) Error() string {
	return "sessions: the session is unavailable: " + e.Err.Error()
}

// Unwrap returns the error of the store or of [Options.Epoch].
func (e *UnavailableError) Unwrap() error { return e.Err }

// StatusCode makes it a temporary failure.
func (e *UnavailableError) StatusCode() int { return http.StatusServiceUnavailable }

// AnswersPanic lets the error be the response where a panic brings it. It is for the framework.
func (e *UnavailableError) AnswersPanic() {}
