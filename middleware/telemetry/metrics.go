package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/soay-go/soay/request"
)

// boundaries are those of the buckets of durations, in seconds, as the conventions advise.
var boundaries = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// metrics are the instruments of a Telemetry.
type metrics struct {
	duration     metric.Float64Histogram
	active       metric.Int64UpDownCounter
	requestSize  metric.Int64Histogram
	responseSize metric.Int64Histogram
	development  bool // those beside duration are there

	series cache[labels, *series]
}

// series are the options of measurements with the same labels. The slices are made once, for the instruments keep them on
// the heap.
type series struct {
	record []metric.RecordOption
	add    []metric.AddOption
}

func newSeries(l labels) *series {
	option := metric.WithAttributeSet(l.set())
	return &series{record: []metric.RecordOption{option}, add: []metric.AddOption{option}}
}

// newMetrics makes the instruments. Those that cannot be made measure nothing.
func newMetrics(meter metric.Meter, development bool) (*metrics, error) {
	m := &metrics{development: development}
	var errs [4]error
	m.duration, errs[0] = meter.Float64Histogram("http.server.request.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of HTTP server requests."), metric.WithExplicitBucketBoundaries(boundaries...))
	if m.duration == nil {
		m.duration = noop.Float64Histogram{}
	}
	if !development {
		return m, errs[0]
	}
	m.active, errs[1] = meter.Int64UpDownCounter("http.server.active_requests", metric.WithUnit("{request}"),
		metric.WithDescription("Number of active HTTP server requests."))
	m.requestSize, errs[2] = meter.Int64Histogram("http.server.request.body.size", metric.WithUnit("By"),
		metric.WithDescription("Size of HTTP server request bodies."))
	m.responseSize, errs[3] = meter.Int64Histogram("http.server.response.body.size", metric.WithUnit("By"),
		metric.WithDescription("Size of HTTP server response bodies."))
	m.development = m.active != nil && m.requestSize != nil && m.responseSize != nil
	return m, errors.Join(errs[:]...)
}

// enabled reports whether somebody reads the metrics.
func (m *metrics) enabled(ctx context.Context) bool {
	return m.duration.Enabled(ctx) || m.development && m.active.Enabled(ctx)
}

// count adds n to the active requests, which are told apart by what is known when they begin and does not change.
func (m *metrics) count(ctx context.Context, n int64, l labels) {
	if m.development {
		m.active.Add(ctx, n, m.series.get(labels{method: l.method, scheme: l.scheme}, newSeries).add...)
	}
}

// end measures a request with these labels, of which ctx has the span for exemplars.
func (m *metrics) end(ctx context.Context, req request.Request, took time.Duration, l labels, o request.Outcome) {
	s := m.series.get(l, newSeries)
	m.duration.Record(ctx, float64(took)/float64(time.Second), s.record...)
	if !m.development {
		return
	}
	if size := request.StateOf(req).Source().ContentLength; size >= 0 {
		m.requestSize.Record(ctx, size, s.record...)
	}
	m.responseSize.Record(ctx, o.Bytes, s.record...)
}
