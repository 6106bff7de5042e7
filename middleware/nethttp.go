package middleware

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// FromHTTP returns a handler that lets h answer. h finds the route's parameters by r.PathValue, its
// pattern in r.Pattern, and the context of the request. Its answer is a Response like any other:
// middleware sees the status and may add headers, it may stream, and h may hijack the connection.
// Informational responses go out at once, and an [http.ResponseController] works from the start: a
// deadline takes the place of the app's own for this request. The app's limit holds for the body. Beyond
// it, h gets an [*http.MaxBytesError], and if h then answers with a status of 500 or more, the client gets
// 413. The ResponseWriter ends when h has returned: later use fails and is logged once. A nil h makes a nil
// handler, which is an error where it is registered.
func FromHTTP(h http.Handler) router.Handler {
	if h == nil {
		return nil
	}
	return func(req request.Request) response.Response {
		hr := toHTTP(req, req.Context())
		if hr.Body != nil && hr.Body != http.NoBody {
			hr.Body = &limitedBody{Reader: req.Body(), Closer: hr.Body}
		}
		body := hr.Body
		return withTooLarge(newRecorder(req, hr).record(h), body)
	}
}

// WrapHTTP turns middleware written for package net/http into a Middleware. It may change the
// request, answer in place of the next handler and wrap the ResponseWriter, as it does elsewhere.
// The app's limit holds for the body here too, and the ResponseWriter is like that of [FromHTTP]. The next
// handler can read again the part of the body that the middleware has read, up to 1 MiB. A nil wrap makes a
// nil Middleware, which is an error where it is registered.
func WrapHTTP(wrap func(http.Handler) http.Handler) router.Middleware {
	if wrap == nil {
		return nil
	}
	return func(next router.Handler) router.Handler {
		inner := http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			b, ok := hr.Context().Value(bridgeKey{}).(*bridge)
			if !ok {
				panic("soay: WrapHTTP: the middleware passed on a request with another context")
			}
			b.answer(w, hr, next)
		})
		wrapped := wrap(inner)
		return func(req request.Request) response.Response {
			b := &bridge{req: req}
			hr := toHTTP(req, context.WithValue(req.Context(), bridgeKey{}, b))
			hr.Body = request.StateOf(req).HTTPBody()
			body := hr.Body
			b.rec = newRecorder(req, hr)
			resp := b.rec.record(wrapped)
			if err := b.err.Load(); err != nil { // the middleware could only pass on the bytes of an error page
				return response.StateOf(response.Error(*err).WithStatus(resp.Status())).WithPage(resp)
			}
			return withTooLarge(resp, body)
		}
	}
}

// bridge carries a Request across middleware that knows only *http.Request, in the context of that.
type bridge struct {
	req request.Request
	rec *recorder             // of the middleware
	err atomic.Pointer[error] // behind the response of the next handler, which may run on after the middleware has answered
}

type bridgeKey struct{}

// answer lets the next handler answer hr. The middleware sees only the bytes of a response, so error
// responses get their pages here.
func (b *bridge) answer(w http.ResponseWriter, hr *http.Request, next router.Handler) {
	if hr != b.rec.hr { // the recorder removes the form of its own request
		defer removeForm(hr, hr.MultipartForm)
	}
	req := b.req.WithHTTP(hr)
	resp := next(req)
	if request.StateOf(req).IsAbandoned() {
		return // nobody gets an answer of the middleware
	}
	written, err := b.write(w, hr, request.StateOf(req).Complete(resp))
	if err != nil && err != http.ErrAbortHandler && written.Status == 0 {
		_, err = b.write(w, hr, request.StateOf(req).Complete(response.Error(err)))
	}
	if err == nil {
		return
	}
	if !request.StateOf(b.req).IsAbandoned() {
		logCutOff(b.req, hr, err)
	}
	panic(http.ErrAbortHandler)
}

// write sends a response to the middleware. There is no timeout: the writer of the middleware leads to that of
// the app, which gives the client its time for each piece.
func (b *bridge) write(w http.ResponseWriter, hr *http.Request, resp response.Response) (response.Written, error) {
	if err := resp.Err(); err != nil {
		b.err.Store(&err)
	}
	switch {
	case response.StateOf(resp).HasBody():
		hr = hr.WithContext(response.LogTo(hr.Context(), b.req.Logger()))
	case hr.Method != http.MethodHead:
		w = lengthless{w}
	}
	return response.StateOf(resp).Write(w, hr, 0)
}

// lengthless removes the length of known bytes, for the middleware may add to them. Handlers of net/http
// leave it out, too.
type lengthless struct{ http.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w lengthless) WriteHeader(status int) {
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(status)
}

// toHTTP returns the request for a handler of package net/http.
func toHTTP(req request.Request, ctx context.Context) *http.Request {
	hr := req.HTTP().WithContext(ctx)
	if route := req.Route(); route != nil {
		hr.Pattern = route.Pattern
		for name, value := range req.Params() {
			hr.SetPathValue(name, value)
		}
	}
	return hr
}

// limitedBody is a body that reads through the limit of the app.
type limitedBody struct {
	io.Reader
	io.Closer
	exceeded atomic.Pointer[error]
}

// Read implements io.Reader.
func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	// The handler may hide the error from its answer, so it is kept for withTooLarge.
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		b.exceeded.Store(&err)
	}
	return n, err
}

// Exceeded returns the error of a Read beyond the limit, nil without one.
func (b *limitedBody) Exceeded() error {
	if err := b.exceeded.Load(); err != nil {
		return *err
	}
	return nil
}

// withTooLarge returns 413 in place of a response with status 500 or more whose handler has read its body
// beyond the limit. A proxy, for example, takes that for a failure of the server.
func withTooLarge(resp response.Response, body io.ReadCloser) response.Response {
	limited, ok := body.(interface{ Exceeded() error })
	if !ok || resp.Status() < http.StatusInternalServerError || response.StateOf(resp).NeedsPage() {
		return resp
	}
	err := limited.Exceeded()
	if err == nil {
		return resp
	}
	if problem.StatusOf(err) != http.StatusRequestEntityTooLarge {
		err = problem.New(http.StatusRequestEntityTooLarge, "The body is too large.").WithCause(err)
	}
	return response.Error(err)
}
