package proxies

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
)

const (
	forHeader       = "X-Forwarded-For"
	protoHeader     = "X-Forwarded-Proto"
	hostHeader      = "X-Forwarded-Host"
	forwardedHeader = "Forwarded"
)

// origin is what trusted proxies have told, "" for nothing.
type origin struct{ scheme, client, host string }

// A walk goes through the list of clients from the right, as far as the proxies are trusted.
type walk struct {
	trust  *Trust
	client netip.Addr // the last address known, zero for that of the peer
	hops   int        // how many elements lead to it
}

// step takes the address of the next hop, and reports whether there may be another proxy before it.
func (w *walk) step(addr netip.Addr) bool {
	w.client = addr
	w.hops++
	return w.hops != w.trust.options.Hops && w.trust.has(addr)
}

// xForwarded reads the headers whose names begin with X-Forwarded. Scheme and host have lists of their own, of which
// the values count that stand as far from the right as the client does. Where that is nowhere, the last one was
// written by the peer itself.
func (t *Trust) xForwarded(hr *http.Request) origin {
	w := walk{trust: t}
	lines := http1.Values(hr, forHeader)
	for addr, err := range header.ForwardedFor(lines) {
		if err != nil || !w.step(addr) {
			break
		}
	}
	o := origin{client: spelled(lines, w.client)}
	distance := max(w.hops, 1)
	o.scheme = schemeOf(header.ForwardedValue(http1.Values(hr, protoHeader), distance))
	if t.options.Host {
		o.host = hostOf(header.ForwardedValue(http1.Values(hr, hostHeader), distance))
	}
	return o
}

// forwarded reads the header of RFC 7239, whose elements have client, scheme and host together.
func (t *Trust) forwarded(hr *http.Request) origin {
	w := walk{trust: t}
	var o origin
	lines := http1.Values(hr, forwardedHeader)
	for hop, err := range header.ForwardedHops(lines) {
		if err != nil {
			break
		}
		addr, ok := hop.For.Addr()
		if ok || w.hops == 0 {
			o.scheme, o.host = schemeOf(hop.Proto), hostOf(hop.Host)
		}
		if !ok || !w.step(addr) {
			break
		}
	}
	o.client = spelled(lines, w.client)
	return o
}

// schemeOf returns a scheme that the web knows, in lower case, else "".
func schemeOf(s string) string {
	switch {
	case strings.EqualFold(s, "https"):
		return "https"
	case strings.EqualFold(s, "http"):
		return "http"
	}
	return ""
}

// hostOf returns a host that a request can have, else "".
func hostOf(s string) string {
	if _, _, ok := header.ParseHost(s); !ok {
		return ""
	}
	return s
}

// spelled returns the text of an address, "" for the zero one. It is the part of a line that spells the address
// as netip does, so that nothing is allocated for the usual spellings.
func spelled(lines []string, addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	var room [len("0000:0000:0000:0000:0000:0000:0000:0000")]byte
	text := addr.AppendTo(room[:0])
	for i := len(lines) - 1; i >= 0; i-- {
		line := lines[i]
		for end := len(line); end >= len(text); end-- {
			if line[end-len(text):end] == string(text) {
				return line[end-len(text) : end]
			}
		}
	}
	return string(text)
}

// warn says that a peer which is not trusted has sent what trusted ones send: it may be the app's own proxy.
func (t *Trust) warn(req request.Request, hr *http.Request) {
	name := t.options.Header.String()
	if http1.Value(hr, name) == "" {
		if t.options.Header == Forwarded {
			return
		}
		if name = protoHeader; http1.Value(hr, name) == "" {
			return
		}
	}
	if !t.warned.Due() {
		return
	}
	log := t.options.Log
	if log == nil {
		log = req.Logger()
	}
	log.LogAttrs(hr.Context(), slog.LevelWarn, "proxies: a peer that is not trusted sends headers of proxies, which are passed over; "+
		"if it is a proxy of yours, name its address in UseProxies", slog.String("peer", hr.RemoteAddr),
		slog.String("header", name), slog.String("trusted", t.String()))
}
