package middleware

import (
	"context"
	"io"
	"net/http"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// FromHTTP returns a handler that lets h answer. h sees the route's parameters as r.PathValue, its pattern as r.Pattern, the app's limit on the
// body, and the context of the request. What it sends is a Response like any other: middleware sees its status and may add
// headers, it may stream, and it may take the connection over.
func FromHTTP(h http.Handler) router.Handler {
	return func(req request.Request) response.Response {
		hr := outgoing(req, req.Context())
		if hr.Body != nil && hr.Body != http.NoBody {
			hr.Body = limitedBody{req.Body(), hr.Body}
		}
		return record(req, hr, h)
	}
}

// WrapHTTP turns middleware written for package net/http into a Middleware. It may change the request, answer in place of the next handler and wrap the
// ResponseWriter, as it does elsewhere.
func WrapHTTP(wrap func(http.Handler) http.Handler) router.Middleware {
	return func(next router.Handler) router.Handler {
		inner := http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			passed, ok := hr.Context().Value(passage{}).(*passenger)
			if !ok {
				panic("soay: WrapHTTP: the middleware passed on a request with another context")
			}
			resp := next(passed.req.WithHTTP(hr))
			passed.err = resp.Err()
			if _, err := resp.Write(w, hr, 0); err != nil {
				if hr.Context().Err() == nil { // else the client has gone, which is no news
					passed.req.Logger().Error("response cut off", "path", passed.req.Path(), "error", err)
				}
				panic(http.ErrAbortHandler)
			}
		})
		wrapped := wrap(inner)
		return func(req request.Request) response.Response {
			p := &passenger{req: req}
			resp := record(req, outgoing(req, context.WithValue(req.Context(), passage{}, p)), wrapped)
			if p.err != nil {
				return response.Error(p.err).WithStatus(resp.Status()).Render(resp)
			}
			return resp
		}
	}
}

// passenger is the Request on its way through middleware that knows only *http.Request.
type passenger struct {
	req request.Request
	err error // behind the response of the next handler
}

type passage struct{}

// outgoing returns the request for a handler of package net/http.
func outgoing(req request.Request, ctx context.Context) *http.Request {
	hr := req.HTTP().WithContext(ctx)
	if route := req.Route(); route != nil {
		hr.Pattern = route.Pattern
		for name, value := range req.Params() {
			hr.SetPathValue(name, value)
		}
	}
	return hr
}

// limitedBody reads through the limit of the app.
type limitedBody struct {
	io.Reader
	io.Closer
}
