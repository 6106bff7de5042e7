//go:build unix

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	metricsservice "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	traceservice "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes traces and metrics by OTLP over HTTP, as a real one does, and keeps them.
type collector struct {
	url string

	mu       sync.Mutex
	spans    []span
	series   map[string]bool // the metrics by service, name and route
	failures []error
}

// span is what tests look at.
type span struct {
	service, name, trace, id, parent string
	kind                             traces.Span_SpanKind
	attributes                       map[string]string
}

func newCollector(t *testing.T) *collector {
	c := &collector{series: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, r *http.Request) {
		receive(c, w, r, &traceservice.ExportTraceServiceRequest{}, c.addTraces)
	})
	mux.HandleFunc("POST /v1/metrics", func(w http.ResponseWriter, r *http.Request) {
		receive(c, w, r, &metricsservice.ExportMetricsServiceRequest{}, c.addMetrics)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.Close()
		for _, err := range c.failures {
			t.Error(err)
		}
	})
	c.url = server.URL
	return c
}

// receive reads a message and adds it.
func receive[M proto.Message](c *collector, w http.ResponseWriter, r *http.Request, m M, add func(M)) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = proto.Unmarshal(body, m)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failures = append(c.failures, fmt.Errorf("%s: %w", r.URL, err))
		return
	}
	add(m)
	w.Header().Set("Content-Type", "application/x-protobuf") // an empty message is an empty body
}

func (c *collector) addTraces(m *traceservice.ExportTraceServiceRequest) {
	for _, r := range m.ResourceSpans {
		service := texts(r.Resource.Attributes)["service.name"]
		for _, scope := range r.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, span{service, s.Name, fmt.Sprintf("%x", s.TraceId), fmt.Sprintf("%x", s.SpanId),
					fmt.Sprintf("%x", s.ParentSpanId), s.Kind, texts(s.Attributes)})
			}
		}
	}
}

func (c *collector) addMetrics(m *metricsservice.ExportMetricsServiceRequest) {
	for _, r := range m.ResourceMetrics {
		service := texts(r.Resource.Attributes)["service.name"]
		for _, scope := range r.ScopeMetrics {
			for _, metric := range scope.Metrics {
				c.series[service+" "+metric.Name] = true
				for _, point := range metric.GetHistogram().GetDataPoints() {
					c.series[service+" "+metric.Name+" "+texts(point.Attributes)["http.route"]] = true
				}
			}
		}
	}
}

// texts returns attributes with their values as texts.
func texts(attributes []*common.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range attributes {
		if _, ok := a.Value.Value.(*common.AnyValue_StringValue); ok {
			m[a.Key] = a.Value.GetStringValue()
		} else {
			m[a.Key] = fmt.Sprint(a.Value.GetIntValue())
		}
	}
	return m
}

// find returns the span of a service with this kind and name, and fails unless there is just one.
func (c *collector) find(t *testing.T, service string, kind traces.Span_SpanKind, name string) span {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []span
	for _, s := range c.spans {
		if s.service == service && s.kind == kind && s.name == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d spans %q of %s, want 1; all are %v", len(found), name, service, c.spans)
	}
	return found[0]
}
