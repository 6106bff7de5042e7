package antiforgery

import (
	"log/slog"
	"net/http"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response/problem"
)

// Reason says why a request was refused. Its values are stable, and clients find them as the member
// reason of the problem details.
type Reason string

// The reasons.
const (
	// CrossOrigin is a request that a page of another origin has caused.
	CrossOrigin Reason = "cross-origin"
	// TokenMissing is a form without a token.
	TokenMissing Reason = "token-missing"
	// TokenInvalid is a form whose token is forged, too old, or of another session or user.
	TokenInvalid Reason = "token-invalid"
)

// RefusedError is the error behind the response 403 to a request that was refused. An app can
// answer it with a page of its own, see soay.HandleError.
type RefusedError struct {
	Reason  Reason
	problem *problem.Problem
}

// detail is the same for all reasons, so that the client does not learn which request would pass.
const detail = "The request could not be verified as sent from a page of this site. Load the page again and retry."

// refusal returns the error for a reason.
func refusal(reason Reason) *RefusedError {
	return &RefusedError{reason, problem.New(http.StatusForbidden, detail).With("reason", string(reason))}
}

// One error serves all requests.
var (
	errCrossOrigin  = refusal(CrossOrigin)
	errTokenMissing = refusal(TokenMissing)
	errTokenInvalid = refusal(TokenInvalid)
)

// Error implements error.
func (e *RefusedError) Error() string { return "antiforgery: request refused: " + string(e.Reason) }

// Unwrap returns the problem that the client gets.
func (e *RefusedError) Unwrap() error { return e.problem }

// maxLogged is how many bytes of a header get into the log.
const maxLogged = 200

// logRefusal logs the origins by which an operator sees why a request was refused: a proxy may hide the scheme
// or host, or an origin may have to be trusted.
func logRefusal(req request.Request, e *RefusedError) {
	attrs := []slog.Attr{
		slog.String("reason", string(e.Reason)), slog.String("method", req.Method()), slog.String("path", req.Path()),
		slog.String("site", clip(req.Header("Sec-Fetch-Site"))), slog.String("origin", clip(req.Header("Origin"))),
		slog.String("own", clip(req.Scheme()+"://"+req.Host())),
	}
	req.Logger().LogAttrs(request.StateOf(req).Context(), slog.LevelWarn, "antiforgery: request refused", attrs...)
}

func clip(s string) string { return s[:min(len(s), maxLogged)] }
