package soay

import (
	"context"
	"reflect"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/health"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
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
