package telemetry_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/response"
)

func ExampleTelemetry_Transport() {
	observed := telemetry.New(telemetry.Options{})
	client := &http.Client{Transport: observed.Transport(nil)}

	app := soay.New()
	app.UseTelemetry(observed)
	app.Get("/cats/{id}", func(req soay.Request) soay.Response {
		// The context of the request makes the call a part of its trace.
		out, err := http.NewRequestWithContext(req.Context(), "GET", "http://stock.example/cats/7", nil)
		if err != nil {
			return response.Error(err)
		}
		resp, err := client.Do(out)
		if err != nil {
			return response.Error(err)
		}
		defer resp.Body.Close()
		return response.Status(resp.StatusCode)
	})
	// Output:
}

func ExampleLogHandler() {
	noTime := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	logger := slog.New(telemetry.LogHandler(slog.NewTextHandler(os.Stdout, noTime)))
	// In a handler, req.Context() has a span already.
	ctx := trace.ContextWithSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0x4b, 0xf9, 15: 0x36}, SpanID: trace.SpanID{0xf0, 7: 0xb7},
	}))
	logger.InfoContext(ctx, "found", "cat", 7)
	// Output: level=INFO msg=found cat=7 trace_id=4bf90000000000000000000000000036 span_id=f0000000000000b7
}
