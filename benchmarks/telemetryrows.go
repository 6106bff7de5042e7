package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	nometrics "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	notraces "go.opentelemetry.io/otel/trace/noop"
)

// providers are what the telemetry of a framework is told to use.
type providers struct {
	tracer     trace.TracerProvider
	meter      metric.MeterProvider
	propagator propagation.TextMapPropagator
}

// sampledOut makes spans that nobody keeps, which is what most requests of a busy program have.
func sampledOut() providers {
	never := sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0))
	return providers{sdktrace.NewTracerProvider(sdktrace.WithSampler(never)), nometrics.NewMeterProvider(), propagation.TraceContext{}}
}

// sampled makes spans that go to an exporter in batches, as in production.
func sampled() providers {
	return providers{sdktrace.NewTracerProvider(sdktrace.WithBatcher(nowhere{})), nometrics.NewMeterProvider(), propagation.TraceContext{}}
}

// metered makes metrics and no spans.
func metered() providers {
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	return providers{notraces.NewTracerProvider(), meter, propagation.TraceContext{}}
}

// nowhere is an exporter that takes what it gets and does nothing with it.
type nowhere struct{}

func (nowhere) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (nowhere) Shutdown(context.Context) error                             { return nil }

// withTelemetry gives a framework the apps of these rows.
func withTelemetry(f framework) framework {
	if observed := f.observed; observed != nil {
		f.sampledOut = func() server { return observed(sampledOut()) }
		f.sampled = func() server { return observed(sampled()) }
		f.metered = func() server { return observed(metered()) }
	}
	return f
}

// withoutTelemetry is a server of the part end to end that serves the same and tells nobody. It is measured beside the others.
func withoutTelemetry(f framework) framework {
	return framework{name: f.name + without, sampledOut: f.param, sampled: f.param, metered: f.param}
}

// without ends the names of servers without telemetry.
const without = ", no telemetry"

// telemetryRows lists the rows of telemetry: the row "parameter" of a framework that tells OpenTelemetry of it.
func telemetryRows() []row {
	cost := func(ns float64, allocs uint64) cost {
		return cost{base: "parameter", peer: netHTTPName, ratio: 0.70, ns: ns, allocs: allocs}
	}
	return []row{
		{name: "traced, sampled out", cost: cost(1500, 2), open: func(f framework) (*entry, error) { return openObserved(f, f.sampledOut) }},
		{name: "traced, sampled", cost: cost(0, 0), open: func(f framework) (*entry, error) { return openObserved(f, f.sampled) }},
		{name: "metrics", cost: cost(1000, 2), open: func(f framework) (*entry, error) { return openObserved(f, f.metered) }},
	}
}

// observedPath is what the rows of telemetry ask for, and observedRoute the pattern of its route.
const (
	observedPath  = "/user/gordon"
	observedRoute = "/user/{name}"
)

// openObserved sees first that the framework's telemetry tells what it should.
func openObserved(f framework, build func() server) (*entry, error) {
	if f.observed == nil {
		return nil, nil
	}
	spans, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	telling := f.observed(providers{
		tracer:     sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
		meter:      sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
		propagator: propagation.TraceContext{},
	})
	c, err := telling.client([]call{{method: http.MethodGet, path: observedPath}})
	if err != nil {
		return nil, err
	}
	if err := text("gordon")(c.answer(0)); err != nil {
		return nil, err
	}
	if err := errors.Join(checkSpans(spans.GetSpans()), checkMetrics(reader)); err != nil {
		return nil, err
	}
	return openTold(build)
}

// openTold opens an app of these rows, whoever serves it.
func openTold(build func() server) (*entry, error) {
	return openPage(build, call{method: http.MethodGet, path: observedPath}, text("gordon"))
}

// checkSpans sees that there is one span, of the server, and that it tells the route, be it in an attribute or in its name.
func checkSpans(spans tracetest.SpanStubs) error {
	if len(spans) != 1 || spans[0].SpanKind != trace.SpanKindServer {
		return fmt.Errorf("a request makes %d spans, want one of a server", len(spans))
	}
	_, inName, _ := strings.Cut(spans[0].Name, " ")
	for _, told := range append(spans[0].Attributes, attribute.String("http.route", inName)) {
		if route := told.Value.AsString(); told.Key == "http.route" && (route == observedRoute || route == "/user/:name") {
			return nil
		}
	}
	return fmt.Errorf("the span %q does not tell its route: %v", spans[0].Name, spans[0].Attributes)
}

// checkMetrics sees that the time of the request was counted once.
func checkMetrics(reader sdkmetric.Reader) error {
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		return err
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			h, ok := m.Data.(metricdata.Histogram[float64])
			if m.Name != "http.server.request.duration" || !ok {
				continue
			}
			if len(h.DataPoints) == 1 && h.DataPoints[0].Count == 1 {
				return nil
			}
			return fmt.Errorf("http.server.request.duration has %d series after one request", len(h.DataPoints))
		}
	}
	return errors.New("there is no metric http.server.request.duration")
}
