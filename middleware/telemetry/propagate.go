package telemetry

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/propagation"

	"github.com/soay-go/soay/request/http1"
)

// extract returns the context with what the propagator reads from the headers of a request. What it cannot read it
// ignores. A request without the headers of the default propagator costs it nothing.
func extract(p propagation.TextMapPropagator, ctx context.Context, hr *http.Request) context.Context {
	if _, ok := p.(propagation.TraceContext); ok && http1.Value(hr, traceparent) == "" {
		return ctx
	}
	return p.Extract(ctx, carrier{hr})
}

// The canonical names of the headers of Trace Context.
const (
	traceparent = "Traceparent"
	tracestate  = "Tracestate"
)

// A carrier lets propagators read the headers of a request. It gives them those of Trace Context as its rules want
// them, for propagation.TraceContext looks at the first line of each, takes an end of "-" for none, and drops a whole
// tracestate for one key that stands there twice.
type carrier struct{ hr *http.Request }

// Get implements propagation.TextMapCarrier.
func (c carrier) Get(key string) string {
	switch {
	case strings.EqualFold(key, traceparent):
		// Who sends it twice names two parents, of which none is right.
		if values := http1.Values(c.hr, traceparent); len(values) == 1 {
			return cleanParent(values[0])
		}
		return ""
	case strings.EqualFold(key, tracestate):
		return cleanState(http1.Values(c.hr, tracestate))
	}
	return http1.Value(c.hr, http.CanonicalHeaderKey(key))
}

// Values implements propagation.ValuesGetter.
func (c carrier) Values(key string) []string {
	if !strings.EqualFold(key, traceparent) && !strings.EqualFold(key, tracestate) {
		return http1.ListOf(c.hr, http.CanonicalHeaderKey(key))
	}
	if value := c.Get(key); value != "" {
		return []string{value}
	}
	return nil
}

// Keys implements propagation.TextMapCarrier.
func (c carrier) Keys() []string { return slices.Collect(maps.Keys(http1.Fill(c.hr).Header)) }

// Set implements propagation.TextMapCarrier. It does nothing, for the request has been received.
func (carrier) Set(string, string) {}

// parentLength is the length of a traceparent of version 00. The flags are its last two characters.
const parentLength = len("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")

// cleanParent returns a traceparent for the propagator to parse, "" for one of version 00 with something behind it.
// Flags of that version that have no meaning yet are cleared (Trace Context Level 2, section 3.2.2.5.3), as the
// propagator does for those of higher versions; it would take the whole header for wrong.
func cleanParent(value string) string {
	if !strings.HasPrefix(value, "00-") {
		return value
	}
	if len(value) != parentLength {
		return ""
	}
	const flags = parentLength - 2
	if value[flags:] <= "03" || !isHex(value[flags]) || !isHex(value[flags+1]) {
		return value
	}
	known := value[flags+1] - '0'
	if value[flags+1] >= 'a' {
		known = value[flags+1] - 'a' + 10
	}
	return value[:flags] + "0" + string("0123"[known&3])
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
