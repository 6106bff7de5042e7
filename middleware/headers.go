package middleware

import (
	"fmt"
	"maps"
	"slices"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// NewHeaders returns middleware that adds headers to every response that does not have them, error pages included. Names and values must
// be valid.
func NewHeaders(headers map[string]string) (router.Middleware, error) {
	names := slices.Sorted(maps.Keys(headers))
	for _, name := range names {
		if !header.IsToken(name) || !header.ValidValue(headers[name]) {
			return nil, fmt.Errorf("header %q: name or value %q is not valid", name, headers[name])
		}
	}
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			resp := next(req)
			for _, name := range names {
				if resp.Header(name) == "" {
					resp = resp.WithHeader(name, headers[name])
				}
			}
			return resp
		}
	}, nil
}
