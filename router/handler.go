package router

import (
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Handler answers a request.
type Handler func(request.Request) response.Response

// Middleware makes a handler out of the next one. It may look at the request before, change the
// response after, or answer in place of the next handler. It is called once, when the app starts,
// wherever it is used; what it returns is called by many goroutines.
type Middleware func(next Handler) Handler

// Chain returns h inside the middleware, the first one outermost.
func Chain(h Handler, middleware ...Middleware) Handler {
	for i := len(middleware) - 1; i >= 0; i-- {
		h = middleware[i](h)
	}
	return h
}
