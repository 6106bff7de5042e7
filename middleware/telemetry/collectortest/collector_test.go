package collectortest_test

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// A sink is the exporter of the collector: it keeps what has passed the pipelines.
type sink struct {
	component.StartFunc
	component.ShutdownFunc

	mu      sync.Mutex
	traces  []ptrace.Traces
	metrics []pmetric.Metrics
}

// Capabilities implements consumer.Traces and consumer.Metrics.
func (*sink) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeTraces implements consumer.Traces. The data is the collector's, so it is copied.
func (s *sink) ConsumeTraces(_ context.Context, data ptrace.Traces) error {
	kept := ptrace.NewTraces()
	data.CopyTo(kept)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traces = append(s.traces, kept)
	return nil
}

// ConsumeMetrics implements consumer.Metrics.
func (s *sink) ConsumeMetrics(_ context.Context, data pmetric.Metrics) error {
	kept := pmetric.NewMetrics()
	data.CopyTo(kept)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.metrics = append(s.metrics, kept)
	return nil
}

func (s *sink) factory() exporter.Factory {
	return exporter.NewFactory(component.MustNewType("sink"), func() component.Config { return new(struct{}) },
		exporter.WithTraces(func(context.Context, exporter.Settings, component.Config) (exporter.Traces, error) {
			return s, nil
		}, component.StabilityLevelStable),
		exporter.WithMetrics(func(context.Context, exporter.Settings, component.Config) (exporter.Metrics, error) {
			return s, nil
		}, component.StabilityLevelStable))
}

// startCollector starts a collector that receives OTLP over HTTP at a unix socket, and stops it when the test ends.
func startCollector(t *testing.T, socket string) *sink {
	t.Helper()
	s := new(sink)
	config := `yaml:
receivers: {otlp: {protocols: {http: {transport: unix, endpoint: "` + socket + `"}}}}
exporters: {sink: {}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [sink]}
    metrics: {receivers: [otlp], exporters: [sink]}
`
	collector, err := otelcol.NewCollector(otelcol.CollectorSettings{
		BuildInfo: component.NewDefaultBuildInfo(), DisableGracefulShutdown: true,
		Factories: func() (otelcol.Factories, error) {
			receivers, err := otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory())
			if err != nil {
				return otelcol.Factories{}, err
			}
			exporters, err := otelcol.MakeFactoryMap(s.factory())
			return otelcol.Factories{Receivers: receivers, Exporters: exporters,
				Telemetry: telemetry.NewFactory(func() component.Config { return new(struct{}) })}, err
		},
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs: []string{config}, ProviderFactories: []confmap.ProviderFactory{yamlprovider.NewFactory()},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- collector.Run(context.Background()) }()
	for collector.GetState() != otelcol.StateRunning {
		select {
		case err := <-done:
			t.Fatal("the collector has not started: ", err)
		case <-time.After(time.Millisecond):
		}
	}
	t.Cleanup(func() {
		collector.Shutdown()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

func socketOf(t *testing.T) string { return filepath.Join(t.TempDir(), "otlp") }

// A program is what the SDK and its exporters are to an app.
type program struct {
	traces  *trace.TracerProvider
	metrics *metric.MeterProvider
}

// newProgram sets up the SDK as a program does, with exporters that send OTLP over HTTP to the socket.
func newProgram(t *testing.T, name, socket string) program {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	t.Cleanup(client.CloseIdleConnections)
	spans, err := otlptracehttp.New(t.Context(), otlptracehttp.WithInsecure(), otlptracehttp.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	measured, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithInsecure(), otlpmetrichttp.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	service := resource.NewSchemaless(attribute.String("service.name", name))
	return program{
		trace.NewTracerProvider(trace.WithBatcher(spans), trace.WithResource(service)),
		metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(measured)), metric.WithResource(service)),
	}
}

// shutdown sends what is left, as a program does when it ends.
func (p program) shutdown(ctx context.Context) (traces, metrics error) {
	return p.traces.Shutdown(ctx), p.metrics.Shutdown(ctx)
}
