package router

import (
	"net/http"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// withCacheControl returns the handlers of a route with its Cache-Control around the first of them, inside of the app's
// middleware, so that what its sessions say to caches is the last word.
func withCacheControl(handlers []Handler, scopes []*settings) []Handler {
	if c := cacheControl.Along(scopes...); c != (response.CacheControl{}) {
		handlers[0] = saying(c, handlers[0])
	}
	return handlers
}

func saying(c response.CacheControl, next Handler) Handler {
	said := response.Response{}.WithCacheControl(c)
	return func(req request.Request) response.Response {
		resp := next(req)
		if !isCached(req.Method(), resp.Status()) || resp.Header("Cache-Control") != "" {
			return resp
		}
		return resp.WithHeadersOf(said)
	}
}

// isCached reports whether an answer is one that caches keep or refresh.
func isCached(method string, status int) bool {
	return (method == http.MethodGet || method == http.MethodHead) &&
		(status >= 200 && status < 300 || status == http.StatusNotModified)
}
