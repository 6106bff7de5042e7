package middleware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// TimeoutOptions sets up the times for handlers.
type TimeoutOptions struct {
	// MaxAbandoned is how many handlers of the app may go on after their time. Once there are so many, requests to routes
	// with a time get 503 with Retry-After at once, until some have returned. Requests in flight by then may exceed it. The
	// default is 100.
	MaxAbandoned int
}

const defaultMaxAbandoned = 100

// TimeoutError is the error of a request whose handler took too long. It is the cause of the context that the handler
// has, and the error behind the response with status 503. errors.Is finds [context.DeadlineExceeded] in it.
type TimeoutError struct {
	Route string        // the pattern of the route, "" where none matched
	After time.Duration // the time that the handler had
}

// Error implements error.
func (e *TimeoutError) Error() string { return fmt.Sprintf("the handler took longer than %v", e.After) }

// StatusCode returns 503.
func (e *TimeoutError) StatusCode() int { return http.StatusServiceUnavailable }

// Unwrap returns the problem that the client sees, and context.DeadlineExceeded.
func (e *TimeoutError) Unwrap() []error { return []error{errTookTooLong, context.DeadlineExceeded} }

var errTookTooLong = problem.New(http.StatusServiceUnavailable, "It took too long.")

// NewTimeout returns middleware that answers for handlers which take longer than the time of their route. A negative
// MaxAbandoned is an error. It is for the framework.
func NewTimeout(o TimeoutOptions) (router.Middleware, error) {
	if o.MaxAbandoned < 0 {
		return nil, fmt.Errorf("MaxAbandoned is %d; 0 means %d", o.MaxAbandoned, defaultMaxAbandoned)
	}
	limit := cmp.Or(o.MaxAbandoned, defaultMaxAbandoned)
	busy := response.Error(problem.New(http.StatusServiceUnavailable, "").WithHeader("Retry-After", "1").
		WithCause(fmt.Errorf("%d handlers go on after their time; see TimeoutOptions.MaxAbandoned", limit)))
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			d := router.TimeoutOf(req)
			switch {
			case d <= 0:
				return next(req)
			case request.StateOf(req).Abandoned() >= int64(limit):
				return busy
			}
			return serveInTime(req, d, next)
		}
	}, nil
}

// timed is a handler that runs in a goroutine of its own, while that of the request waits for it.
type timed struct {
	req   request.Request // the handler's
	hr    *http.Request   // the handler's
	form  *multipart.Form // what hr had before
	start time.Time

	done      chan struct{} // closed when the handler has returned in time
	abandoned chan func()   // gets what is to be done when it returns late
	resp      response.Response
	failed    error // its panic
}

func serveInTime(req request.Request, d time.Duration, next router.Handler) response.Response {
	own := request.StateOf(req).Limit()
	hr := request.StateOf(own).Source()
	t := &timed{
		req: own, hr: hr, form: hr.MultipartForm, start: time.Now(),
		done: make(chan struct{}), abandoned: make(chan func(), 1),
	}
	timer := time.NewTimer(d)
	go t.run(next)
	select {
	case <-t.done:
		timer.Stop()
		return t.result(req)
	case <-timer.C:
		return t.giveUp(req, d)
	}
}

// run lets the handler answer. Only a handler that returns in time closes done; another one ends alone.
func (t *timed) run(next router.Handler) {
	returned := false
	defer func() {
		if !returned {
			t.failed = panicFor(recover())
		}
		if request.StateOf(t.req).Settle() {
			close(t.done)
			return
		}
		(<-t.abandoned)()
	}()
	t.resp = next(t.req)
	returned = true
}

// result returns what the handler has answered in time. A panic goes on in the goroutine of the request.
func (t *timed) result(req request.Request) response.Response {
	if t.hr.MultipartForm != t.form {
		req.AfterResponse(func(request.Outcome) { removeForm(t.hr, t.form) })
	}
	if t.failed != nil {
		panic(t.failed)
	}
	return t.resp
}

// giveUp answers in place of the handler, unless that has returned in the last moment.
func (t *timed) giveUp(req request.Request, d time.Duration) response.Response {
	err := &TimeoutError{After: d}
	if route := req.Route(); route != nil {
		err.Route = route.Pattern
	}
	end, ok := request.StateOf(req).Abandon(err)
	if !ok {
		<-t.done
		return t.result(req)
	}
	resp := response.Error(err)
	late := t.logger(req, err)
	defer func() { // also if the page panics
		t.abandoned <- func() {
			end(resp)
			removeForm(t.hr, t.form)
			late()
		}
	}()
	resp = request.StateOf(req).Complete(resp)
	return resp
}

// logger returns a function that logs the end of a handler that was abandoned. What it says of the request is read before
// that ends.
func (t *timed) logger(req request.Request, err *TimeoutError) func() {
	logger, ctx := req.Logger(), request.StateOf(req).Context()
	method, path := req.Method(), req.Path()
	return func() {
		attrs := []slog.Attr{
			slog.String("method", method), slog.String("path", path), slog.String("route", err.Route),
			slog.Duration("timeout", err.After), slog.Duration("duration", time.Since(t.start)),
		}
		if t.failed == nil || errors.Is(t.failed, http.ErrAbortHandler) {
			logger.LogAttrs(ctx, slog.LevelWarn, "handler returned after its time", attrs...)
			return
		}
		attrs = append(append(attrs, slog.Any("error", t.failed)), stackOf(t.failed)...)
		logger.LogAttrs(ctx, slog.LevelError, "handler panicked after its time", attrs...)
	}
}
