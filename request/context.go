package request

import (
	"context"
	"sync"
	"time"
)

// A requestContext is what [Request.Context] returns: a context that ends with the request, and with the app while the
// response is streamed. It is derived from the context of the server only when somebody asks for its end, by Done, Err
// or a context derived from it. So the server need not watch the client for code that only passes the context on.
type requestContext struct {
	context.Context // the server's, or the one that Telemetry has put in its place

	mu        sync.Mutex
	inner     context.Context // nil until somebody asks
	cancel    context.CancelCauseFunc
	ended     bool
	cause     error           // of the end, nil for context.Canceled
	streaming context.Context // ends when the app stops, nil unless the response is streamed
	unwatch   func() bool     // makes streaming forget inner
}

// observe puts a context that Telemetry has derived in place of the server's. What was derived before ends as it would
// have. A nil requestContext needs no other.
func (c *requestContext) observe(ctx context.Context) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Context = ctx
	if before := c.cancel; before != nil {
		inner, cancel := context.WithCancelCause(ctx)
		c.inner, c.cancel = inner, func(cause error) { before(cause); cancel(cause) }
	}
}

// Deadline implements context.Context.
func (c *requestContext) Deadline() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Context.Deadline()
}

// Done implements context.Context.
func (c *requestContext) Done() <-chan struct{} { return c.made().Done() }

// Err implements context.Context.
func (c *requestContext) Err() error { return c.made().Err() }

// Value implements context.Context. Package context finds its own contexts by it, and with them the cause of the end.
func (c *requestContext) Value(key any) any {
	c.mu.Lock()
	ctx := c.Context
	if c.inner != nil || c.ended || c.streaming != nil && c.streaming.Err() != nil {
		ctx = c.make()
	}
	c.mu.Unlock()
	return ctx.Value(key)
}

func (c *requestContext) made() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.make()
}

// make makes the inner context at the first call and returns it. The caller holds the mutex.
func (c *requestContext) make() context.Context {
	switch {
	case c.inner != nil:
	case c.ended: // the server has no client left to watch
		c.inner, c.cancel = context.WithCancelCause(context.WithoutCancel(c.Context))
		c.cancel(c.cause)
	default:
		c.inner, c.cancel = context.WithCancelCause(c.Context)
		c.watchStop()
	}
	return c.inner
}

// endWith makes the context end with streaming, too.
func (c *requestContext) endWith(streaming context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.streaming = streaming
	c.watchStop()
}

// watchStop begins to wait for the stop of the app, if somebody waits for the end of the context.
func (c *requestContext) watchStop() {
	switch cancel := c.cancel; {
	case c.streaming == nil || c.inner == nil || c.ended:
	case c.streaming.Err() != nil:
		cancel(ErrStopping)
	default:
		c.unwatch = context.AfterFunc(c.streaming, func() { cancel(ErrStopping) })
	}
}

// end ends the context, with a cause or with nil for context.Canceled. A nil context needs no end.
func (c *requestContext) end(cause error) {
	if c == nil {
		return
	}
	c.mu.Lock()
	cancel, unwatch := c.cancel, c.unwatch
	c.ended, c.cause, c.unwatch = true, cause, nil
	c.mu.Unlock()
	if unwatch != nil {
		unwatch() // or the app would keep the contexts of all streams until it stops
	}
	if cancel != nil {
		cancel(cause)
	}
}
