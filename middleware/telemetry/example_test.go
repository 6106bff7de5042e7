package telemetry_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/response"
)

// An app whose spans go to an exporter: one in memory here, that of OTLP in a program.
func Example() {
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))

	app := soay.New()
	app.OnStop(provider.Shutdown) // runs behind the last request
	app.UseTelemetry(telemetry.New(telemetry.Options{TracerProvider: provider}))
	app.Get("/cats/{id}", func(req soay.Request) soay.Response {
		trace.SpanFromContext(req.Context()).SetAttributes(attribute.String("cat.name", "Tom"))
		return response.Text("Tom")
	})

	app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/cats/7", nil))
	if err := provider.ForceFlush(context.Background()); err != nil {
		fmt.Println(err)
	}
	for _, span := range exporter.GetSpans() {
		fmt.Println(span.Name, span.SpanKind)
	}
	// Output: GET /cats/{id} server
}

// Metrics are read by an exporter of the SDK, such as that for Prometheus; here by the example itself.
func ExampleNew() {
	reader := sdkmetric.NewManualReader()
	app := soay.New()
	var observer *telemetry.Telemetry = telemetry.New(telemetry.Options{
		MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
		Skip:          func(req soay.Request) bool { return req.Path() == "/live" },
	})
	if err := observer.Check(); err != nil { // as UseTelemetry does
		fmt.Println(err)
	}
	app.UseTelemetry(observer)
	app.Get("/cats/{id}", func(soay.Request) soay.Response { return response.Text("Tom") })
	app.Get("/live", func(soay.Request) soay.Response { return response.Text("live") })
	for _, path := range []string{"/cats/1", "/cats/2", "/live"} {
		app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}

	var metrics metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &metrics); err != nil {
		fmt.Println(err)
	}
	for _, m := range metrics.ScopeMetrics[0].Metrics {
		for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
			route, _ := p.Attributes.Value("http.route")
			fmt.Println(m.Name, route.AsString(), p.Count)
		}
	}
	// Output: http.server.request.duration /cats/{id} 2
}
