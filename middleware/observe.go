package middleware

import (
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// Observe is middleware that begins the observation of requests by the app's telemetry. Its end is told by the code that
// serves, when the response has been written. It is for the framework.
func Observe(next router.Handler) router.Handler {
	return func(req request.Request) response.Response {
		request.StateOf(req).Observe()
		return next(req)
	}
}
