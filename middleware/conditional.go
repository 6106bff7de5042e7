package middleware

import (
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// Conditional answers the conditions and ranges of requests (RFC 9110 sections 13 and 14) from the headers of responses:
// what the client has already becomes a 304. It stands outside of sessions, so that it sees what they say to caches, and
// inside of compression. It is for the framework.
type Conditional struct {
	// ETags gives known bytes a weak tag, a hash, where the handler has set none.
	ETags bool
}

// Middleware makes a handler that answers conditions out of the next one.
func (c Conditional) Middleware(next router.Handler) router.Handler {
	return func(req request.Request) response.Response { return c.Answer(req, next(req)) }
}

// Answer returns the answer to a request for which handlers have returned resp.
func (c Conditional) Answer(req request.Request, resp response.Response) response.Response {
	if c.ETags {
		resp = response.StateOf(resp).WithContentTag(req.Method())
	}
	if !response.StateOf(resp).IsMatched() {
		return resp
	}
	return answerMatched(req, resp)
}

func answerMatched(req request.Request, resp response.Response) response.Response {
	answer := response.StateOf(resp).Conditional(request.StateOf(req).Source())
	if !response.StateOf(answer).NeedsPage() || response.StateOf(resp).NeedsPage() {
		return answer
	}
	// The session of the request has been committed, so the page for the error cannot change it.
	return instead(req, func(req request.Request) response.Response { return request.StateOf(req).Complete(answer) })
}
