package telemetry

import (
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
)

// Options sets up telemetry. The zero value is the default.
type Options struct {
	// TracerProvider makes the spans. The default is otel.GetTracerProvider(), also one that is set later.
	TracerProvider trace.TracerProvider
	// MeterProvider makes the metrics. The default is otel.GetMeterProvider(), also one that is set later.
	MeterProvider metric.MeterProvider
	// Propagator reads the trace that a request belongs to from its headers. The default is that of the W3C,
	// propagation.TraceContext, without baggage.
	Propagator propagation.TextMapPropagator
	// Public says that anybody can reach the app: each request begins a trace of its own, which is linked to the one
	// that the client names, so that clients do not decide what is sampled. By default a request joins that trace.
	Public bool
	// Skip leaves requests out, such as those of health checks. It is called before the handler runs, for every request,
	// so it must be fast; if it panics, the log has it and the request is left out. The default leaves out none.
	Skip func(request.Request) bool
	// Query makes spans have the query of the URL, in which the values of secrets are REDACTED; see
	// [header.RedactQuery] for the names that count as such. By default spans have no query.
	Query bool
	// Redact names further parameters whose values are secrets, in any case. It needs Query. The default is none.
	Redact []string
	// RequestHeaders names headers of requests that spans have, as http.request.header.<name in small letters>. Those that
	// carry credentials, such as Authorization and Cookie, are start-up errors. The default is none.
	RequestHeaders []string
	// AttributesAtStart gives the attributes of a request to the sampler, which decides by them. That costs an allocation
	// for each request, so by default only the requests that are sampled get attributes; samplers see the name and the kind.
	AttributesAtStart bool
	// Development adds the metrics that the conventions have not declared stable: http.server.active_requests,
	// http.server.request.body.size, of requests that tell it, and http.server.response.body.size. By default there is
	// http.server.request.duration alone.
	Development bool
}

func (o Options) withDefaults() Options {
	if o.TracerProvider == nil {
		o.TracerProvider = otel.GetTracerProvider()
	}
	if o.MeterProvider == nil {
		o.MeterProvider = otel.GetMeterProvider()
	}
	if o.Propagator == nil {
		o.Propagator = propagation.TraceContext{}
	}
	return o
}

// credentialHeaders are the headers that no span may have.
var credentialHeaders = []string{
	"Authorization", "Proxy-Authorization", "Cookie", "Cookie2", "Set-Cookie", "X-Csrf-Token", "X-Xsrf-Token",
	"X-Amz-Security-Token", "Authentication-Info", "Dpop", "Sec-Websocket-Key",
}

// credentialEndings end the names of further ones, such as X-Api-Key and X-Auth-Token, without hyphens.
var credentialEndings = []string{"token", "secret", "password", "apikey", "accesskey", "signature", "credential"}

// recorded is a header that spans have.
type recorded struct {
	name string // in its usual spelling
	key  attribute.Key
}

// recordedHeaders returns what RequestHeaders names. The error joins its mistakes and those of Redact.
func (o Options) recordedHeaders() ([]recorded, error) {
	var errs []error
	var headers []recorded
	for _, name := range o.RequestHeaders {
		usual := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !header.IsToken(name):
			errs = append(errs, fmt.Errorf("RequestHeaders: %q is no name of a header", name))
		case isCredential(usual):
			errs = append(errs, fmt.Errorf("RequestHeaders: %q carries credentials, which do not belong in traces", name))
		default:
			headers = append(headers, recorded{usual, attribute.Key("http.request.header." + strings.ToLower(name))})
		}
	}
	for _, name := range o.Redact {
		if name == "" {
			errs = append(errs, errors.New(`a name in Redact is ""`))
		}
	}
	if len(o.Redact) > 0 && !o.Query {
		errs = append(errs, errors.New("there are names in Redact, but spans have no query; set Query, or leave Redact out"))
	}
	return headers, errors.Join(errs...)
}

func isCredential(name string) bool {
	bare := strings.ToLower(strings.ReplaceAll(name, "-", ""))
	return slices.Contains(credentialHeaders, name) ||
		slices.ContainsFunc(credentialEndings, func(end string) bool { return strings.HasSuffix(bare, end) })
}
