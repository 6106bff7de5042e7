package telemetry

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"go.opentelemetry.io/otel/attribute"

	"github.com/soay-go/soay/request/header"
)

// clientMethod returns the method of an outgoing request for spans and metrics, and the name of its span.
func clientMethod(method string) (name, span string) {
	name = methodOf(method, false)
	return name, spanName(nameKey{method: name})
}

// urlForSpan returns a URL without the user, the password and the fragment. Its query is there by the same options as
// that of a request.
func (t *Telemetry) urlForSpan(u *url.URL) string {
	shown := *u
	shown.User, shown.Fragment, shown.RawFragment, shown.ForceQuery = nil, "", "", false
	if shown.RawQuery = ""; t.options.Query {
		shown.RawQuery = header.RedactQuery(u.RawQuery, t.options.Redact)
	}
	return clean(shown.String(), 2*maxText)
}

func serverAddress(u *url.URL) string { return strings.ToLower(u.Hostname()) }

// serverPort returns the port of a URL, 0 for one of a scheme without a port of its own.
func serverPort(u *url.URL) int {
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return int(port)
	}
	switch u.Scheme {
	case "http":
		return 80
	case "https":
		return 443
	}
	return 0
}

// clientError returns the error.type of an outgoing request, "" for one that succeeded. For clients statuses from 400 are
// errors.
func clientError(err error, status int) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case err == nil && status < 400:
		return ""
	case err == nil:
		return strconv.Itoa(status)
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return timedOut
	case errors.As(err, &dns):
		return "name_resolution_error"
	case errors.As(err, &certificate):
		return "server_certificate_invalid"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection_refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection_closed"
	}
	return orElse(typeOf(err, 0), otherError)
}

// otherServer stands for the servers that metrics do not name.
const (
	maxServers  = 100
	otherServer = "_OTHER"
	otherError  = "_OTHER"
)

// serverNames are the servers that a metric names. The zero value is empty.
type serverNames struct {
	mu    sync.RWMutex
	known map[server][]attribute.KeyValue
}

type server struct {
	address string
	port    int
}

// attributes returns the attributes of a server, which are those of all others if there are too many.
func (s *serverNames) attributes(address string, port int) []attribute.KeyValue {
	name := server{address, port}
	s.mu.RLock()
	attrs, ok := s.known[name]
	s.mu.RUnlock()
	if ok {
		return attrs
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if attrs, ok := s.known[name]; ok {
		return attrs
	}
	if len(s.known) >= maxServers {
		return []attribute.KeyValue{serverKey.String(otherServer)}
	}
	if s.known == nil {
		s.known = make(map[server][]attribute.KeyValue)
	}
	attrs = []attribute.KeyValue{serverKey.String(strings.Clone(address))}
	if port != 0 {
		attrs = append(attrs, serverPortKey.Int(port))
	}
	s.known[name] = attrs
	return attrs
}
