package soay

import (
	"context"
	"net/netip"
	"reflect"
	"slices"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/health"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

// Telemetry observes the requests of an app: traces, metrics and the ids of traces in log lines. Package
// middleware/telemetry makes one of OpenTelemetry.
type Telemetry = request.Telemetry

// UseTelemetry tells t of every request, also of those that no route matches, and of what their sessions and the stores
// of rate limits wait for. Package middleware/telemetry makes one of OpenTelemetry; a program that does not import it
// links nothing of that. Call it once. If t has a method Check() error, its error stops the start of the app.
func (a *App) UseTelemetry(t Telemetry) {
	if v := reflect.ValueOf(t); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		a.fail("UseTelemetry: the telemetry is nil")
		return
	}
	if c, ok := t.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			a.failEach("UseTelemetry", err)
			return
		}
	}
	if a.isOpen() && a.telemetry == nil {
		a.telemetry = t
	}
	a.install(phaseTelemetry, "UseTelemetry", middleware.Observe)
}

// UseHealth answers those who ask how the app is, load balancers for instance, at /health/live, /health/ready and
// /health/start: with 200 and the word ok, or with 503 and the word unavailable. See package [health].
func (a *App) UseHealth(options ...health.Options) {
	o := one(a, "UseHealth", options)
	switch source := a.health.Source(); {
	case source != "":
		a.fail("UseHealth: it was called at %s already", source)
	case a.open("UseHealth"):
		if err := a.health.Use(o, router.Source()); err != nil {
			a.failEach("UseHealth", err)
			return
		}
		a.health.Serve(a.router.Root(), a.Ready)
	}
}

// AddHealthCheck adds a check of something that the app cannot do without, such as the Ping of a database. While f
// returns an error the app is not ready, and the log says so by the name, which has up to 64 letters, digits, -, _ and
// dots. f returns when its context ends, and may be called by any goroutine, but not twice at once. It runs only if
// somebody asks; that needs [App.UseHealth].
func (a *App) AddHealthCheck(name string, f func(context.Context) error) {
	if !a.open("AddHealthCheck") {
		return
	}
	if err := a.health.Add(name, f, router.Source()); err != nil {
		a.failEach("AddHealthCheck", err)
	}
}

// IsProbe reports whether a request is for a route for health checks: one of [App.UseHealth], or one with
// [Route.Probe]. It fits as the Skip of the access log and of telemetry.
func IsProbe(req Request) bool { return router.IsProbe(req) }

// UseProfiling serves profiles of the program below /debug/pprof, for go tool pprof and go tool trace, to clients that all
// rules allow. h is what profiling.Handler of package middleware/profiling returns; a program that does not import it
// links nothing of that. The rules must name roles, scopes, policies or schemes: profiles show how the program works, and what
// it is asked for. Without a rule it serves clients on this machine in development, and is a mistake elsewhere. UseTimeout
// does not hold for these routes, and no page of OpenAPI shows them.
func (a *App) UseProfiling(h Handler, rule ...Auth) {
	switch {
	case !a.open("UseProfiling"):
		return
	case h == nil:
		a.fail("UseProfiling: the handler is nil; profiling.Handler returns one if it gets at most one Options")
		return
	case len(rule) == 0 && !a.dev:
		a.fail("UseProfiling: there is no rule; say who may see profiles, as by soay.Auth{Roles: []string{\"ops\"}}")
		return
	case slices.ContainsFunc(rule, func(r Auth) bool { return r.Optional }):
		a.fail("UseProfiling: an Optional rule lets everybody see profiles; say who may, as by soay.Auth{Roles: []string{\"ops\"}}")
		return
	case len(rule) > 0 && !slices.ContainsFunc(rule, restricts):
		a.fail("UseProfiling: this rule lets every user of the app see profiles; say who may, as by soay.Auth{Roles: []string{\"ops\"}}")
		return
	}
	if len(rule) == 0 {
		h = a.localOnly(h)
	}
	for _, route := range []*Route{
		a.Get("/debug/pprof", h), a.Get("/debug/pprof/{path:name}", h), a.Post("/debug/pprof/symbol", h).IgnoreAntiForgery(),
	} {
		if route.NoTimeout().Doc(openapi.Doc{Hidden: true}); len(rule) > 0 {
			route.Auth(rule...)
		} else {
			route.AllowAnonymous()
		}
	}
}

// restricts reports whether a rule asks for more than a user.
func restricts(r Auth) bool { return len(r.Roles)+len(r.Scopes)+len(r.Policies)+len(r.Schemes) > 0 }

// localOnly answers 404 to clients on other machines.
func (a *App) localOnly(h Handler) Handler {
	return func(req Request) Response {
		if !a.isLocal(req) {
			return response.NotFound()
		}
		return h(req)
	}
}

// details returns the function that reports whether the client of a request gets the details of errors, nil if none
// does.
func (a *App) details() func(Request) bool {
	switch {
	case a.options.showsDetails():
		return func(Request) bool { return true }
	case a.dev:
		return a.isLocal
	}
	return nil
}

// isLocal reports whether the client of a request is on this machine. A proxy that the app does not trust makes all its
// clients look so.
func (a *App) isLocal(req Request) bool {
	ip, err := netip.ParseAddr(req.ClientIP())
	return err == nil && ip.Unmap().IsLoopback() && (a.site.trust != nil || !isForwarded(req))
}

// isForwarded reports whether a request has a header that proxies add.
func isForwarded(req Request) bool {
	hr := request.StateOf(req).Source()
	return slices.ContainsFunc([]string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"},
		func(name string) bool { return len(http1.Values(hr, name)) > 0 })
}
