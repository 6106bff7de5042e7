package telemetry_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/response"
)

// nullWriter is a ResponseWriter that discards the body.
type nullWriter struct{ header http.Header }

func (w *nullWriter) Header() http.Header         { return w.header }
func (w *nullWriter) WriteHeader(int)             {}
func (w *nullWriter) Write(b []byte) (int, error) { return len(b), nil }

// discard takes spans and forgets them.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }

var (
	noTraces  = tracenoop.NewTracerProvider()
	noMetrics = metricnoop.NewMeterProvider()
)

// cost is a way to observe requests, and how many allocations more than without telemetry a request may have.
type cost struct {
	name    string
	options func() telemetry.Options
	header  string // traceparent
	want    float64
}

func sampled(sampler sdktrace.Sampler) trace.TracerProvider {
	return sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithBatcher(discard{}))
}

func read() metric.MeterProvider {
	return sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
}

var costs = []cost{
	{"providers that do nothing", func() telemetry.Options {
		return telemetry.Options{TracerProvider: noTraces, MeterProvider: noMetrics}
	}, "", 1}, // the context of the tracer
	{"no provider set", func() telemetry.Options { return telemetry.Options{} }, "", 3}, // the span and the context of the API
	{"never sampled", func() telemetry.Options {
		return telemetry.Options{TracerProvider: sampled(sdktrace.NeverSample()), MeterProvider: noMetrics}
	}, "", 2},
	{"sampled out by the ratio", func() telemetry.Options {
		return telemetry.Options{TracerProvider: sampled(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0))), MeterProvider: noMetrics}
	}, "", 2},
	{"metrics", func() telemetry.Options {
		return telemetry.Options{TracerProvider: noTraces, MeterProvider: read()}
	}, "", 1},
	{"all metrics", func() telemetry.Options {
		return telemetry.Options{TracerProvider: noTraces, MeterProvider: read(), Development: true}
	}, "", 1},
	{"never sampled, with a parent", func() telemetry.Options {
		return telemetry.Options{TracerProvider: sampled(sdktrace.ParentBased(sdktrace.AlwaysSample())), MeterProvider: noMetrics}
	}, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", 7}, // what reads the header, and the context of the parent
	{"never sampled, metrics", func() telemetry.Options {
		return telemetry.Options{TracerProvider: sampled(sdktrace.NeverSample()), MeterProvider: read()}
	}, "", 2},
}

// newCostly returns an app with telemetry, or without if there are no options, and a function that serves a request.
func newCostly(tb testing.TB, options func() telemetry.Options, traceparent string) func() {
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	if options != nil {
		app.UseTelemetry(telemetry.New(options()))
	}
	app.Get("/cats/{name}", func(req soay.Request) soay.Response { return response.Text(req.Param("name")) })
	handler, err := app.Handler()
	if err != nil {
		tb.Fatal(err)
	}
	r, w := httptest.NewRequest("GET", "/cats/Tom", nil), &nullWriter{http.Header{}}
	if traceparent != "" {
		r.Header.Set("Traceparent", traceparent)
	}
	return func() {
		clear(w.header)
		handler.ServeHTTP(w, r)
	}
}

// BenchmarkRequest tells what telemetry costs a request: each line but the first has the cost of the first in it.
func BenchmarkRequest(b *testing.B) {
	run := func(name string, options func() telemetry.Options, header string) {
		b.Run(name, func(b *testing.B) {
			serve := newCostly(b, options, header)
			b.ReportAllocs()
			for b.Loop() {
				serve()
			}
		})
	}
	run("without telemetry", nil, "")
	for _, c := range costs {
		run(c.name, c.options, c.header)
	}
	run("sampled, metrics", func() telemetry.Options {
		return telemetry.Options{TracerProvider: sampled(sdktrace.AlwaysSample()), MeterProvider: read()}
	}, "")
}
