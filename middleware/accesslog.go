package middleware

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/panics"
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
	// Fields are the attributes of a line, in their order. The default is method, path, status, bytes, duration,
	// client and route. The error behind a response always follows them.
	Fields []AccessLogField
	// Attrs returns attributes of the app's own for the end of a line, such as who the user is. It is called for each
	// line, by many goroutines at once, when the response has been written; a panic in it costs the line only these
	// attributes. The default adds none.
	Attrs func(request.Request, request.Outcome) []slog.Attr
	// Sample is the share of successes that are logged, more than 0 and at most 1. The choice is made for each request by
	// chance. Lines of such a log have the attribute sample with the share, so that counts can be scaled. A response with
	// a status of 400 or more, one with an error and a slow one are always logged, without that attribute. The default is
	// 1, for all.
	Sample float64
	// Slow makes a line a warning, with the time in the attribute slow, if the handler and its middleware took this long or longer
	// to return the response. So a stream or a WebSocket that lasts, and a client that is slow to read, make no
	// warning. The default is never.
	Slow time.Duration
	// Redact has names of query parameters whose values are REDACTED in the query and the referer, besides those of
	// [header.RedactQuery], which always are. The default has none.
	Redact []string
}

// accessLog is the middleware with its settings.
type accessLog struct {
	AccessLogOptions
	entries sync.Pool // of *accessEntry
}

// accessEntry is the line of a request that has not ended. It is recycled.
type accessEntry struct {
	log     *accessLog
	req     request.Request
	start   time.Time
	handled time.Duration // until there was a response, -1 if there is none yet
	attrs   []slog.Attr
}

// NewAccessLog returns middleware that logs a line for each request when its response has been
// written: method, path, route, status, bytes of content, duration and client. The query is left
// out, because it often carries secrets. Lines go to the request's logger, so they have the
// request's id. What a client has sent is cut at 1024 bytes. The error joins the mistakes in the options.
// It is for the framework.
func NewAccessLog(options AccessLogOptions) (router.Middleware, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	l := &accessLog{AccessLogOptions: options}
	l.Redact = slices.Clone(options.Redact)
	l.Fields = slices.Clone(options.Fields)
	if len(l.Fields) == 0 {
		l.Fields = []AccessLogField{AccessLogMethod, AccessLogPath, AccessLogStatus, AccessLogBytes, AccessLogDuration,
			AccessLogClient, AccessLogRoute}
	}
	l.entries.New = func() any { return &accessEntry{log: l} }
	return l.around, nil
}

// check joins the mistakes in the options.
func (o AccessLogOptions) check() error {
	var errs []error
	for i, f := range o.Fields {
		if !f.isKnown() {
			errs = append(errs, fmt.Errorf("there is no field %q", f))
		} else if slices.Contains(o.Fields[:i], f) {
			errs = append(errs, fmt.Errorf("the field %q is doubled", f))
		}
	}
	if !(o.Sample >= 0 && o.Sample <= 1) { // nor NaN
		errs = append(errs, fmt.Errorf("the sample %v is not a share from 0 to 1", o.Sample))
	}
	if o.Slow < 0 {
		errs = append(errs, fmt.Errorf("the time of slow requests %v is negative", o.Slow))
	}
	if slices.Contains(o.Redact, "") {
		errs = append(errs, errors.New("a name of a parameter to redact is empty"))
	}
	if len(o.Redact) > 0 && !slices.Contains(o.Fields, AccessLogQuery) && !slices.Contains(o.Fields, AccessLogReferer) {
		errs = append(errs, errors.New("there is something to redact, but neither the query nor the referer is among the fields"))
	}
	return errors.Join(errs...)
}

func (l *accessLog) around(next router.Handler) router.Handler {
	return func(req request.Request) response.Response {
		if l.Skip != nil && l.Skip(req) {
			return next(req)
		}
		e := l.entries.Get().(*accessEntry)
		e.req, e.start, e.handled = req, time.Now(), -1
		request.StateOf(req).LogBy(e)
		resp := next(req)
		if l.Slow > 0 {
			e.handled = time.Since(e.start)
		}
		return resp
	}
}

// End logs the line, when the response has been written.
func (e *accessEntry) End(o request.Outcome) {
	e.write(o)
	clear(e.attrs)
	e.attrs, e.req = e.attrs[:0], request.Request{}
	e.log.entries.Put(e)
}

func (e *accessEntry) write(o request.Outcome) {
	l, took := e.log, time.Since(e.start)
	handled := e.handled
	if handled < 0 { // a panic has cut the connection
		handled = took
	}
	slow := l.Slow > 0 && handled >= l.Slow
	sampled := l.Sample > 0 && l.Sample < 1 && !slow && o.Status < 400 && o.Err == nil
	if sampled && rand.Float64() >= l.Sample {
		return
	}
	level := l.Level
	if slow {
		level = max(level, slog.LevelWarn)
	}
	logger, ctx := e.req.Logger(), request.StateOf(e.req).Context()
	if !logger.Enabled(ctx, level) {
		return
	}
	for _, f := range l.Fields {
		e.add(f, o, took)
	}
	if o.Err != nil {
		e.attrs = append(e.attrs, slog.Any("error", o.Err))
	}
	if slow {
		e.attrs = append(e.attrs, slog.Duration("slow", handled))
	}
	if sampled {
		e.attrs = append(e.attrs, slog.Float64("sample", l.Sample))
	}
	if l.Attrs != nil {
		e.addOwn(o)
	}
	logger.LogAttrs(ctx, level, "request", e.attrs...)
}

// addOwn adds the attributes of the app.
func (e *accessEntry) addOwn(o request.Outcome) {
	defer func() {
		if v := recover(); v != nil {
			p := panics.Recovered(v)
			e.req.Logger().Error("access log: panic in Attrs", "panic", p.Value, "stack", string(p.Stack))
		}
	}()
	e.attrs = append(e.attrs, e.log.Attrs(e.req, o)...)
}
