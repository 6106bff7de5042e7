package telemetry

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Transport returns a transport for the requests that an app sends itself. Each has a span of the kind client, which
// belongs to the trace of the request's context, and tells the server of it in the headers of the Propagator, so that the
// trace goes on there:
//
//	client := &http.Client{Transport: t.Transport(nil)}
//	out, err := http.NewRequestWithContext(req.Context(), "GET", "http://stock.example/cats", nil)
//
// The span ends, and the metric http.client.request.duration is told, when the body of the response is read to its end
// or closed, for a response without one and for 101 at once. Spans have neither the user and the password of the URL nor
// secrets of its query (see Options.Query); the metric has the method, the address and the port of the server, the status
// and the error.type. It names at most 100 servers by their addresses, and calls others _OTHER, for some apps send
// requests to wherever their clients want.
//
// The ids of the trace go to every server that the client calls, also those of others. Baggage goes there, too, if the
// Propagator has it. Headers of the Propagator that a request has are replaced.
//
// Base sends the requests; nil is http.DefaultTransport. The transport is safe for concurrent use.
func (t *Telemetry) Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	duration, err := t.options.MeterProvider.Meter(scope).Float64Histogram("http.client.request.duration",
		metric.WithUnit("s"), metric.WithDescription("Duration of HTTP client requests."),
		metric.WithExplicitBucketBoundaries(boundaries...))
	if err != nil {
		otel.Handle(err)
	}
	if duration == nil {
		duration = noop.Float64Histogram{}
	}
	return &transport{t: t, base: base, duration: duration}
}

type transport struct {
	t        *Telemetry
	base     http.RoundTripper
	duration metric.Float64Histogram
	servers  serverNames
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL == nil {
		return t.base.RoundTrip(req) // which says that it is wrong
	}
	method, name := clientMethod(req.Method)
	c := &call{transport: t, began: time.Now(), method: method, address: serverAddress(req.URL), port: serverPort(req.URL)}
	ctx, span := t.t.tracer.Start(req.Context(), name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(c.attributesAtStart(req)...))
	c.ctx, c.span = ctx, span
	resp, err := t.base.RoundTrip(t.outgoing(ctx, req))
	if err != nil {
		c.end(err)
		return resp, err
	}
	c.status, c.version = resp.StatusCode, versionOf(resp.ProtoMajor, resp.ProtoMinor)
	if resp.StatusCode == http.StatusSwitchingProtocols || resp.Body == nil || resp.Body == http.NoBody {
		c.end(nil)
		return resp, nil
	}
	resp.Body = &observedBody{resp.Body, c}
	return resp, nil
}

// CloseIdleConnections is for that of http.Client.
func (t *transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// outgoing returns a copy of a request with the headers of the trace, for a RoundTripper does not change its request.
func (t *transport) outgoing(ctx context.Context, req *http.Request) *http.Request {
	out := req.WithContext(ctx)
	out.Header = req.Header.Clone()
	if out.Header == nil {
		out.Header = http.Header{}
	}
	p := t.t.options.Propagator
	if trace.SpanContextFromContext(ctx).IsValid() {
		// A tracestate of another trace, that an app passes on with all headers of its client, would stay.
		for _, name := range p.Fields() {
			out.Header.Del(name)
		}
	}
	p.Inject(ctx, propagation.HeaderCarrier(out.Header))
	return out
}

// A call is one outgoing request.
type call struct {
	*transport
	ctx     context.Context
	span    trace.Span
	began   time.Time
	ended   atomic.Bool
	method  string
	address string
	port    int // 0 for a scheme without one
	status  int
	version string
}

func (c *call) attributesAtStart(req *http.Request) []attribute.KeyValue {
	attrs := append(make([]attribute.KeyValue, 0, 5), methodKey.String(c.method),
		attribute.String("url.full", c.t.urlForSpan(req.URL)), serverKey.String(c.address))
	if c.port != 0 {
		attrs = append(attrs, serverPortKey.Int(c.port))
	}
	if c.method == otherMethod {
		attrs = append(attrs, originalMethodKey.String(clean(req.Method, maxMethod)))
	}
	return attrs
}

// end ends the span and tells the metric, once. Err is why there is no response, or not all of it.
func (c *call) end(err error) {
	if !c.ended.CompareAndSwap(false, true) {
		return
	}
	attrs := make([]attribute.KeyValue, 0, 6)
	if c.status != 0 {
		attrs = append(attrs, statusKey.Int(c.status))
	}
	if c.version != "" {
		attrs = append(attrs, versionKey.String(c.version))
	}
	if kind := clientError(err, c.status); kind != "" {
		attrs = append(attrs, failureKey.String(kind))
		description := ""
		if err != nil {
			description = clean(err.Error(), maxMessage)
		}
		c.span.SetStatus(codes.Error, description)
	}
	c.span.SetAttributes(attrs...)
	attrs = append(attrs, methodKey.String(c.method))
	attrs = append(attrs, c.servers.attributes(c.address, c.port)...)
	c.duration.Record(c.ctx, time.Since(c.began).Seconds(), metric.WithAttributes(attrs...))
	c.span.End()
}

// observedBody tells a call the end of the body of its response.
type observedBody struct {
	io.ReadCloser
	call *call
}

// Read implements io.Reader.
func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch err {
	case nil:
	case io.EOF:
		b.call.end(nil)
	default:
		b.call.end(err)
	}
	return n, err
}

// Close implements io.Closer.
func (b *observedBody) Close() error {
	err := b.ReadCloser.Close()
	b.call.end(nil)
	return err
}
