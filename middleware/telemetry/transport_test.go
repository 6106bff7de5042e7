package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay/middleware/telemetry"
)

// outgoing is a client whose spans and metrics tests look at.
type outgoing struct {
	http.Client
	spans    *tracetest.SpanRecorder
	provider *trace.TracerProvider
	reader   *metric.ManualReader
}

func newOutgoing(o telemetry.Options, base http.RoundTripper) *outgoing {
	c := &outgoing{spans: tracetest.NewSpanRecorder(), reader: metric.NewManualReader()}
	c.provider = trace.NewTracerProvider(trace.WithSpanProcessor(c.spans))
	o.TracerProvider, o.MeterProvider = c.provider, metric.NewMeterProvider(metric.WithReader(c.reader))
	c.Transport = telemetry.New(o).Transport(base)
	return c
}

// durations returns the attributes of each series of http.client.request.duration with the number of its requests.
func (c *outgoing) durations(t *testing.T) map[string]uint64 {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := c.reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, m := range data.ScopeMetrics {
		for _, metric := range m.Metrics {
			for _, point := range metric.Data.(metricdata.Histogram[float64]).DataPoints {
				got[metric.Name+" "+metric.Unit+" "+textOf(point.Attributes.ToSlice())] = point.Count
			}
		}
	}
	return got
}

// textOf returns attributes as text.
func textOf(attrs []attribute.KeyValue) string {
	set := attribute.NewSet(attrs...)
	var all []string
	for _, a := range set.ToSlice() {
		all = append(all, string(a.Key)+"="+a.Value.String())
	}
	return strings.Join(all, " ")
}

func answer(status int, body string) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
			Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func refusing(err error) roundTrip {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func TestTransport(t *testing.T) {
	const rest = "http.response.status_code=200 network.protocol.version=1.1 server.address=stock.example server.port="
	tests := []struct {
		description string
		options     telemetry.Options
		method      string
		url         string
		base        http.RoundTripper
		name        string
		status      codes.Code
		attributes  string
		series      string
	}{
		{"a request", telemetry.Options{}, "GET", "http://stock.example/cats/7", answer(200, "cat"), "GET", codes.Unset,
			"http.request.method=GET " + rest + "80 url.full=http://stock.example/cats/7",
			"http.request.method=GET " + rest + "80"},
		{"no method", telemetry.Options{}, "", "http://stock.example/", answer(200, "cat"), "GET", codes.Unset,
			"http.request.method=GET " + rest + "80 url.full=http://stock.example/",
			"http.request.method=GET " + rest + "80"},
		{"a method that nobody knows", telemetry.Options{}, "HUNT", "http://stock.example/", answer(200, "cat"), "HTTP", codes.Unset,
			"http.request.method=_OTHER http.request.method_original=HUNT " + rest + "80 url.full=http://stock.example/",
			"http.request.method=_OTHER " + rest + "80"},
		{"https, capitals", telemetry.Options{}, "POST", "https://Stock.EXAMPLE/", answer(200, "cat"), "POST", codes.Unset,
			"http.request.method=POST " + rest + "443 url.full=https://Stock.EXAMPLE/",
			"http.request.method=POST " + rest + "443"},
		{"user, password, query, fragment", telemetry.Options{}, "GET", "http://mary:meow@stock.example:8080/?token=x#there", answer(200, ""),
			"GET", codes.Unset, "http.request.method=GET " + rest + "8080 url.full=http://stock.example:8080/",
			"http.request.method=GET " + rest + "8080"},
		{"a query with secrets", telemetry.Options{Query: true, Redact: []string{"cat"}}, "GET", "http://stock.example/?a=1&token=x&cat=tom",
			answer(200, ""), "GET", codes.Unset,
			"http.request.method=GET " + rest + "80 url.full=http://stock.example/?a=1&token=REDACTED&cat=REDACTED",
			"http.request.method=GET " + rest + "80"},
		{"not found", telemetry.Options{}, "GET", "http://stock.example/", answer(404, "no cat"), "GET", codes.Error,
			"error.type=404 http.request.method=GET http.response.status_code=404 network.protocol.version=1.1 server.address=stock.example " +
				"server.port=80 url.full=http://stock.example/",
			"error.type=404 http.request.method=GET http.response.status_code=404 network.protocol.version=1.1 server.address=stock.example server.port=80"},
		{"a redirect is no error", telemetry.Options{}, "GET", "http://stock.example/", answer(304, ""), "GET", codes.Unset,
			"http.request.method=GET http.response.status_code=304 network.protocol.version=1.1 server.address=stock.example server.port=80 " +
				"url.full=http://stock.example/",
			"http.request.method=GET http.response.status_code=304 network.protocol.version=1.1 server.address=stock.example server.port=80"},
		{"no connection", telemetry.Options{}, "GET", "http://stock.example/", refusing(&net.OpError{Op: "dial", Err: errors.New("no way")}),
			"GET", codes.Error, "error.type=net.OpError http.request.method=GET server.address=stock.example server.port=80 url.full=http://stock.example/",
			"error.type=net.OpError http.request.method=GET server.address=stock.example server.port=80"},
		{"a body that fails", telemetry.Options{}, "GET", "http://stock.example/", roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, ProtoMajor: 2, Body: io.NopCloser(io.MultiReader(strings.NewReader("c"), errorReader{}))}, nil
		}), "GET", codes.Error, "error.type=connection_closed http.request.method=GET http.response.status_code=200 network.protocol.version=2 " +
			"server.address=stock.example server.port=80 url.full=http://stock.example/",
			"error.type=connection_closed http.request.method=GET http.response.status_code=200 network.protocol.version=2 " +
				"server.address=stock.example server.port=80"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			client := newOutgoing(tt.options, tt.base)
			ctx, outer := client.provider.Tracer("test").Start(t.Context(), "outer")
			req, err := http.NewRequestWithContext(ctx, tt.method, tt.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Method = tt.method
			if resp, err := client.Transport.RoundTrip(req); err == nil {
				if n := len(client.spans.Ended()); n > 0 {
					t.Error("the span has ended before the body")
				}
				io.Copy(io.Discard, resp.Body)
				if n := len(client.spans.Ended()); n != 1 {
					t.Errorf("%d spans have ended with the body, want one", n)
				}
				resp.Body.Close()
			}
			ended := client.spans.Ended()
			if len(ended) != 1 {
				t.Fatalf("%d spans, want one", len(ended))
			}
			span := ended[0]
			if span.SpanKind() != oteltrace.SpanKindClient || span.Name() != tt.name || span.Status().Code != tt.status ||
				span.Parent().SpanID() != outer.SpanContext().SpanID() {
				t.Errorf("span %q %v %+v", span.Name(), span.SpanKind(), span.Status())
			}
			if diff := cmp.Diff(tt.attributes, textOf(span.Attributes())); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]uint64{"http.client.request.duration s " + tt.series: 1}, client.durations(t)); diff != "" {
				t.Errorf("metric (-want +got):\n%s", diff)
			}
		})
	}
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestTransportErrorTypes(t *testing.T) {
	tests := []struct {
		description string
		err         error
		want        string
	}{
		{"canceled", context.Canceled, "canceled"},
		{"out of time", fmt.Errorf("try: %w", context.DeadlineExceeded), "timeout"},
		{"a timeout of the network", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "timeout"},
		{"no such host", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "stock.example"}}, "name_resolution_error"},
		{"closed", fmt.Errorf("read: %w", io.EOF), "connection_closed"},
		{"an error without a type", errors.New("secret 1234"), "_OTHER"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			client := newOutgoing(telemetry.Options{}, refusing(tt.err))
			if _, err := client.Get("http://stock.example/"); !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			got := textOf(client.spans.Ended()[0].Attributes())
			if !strings.HasPrefix(got, "error.type="+tt.want+" ") {
				t.Errorf("attributes %s, want error.type %s", got, tt.want)
			}
		})
	}
}

// What the transport is given stays as it was, what it sends has the trace, and nothing of another one.
func TestTransportChangesNoRequest(t *testing.T) {
	var sent http.Header
	client := newOutgoing(telemetry.Options{}, roundTrip(func(req *http.Request) (*http.Response, error) {
		sent = req.Header
		sent.Set("X-Base", "changed by the base")
		return answer(200, "")(req)
	}))
	for _, header := range []http.Header{nil, {"Accept": {"*/*"}, "Traceparent": {"00-" + traceID + "-1234567890123456-01"}, "Tracestate": {"foo=1"}}} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://stock.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header.Clone()
		before := *req
		if _, err := client.Transport.RoundTrip(req); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(header, req.Header); diff != "" || req.Context() != before.Context() || req.URL != before.URL {
			t.Errorf("the request was changed (-want +got):\n%s", diff)
		}
		if id, _ := checkParent(t, sent); id == traceID || sent.Get("Tracestate") != "" || sent.Get("Accept") != header.Get("Accept") {
			t.Errorf("sent %v", sent)
		}
	}
}

func TestTransportBodies(t *testing.T) {
	tests := []struct {
		description string
		status      int
		body        io.ReadCloser
		use         func(io.ReadCloser)
		early       bool // the span ends with the head
	}{
		{"closed before its end", 200, io.NopCloser(strings.NewReader("cat")), func(b io.ReadCloser) { b.Close(); b.Close() }, false},
		{"read and closed by two goroutines", 200, io.NopCloser(strings.NewReader("cat")), func(b io.ReadCloser) {
			var both sync.WaitGroup
			both.Go(func() { io.Copy(io.Discard, b) })
			both.Go(func() { b.Close() })
			both.Wait()
		}, false},
		{"none", 204, http.NoBody, func(io.ReadCloser) {}, true},
		{"another protocol", 101, pipe{}, func(b io.ReadCloser) { b.(io.Writer).Write(nil) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			client := newOutgoing(telemetry.Options{}, roundTrip(func(req *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: tt.status, Body: tt.body}, nil
			}))
			req, err := http.NewRequestWithContext(t.Context(), "GET", "http://stock.example/", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if early := len(client.spans.Ended()) == 1; early != tt.early {
				t.Errorf("the span has ended with the head: %v, want %v", early, tt.early)
			}
			tt.use(resp.Body)
			if n := len(client.spans.Ended()); n != 1 {
				t.Errorf("%d spans have ended, want one", n)
			}
			for series, n := range client.durations(t) {
				if n != 1 {
					t.Errorf("%s has %d requests, want one", series, n)
				}
			}
		})
	}
}

type pipe struct{ io.ReadWriteCloser }

func (pipe) Write([]byte) (int, error) { return 0, nil }

// An app that sends requests to wherever its clients want has a bounded number of series.
func TestTransportBoundsServers(t *testing.T) {
	client := newOutgoing(telemetry.Options{}, answer(200, ""))
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 300 {
				resp, err := client.Get(fmt.Sprintf("http://host-%d-%d.example/", worker, i))
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
			}
		})
	}
	all.Wait()
	got := client.durations(t)
	const others = "http.client.request.duration s http.request.method=GET http.response.status_code=200 network.protocol.version=1.1 " +
		"server.address=_OTHER"
	if len(got) != 101 || got[others] != 1100 {
		t.Errorf("%d series, %d requests to others; want 101 and 1100", len(got), got[others])
	}
}

func TestTransportPassesThrough(t *testing.T) {
	var base closer
	client := newOutgoing(telemetry.Options{}, &base)
	client.CloseIdleConnections()
	if base.closed != 1 {
		t.Errorf("the idle connections of the base were closed %d times, want once", base.closed)
	}
	if _, err := client.Transport.RoundTrip(new(http.Request)); err != io.ErrNoProgress || len(client.spans.Started()) > 0 {
		t.Errorf("without a URL: error %v, want that of the base, and no span", err)
	}
}

type closer struct{ closed int }

func (c *closer) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrNoProgress }
func (c *closer) CloseIdleConnections()                           { c.closed++ }
