package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay/request"
)

// Telemetry observes the requests of apps, for App.UseTelemetry. It is safe for concurrent use.
type Telemetry struct {
	options Options
	tracer  trace.Tracer
}

// New returns a Telemetry with these options.
func New(options Options) *Telemetry {
	options = options.withDefaults()
	return &Telemetry{options: options, tracer: options.TracerProvider.Tracer("github.com/soay-go/soay/middleware/telemetry")}
}

// Begin implements request.Telemetry.
func (t *Telemetry) Begin(req request.Request) (context.Context, request.Observation) {
	if t.options.Skip != nil && t.options.Skip(req) {
		return nil, nil
	}
	name := req.Method()
	if route := req.Route(); route != nil {
		name += " " + route.Pattern
	}
	ctx, span := t.tracer.Start(request.StateOf(req).Context(), name, trace.WithSpanKind(trace.SpanKindServer))
	return ctx, &observation{span}
}

type observation struct{ span trace.Span }

// End implements request.Observation.
func (o *observation) End(request.Outcome) { o.span.End() }

// Operation implements request.Telemetry.
func (t *Telemetry) Operation(ctx context.Context, name, _ string) (context.Context, func(error)) {
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, func(error) { span.End() }
}

// LogAttrs implements request.Telemetry.
func (t *Telemetry) LogAttrs(ctx context.Context) []slog.Attr {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return nil
	}
	return []slog.Attr{slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String())}
}
