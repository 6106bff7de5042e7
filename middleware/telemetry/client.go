package telemetry

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"go.opentelemetry.io/otel/attribute"
)

// otherName stands for methods that are not known, servers that are too many, and errors without a name.
const otherName = "_OTHER"

const otherMethod = otherName

// clientMethod returns the method of an outgoing request for spans and metrics.
func clientMethod(method string) string {
	known := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "QUERY"}
	switch {
	case method == "":
		return "GET" // as net/http has it
	case slices.Contains(known, method):
		return method
	}
	return otherMethod
}

func spanName(method string) string {
	if method == otherMethod {
		return "HTTP"
	}
	return method
}

// urlForSpan returns a URL without the user and the password, and without its fragment and its query.
func (t *Telemetry) urlForSpan(u *url.URL) string {
	clean := *u
	clean.User, clean.RawQuery, clean.ForceQuery, clean.Fragment, clean.RawFragment = nil, "", false, "", ""
	return clean.String()
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

// protocolVersion returns the version of HTTP that a response has, "" for one that there is not.
func protocolVersion(resp *http.Response) string {
	switch {
	case resp.ProtoMajor == 1 && resp.ProtoMinor <= 1:
		return "1." + strconv.Itoa(resp.ProtoMinor)
	case resp.ProtoMajor == 2 || resp.ProtoMajor == 3:
		return strconv.Itoa(resp.ProtoMajor)
	}
	return ""
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
		return "timeout"
	case errors.As(err, &dns):
		return "name_resolution_error"
	case errors.As(err, &certificate):
		return "server_certificate_invalid"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection_refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection_closed"
	}
	return otherName
}

// maxServers is how many servers metrics name.
const maxServers = 100

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
		return []attribute.KeyValue{attribute.String("server.address", otherName)}
	}
	if s.known == nil {
		s.known = make(map[server][]attribute.KeyValue)
	}
	attrs = []attribute.KeyValue{attribute.String("server.address", strings.Clone(address))}
	if port != 0 {
		attrs = append(attrs, attribute.Int("server.port", port))
	}
	s.known[name] = attrs
	return attrs
}
