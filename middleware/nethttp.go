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

// FromHTTP returns a handler that lets h answer. h sees the route's parameters as r.PathValue, its
// pattern as r.Pattern, the app's limit on the body, and the context of the request. What it sends
// is a Response like any other: middleware sees its status and may add headers, it may stream, and
// it may take the connection over. Informational answers go out at once, and an
// [http.ResponseController] works from the start: a deadline takes the place of the app's own for this
// request. A body beyond the limit is an [*http.MaxBytesError] for h, and if h answers with a status of
// 500 or more because of it, the client gets 413. The ResponseWriter ends when h has returned: later use
// fails and is logged once. A nil h makes a nil handler, which is refused where it is registered.
func FromHTTP(h http.Handler) router.Handler {
	if h == nil {
		return nil
	}
	return func(req request.Request) response.Response {
		hr := outgoing(req, req.Context())
		if hr.Body != nil && hr.Body != http.NoBody {
			hr.Body = &limitedBody{Reader: req.Body(), Closer: hr.Body}
		}
		body := hr.Body
		return refused(newRecorder(req, hr).record(h), body)
	}
}

// WrapHTTP turns middleware written for package net/http into a Middleware. It may change the
// request, answer in place of the next handler and wrap the ResponseWriter, as it does elsewhere.
// The app's limit on the body holds for it too, and its ResponseWriter is like that of [FromHTTP]. What it
// reads of the body, up to 1 MiB, the next handler finds again. A nil wrap makes a nil Middleware, which is
// refused where it is registered.
func WrapHTTP(wrap func(http.Handler) http.Handler) router.Middleware {
	if wrap == nil {
		return nil
	}
	return func(next router.Handler) router.Handler {
		inner := http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			p, ok := hr.Context().Value(passage{}).(*passenger)
			if !ok {
				panic("soay: WrapHTTP: the middleware passed on a request with another context")
			}
			p.answer(w, hr, next)
		})
		wrapped := wrap(inner)
		return func(req request.Request) response.Response {
			p := &passenger{req: req}
			hr := outgoing(req, context.WithValue(req.Context(), passage{}, p))
			hr.Body = request.StateOf(req).HTTPBody()
			body := hr.Body
			p.rec = newRecorder(req, hr)
			resp := p.rec.record(wrapped)
			if err := p.err.Load(); err != nil {
				return response.StateOf(response.Error(*err).WithStatus(resp.Status())).WithPage(resp)
			}
			return refused(resp, body)
		}
	}
}

// passenger is the Request on its way through middleware that knows only *http.Request.
type passenger struct {
	req request.Request
	rec *recorder             // of the middleware's answer
	err atomic.Pointer[error] // behind the response of the next handler, which may answer too late for those before it
}

type passage struct{}

// answer lets the next handler answer hr. Nothing but bytes gets through to the middleware, so
// error responses are completed here.
func (p *passenger) answer(w http.ResponseWriter, hr *http.Request, next router.Handler) {
	if hr != p.rec.hr { // the recorder sees to its own
		defer removeForm(hr, hr.MultipartForm)
	}
	req := p.req.WithHTTP(hr)
	written, err := p.write(w, hr, request.StateOf(req).Complete(next(req)))
	if err != nil && err != http.ErrAbortHandler && written.Status == 0 {
		_, err = p.write(w, hr, request.StateOf(req).Complete(response.Error(err)))
	}
	if err == nil {
		return
	}
	logCutOff(p.req, hr, err)
	panic(http.ErrAbortHandler)
}

func (p *passenger) write(w http.ResponseWriter, hr *http.Request, resp response.Response) (response.Written, error) {
	if err := resp.Err(); err != nil {
		p.err.Store(&err)
	}
	switch {
	case response.StateOf(resp).HasBody():
		hr = hr.WithContext(response.LogTo(hr.Context(), p.req.Logger()))
	case hr.Method != http.MethodHead:
		w = lengthless{w}
	}
	return response.StateOf(resp).Write(w, hr, 0)
}

// lengthless leaves the length of known bytes open, as handlers of net/http do, for the middleware
// may add to them.
type lengthless struct{ http.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w lengthless) WriteHeader(status int) {
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(status)
}

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

// limitedBody is a body that reads through the limit of the app.
type limitedBody struct {
	io.Reader
	io.Closer
	exceeded atomic.Pointer[error]
}

// Read implements io.Reader.
func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
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

// refused returns what the client gets from a handler that had this body: one that takes a body beyond
// the limit for a failure of the server, as a proxy does, is corrected.
func refused(resp response.Response, body io.ReadCloser) response.Response {
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
