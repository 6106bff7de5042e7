package middleware

import (
	"log/slog"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// AccessLogOptions sets what the access log holds.
type AccessLogOptions struct {
	// Level is the level of its lines. The default is Info.
	Level slog.Level
	// Skip leaves requests out, such as health checks. It is called before the handler runs. The
	// default leaves out none.
	Skip func(request.Request) bool
}

// NewAccessLog returns middleware that logs a line for each request when its response has been
// written: method, path, route, status, bytes of content, duration and client. The query is left
// out, because it often carries secrets. Lines go to the request's logger, so they have the
// request's id. The error is nil, for no options are wrong.
// It is for the framework.
func NewAccessLog(options AccessLogOptions) (router.Middleware, error) {
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			if options.Skip == nil || !options.Skip(req) {
				start := time.Now()
				req.AfterResponse(func(o request.Outcome) { logAccess(req, options.Level, o, time.Since(start)) })
			}
			return next(req)
		}
	}, nil
}

// logAccess logs the line of a request. It runs after the response, so the outcome is known.
func logAccess(req request.Request, level slog.Level, o request.Outcome, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("method", req.Method()),
		slog.String("path", req.Path()),
		slog.Int("status", o.Status),
		slog.Int64("bytes", o.Bytes),
		slog.Duration("duration", took),
		slog.String("client", req.ClientIP()),
	}
	if route := req.Route(); route != nil {
		attrs = append(attrs, slog.String("route", route.Pattern))
	}
	if o.Err != nil {
		attrs = append(attrs, slog.Any("error", o.Err))
	}
	req.Logger().LogAttrs(request.StateOf(req).Context(), level, "request", attrs...)
}
