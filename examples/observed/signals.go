package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
)

// signals are where traces and metrics go: to a collector by OTLP if the environment names one, and metrics to whoever asks
// for them as Prometheus does. The SDK reads its own variables, such as OTEL_SERVICE_NAME and OTEL_TRACES_SAMPLER.
type signals struct {
	traces  *trace.TracerProvider
	metrics *metric.MeterProvider
	page    http.Handler // the metrics in the text of Prometheus
}

func newSignals(ctx context.Context) (*signals, error) {
	registry := prometheus.NewRegistry()
	page, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, err
	}
	var traces []trace.TracerProviderOption
	if isSet("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
		exporter, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, err
		}
		traces = append(traces, trace.WithBatcher(exporter))
	}
	metrics := []metric.Option{metric.WithReader(page)}
	if isSet("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") {
		exporter, err := otlpmetrichttp.New(ctx)
		if err != nil {
			return nil, err
		}
		metrics = append(metrics, metric.WithReader(metric.NewPeriodicReader(exporter)))
	}
	s := &signals{trace.NewTracerProvider(traces...), metric.NewMeterProvider(metrics...),
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{})}
	return s, runtime.Start(runtime.WithMeterProvider(s.metrics)) // memory, goroutines, the garbage collector
}

// isSet reports whether one of these variables of the environment is set.
func isSet(names ...string) bool {
	for _, name := range names {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// useGlobally gives the providers to packages that ask OpenTelemetry for them, such as those of drivers, and the log the
// errors of exporters.
func (s *signals) useGlobally() {
	otel.SetTracerProvider(s.traces)
	otel.SetMeterProvider(s.metrics)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { slog.Warn("telemetry", "error", err) }))
}

// stop sends what has not been sent. A collector that is away holds it up for three seconds; what is lost then is logged,
// and the program has ended well all the same.
func (s *signals) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	failed := make(chan error, 1)
	go func() { failed <- s.traces.Shutdown(ctx) }()
	if err := errors.Join(s.metrics.Shutdown(ctx), <-failed); err != nil {
		slog.Warn("telemetry: the last of it is lost", "error", err)
	}
	return nil
}
