package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay/request"
)

// observation is that of one request. It is recycled at its end.
type observation struct {
	t      *Telemetry
	req    request.Request
	ctx    context.Context // has the span
	span   trace.Span      // nil unless it is recorded
	start  time.Time       // zero unless the request is measured
	labels labels          // of the beginning
}

// End implements request.Observation.
func (o *observation) End(outcome request.Outcome) {
	defer o.release()
	l, f := o.labels, failureOf(o.req, outcome)
	l.status, l.failure = outcome.Status, f.kind
	if route := o.req.Route(); route != nil && route.Pattern != l.route { // a preflight's, which the app looks for later
		l.route = route.Pattern
		if o.span != nil {
			o.span.SetName(o.t.names.get(nameKey{l.method, l.route}, spanName))
			o.span.SetAttributes(routeKey.String(l.route))
		}
	}
	if !o.start.IsZero() {
		took := time.Since(o.start)
		o.t.metrics.count(o.ctx, -1, o.labels)
		o.t.metrics.end(o.ctx, o.req, took, l, outcome)
	}
	if o.span == nil {
		return
	}
	defer o.span.End()
	switch {
	case f.kind == "":
		o.span.SetAttributes(statusKey.Int(outcome.Status))
		return
	case outcome.Status == 0:
		o.span.SetAttributes(failureKey.String(f.kind))
	default:
		o.span.SetAttributes(statusKey.Int(outcome.Status), failureKey.String(f.kind))
	}
	o.span.SetStatus(codes.Error, "") // the kind says as much as a description could
	recordException(o.span, f)
}

func (o *observation) release() {
	t := o.t
	*o = observation{}
	t.pool.Put(o)
}
