package collectortest_test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// arrived is a span as the collector has it.
type arrived struct {
	service, kind, name, route, status, id, parent, trace string
}

func (s *sink) spans() []arrived {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []arrived
	for _, data := range s.traces {
		for _, r := range data.ResourceSpans().All() {
			service, _ := r.Resource().Attributes().Get("service.name")
			for _, scope := range r.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					a := arrived{service: service.AsString(), kind: span.Kind().String(), name: span.Name(), id: span.SpanID().String(),
						parent: span.ParentSpanID().String(), trace: span.TraceID().String()}
					if v, ok := span.Attributes().Get("http.route"); ok {
						a.route = v.AsString()
					}
					if v, ok := span.Attributes().Get("http.response.status_code"); ok {
						a.status = v.AsString()
					}
					all = append(all, a)
				}
			}
		}
	}
	return all
}

// measured returns the services and metrics that have arrived, with how many requests they are of.
func (s *sink) measured() map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]uint64{}
	for _, data := range s.metrics {
		for _, r := range data.ResourceMetrics().All() {
			service, _ := r.Resource().Attributes().Get("service.name")
			for _, scope := range r.ScopeMetrics().All() {
				for _, m := range scope.Metrics().All() {
					for _, point := range m.Histogram().DataPoints().All() {
						key := service.AsString() + " " + m.Name()
						counts[key] = max(counts[key], point.Count()) // the counts are cumulative
					}
				}
			}
		}
	}
	return counts
}

// A trace goes from a client through two apps, and all of it arrives.
func TestTraceThroughTwoApps(t *testing.T) {
	socket := socketOf(t)
	collected := startCollector(t, socket)

	stockProgram := newProgram(t, "stock", socket)
	stock := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
	stock.UseTelemetry(telemetry.New(telemetry.Options{TracerProvider: stockProgram.traces, MeterProvider: stockProgram.metrics}))
	stock.Get("/stock/{id}", func(req soay.Request) soay.Response { return response.Text("7") })
	listener := requesttest.NewListener()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- stock.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})

	shopProgram := newProgram(t, "shop", socket)
	observed := telemetry.New(telemetry.Options{TracerProvider: shopProgram.traces, MeterProvider: shopProgram.metrics})
	client := &http.Client{Transport: observed.Transport(&http.Transport{DialContext: listener.DialContext})}
	defer client.CloseIdleConnections()
	shop := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
	shop.UseTelemetry(observed)
	shop.Get("/cats/{id}", func(req soay.Request) soay.Response {
		out, err := http.NewRequestWithContext(req.Context(), "GET", "http://stock.example/stock/7?token=secret", nil)
		if err != nil {
			return response.Error(err)
		}
		resp, err := client.Do(out)
		if err != nil {
			return response.Error(err)
		}
		resp.Body.Close()
		return response.Status(resp.StatusCode)
	})

	const trace = "12345678901234567890123456789012"
	got := requesttest.New(t, shop).Get("/cats/7", requesttest.With{
		Header: http.Header{"Traceparent": {"00-" + trace + "-1234567890123456-01"}, "Tracestate": {"foo=1"}},
	})
	if got.Status != 200 {
		t.Fatalf("status %d", got.Status)
	}
	for _, p := range []program{stockProgram, shopProgram} {
		if traces, metrics := p.shutdown(t.Context()); traces != nil || metrics != nil {
			t.Fatal(traces, metrics)
		}
	}

	spans := collected.spans()
	parent := "1234567890123456"
	for _, want := range []arrived{
		{service: "shop", kind: "Server", name: "GET /cats/{id}", route: "/cats/{id}", status: "200"},
		{service: "shop", kind: "Client", name: "GET", status: "200"},
		{service: "stock", kind: "Server", name: "GET /stock/{id}", route: "/stock/{id}", status: "200"},
	} {
		i := slices.IndexFunc(spans, func(a arrived) bool { return a.parent == parent })
		if i < 0 {
			t.Fatalf("no span below %s in %+v", parent, spans)
		}
		want.id, want.parent, want.trace = spans[i].id, parent, trace
		if spans[i] != want {
			t.Errorf("span\n%+v, want\n%+v", spans[i], want)
		}
		parent = spans[i].id
	}
	if len(spans) != 3 {
		t.Errorf("%d spans, want three: %+v", len(spans), spans)
	}
	measured := collected.measured()
	for _, name := range []string{"shop http.server.request.duration", "shop http.client.request.duration", "stock http.server.request.duration"} {
		if measured[name] != 1 {
			t.Errorf("%s has %d requests, want one; there are %v", name, measured[name], measured)
		}
	}
}

// A collector that is away, or that takes what it gets and never answers, holds up no request and not the end.
func TestCollectorIsAway(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		t.Run("hangs: "+strconv.FormatBool(hangs), func(t *testing.T) {
			socket := socketOf(t)
			waiting := make(chan struct{}, 100)
			if hangs {
				listener, err := net.Listen("unix", socket)
				if err != nil {
					t.Fatal(err)
				}
				release := make(chan struct{})
				server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
					waiting <- struct{}{}
					<-release
				})}
				go server.Serve(listener)
				t.Cleanup(func() {
					close(release)
					server.Close()
				})
			}
			var failed atomic.Bool
			otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) { failed.Store(true) }))
			p := newProgram(t, "shop", socket)
			app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
			app.UseTelemetry(telemetry.New(telemetry.Options{TracerProvider: p.traces, MeterProvider: p.metrics}))
			app.Get("/", func(soay.Request) soay.Response { return response.Text("cat") })
			client := requesttest.New(t, app)
			// More than the queue of the SDK has room for. What is too much is dropped.
			for i := range 3000 {
				if hangs && i == 1000 {
					<-waiting // the exporter waits for an answer to the first of the batches
				}
				if got := client.Get("/").Text(); got != "cat" {
					t.Fatalf("request %d: %q", i, got)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if traces, metrics := p.shutdown(ctx); traces == nil && !failed.Load() || metrics == nil {
				t.Errorf("the collector has got spans, or metrics: %v, %v", traces, metrics)
			}
		})
	}
}
