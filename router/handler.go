package router

import "github.com/soay-go/soay/request"

// Handler answers a request.
type Handler = request.Handler

// Middleware makes a handler out of the next one. It may look at the request before, change the
// response after, or answer in place of the next handler. It is called once, when the app starts,
// wherever it is used; what it returns is called by many goroutines.
type Middleware func(next Handler) Handler
