package telemetry_test

import (
	"context"
	"errors"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// hanging is an exporter whose collector never answers.
type hanging struct {
	once    sync.Once
	called  chan struct{} // closed when a batch is on its way
	release chan struct{}
}

func (h *hanging) ExportSpans(ctx context.Context, _ []sdktrace.ReadOnlySpan) error {
	h.once.Do(func() { close(h.called) })
	<-h.release
	return errors.New("no collector")
}

func (h *hanging) Shutdown(context.Context) error { return nil }

// A collector that hangs costs requests nothing: they are answered while it does, and what is too much is dropped.
func TestCollectorThatHangs(t *testing.T) {
	exporter := &hanging{called: make(chan struct{}), release: make(chan struct{})}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter, sdktrace.WithMaxExportBatchSize(1), sdktrace.WithMaxQueueSize(2)))
	app := newObserved(t, telemetry.Options{TracerProvider: provider})
	app.Get("/", hello)
	for i := range 100 {
		if w := do(app, "GET", "/"); w.Body.String() != "hello" {
			t.Errorf("answer %q", w.Body)
		}
		if i == 0 {
			<-exporter.called
		}
	}
	close(exporter.release)
	_ = provider.Shutdown(t.Context())
	if lines := app.log.Lines(slog.LevelWarn, slog.LevelError); len(lines) > 0 {
		t.Errorf("the log of the app tells of it: %q", lines)
	}
}

// broken is a processor of spans that panics.
type broken struct{ start, end bool }

func (b broken) OnStart(context.Context, sdktrace.ReadWriteSpan) {
	if b.start {
		panic("broken at the start")
	}
}

func (b broken) OnEnd(sdktrace.ReadOnlySpan) {
	if b.end {
		panic("broken at the end")
	}
}
func (broken) Shutdown(context.Context) error   { return nil }
func (broken) ForceFlush(context.Context) error { return nil }

// A processor that panics harms no request; the log tells of it.
func TestProcessorThatPanics(t *testing.T) {
	for _, b := range []broken{{start: true}, {end: true}} {
		app := newObserved(t, telemetry.Options{Development: true,
			TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(b))})
		app.Get("/", hello)
		for range 2 {
			if w := do(app, "GET", "/"); w.Body.String() != "hello" {
				t.Errorf("answer %q", w.Body)
			}
		}
		if lines := app.log.Lines(slog.LevelError); len(lines) != 2 || !strings.Contains(lines[0], "broken at the") {
			t.Errorf("log %q, want each panic", lines)
		}
		for _, p := range app.points(t, "http.server.active_requests") {
			if p.Sum != 0 {
				t.Errorf("%+v is active", p)
			}
		}
	}
}

// A Telemetry may serve two apps, and have served before one starts.
func TestTwoApps(t *testing.T) {
	first := newObserved(t, telemetry.Options{})
	observer := telemetry.New(telemetry.Options{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(first.spans)), MeterProvider: noMetrics,
	})
	for range 2 {
		app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
		app.UseTelemetry(observer)
		app.Get("/cats", hello)
		do(app, "GET", "/cats") // starts it
	}
	if got := first.spans.GetSpans(); len(got) != 2 || got[0].Name != "GET /cats" || got[1].Name != "GET /cats" {
		t.Errorf("spans %v, want two", got)
	}
}

// Without options, and with the providers of a program that sets none, requests go on as ever.
func TestNoProviders(t *testing.T) {
	app, log := soay.New(), new(requesttest.Log)
	app.UseTelemetry(telemetry.New())
	app.Get("/", func(req soay.Request) soay.Response { req.Logger().Info("hello"); return response.Text("hello") })
	if got := requesttest.New(t, app).Get("/").Text(); got != "hello" || strings.Contains(log.String(), "trace_id") {
		t.Errorf("answer %q, log %s", got, log)
	}
}

// noInstruments is a provider whose meters make none.
type noInstruments struct{ metricnoop.MeterProvider }

func (noInstruments) Meter(string, ...metric.MeterOption) metric.Meter { return noInstrument{} }

type noInstrument struct{ metricnoop.Meter }

func (noInstrument) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, errors.New("no such instrument")
}

func TestCheck(t *testing.T) {
	headers := []string{
		"X-Tenant", "Authorization", "cookie", "PROXY-AUTHORIZATION", "X-Api-Key", "x-auth-token", "X-Amz-Security-Token", "no name", "",
	}
	for _, tt := range []struct {
		name    string
		options []telemetry.Options
		want    []string
	}{
		{"the zero value", []telemetry.Options{{}}, nil},
		{"two", []telemetry.Options{{}, {}}, []string{"several options; pass one"}},
		{"headers", []telemetry.Options{{RequestHeaders: headers}}, []string{
			`RequestHeaders: "Authorization" carries credentials, which do not belong in traces`,
			`RequestHeaders: "cookie" carries credentials, which do not belong in traces`,
			`RequestHeaders: "PROXY-AUTHORIZATION" carries credentials, which do not belong in traces`,
			`RequestHeaders: "X-Api-Key" carries credentials, which do not belong in traces`,
			`RequestHeaders: "x-auth-token" carries credentials, which do not belong in traces`,
			`RequestHeaders: "X-Amz-Security-Token" carries credentials, which do not belong in traces`,
			`RequestHeaders: "no name" is no name of a header`,
			`RequestHeaders: "" is no name of a header`,
		}},
		{"names to redact without a query", []telemetry.Options{{Redact: []string{"pet"}}},
			[]string{"there are names in Redact, but spans have no query; set Query, or leave Redact out"}},
		{"an empty name", []telemetry.Options{{Query: true, Redact: []string{""}}}, []string{`a name in Redact is ""`}},
		{"a meter that fails", []telemetry.Options{{MeterProvider: noInstruments{}}}, []string{"no such instrument"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
			app.UseTelemetry(telemetry.New(tt.options...))
			var got []string
			if err, ok := errors.AsType[*soay.SetupError](app.Start(t.Context())); ok {
				for _, e := range err.Unwrap() {
					place, text, _ := strings.Cut(e.Error(), ": UseTelemetry: ")
					if !strings.HasPrefix(place, "faults_test.go:") {
						t.Errorf("%v does not name its place", e)
					}
					got = append(got, text)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
			_ = app.Stop(t.Context())
		})
	}
}

// A Telemetry with mistakes that serves all the same, for nobody checks it, harms nothing.
func TestUnchecked(t *testing.T) {
	observer := telemetry.New(telemetry.Options{MeterProvider: noInstruments{}, Development: true})
	if observer.Check() == nil {
		t.Error("no mistake")
	}
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.UseTelemetry(struct{ soay.Telemetry }{observer}) // which hides Check
	app.Get("/", hello)
	if w := do(app, "GET", "/"); w.Body.String() != "hello" {
		t.Errorf("answer %q", w.Body)
	}
}

// Programs link the SDK and the exporters that they choose themselves.
func TestLinksNoSDK(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.FieldsSeq(string(out)) {
		for _, other := range []string{"go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters", "go.opentelemetry.io/contrib", "google.golang.org/"} {
			if strings.HasPrefix(pkg, other) {
				t.Errorf("package telemetry links %s", pkg)
			}
		}
	}
}
