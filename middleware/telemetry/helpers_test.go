package telemetry_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/request/requesttest"
)

// observed is an app with telemetry, and what that has told.
type observed struct {
	*soay.App
	log    *requesttest.Log
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
	ended  ends
}

// ends is a processor of spans that sends the name of each that has ended.
type ends chan string

func (ends) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (e ends) OnEnd(span sdktrace.ReadOnlySpan)              { e <- span.Name() }
func (ends) Shutdown(context.Context) error                  { return nil }
func (ends) ForceFlush(context.Context) error                { return nil }

// newObserved returns an app in production mode with telemetry, whose providers are the SDK's unless the options have others.
func newObserved(t *testing.T, o telemetry.Options, options ...soay.Options) *observed {
	t.Helper()
	a := &observed{log: &requesttest.Log{Level: slog.LevelDebug}, spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader(), ended: make(ends, 10000)}
	if o.TracerProvider == nil {
		o.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSyncer(a.spans), sdktrace.WithSpanProcessor(a.ended))
	}
	if o.MeterProvider == nil {
		o.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(a.reader))
	}
	var so soay.Options
	if len(options) > 0 {
		so = options[0]
	}
	so.Env, so.Logger, so.DrainDelay = "production", a.log.Logger(), -1
	a.App = soay.New(so)
	a.UseTelemetry(telemetry.New(o))
	return a
}

// do lets the app answer a request without a network. When it returns, everything about the request is over.
func do(app http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// span returns the one span that has ended, as a test that gets another number of them fails.
func (a *observed) span(t *testing.T) tracetest.SpanStub {
	t.Helper()
	spans := a.spans.GetSpans()
	if len(spans) != 1 {
		t.Fatalf("%d spans, want 1: %v", len(spans), spans)
	}
	return spans[0]
}

// attributesOf returns the attributes of a span, by their names.
func attributesOf(span tracetest.SpanStub) map[string]any {
	m := make(map[string]any)
	for _, kv := range span.Attributes {
		m[string(kv.Key)] = kv.Value.AsInterface()
	}
	return m
}

// summary returns the name of a span, the status, the kind of error, and the status of the span.
func summary(span tracetest.SpanStub) string {
	m := attributesOf(span)
	parts := []string{span.Name, "-", "-", span.Status.Code.String()}
	if status, ok := m["http.response.status_code"]; ok {
		parts[1] = fmt.Sprint(status)
	}
	if kind, ok := m["error.type"]; ok {
		parts[2] = fmt.Sprint(kind)
	}
	return strings.Join(parts, " ")
}

// point is what one series of a metric holds.
type point struct {
	Labels map[string]any
	Count  uint64 // of measurements
	Sum    float64
}

// points returns the series of a metric, nil where there is no such metric.
func (a *observed) points(t *testing.T, name string) []point {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := a.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	var points []point
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == name {
				points = append(points, pointsOf(m.Data)...)
			}
		}
	}
	return points
}

func pointsOf(data metricdata.Aggregation) (points []point) {
	switch data := data.(type) {
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			points = append(points, point{labelsOf(p.Attributes), p.Count, p.Sum})
		}
	case metricdata.Histogram[int64]:
		for _, p := range data.DataPoints {
			points = append(points, point{labelsOf(p.Attributes), p.Count, float64(p.Sum)})
		}
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			points = append(points, point{labelsOf(p.Attributes), 1, float64(p.Value)})
		}
	}
	return points
}

func labelsOf(set attribute.Set) map[string]any {
	m := make(map[string]any)
	for _, kv := range set.ToSlice() {
		m[string(kv.Key)] = kv.Value.AsInterface()
	}
	return m
}
