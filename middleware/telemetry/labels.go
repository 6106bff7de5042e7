package telemetry

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/soay-go/soay/request"
)

// The names are those of the semantic conventions for HTTP, version 1.27 and later, as far as they are stable.
const (
	methodKey         = attribute.Key("http.request.method")
	originalMethodKey = attribute.Key("http.request.method_original")
	routeKey          = attribute.Key("http.route")
	statusKey         = attribute.Key("http.response.status_code")
	schemeKey         = attribute.Key("url.scheme")
	pathKey           = attribute.Key("url.path")
	queryKey          = attribute.Key("url.query")
	serverKey         = attribute.Key("server.address")
	serverPortKey     = attribute.Key("server.port")
	clientKey         = attribute.Key("client.address")
	peerKey           = attribute.Key("network.peer.address")
	peerPortKey       = attribute.Key("network.peer.port")
	versionKey        = attribute.Key("network.protocol.version")
	userAgentKey      = attribute.Key("user_agent.original")
	failureKey        = attribute.Key("error.type")

	storeKey = attribute.Key("soay.store") // of the program's own, for sessions and rate limits
)

// otherMethod stands for the methods that nobody knows.
const otherMethod = "_OTHER"

// labels are the attributes of a request that its metrics have. All values are ones of the program, so clients cannot make
// their number grow. The zero value of each leaves it out.
type labels struct {
	method  string
	route   string // the pattern
	scheme  string
	version string // of HTTP
	status  int
	failure string // the error.type
}

// newLabels returns the labels of a request that begins.
func newLabels(req request.Request) labels {
	l := labels{}
	if route := req.Route(); route != nil {
		l.route = route.Pattern
	}
	hr := request.StateOf(req).Source()
	l.method, l.version = methodOf(hr.Method, l.route != ""), versionOf(hr.ProtoMajor, hr.ProtoMinor)
	if scheme := req.Scheme(); scheme == "http" || scheme == "https" {
		l.scheme = scheme
	}
	return l
}

// methodOf returns the name of a method. The known ones are those of RFC 9110 and RFC 5789, QUERY, and those that a route
// of the program was registered for. Methods are case-sensitive (RFC 9110 section 9.1).
func methodOf(method string, routed bool) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "QUERY":
		return method
	case "":
		return http.MethodGet // as package net/http reads it
	}
	if routed {
		return strings.Clone(method) // which would keep the head of the request
	}
	return otherMethod
}

func versionOf(major, minor int) string {
	switch {
	case major == 1 && minor == 1:
		return "1.1"
	case major == 1 && minor == 0:
		return "1.0"
	case major == 2:
		return "2"
	case major == 3:
		return "3"
	}
	return ""
}

// set returns the labels as a set of attributes.
func (l labels) set() attribute.Set {
	kvs := make([]attribute.KeyValue, 0, 6)
	for _, kv := range []attribute.KeyValue{
		methodKey.String(l.method), routeKey.String(l.route), schemeKey.String(l.scheme), versionKey.String(l.version),
		failureKey.String(l.failure),
	} {
		if kv.Value.AsString() != "" {
			kvs = append(kvs, kv)
		}
	}
	if l.status != 0 {
		kvs = append(kvs, statusKey.Int(l.status))
	}
	return attribute.NewSet(kvs...)
}
