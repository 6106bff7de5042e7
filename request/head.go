package request

import (
	"cmp"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"net/url"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/sessions"
)

// Method returns the request method, such as GET.
func (r Request) Method() string {
	if !r.live() {
		return ""
	}
	return r.source().Method
}

// URL returns the URL as the client sent it, usually without scheme and host. It must not be
// changed.
func (r Request) URL() *url.URL {
	if !r.live() {
		return new(url.URL)
	}
	return r.source().URL
}

// Path returns the decoded path of the URL.
func (r Request) Path() string {
	if !r.live() {
		return ""
	}
	return r.source().URL.Path
}

// Host returns the host the client asked for, with the port if it named one. A client can send any
// host: do not build links for others from it unless the app restricts the hosts it answers for. What a proxy
// says of it counts only when the app trusts the proxy with that too.
func (r Request) Host() string {
	if !r.live() {
		return ""
	}
	if x := r.peek(); x != nil {
		if host := x.origin().host; host != "" {
			return host
		}
	}
	return r.source().Host
}

// Scheme returns https if the client reached the app by it, else http. Headers of proxies count
// only when the app trusts the proxy.
func (r Request) Scheme() string {
	if !r.live() {
		return ""
	}
	if x := r.peek(); x != nil {
		if scheme := x.origin().scheme; scheme != "" {
			return scheme
		}
	}
	if r.source().TLS != nil {
		return "https"
	}
	return "http"
}

// ClientIP returns the IP address of the client, without a port, and "" where the connection has none,
// as that of a unix socket. Headers of proxies count only when the app trusts the proxy.
func (r Request) ClientIP() string {
	if !r.live() {
		return ""
	}
	if x := r.peek(); x != nil {
		if ip := x.origin().clientIP; ip != "" {
			return ip
		}
	}
	remote := r.source().RemoteAddr
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	if _, err := netip.ParseAddr(remote); err != nil {
		return ""
	}
	return remote
}

// SetOrigin replaces what Scheme and ClientIP return, for code that has checked the headers
// of a trusted proxy, as App.UseProxies does. An empty string leaves the value as it is.
//
// A change of the scheme comes too late once the name of the session's cookie, or the check whether a request
// comes from the app's own pages, has depended on it. In an app with UseSessions or UseAntiForgery this is
// so before the middleware of Use runs. A late change panics in development and tests; in production the scheme
// changes, and the first such change is logged.
func (r Request) SetOrigin(scheme, clientIP string) {
	if !r.live() {
		return
	}
	if scheme != "" && scheme != r.Scheme() {
		r.checkOrigin("SetOrigin or WithHTTP changes the scheme to", scheme)
	}
	r.setOrigin(origin{scheme: scheme, clientIP: clientIP})
}

// SetHost replaces what Host returns, for code that has checked the headers of a trusted proxy. An empty
// string leaves it as it is. Middleware runs when the route has been found, so groups with a Host do not see the
// change; App.UseProxies sets the host before. A change comes too late as one of the scheme does, see SetOrigin.
func (r Request) SetHost(host string) {
	if !r.live() {
		return
	}
	if host != "" && host != r.Host() {
		r.checkOrigin("SetHost changes the host to", host)
	}
	r.setOrigin(origin{host: host})
}

// origin is what a proxy has said of the request that it got, "" where the connection tells.
type origin struct{ scheme, clientIP, host string }

func (r Request) setOrigin(o origin) {
	if x := r.more(); x != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.from = origin{cmp.Or(o.scheme, x.from.scheme), cmp.Or(o.clientIP, x.from.clientIP), cmp.Or(o.host, x.from.host)}
	}
}

// checkOrigin reports a change of the scheme or the host if it is late. It logs only the first one of an app,
// because every request repeats the mistake.
func (r Request) checkOrigin(changes, to string) {
	if !sessions.StateOf(r.Session).IsSchemeFixed() {
		return
	}
	s := r.exchange.settings
	if !s.Strict && !s.lateOrigins.CompareAndSwap(false, true) {
		return
	}
	err := s.named(fmt.Errorf("request: %s %q after the session's cookie was chosen "+
		"or the anti-forgery check was made by another one; use App.UseProxies, which comes before both, "+
		"see docs/proxies-and-hosts.md", changes, to))
	if s.Strict {
		panic(err)
	}
	s.logger().Error(err.Error())
}

func (x *extra) origin() origin {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.from
}

// Header returns the first value of a header, and "" without one. The name may be spelled in any
// case.
func (r Request) Header(name string) string {
	if !r.live() {
		return ""
	}
	hr := r.source()
	if value := http1.Value(hr, name); value != "" { // the usual spelling, whose canonical form need not be made
		return value
	}
	return http1.Value(hr, textproto.CanonicalMIMEHeaderKey(name))
}

// Headers returns all headers. The map must not be changed.
func (r Request) Headers() http.Header {
	if !r.live() {
		return http.Header{}
	}
	return http1.Fill(r.source()).Header
}

// Cookie returns the value of a cookie and whether the client sent it. Of several with one name the
// first counts.
func (r Request) Cookie(name string) (string, bool) {
	if !r.live() {
		return "", false
	}
	value, count := header.Cookie(http1.Values(r.source(), "Cookie"), name)
	return value, count > 0
}

// Cookies iterates over the names and values of the cookies in the order sent, at most
// [header.MaxCookies] of them. Malformed ones are passed over.
func (r Request) Cookies() iter.Seq2[string, string] {
	if !r.live() {
		return func(func(string, string) bool) {}
	}
	return header.Cookies(http1.ListOf(r.source(), "Cookie"))
}

// Accepts returns the one of the offered media types that the client likes best (Accept, RFC 9110
// section 12.5.1), the first one if it likes several equally, and "" if it takes none. Without an
// Accept header that is the first offer.
func (r Request) Accepts(types ...string) string {
	if !r.live() {
		return ""
	}
	return header.NegotiateMediaType(http1.ListOf(r.source(), "Accept"), types...)
}

// Logger returns the app's logger with the attributes that middleware added for this request, such as its id.
func (r Request) Logger() *slog.Logger {
	if !r.live() {
		return slog.Default()
	}
	if x := r.peek(); x != nil {
		x.mu.Lock()
		l := x.logger
		x.mu.Unlock()
		if l != nil {
			return l
		}
	}
	if l := r.observedLogger(); l != nil {
		r.SetLogger(l)
		return l
	}
	return r.exchange.settings.logger()
}

// SetLogger replaces what Logger returns, for middleware that adds attributes. A handler of l that panics
// harms no request, see package [safelog].
func (r Request) SetLogger(l *slog.Logger) {
	if !r.live() {
		return
	}
	if x := r.more(); x != nil {
		x.mu.Lock()
		x.logger = safelog.Wrap(l)
		x.mu.Unlock()
	}
}
