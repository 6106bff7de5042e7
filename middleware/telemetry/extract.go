package telemetry

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/propagation"

	"github.com/soay-go/soay/request/http1"
)

// extract returns the context with what the propagator reads from the headers of a request.
func extract(p propagation.TextMapPropagator, ctx context.Context, hr *http.Request) context.Context {
	if _, ok := p.(propagation.TraceContext); ok && http1.Value(hr, "Traceparent") == "" {
		return ctx
	}
	return p.Extract(ctx, carrier{hr})
}

type carrier struct{ hr *http.Request }

func (c carrier) Get(key string) string { return http1.Value(c.hr, http.CanonicalHeaderKey(key)) }
func (c carrier) Set(string, string)    {}
func (c carrier) Keys() []string        { return nil }
