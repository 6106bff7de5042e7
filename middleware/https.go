package middleware

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// HTTPSOptions sets what App.UseHTTPS does. The zero value is the default.
type HTTPSOptions struct {
	// Host is the name to which requests over http are redirected. The default is the name that was asked for, if
	// App.UseAllowedHosts allows it, else that of Options.PublicURL.
	Host string
	// Port is the port for https. The default is that of Options.PublicURL, else 443.
	Port int
	// HSTS is how long browsers remember to come by https only (Strict-Transport-Security, RFC 6797). The default
	// is 365 days; a negative value sends no such header.
	HSTS time.Duration
	// ExcludeSubdomains leaves hosts below the app's own out of that. The default includes them.
	ExcludeSubdomains bool
	// Preload says that browsers may know the host from a list that comes with them. It needs at least 365
	// days, with subdomains.
	Preload bool
	// NoRedirect answers requests over http as they are. The default redirects them.
	NoRedirect bool
	// Exempt lets requests come over http. It is called before the handler runs. The default exempts none but
	// those for routes with [router.Route.Probe].
	Exempt func(request.Request) bool
}

// Site is what the app knows of its own address, for [NewHTTPS]. It is for the framework.
type Site struct {
	Hosts       *Hosts   // nil if any is allowed
	Public      *url.URL // nil if it is not known
	Development bool
}

// defaultHSTS is what lists of browsers want at least.
const defaultHSTS = 365 * 24 * time.Hour

// NewHTTPS returns middleware that redirects requests over http to https with status 308, and refuses those with a body:
// what must not be read on the way has been sent already. Responses over https tell browsers to come by https only. The
// error names everything that is wrong. It is for the framework.
func NewHTTPS(options HTTPSOptions, site Site) (router.Middleware, error) {
	h := &https{options: options, site: site}
	if errs := h.check(); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	h.setPort()
	h.setPolicy()
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			if req.Scheme() == "https" {
				return h.withPolicy(req, next(req))
			}
			if options.NoRedirect || h.mayBeHTTP(req) {
				return next(req)
			}
			return request.StateOf(req).Complete(h.refuse(req))
		}
	}, nil
}

type https struct {
	options HTTPSOptions
	site    Site
	port    string // with its colon, "" for 443
	policy  response.Response
	warned  safelog.Hourly
}

// check returns the settings that are wrong.
func (h *https) check() []error {
	var errs []error
	o := h.options
	if name, port, ok := header.ParseHost(o.Host); o.Host != "" && (!ok || port != "" || name == "") {
		errs = append(errs, fmt.Errorf("option Host: %q is no name of a host, without a port", o.Host))
	}
	if o.Port < 0 || o.Port > 65535 {
		errs = append(errs, fmt.Errorf("option Port: %d is no port", o.Port))
	}
	if o.HSTS > 0 && o.HSTS < time.Second {
		errs = append(errs, fmt.Errorf("option HSTS: %v is less than a second", o.HSTS))
	}
	if age := cmp.Or(o.HSTS, defaultHSTS); o.Preload && (age < defaultHSTS || o.ExcludeSubdomains) {
		errs = append(errs, errors.New("option Preload needs HSTS of at least 365 days, with subdomains"))
	}
	if !o.NoRedirect && o.Host == "" && h.site.Public == nil && (h.site.Hosts == nil || h.site.Hosts.IsDefault()) {
		errs = append(errs, errors.New("to which host may clients be sent? call UseAllowedHosts, or set Options.PublicURL or Host"))
	}
	return errs
}

func (h *https) setPort() {
	port := ""
	if h.options.Port > 0 {
		port = strconv.Itoa(h.options.Port)
	} else if h.site.Public != nil && h.site.Public.Scheme == "https" {
		port = h.site.Public.Port()
	}
	if port != "" && port != "443" {
		h.port = ":" + port
	}
}

// setPolicy makes the header of RFC 6797 section 6.1.
func (h *https) setPolicy() {
	age := cmp.Or(h.options.HSTS, defaultHSTS)
	if age < 0 {
		return
	}
	policy := "max-age=" + strconv.FormatInt(int64(age/time.Second), 10)
	if !h.options.ExcludeSubdomains {
		policy += "; includeSubDomains"
	}
	if h.options.Preload {
		policy += "; preload"
	}
	h.policy = response.Response{}.WithHeader(policyName, policy)
}

const policyName = "Strict-Transport-Security"

// withPolicy adds the header, once. Browsers ignore it for addresses (RFC 6797 section 8.1.1), and for localhost it
// would lock out whatever else runs there.
func (h *https) withPolicy(req request.Request, resp response.Response) response.Response {
	if h.options.HSTS < 0 || resp.Header(policyName) != "" {
		return resp
	}
	name, _, ok := header.ParseHost(req.Host())
	if !ok || name[0] == '[' || header.IsLoopbackHost(name) {
		return resp
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return resp
	}
	return resp.WithHeadersOf(h.policy)
}

// mayBeHTTP reports whether a request is answered over http.
func (h *https) mayBeHTTP(req request.Request) bool {
	return router.IsProbe(req) || h.site.Development && header.IsLoopbackHost(req.Host()) ||
		h.options.Exempt != nil && h.options.Exempt(req)
}

// refuse answers a request over http. One that a proxy says came by https would be redirected again and again.
func (h *https) refuse(req request.Request) response.Response {
	if why := whyHTTP(req); why != "" {
		h.warn(req, why)
		return response.Error(problem.New(http.StatusBadRequest,
			"The connection to this site is set up wrongly: whether it uses https cannot be told.").WithCause(errors.New("https: " + why)))
	}
	if req.Method() != http.MethodGet && req.Method() != http.MethodHead {
		return response.Error(problem.New(http.StatusForbidden, "https is required."))
	}
	host := h.host(req)
	if host == "" {
		return response.Error(problem.New(http.StatusBadRequest, "https is required."))
	}
	u := req.URL()
	location := "https://" + host + h.port + "/" + strings.TrimPrefix(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		location += "?" + u.RawQuery
	}
	return response.Status(http.StatusPermanentRedirect).WithLocation(location)
}

// host returns where the client is sent: the host of the options, the one that was asked for if the app answers
// for it, or that of the public URL. A request that is exempt from the check of hosts may be for none of them.
func (h *https) host(req request.Request) string {
	if h.options.Host != "" {
		return h.options.Host
	}
	if hosts := h.site.Hosts; hosts != nil {
		if name, port, ok := header.ParseHost(req.Host()); ok && hosts.allows(name, port) {
			return name
		}
	}
	if h.site.Public == nil {
		return ""
	}
	name, _, _ := header.ParseHost(h.site.Public.Host)
	return name
}

// whyHTTP returns why a request may have come by https though its scheme is http, "" if nothing says so.
func whyHTTP(req request.Request) string {
	hr := request.StateOf(req).Source()
	scheme, client := request.StateOf(req).ProxyTold()
	switch {
	case scheme:
		return ""
	case client:
		return "the trusted proxy names the client and no scheme; make it send X-Forwarded-Proto, or proto in Forwarded"
	case says(hr, "X-Forwarded-Proto", "https"):
		return "X-Forwarded-Proto says https, and is not read; name the proxy in UseProxies"
	case says(hr, "Forwarded", "proto=https", `proto="https`):
		return "Forwarded says https, and is not read; name the proxy in UseProxies, with proxies.Forwarded"
	}
	return ""
}

// says reports whether one of these texts is in a header, in any case.
func says(hr *http.Request, name string, texts ...string) bool {
	return slices.ContainsFunc(http1.Values(hr, name), func(line string) bool {
		line = strings.ToLower(line)
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(line, text) })
	})
}

// warn says why a request is not redirected.
func (h *https) warn(req request.Request, why string) {
	if h.warned.Due() {
		hr := request.StateOf(req).Source()
		req.Logger().LogAttrs(hr.Context(), slog.LevelWarn, "https: requests are answered with 400, for a redirect would go on for ever: "+why,
			slog.String("peer", hr.RemoteAddr), slog.String("host", clip(req.Host())))
	}
}
