package middleware

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// RequestIDOptions sets how requests get their ids.
type RequestIDOptions struct {
	// Header is the header that carries the id, in requests and responses. The default is
	// X-Request-Id.
	Header string
	// Ignore makes a new id for every request, also for one that brings an id. It is for apps that
	// clients reach without a proxy.
	Ignore bool
}

var requestID = request.NewKey[string]("request id")

// RequestID returns the id of a request, "" where the app has no UseRequestID.
func RequestID(req request.Request) string {
	id, _ := requestID.Get(req)
	return id
}

// NewRequestID returns middleware that gives every request an id, adds it to the request's logger
// as request_id and sends it with the response. A request may bring its own, made of letters,
// digits, - and _, at most 64 of them; others get 128 random bits. The name of the header must be
// valid. It is for the framework.
func NewRequestID(options RequestIDOptions) (router.Middleware, error) {
	name := options.Header
	if name == "" {
		name = "X-Request-Id"
	}
	if err := checkCommon(name, ""); err != nil {
		return nil, err
	}
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			id := req.Header(name)
			if options.Ignore || !isRequestID(id) {
				id = newRequestID()
			}
			requestID.Set(req, id)
			req.SetLogger(req.Logger().With("request_id", id))
			return next(req).WithHeader(name, id)
		}
	}, nil
}

// isRequestID reports whether an id of a client is safe in log lines and headers.
func isRequestID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// newRequestID returns 128 random bits.
func newRequestID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
