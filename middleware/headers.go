package middleware

import (
	"maps"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// NewHeaders returns middleware that adds headers to every response that does not have them, error
// pages included. Vary is merged, as everywhere. Names and values must be valid.
func NewHeaders(headers map[string]string) (router.Middleware, error) {
	headers = maps.Clone(headers)
	names := slices.Sorted(maps.Keys(headers))
	for _, name := range names {
		if err := (response.Response{}).WithHeader(name, headers[name]).Err(); err != nil {
			return nil, err
		}
	}
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			resp := next(req)
			for _, name := range names {
				if resp.Header(name) == "" || strings.EqualFold(name, "Vary") {
					resp = resp.WithHeader(name, headers[name])
				}
			}
			return resp
		}
	}, nil
}
