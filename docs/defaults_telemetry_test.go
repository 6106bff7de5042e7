package docs_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func telemetryDefaults() map[string]check {
	return map[string]check{
		"Trace that a client names":                        says("goes on", tracesGoOn),
		"Headers of a trace that are malformed or doubled": says("ignored", badTraces),
		"Baggage of a client":                              says("ignored", baggageIsIgnored),
		"Query in spans":                                   says("left out", queryInSpans),
		"Headers in spans":                                 headersInSpans,
		"Metrics":                                          metricsOfAnApp,
		"Series of paths that no route matches":            seriesOfPaths,
		"Requests that are left out":                       says("none", probesAreObserved),
	}
}

// observed is an app with telemetry by default, and what it tells.
type observed struct {
	t      *testing.T
	app    *soay.App
	spans  *tracetest.InMemoryExporter
	reader metric.Reader
}

func newObserved(t *testing.T) *observed {
	o := &observed{t, quiet(), tracetest.NewInMemoryExporter(), metric.NewManualReader()}
	o.app.UseTelemetry(telemetry.New(telemetry.Options{
		TracerProvider: trace.NewTracerProvider(trace.WithSyncer(o.spans)),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(o.reader)),
	}))
	return o
}

// get sends a request with headers, and returns its span.
func (o *observed) get(path string, h http.Header) tracetest.SpanStub {
	o.t.Helper()
	o.spans.Reset()
	requesttest.New(o.t, o.app).Get(path, requesttest.With{Header: h})
	all := o.spans.GetSpans()
	if len(all) != 1 {
		o.t.Fatalf("%d spans, want 1", len(all))
	}
	return all[0]
}

// metrics returns what was measured.
func (o *observed) metrics() []metricdata.Metrics {
	o.t.Helper()
	var all metricdata.ResourceMetrics
	if err := o.reader.Collect(o.t.Context(), &all); err != nil || len(all.ScopeMetrics) != 1 {
		o.t.Fatalf("%d scopes, %v", len(all.ScopeMetrics), err)
	}
	return all.ScopeMetrics[0].Metrics
}

const (
	namedTrace  = "0af7651916cd43dd8448eb211c80319c"
	namedParent = "00-" + namedTrace + "-b7ad6b7169203331-01"
)

func tracesGoOn(t *testing.T) {
	if got := newObserved(t).get("/", http.Header{"Traceparent": {namedParent}}).SpanContext.TraceID().String(); got != namedTrace {
		t.Errorf("the trace is %s", got)
	}
}

func badTraces(t *testing.T) {
	for _, values := range [][]string{{"00-" + namedTrace}, {namedParent, namedParent}, {namedParent + strings.Repeat("0", 9999)}} {
		span := newObserved(t).get("/", http.Header{"Traceparent": values})
		if span.Parent.IsValid() || span.SpanContext.TraceID().String() == namedTrace {
			t.Errorf("%.80q is believed", values)
		}
	}
}

func baggageIsIgnored(t *testing.T) {
	o := newObserved(t)
	o.app.Get("/", func(req soay.Request) soay.Response {
		return response.Text(fmt.Sprint(baggage.FromContext(req.Context()).Len()))
	})
	c := requesttest.New(t, o.app)
	if got := c.Get("/", requesttest.With{Header: http.Header{"Baggage": {"tenant=7"}}}).Text(); got != "0" {
		t.Errorf("%s values", got)
	}
}

func queryInSpans(t *testing.T) {
	for _, a := range newObserved(t).get("/?q=hush", nil).Attributes {
		if strings.Contains(a.Value.String(), "hush") {
			t.Errorf("%s has the query", a.Key)
		}
	}
}

func headersInSpans(t *testing.T, cell string) {
	h := http.Header{"User-Agent": {"value of User-Agent"}, "Accept-Language": {"value of Accept-Language"}, "Cookie": {"value=of"}}
	var got []string
	for _, a := range newObserved(t).get("/", h).Attributes {
		if name, ok := strings.CutPrefix(a.Value.String(), "value of "); ok {
			got = append(got, "`"+name+"`")
		}
	}
	if strings.Join(got, ", ") != cell {
		t.Errorf("spans have %q, the page says %s", got, cell)
	}
}

func metricsOfAnApp(t *testing.T, cell string) {
	o := newObserved(t)
	o.get("/", nil)
	var got []string
	for _, m := range o.metrics() {
		got = append(got, "`"+m.Name+"`")
	}
	if strings.Join(got, ", ") != cell {
		t.Errorf("the metrics are %q, the page says %s", got, cell)
	}
}

func seriesOfPaths(t *testing.T, cell string) {
	o := newObserved(t)
	for i := range 100 {
		o.get(fmt.Sprintf("/%d", i), nil)
	}
	if got := len(o.metrics()[0].Data.(metricdata.Histogram[float64]).DataPoints); got != number(t, cell, "") {
		t.Errorf("%d series, the page says %s", got, cell)
	}
}

func probesAreObserved(t *testing.T) {
	o := newObserved(t)
	o.app.UseHealth()
	if got := o.get("/health/live", nil).Name; got != "GET /health/live" {
		t.Errorf("the span is %s", got)
	}
}
