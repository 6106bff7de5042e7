package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay/request"
)

const scope = "github.com/soay-go/soay/middleware/telemetry"

// Telemetry observes the requests of apps, for App.UseTelemetry: it makes a span of each, and records its duration. It may
// serve several apps, and is safe for concurrent use.
type Telemetry struct {
	options Options
	err     error
	tracer  trace.Tracer
	start   []trace.SpanStartOption
	headers []recorded
	names   cache[nameKey, string]
	metrics *metrics
	pool    sync.Pool // of *observation
}

// nameKey is what the name of a span is made of.
type nameKey struct{ method, pattern string }

// New returns a Telemetry with the options, of which it takes at most one. Mistakes in them are told by [Telemetry.Check].
func New(options ...Options) *Telemetry {
	var o Options
	var errs []error
	switch len(options) {
	case 0:
	case 1:
		o = options[0]
	default:
		errs = append(errs, errors.New("several options; pass one"))
	}
	o = o.withDefaults()
	t := &Telemetry{options: o, start: []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer)}}
	t.tracer = o.TracerProvider.Tracer(scope)
	var err error
	if t.headers, err = o.recordedHeaders(); err != nil {
		errs = append(errs, err)
	}
	if t.metrics, err = newMetrics(o.MeterProvider.Meter(scope), o.Development); err != nil {
		errs = append(errs, err)
	}
	t.err = errors.Join(errs...)
	t.pool.New = func() any { return new(observation) }
	return t
}

// Check returns the mistakes in the options, joined. App.UseTelemetry calls it, and the app does not start if there are
// any.
func (t *Telemetry) Check() error { return t.err }

// Begin implements request.Telemetry. It returns no Observation if neither the tracer nor the meter wants one.
func (t *Telemetry) Begin(req request.Request) (context.Context, request.Observation) {
	if t.options.Skip != nil && t.options.Skip(req) {
		return nil, nil
	}
	outer := request.StateOf(req).Context()
	l := newLabels(req)
	inner := outer
	if !trace.SpanContextFromContext(outer).IsValid() { // else it has the span of a server around the app, which is nearer
		inner = extract(t.options.Propagator, outer, request.StateOf(req).Source())
	}
	ctx, span := t.startSpan(inner, req, &l)
	if !span.SpanContext().IsValid() { // nobody traces
		ctx = outer
	}
	measured := t.metrics.enabled(ctx)
	if recording := span.IsRecording(); recording || measured {
		o := t.pool.Get().(*observation)
		o.t, o.req, o.ctx, o.labels = t, req, ctx, l
		if recording {
			o.span = span
		}
		if measured {
			o.start = time.Now()
			t.metrics.count(ctx, 1, l)
		}
		return ctx, o
	}
	if ctx == outer {
		return nil, nil
	}
	return ctx, nil
}

// startSpan starts the span of a request. ctx has the span of the client, if the request names one.
func (t *Telemetry) startSpan(ctx context.Context, req request.Request, l *labels) (context.Context, trace.Span) {
	options := t.start
	if remote := trace.SpanContextFromContext(ctx); t.options.Public && remote.IsRemote() {
		options = append(options[:len(options):len(options)], trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: remote}))
	}
	if t.options.AttributesAtStart {
		options = append(options[:len(options):len(options)], trace.WithAttributes(t.attributes(req, l)...))
	}
	ctx, span := t.tracer.Start(ctx, t.names.get(nameKey{l.method, l.route}, spanName), options...)
	if !t.options.AttributesAtStart && span.IsRecording() {
		span.SetAttributes(t.attributes(req, l)...)
	}
	return ctx, span
}

// spanName returns the name of the span of requests with a method and a route.
func spanName(key nameKey) string {
	method := key.method
	if method == otherMethod {
		method = "HTTP"
	}
	if key.pattern == "" {
		return method
	}
	return method + " " + key.pattern
}

// Operation implements request.Telemetry. The operation gets a span within that of the request, if that is recorded.
func (t *Telemetry) Operation(ctx context.Context, name, store string) (context.Context, func(error)) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, endNothing
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithAttributes(storeKey.String(store)))
	return ctx, func(err error) {
		if err != nil {
			setFailed(span, err)
		}
		span.End()
	}
}

func endNothing(error) {}

// LogAttrs implements request.Telemetry.
func (t *Telemetry) LogAttrs(ctx context.Context) []slog.Attr {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return nil
	}
	return []slog.Attr{slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String())}
}
