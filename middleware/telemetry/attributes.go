package telemetry

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
)

// What spans have of texts that clients choose is limited to these numbers of bytes.
const (
	maxMethod = 32
	maxText   = 1024 // a path, the User-Agent, a value of a header
	maxValues = 8    // of one header
)

// attributes returns what a span has of a request from its beginning.
func (t *Telemetry) attributes(req request.Request, l *labels) []attribute.KeyValue {
	hr := request.StateOf(req).Source()
	kvs := make([]attribute.KeyValue, 0, 14+len(t.headers))
	add := func(key attribute.Key, value string) {
		if value != "" {
			kvs = append(kvs, key.String(value))
		}
	}
	add(methodKey, l.method)
	if l.method != hr.Method {
		add(originalMethodKey, clean(hr.Method, maxMethod))
	}
	add(routeKey, l.route)
	add(schemeKey, l.scheme)
	add(pathKey, clean(hr.URL.EscapedPath(), maxText))
	if t.options.Query {
		add(queryKey, clean(header.RedactQuery(hr.URL.RawQuery, t.options.Redact), 2*maxText))
	}
	if name, port, ok := header.ParseHost(req.Host()); ok {
		add(serverKey, clean(strings.Trim(name, "[]"), maxText))
		kvs = append(kvs, serverPortKey.Int(portOf(port, l.scheme)))
	}
	add(clientKey, clean(req.ClientIP(), maxText))
	if peer, err := netip.ParseAddrPort(hr.RemoteAddr); err == nil { // that of a unix socket has none
		kvs = append(kvs, peerKey.String(peer.Addr().String()), peerPortKey.Int(int(peer.Port())))
	}
	add(versionKey, l.version)
	add(userAgentKey, clean(http1.Value(hr, "User-Agent"), maxText))
	for _, h := range t.headers {
		if values := http1.Values(hr, h.name); len(values) > 0 {
			cleaned := make([]string, min(len(values), maxValues))
			for i := range cleaned {
				cleaned[i] = clean(values[i], maxText)
			}
			kvs = append(kvs, h.key.StringSlice(cleaned))
		}
	}
	return kvs
}

// portOf returns the number of a port, that of the scheme where none is given.
func portOf(port, scheme string) int {
	if n, err := strconv.Atoi(port); err == nil {
		return n
	}
	if scheme == "https" {
		return 443
	}
	return 80
}

// clean returns a text for a span: its first bytes, in UTF-8. A collector would refuse a whole batch of spans for one text
// that is none.
func clean(s string, limit int) string {
	if len(s) > limit {
		for limit > 0 && !utf8.RuneStart(s[limit]) {
			limit--
		}
		s = strings.Clone(s[:limit])
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
