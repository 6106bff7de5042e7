package telemetry

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay/request"
)

// Options sets up telemetry. The zero value is the default.
type Options struct {
	// TracerProvider makes the spans. The default is otel.GetTracerProvider().
	TracerProvider trace.TracerProvider
	// MeterProvider makes the metrics. The default is otel.GetMeterProvider().
	MeterProvider metric.MeterProvider
	// Propagator reads the trace that a request belongs to from its headers. The default is that of the W3C,
	// propagation.TraceContext, without baggage.
	Propagator propagation.TextMapPropagator
	// Public says that anybody can reach the app: each request begins a trace of its own, which is linked to the one
	// that the client names, so that clients do not decide what is sampled. By default a request joins that trace.
	Public bool
	// Skip leaves requests out, such as those of health checks. The default leaves out none.
	Skip func(request.Request) bool
}

func (o Options) withDefaults() Options {
	if o.TracerProvider == nil {
		o.TracerProvider = otel.GetTracerProvider()
	}
	if o.MeterProvider == nil {
		o.MeterProvider = otel.GetMeterProvider()
	}
	if o.Propagator == nil {
		o.Propagator = propagation.TraceContext{}
	}
	return o
}
