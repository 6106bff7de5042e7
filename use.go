package soay

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"time"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/router"
)

// phase is a place in the chain of middleware. The app's own middleware runs in its phase, whatever the order of
// the calls, so that its parts work together: the access log sees the request id, and error pages carry the
// session's cookie.
type phase int

const (
	phaseTelemetry phase = iota
	phaseRequestID
	phaseAccessLog
	phaseHeaders
	phaseHosts
	phaseHTTPS
	phaseCORS
	phaseLimits
	phaseCompress
	phaseConditional
	phaseDecompress
	phaseSession
	phaseAntiForgery
	phaseAuthentication
	phaseUserLimits
	phaseAuthorization
	phaseTimeout
	phaseUse // what programs add with App.Use, in their order
	phaseCount
)

func (p phase) String() string {
	return [...]string{"telemetry", "request id", "access log", "headers", "hosts", "https", "cors", "limits", "compress", "conditional", "decompress", "session", "anti-forgery",
		"authentication", "user limits", "authorization", "timeout", "use"}[p]
}

// installed is middleware in a phase.
type installed struct {
	name   string
	source string
	make   Middleware
}

// MiddlewareInfo describes one piece of an app's middleware.
type MiddlewareInfo struct {
	// proxies, recover, telemetry, request id, access log, headers, hosts, https, cors, limits, compress, conditional,
	// decompress, session, anti-forgery, authentication, user limits, authorization, timeout or use
	Phase  string
	Name   string // for the phase use, the name of the function
	Source string // the file and line where it was switched on
}

// Middleware lists the middleware as it runs around every request, the outermost first. Groups and
// routes add theirs inside.
func (a *App) Middleware() []MiddlewareInfo {
	var infos []MiddlewareInfo
	if a.site.trust != nil { // before the route is sought, so it is no middleware
		infos = append(infos, MiddlewareInfo{Phase: "proxies", Name: "proxies", Source: a.site.trustSource})
	}
	infos = append(infos, MiddlewareInfo{Phase: "recover", Name: "recover", Source: "built in"})
	for p, list := range a.phases {
		if phase(p) == phaseConditional && len(list) == 0 {
			list = []installed{{name: phaseConditional.String(), source: "built in"}}
		}
		for _, m := range list {
			infos = append(infos, MiddlewareInfo{Phase: phase(p).String(), Name: m.name, Source: m.source})
		}
	}
	return infos
}

// Use adds middleware that runs for every request, also where no route matches, in the order of the
// calls and behind what the other Use methods switch on.
func (a *App) Use(middleware ...Middleware) {
	for _, m := range middleware {
		switch {
		case m == nil:
			a.fail("Use: the middleware is nil")
		case a.open("Use"):
			name := runtime.FuncForPC(reflect.ValueOf(m).Pointer()).Name()
			a.phases[phaseUse] = append(a.phases[phaseUse], installed{name, router.Source(), m})
		}
	}
}

// install puts middleware of the app's own into its phase, which takes one.
func (a *App) install(p phase, call string, m Middleware) {
	if !a.open(call) {
		return
	}
	if len(a.phases[p]) > 0 {
		a.fail("%s: it was called at %s already", call, a.phases[p][0].source)
		return
	}
	a.phases[p] = append(a.phases[p], installed{p.String(), router.Source(), m})
}

// one returns the options of a call that takes at most one.
func one[T any](a *App, call string, options []T) T {
	var o T
	if len(options) > 1 {
		a.fail("%s: %d options; pass one", call, len(options))
	}
	if len(options) > 0 {
		o = options[0]
	}
	return o
}

// use installs the middleware that is made of the options of a call.
func use[O any](a *App, p phase, call string, options []O, make func(O) (Middleware, error)) {
	m, err := make(one(a, call, options))
	if err != nil {
		a.failEach(call, err)
		return
	}
	a.install(p, call, m)
}

// UseRequestID gives every request an id, in its log lines and in the header X-Request-Id. See
// [middleware.NewRequestID].
func (a *App) UseRequestID(options ...middleware.RequestIDOptions) {
	use(a, phaseRequestID, "UseRequestID", options, middleware.NewRequestID)
}

// UseAccessLog logs a line for each request. See [middleware.NewAccessLog].
func (a *App) UseAccessLog(options ...middleware.AccessLogOptions) {
	use(a, phaseAccessLog, "UseAccessLog", options, middleware.NewAccessLog)
}

// UseHeaders adds headers to every response that does not have them, error pages included. See
// [middleware.NewHeaders] for those that it refuses.
func (a *App) UseHeaders(headers map[string]string) {
	use(a, phaseHeaders, "UseHeaders", []map[string]string{headers}, middleware.NewHeaders)
}

// UseRateLimit limits how often one client may call the app: by its address, or with [router.ByUser] by who it
// is. More are answered with 429 and Retry-After. Another call with another Name adds a limit. See package
// [ratelimit], and [Route.RateLimit] for limits of a route.
func (a *App) UseRateLimit(rate Rate, options ...ratelimit.Options) {
	const call = "UseRateLimit"
	o := one(a, call, options)
	if !a.open(call) {
		return
	}
	if err := a.limits.Add(rate, o); err != nil {
		a.failEach(call, err)
		return
	}
	if a.limitsSource == "" {
		a.limitsSource = router.Source()
		router.SetRateLimited(a)
	}
}

// installLimits puts the limits of the app and of routes into their phases, whatever the order of the calls was. The
// error joins the limits by user in an app that knows none.
func (a *App) installLimits() error {
	var errs []error
	limited, byUser := a.limitsSource != "", a.limits.HasUsers()
	nobody := len(a.phases[phaseSession]) == 0 && !a.auth.HasSchemes()
	if byUser && nobody {
		errs = append(errs, fmt.Errorf("%s: UseRateLimit: %w", a.limitsSource, errNoUsers))
	}
	for _, route := range a.Routes() {
		limited = limited || len(route.Rates()) > 0 || route.IsConcurrencyLimited()
		if slices.ContainsFunc(route.Rates(), func(r Rate) bool { return r.By == router.ByUser }) {
			byUser = true
			if nobody {
				errs = append(errs, fmt.Errorf("%s: RateLimit: %w", route.Source, errNoUsers))
			}
		}
	}
	a.limits.User, a.limits.Exempt = sessionUser, router.IsProbe
	if a.auth.HasSchemes() {
		a.limits.User = userKey
	}
	outer, inner := a.limits.Middleware()
	source := cmp.Or(a.limitsSource, "built in")
	if limited && len(a.phases[phaseLimits]) == 0 {
		a.phases[phaseLimits] = []installed{{phaseLimits.String(), source, outer}}
	}
	if byUser && len(a.phases[phaseUserLimits]) == 0 {
		a.phases[phaseUserLimits] = []installed{{phaseUserLimits.String(), source, inner}}
	}
	return errors.Join(errs...)
}

var errNoUsers = errors.New("ByUser needs sessions or a scheme; call UseSessions, UseSessionStore or AddScheme")

// sessionUser returns the user of the session, and an error if the store of sessions fails.
func sessionUser(req Request) (string, error) {
	if err := req.Session.Load(); err != nil {
		return "", err
	}
	return req.Session.User(), nil
}

// UseDecompression decompresses bodies with a Content-Encoding of gzip or deflate. [Options.MaxBodyBytes] and the limits of
// routes hold for the bytes that come and for those that come out. Without it, such bodies are 415 for all that reads them
// but Bytes and Body.
func (a *App) UseDecompression(options ...middleware.DecompressionOptions) {
	use(a, phaseDecompress, "UseDecompression", options, middleware.NewDecompression)
}

// UseTimeout gives every handler so much time to return its response. When it is over, the client gets 503, and the handler goes
// on without its request. [Route.Timeout] and [Route.NoTimeout] change it for a route; without UseTimeout, only routes with
// a time of their own have one. See docs/timeouts.md for what a handler must do.
func (a *App) UseTimeout(d time.Duration, options ...middleware.TimeoutOptions) {
	if d <= 0 {
		a.fail("UseTimeout: %v is not positive", d)
		return
	}
	use(a, phaseTimeout, "UseTimeout", options, middleware.NewTimeout)
	a.router.SetTimeout("UseTimeout", d)
}

// installTimeout puts the timeout into its phase, if only routes and groups have times.
func (a *App) installTimeout() {
	if !a.router.HasTimeouts() || len(a.phases[phaseTimeout]) > 0 {
		return
	}
	if m, err := middleware.NewTimeout(middleware.TimeoutOptions{}); err == nil {
		a.phases[phaseTimeout] = []installed{{phaseTimeout.String(), "built in", m}}
	}
}

// answersConditions reports whether conditions are answered around the whole chain, where nothing is outside of them and
// no tags are made: it costs less than a middleware.
func (a *App) answersConditions() bool {
	for _, list := range a.phases[:phaseConditional+1] {
		if len(list) > 0 {
			return false
		}
	}
	return true
}

// chain returns all middleware, the outermost first. Errors and panics of the middleware that programs add become
// complete responses before the app's own middleware sees them. Services are finished inside of it, and around it
// for requests that it does not pass on.
func (a *App) chain() []Middleware {
	var chain []Middleware
	finishes := a.services.plan.HasFinish()
	for p, list := range a.phases {
		if phase(p) == phaseConditional {
			if !a.answersConditions() {
				chain = append(chain, a.conditional.Middleware)
			}
			continue
		}
		if phase(p) == phaseUse && len(list) > 0 {
			if finishes {
				chain = append(chain, finishServices)
			}
			if len(chain) > 0 {
				chain = append(chain, a.pages.Guard)
			}
		}
		for _, m := range list {
			chain = append(chain, m.make)
		}
	}
	if finishes {
		chain = append(chain, finishServices)
	}
	return chain
}
