package proxies

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/safelog"
)

// Header is a family of headers in which proxies tell about clients.
type Header int

const (
	// XForwarded are X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host, which nearly all proxies send.
	XForwarded Header = iota
	// Forwarded is the header of RFC 7239.
	Forwarded
)

// String returns the name of the header with the client in it.
func (h Header) String() string {
	if h == Forwarded {
		return "Forwarded"
	}
	return "X-Forwarded-For"
}

// Options sets what is believed of trusted proxies. The zero value is the default.
type Options struct {
	// Header is the family of headers that the proxies send. They must set it themselves, or add to it. The
	// other one is never read. The default is XForwarded.
	Header Header
	// Hops is the number of proxies that a request passes at most. The list of clients is read no further,
	// whatever addresses are in it. The default is no limit.
	Hops int
	// Host takes the host from the proxies as well. The default is the header Host that the last
	// proxy has sent, which is right if it passes on the client's.
	Host bool
	// Log gets a warning, at most once an hour, when a peer that is not trusted sends such headers. The default is
	// the logger of the app.
	Log *slog.Logger
}

// Trust knows which proxies are trusted. It is safe for concurrent use. It is for the framework.
type Trust struct {
	options   Options
	prefixes  []netip.Prefix
	any, unix bool
	warned    safelog.Hourly
}

// New returns the trust in proxies: addresses, prefixes such as 10.0.0.0/8, and the words loopback, private, unix
// and any. The error names everything that is wrong. It is for the framework.
func New(trusted []string, options Options) (*Trust, error) {
	t := &Trust{options: options}
	var errs []error
	if len(trusted) == 0 {
		errs = append(errs, errors.New("no proxy is trusted; name their addresses, such as 10.0.0.0/8"))
	}
	for _, s := range trusted {
		errs = append(errs, t.add(s))
	}
	if options.Hops < 0 {
		errs = append(errs, errors.New("option Hops is negative"))
	}
	if t.any && options.Hops == 0 {
		errs = append(errs, errors.New(`"any" needs Hops, the number of proxies before the app; without it clients could choose their address`))
	}
	if options.Header != XForwarded && options.Header != Forwarded {
		errs = append(errs, fmt.Errorf("option Header is %d; it is XForwarded or Forwarded", options.Header))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return t, nil
}

// The words for peers, besides addresses. Private addresses are those of RFC 1918 and RFC 4193.
var words = map[string][]netip.Prefix{
	"loopback": {netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
	"private": {netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("fc00::/7")},
}

func (t *Trust) add(s string) error {
	switch {
	case s == "any":
		t.any = true
		return nil
	case s == "unix":
		t.unix = true
		return nil
	case words[s] != nil:
		t.prefixes = append(t.prefixes, words[s]...)
		return nil
	}
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		t.prefixes = append(t.prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		return nil
	}
	prefix, err := netip.ParsePrefix(s)
	switch {
	case err != nil || prefix.Addr().Is4In6():
		return fmt.Errorf("%q is no address, no prefix such as 10.0.0.0/8, and not loopback, private, unix or any", s)
	case prefix.Masked() != prefix:
		return fmt.Errorf("%q has bits behind the prefix; %s has not", s, prefix.Masked())
	case prefix.Bits() == 0:
		return fmt.Errorf(`%q trusts everybody; "any" with Hops says how far`, s)
	}
	t.prefixes = append(t.prefixes, prefix)
	return nil
}

// String lists the trusted proxies.
func (t *Trust) String() string {
	var list []string
	for _, p := range t.prefixes {
		if p.IsSingleIP() {
			list = append(list, p.Addr().String())
		} else {
			list = append(list, p.String())
		}
	}
	if t.unix {
		list = append(list, "unix")
	}
	if t.any {
		list = append(list, "any")
	}
	return strings.Join(list, " ")
}

func (t *Trust) has(addr netip.Addr) bool {
	return t.any || slices.ContainsFunc(t.prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// trusts reports whether the other end of the connection is trusted. A unix socket has no address: net/http says @, or
// the name of the client's socket.
func (t *Trust) trusts(remote string) bool {
	if t.any {
		return true
	}
	if remote == "" || remote[0] == '@' || remote[0] == '/' {
		return t.unix
	}
	peer, err := netip.ParseAddrPort(remote)
	return err == nil && t.has(peer.Addr().Unmap().WithZone(""))
}

// Apply sets client, scheme and host of a request as the trusted proxies have told them. It changes nothing for a
// peer that is not trusted. It comes before the route is sought.
func (t *Trust) Apply(req request.Request) {
	hr := request.StateOf(req).Source()
	if !t.trusts(hr.RemoteAddr) {
		t.warn(req, hr)
		return
	}
	var o origin
	if t.options.Header == Forwarded {
		o = t.forwarded(hr)
	} else {
		o = t.xForwarded(hr)
	}
	if o.scheme != "" || o.client != "" {
		req.SetOrigin(o.scheme, o.client)
	}
	if o.host != "" && t.options.Host {
		req.SetHost(o.host)
	}
}
