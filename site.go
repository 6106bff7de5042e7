package soay

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/cors"
	"github.com/soay-go/soay/middleware/proxies"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

// site is what the app knows of its own address and of the way to it.
type site struct {
	public      *url.URL                                  // of Options.PublicURL, nil without it
	trust       func(Request)                             // nil without UseProxies
	trustSource string                                    // the place of the call
	trusted     []any                                     // for the log
	hosts       *middleware.Hosts                         // nil if any is allowed
	https       func(middleware.Site) (Middleware, error) // makes the middleware once the hosts are known, nil without UseHTTPS
	httpsSource string
	cors        cors.Policies
	corsSource  string // the place of the call of UseCORS, "" without one
}

// UseProxies believes what trusted proxies tell of clients in X-Forwarded-For, X-Forwarded-Proto and, with
// proxies.Options.Host, X-Forwarded-Host: [Request.ClientIP], [Request.Scheme] and [Request.Host] return it. This
// comes before the route is sought. trusted are addresses, prefixes such as 10.0.0.0/8, and the words loopback,
// private, unix (for listeners on a socket) and any, which needs Hops. See package [proxies].
func (a *App) UseProxies(trusted []string, options ...proxies.Options) {
	o := one(a, "UseProxies", options)
	trust, err := proxies.New(trusted, o)
	switch {
	case err != nil:
		a.failEach("UseProxies", err)
	case a.site.trust != nil:
		a.fail("UseProxies: it was called at %s already", a.site.trustSource)
	case a.open("UseProxies"):
		a.site.trust, a.site.trustSource = trust.Apply, router.Source()
		a.site.trusted = []any{"proxies", trust.String(), "header", o.Header.String(), "hops", o.Hops, "host", o.Host}
	}
}

// UseAllowedHosts refuses requests for all hosts but these, with status 421, and with 400 those that name none. A
// host is a name, *. and a name for all below it, or an address, with a port or without one, which stands for all
// ports. The host of Options.PublicURL is allowed by itself. [Route.Probe] exempts a route.
//
// The default is any host; in development, while Run or Serve listen on loopback addresses, it is localhost and
// the like.
func (a *App) UseAllowedHosts(hosts []string, options ...middleware.HostOptions) {
	h, err := middleware.NewHosts(hosts, one(a, "UseAllowedHosts", options))
	if err != nil {
		a.failEach("UseAllowedHosts", err)
	}
	a.install(phaseHosts, "UseAllowedHosts", h.Middleware)
	if a.isOpen() && a.site.hosts == nil {
		a.site.hosts = h
	}
}

// UseHTTPS redirects GET and HEAD over http to https with status 308, refuses other methods there with 403, and
// adds Strict-Transport-Security to responses over https. It needs to know where to send clients, by
// UseAllowedHosts, Options.PublicURL or middleware.HTTPSOptions.Host. A request that a proxy says came by https,
// and that the app takes for one over http, gets 400 in place of a redirect to itself. In development requests
// over http for localhost and the like are answered. [Route.Probe] exempts a route.
func (a *App) UseHTTPS(options ...middleware.HTTPSOptions) {
	o := one(a, "UseHTTPS", options)
	switch {
	case a.site.httpsSource != "":
		a.fail("UseHTTPS: it was called at %s already", a.site.httpsSource)
	case a.open("UseHTTPS"):
		a.site.httpsSource = router.Source()
		a.site.https = func(s middleware.Site) (Middleware, error) { return middleware.NewHTTPS(o, s) }
	}
}

// UseCORS lets scripts of other origins use the app, as the policy says. [Route.CORS] and [Group.CORS] set another one in
// its place. Preflights are answered before limits and authentication are asked, and all answers of the app get the
// headers, errors included. See [CORS] for what can be set, and docs/cors.md.
func (a *App) UseCORS(policy CORS) {
	switch err := policy.Check(); {
	case err != nil:
		a.failEach("UseCORS", err)
	case a.site.corsSource != "":
		a.fail("UseCORS: it was called at %s already", a.site.corsSource)
	case a.open("UseCORS"):
		a.site.corsSource = router.Source()
		router.SetCORS(a, policy)
	}
}

// installCORS puts the policies into their phase, if the app or any of its routes has one.
func (a *App) installCORS() {
	has := a.site.corsSource != "" || slices.ContainsFunc(a.Routes(), func(r router.Info) bool { return r.CORS() != nil })
	if !has {
		return
	}
	a.site.cors.Find = func(req Request, method string) *request.Route { return a.table.Find(req, method) }
	a.pages.Outer = a.site.cors.Permit
	source := cmp.Or(a.site.corsSource, "built in")
	a.phases[phaseCORS] = []installed{{phaseCORS.String(), source, a.site.cors.Middleware}}
}

// installSite puts the checks of hosts and of https into their phases, whatever the order of the calls was.
func (a *App) installSite() {
	s := &a.site
	if s.hosts == nil && a.dev && len(a.phases[phaseHosts]) == 0 {
		s.hosts = middleware.NewLoopbackHosts()
		a.phases[phaseHosts] = []installed{{"hosts", "built in", s.hosts.Middleware}}
	}
	if s.hosts != nil && s.public != nil {
		_ = s.hosts.Allow(s.public.Hostname()) // it has been checked
	}
	if s.https == nil {
		return
	}
	m, err := s.https(middleware.Site{Hosts: s.hosts, Public: s.public, Development: a.dev})
	if s.https = nil; err == nil {
		a.phases[phaseHTTPS] = []installed{{"https", s.httpsSource, m}}
	}
	for _, e := range router.Unjoin(err) {
		a.errs = append(a.errs, fmt.Errorf("%s: UseHTTPS: %w", s.httpsSource, e))
	}
}

// serving tells the check of hosts where the app is served, and warns in production of an app that answers for any
// host. Only this machine reaches a loopback address, unless there is a proxy.
func (a *App) serving(addr net.Addr) {
	switch h := a.site.hosts; {
	case h != nil:
		h.Serving(addr)
	case a.site.trust != nil || !middleware.IsLoopback(addr):
		a.options.logger().Warn("soay: the app answers for any host that clients name; call UseAllowedHosts")
	}
}
