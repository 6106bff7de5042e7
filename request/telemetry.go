package request

import (
	"context"
	"log/slog"

	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/sessions"
)

// Telemetry observes the requests of an app, for App.UseTelemetry. Package middleware/telemetry makes one of
// OpenTelemetry; other systems of tracing and metrics can implement it. Its methods are called by many goroutines at
// once, on the way of every request, so they must not wait for anything.
type Telemetry interface {
	// Begin begins the observation of a request whose route is known; for one that no route matches, Route is nil. The
	// context is that of the request from then on. It is derived from the one of [State.Context]. The Observation is told
	// the end of the request; nil for both means that the request is not observed.
	Begin(Request) (context.Context, Observation)
	// Operation begins an operation within a request, such as session.load, with the name of what it is done with, such as
	// redisstore.Store. The operation gets the context, and tells its end by the function, once.
	Operation(ctx context.Context, name, store string) (context.Context, func(error))
	// LogAttrs returns what log lines of a request have that Begin has returned the context for, such as the id of its
	// trace.
	LogAttrs(context.Context) []slog.Attr
}

// Observation is the observation of one request.
type Observation interface {
	// End is called once, when the response has been written or the connection was cut. The request is still live.
	End(Outcome)
}

// Observe begins the observation of the request by the Telemetry of the app. A Telemetry that panics is logged, and the
// request goes on unobserved. Without a Telemetry it does nothing.
func (s State) Observe() {
	if !s.r.live() {
		return
	}
	t := s.r.exchange.settings.Telemetry
	if t == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			e := panics.Recovered(v)
			s.r.exchange.settings.logger().Error("panic of the telemetry", "panic", e.Value, "stack", string(e.Stack))
		}
	}()
	ctx, o := t.Begin(s.r)
	if o != nil {
		s.r.exchange.observation = o
	}
	if ctx == nil {
		return
	}
	s.r.exchange.slot.SetContext(s.r.source(), ctx)
	if x := s.r.peek(); x != nil {
		x.mu.Lock()
		x.ctx.observe(ctx) // filters of routes, and functions of the Telemetry, may have asked for it before
		x.mu.Unlock()
	}
}

// LogBy makes entry learn the end of the request, after the functions of AfterResponse. It is for the access log, and for the
// goroutine of the server alone.
func (s State) LogBy(entry Observation) {
	if s.r.live() {
		s.r.exchange.entry = entry
	}
}

// Context returns the context of the request as log lines get it, and what goes on without the client: unlike that of
// [Request.Context] it does not end with the handler. It is the background once the request has ended.
func (s State) Context() context.Context {
	if !s.r.live() {
		return context.Background()
	}
	return s.r.outerContext()
}

// outerContext returns the context of the server, or the one that Telemetry or middleware has put in its place.
func (r Request) outerContext() context.Context { return sessions.StateOf(r.Session).Context() }

// Operation tells the Telemetry of the app, if there is one, that an operation of the request begins. See
// [Telemetry.Operation]. Once the request has ended it tells nobody.
func (s State) Operation(ctx context.Context, name, store string) (context.Context, func(error)) {
	if !s.r.live() {
		return ctx, func(error) {}
	}
	if t := s.r.exchange.settings.Telemetry; t != nil {
		return t.Operation(ctx, name, store)
	}
	return ctx, func(error) {}
}

// observedLogger returns the app's logger with the attributes that the Telemetry has for the request, nil if the request
// is not observed.
func (r Request) observedLogger() *slog.Logger {
	ctx := sessions.StateOf(r.Session).ObservedContext()
	if ctx == nil {
		return nil
	}
	settings := r.exchange.settings
	attrs := settings.Telemetry.LogAttrs(ctx)
	if len(attrs) == 0 {
		return nil
	}
	return slog.New(settings.logger().Handler().WithAttrs(attrs))
}
