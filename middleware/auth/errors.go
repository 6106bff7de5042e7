package auth

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/soay-go/soay/response/problem"
)

// Reason says why a request was refused. The names never change: they are the member reason of the problem that the
// client gets, and stand in logs and events.
type Reason string

// The reasons.
const (
	ReasonMissing      Reason = "credentials-missing"   // 401
	ReasonMalformed    Reason = "credentials-malformed" // 400
	ReasonInvalid      Reason = "credentials-invalid"   // 401
	ReasonExpired      Reason = "credentials-expired"   // 401
	ReasonNotAllowed   Reason = "not-allowed"           // 403
	ReasonScopeMissing Reason = "scope-missing"         // 403
	ReasonTooOld       Reason = "sign-in-too-old"       // 401
	ReasonTooMany      Reason = "too-many-attempts"     // 429
)

// status returns the status of refusals for the reason.
func (r Reason) status() int {
	switch r {
	case ReasonMalformed:
		return http.StatusBadRequest
	case ReasonNotAllowed, ReasonScopeMissing:
		return http.StatusForbidden
	case ReasonTooMany:
		return http.StatusTooManyRequests
	}
	return http.StatusUnauthorized
}

// detail tells clients what the reason means. It has nothing of their credentials.
func (r Reason) detail() string {
	switch r {
	case ReasonMissing:
		return "Credentials are needed."
	case ReasonMalformed:
		return "The credentials cannot be read."
	case ReasonExpired:
		return "The credentials have expired."
	case ReasonNotAllowed:
		return "This is not allowed with these credentials."
	case ReasonScopeMissing:
		return "The credentials lack a scope that is needed."
	case ReasonTooOld:
		return "The last sign-in is too long ago for this."
	case ReasonTooMany:
		return "There were too many attempts."
	}
	return "The credentials are not valid."
}

// InvalidError is the error of [Scheme.Authenticate] for bad credentials, made by [Invalid].
type InvalidError struct {
	Reason Reason
	Err    error // for the log; nil for none
}

// Invalid returns the error for bad credentials. The client learns of the reason, and the log of err, which therefore
// must have nothing of the credentials. With ReasonMalformed the response is 400, with ReasonNotAllowed 403, and with
// the other reasons for credentials 401. A reason that is not one for credentials counts as ReasonInvalid.
func Invalid(reason Reason, err error) error {
	switch reason {
	case ReasonMalformed, ReasonExpired, ReasonNotAllowed:
	default:
		reason = ReasonInvalid
	}
	return &InvalidError{reason, err}
}

// Error implements error.
func (e *InvalidError) Error() string {
	if e.Err == nil {
		return "auth: " + string(e.Reason)
	}
	return fmt.Sprintf("auth: %s: %v", e.Reason, e.Err)
}

// Unwrap returns the error for the log.
func (e *InvalidError) Unwrap() error { return e.Err }

// ErrNotMine is the error of [Scheme.Authenticate] for credentials of its kind that another scheme must judge: a token of
// another issuer, say. The scheme counts as one without credentials. If all say so, and no session, cookie or [Func]
// knows the client, the client gets 401.
var ErrNotMine = errors.New("auth: the credentials are those of another scheme")

// ErrDenied is an error for a [Policy] that has nothing more to say.
var ErrDenied = errors.New("auth: denied by a policy")

var errNilFunc = errors.New("the function is nil")

// RefusedError is the error behind the response to a request that was refused. An app can answer it with a page of its
// own, see soay.HandleError.
type RefusedError struct {
	// Reason is why, and Status is what the client gets: 400, 401, 403 or 429. 0 stands for that of the reason.
	Reason Reason
	Status int
	// Scheme is the name of the scheme whose credentials were refused, or which has proven the client that may not
	// do this. It is "" if there were no credentials.
	Scheme string
	// Subject is who was refused, "" for nobody.
	Subject string
	// Scopes are those that are asked for, with ReasonScopeMissing.
	Scopes []string
	// MaxAge is how long ago the client may have signed in, with ReasonTooOld.
	MaxAge time.Duration
	// RetryAfter is how long the client has to wait, with ReasonTooMany.
	RetryAfter time.Duration
	// Err is what the scheme or the policy has said, nil for nothing. Clients do not get it.
	Err error
}

// Error implements error.
func (e *RefusedError) Error() string {
	text := "auth: " + string(e.Reason)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the problem that the client gets, with the member reason, and Err.
func (e *RefusedError) Unwrap() []error {
	p := e.Reason.problem()
	if status := e.StatusCode(); p.Status != status {
		other := *p
		other.Status = status
		p = &other
	}
	errs := []error{p}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}

// StatusCode returns the status.
func (e *RefusedError) StatusCode() int { return cmp.Or(e.Status, e.Reason.status()) }

// problems are those of the reasons.
var problems = func() map[Reason]*problem.Problem {
	made := map[Reason]*problem.Problem{}
	for _, reason := range []Reason{
		ReasonMissing, ReasonMalformed, ReasonInvalid, ReasonExpired, ReasonNotAllowed, ReasonScopeMissing, ReasonTooOld, ReasonTooMany,
	} {
		made[reason] = newProblem(reason)
	}
	return made
}()

// problem returns what clients get.
func (r Reason) problem() *problem.Problem {
	if p := problems[r]; p != nil {
		return p
	}
	return newProblem(r)
}

func newProblem(reason Reason) *problem.Problem {
	return problem.New(reason.status(), reason.detail()).With("reason", string(reason)).WithHeader("Cache-Control", "no-store")
}

// UnavailableError means that it is not known now who the client is, or what it may do: a store has failed. The
// response is 503. [User] panics with it where it is called, and the response is the same.
type UnavailableError struct {
	Scheme string // "" for a policy
	Err    error

	logged bool
}

// Error implements error.
func (e *UnavailableError) Error() string {
	if e.Scheme == "" {
		return fmt.Sprintf("auth: it is not known what the client may do: %v", e.Err)
	}
	return fmt.Sprintf("auth: scheme %s: it is not known who the client is: %v", e.Scheme, e.Err)
}

// Unwrap returns the problem that the client gets, and Err.
func (e *UnavailableError) Unwrap() []error { return []error{unavailable, e.Err} }

// StatusCode returns 503.
func (e *UnavailableError) StatusCode() int { return http.StatusServiceUnavailable }

// AnswersPanic lets the error be the response where a panic brings it. It is for the framework.
func (e *UnavailableError) AnswersPanic() {}

// IsLogged reports whether the log has a line of this failure, or of one a moment before. It is for the framework.
func (e *UnavailableError) IsLogged() bool { return e.logged }

var unavailable = problem.New(http.StatusServiceUnavailable, "").WithHeader("Retry-After", "1").WithHeader("Cache-Control", "no-store")
