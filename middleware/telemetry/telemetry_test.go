package telemetry_test

import (
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func TestSpan(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := trace.NewTracerProvider(trace.WithSyncer(spans))
	app := soay.New()
	app.UseTelemetry(telemetry.New(telemetry.Options{TracerProvider: provider, MeterProvider: metric.NewMeterProvider()}))
	app.Get("/cats/{id}", func(soay.Request) soay.Response { return response.Text("cat") })
	requesttest.New(t, app).Get("/cats/7")
	if got := spans.GetSpans(); len(got) != 1 || got[0].Name != "GET /cats/{id}" {
		t.Errorf("spans %v, want one of the route", got)
	}
}
