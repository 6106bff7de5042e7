package ratelimit

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/soay-go/soay/response/problem"
)

// RefusedError is the error behind the response 429 to a request that is over a limit. An app can answer it with a
// page of its own, see soay.HandleError.
type RefusedError struct {
	// Limit is the name of the limit, "route" for rates of the route.
	Limit string
	// RetryAfter is how long the client has to wait.
	RetryAfter time.Duration
}

// Error implements error.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("rate limit: %s refuses requests for %v", e.Limit, e.RetryAfter)
}

// Unwrap returns the problem that the client gets.
func (e *RefusedError) Unwrap() error { return tooMany }

var (
	tooMany = problem.New(http.StatusTooManyRequests, "") // RFC 6585 section 4
	busy    = problem.New(http.StatusServiceUnavailable, "")

	errLeftAlone = errors.New("ratelimit: the store failed a moment ago")
	errBusy      = busy.WithCause(errors.New("ratelimit: as many requests as MaxConcurrent allows are running"))
)
