package middleware

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// HostOptions sets which requests App.UseAllowedHosts judges.
type HostOptions struct {
	// Exempt lets requests through whatever their host is. It is called before the handler runs. The default
	// exempts none but those for routes with [router.Route.Probe].
	Exempt func(request.Request) bool
}

// Hosts refuses requests for hosts that are not the app's: with 421 (RFC 9110 section 15.5.20), and with 400 if
// the request names no host or no valid one. It is for the framework.
type Hosts struct {
	list    []header.HostPattern
	options HostOptions
	warned  safelog.Hourly

	// The default of development allows the names of this machine, and holds while the app is served on its
	// loopback addresses alone.
	isDefault      bool
	local, reached atomic.Bool
}

// NewHosts returns the check that allows these hosts. The error names all that are wrong. It is for the framework.
func NewHosts(hosts []string, options HostOptions) (*Hosts, error) {
	h := &Hosts{options: options}
	var errs []error
	if len(hosts) == 0 {
		errs = append(errs, errors.New("no host is allowed; name those of the app, such as cats.example"))
	}
	for _, host := range hosts {
		if err := h.Allow(host); err != nil {
			errs = append(errs, err)
		}
	}
	return h, errors.Join(errs...)
}

// NewLoopbackHosts returns the check that is the default of development: without it any site could make a
// browser take it for the app, by a name that leads to a loopback address (DNS rebinding). It is for the framework.
func NewLoopbackHosts() *Hosts { return &Hosts{isDefault: true} }

// Allow adds a host, before the app serves.
func (h *Hosts) Allow(host string) error {
	named := host
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		named = "[" + host + "]"
	}
	p, ok := header.ParseHostPattern(named)
	if !ok {
		return fmt.Errorf("%q is no host, such as cats.example, *.cats.example or 192.0.2.1:8080", host)
	}
	h.list = append(h.list, p)
	return nil
}

// IsDefault reports whether nobody has set the hosts.
func (h *Hosts) IsDefault() bool { return h.isDefault }

// Serving tells on which address the app is served.
func (h *Hosts) Serving(addr net.Addr) {
	if IsLoopback(addr) {
		h.local.Store(true)
	} else {
		h.reached.Store(true)
	}
}

// IsLoopback reports whether only this machine reaches an address. It is for the framework.
func IsLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// Middleware is the check as middleware.
func (h *Hosts) Middleware(next router.Handler) router.Handler {
	return func(req request.Request) response.Response {
		if err := h.check(req); err != nil {
			return request.StateOf(req).Complete(response.Error(err))
		}
		return next(req)
	}
}

func (h *Hosts) check(req request.Request) error {
	if h.isDefault && (!h.local.Load() || h.reached.Load()) ||
		router.IsProbe(req) || h.options.Exempt != nil && h.options.Exempt(req) {
		return nil
	}
	name, port, ok := header.ParseHost(req.Host())
	switch {
	case !ok:
		return problem.New(http.StatusBadRequest, "The request names no host, or one that is not valid.")
	case h.allows(name, port):
		return nil
	}
	if h.warned.Due() {
		req.Logger().LogAttrs(request.StateOf(req).Context(), slog.LevelWarn,
			"hosts: a request for another host is refused; if it is a host of the app, name it in UseAllowedHosts, "+
				"and if a proxy has changed it, see docs/proxies-and-hosts.md",
			slog.String("host", clip(req.Host())), slog.String("client", req.ClientIP()))
	}
	return problem.New(http.StatusMisdirectedRequest, "The app does not answer for this host.")
}

// allows reports whether a host is allowed, given as [header.ParseHost] returns it.
func (h *Hosts) allows(name, port string) bool {
	return h.isDefault && header.IsLoopbackHost(name) ||
		slices.ContainsFunc(h.list, func(p header.HostPattern) bool { return p.Matches(name, port) })
}

// clip shortens what a client has sent, for the log.
func clip(s string) string {
	const longest = 100
	if len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}
