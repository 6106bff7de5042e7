package soay

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/router"
)

type lifeState int32

const (
	stateNew lifeState = iota
	stateStarted
	stateStopped
)

// hook is a pair of functions around the life of the app; either may be nil.
type hook struct {
	source string
	start  func(context.Context) (stop func(context.Context) error, err error)
	stop   func(context.Context) error
}

// OnStart adds a function that runs when the app starts, before it serves, in the order of the
// calls. An error stops the start.
func (a *App) OnStart(f func(context.Context) error) {
	a.addHook("OnStart", f == nil, hook{start: func(ctx context.Context) (func(context.Context) error, error) {
		return nil, f(ctx)
	}})
}

// OnStop adds a function that runs when the app has stopped serving, in reverse order of the calls.
// Its context ends with the time for the stop. When a start fails, those registered before the
// function that failed run.
func (a *App) OnStop(f func(context.Context) error) {
	a.addHook("OnStop", f == nil, hook{stop: f})
}

// Lifespan adds a function that runs when the app starts and returns the one that undoes it, which
// may be nil. They take the places of OnStart and OnStop in the order of hooks.
func (a *App) Lifespan(f func(context.Context) (stop func(context.Context) error, err error)) {
	a.addHook("Lifespan", f == nil, hook{start: f})
}

func (a *App) addHook(call string, missing bool, h hook) {
	if missing {
		a.fail("%s: the function is nil", call)
		return
	}
	if a.open(call) {
		h.source = router.Source()
		a.hooks = append(a.hooks, h)
	}
}

// Start makes the app ready to serve: it checks the settings, routes and services, reporting all
// mistakes at once, makes the singletons, and runs the start hooks. If one of these fails, what was
// started before is stopped again. Starting an app twice does nothing; one that was stopped can be
// started again. Run and Serve do it themselves.
func (a *App) Start(ctx context.Context) error {
	a.life.Lock()
	defer a.life.Unlock()
	if a.core.Load() != nil {
		return nil
	}
	if err := a.prepare(); err != nil {
		return err
	}
	if err := a.services.start(); err != nil {
		return err
	}
	a.fillControllers()
	for _, h := range a.hooks {
		if err := a.run(ctx, h); err != nil {
			stopping, cancel := a.stopContext(ctx)
			defer cancel()
			return errors.Join(err, a.undo(stopping))
		}
	}
	settings := a.options.settings(a.dev || isTest())
	settings.App, settings.Services, settings.URL = a.source, a.services.provider.Load(), a.table.URL
	settings.Inputs, settings.Telemetry = a.router.Compiler(), a.telemetry
	if len(a.content.statics) > 0 {
		settings.Assets = &a.content
	}
	c := newCore(a.table, a.pages, settings)
	c.trust = a.site.trust
	if a.answersConditions() {
		c.conditional = &a.conditional
	}
	a.health.Start(settings.Stopping, a.options.logger())
	a.core.Store(c)
	return nil
}

// prepare ends the setup: it checks everything, and makes the table and the document, which do not depend on the
// start.
func (a *App) prepare() error {
	a.installAntiForgery()
	a.installAuth()
	a.installTimeout()
	a.state.Store(int32(stateStarted))
	if a.table != nil {
		return nil
	}
	a.installSite()
	a.installCORS()
	a.pages.App = a.router.ErrorHandlers()
	if a.dev {
		a.pages.Nearest = func(req Request, limit int) ([]router.Near, int) { return a.table.Nearest(req, limit) }
	}
	errs := append(slices.Clone(a.errs), a.services.compile(), a.checkControllers(), a.installLimits())
	errs = append(append(errs, a.auth.CheckRules(a.Routes())...), a.health.Compile(&a.limits, a.auth.ThrottleStore())...)
	table, err := a.router.Build(router.Config{
		Middleware: a.chain(), Endpoint: a.pages.Guard, Answer: a.pages.Answer, Fallback: a.fallback,
		Services: a.services.plan, Derive: a.derive(),
	})
	if errs = append(errs, err); err == nil && a.openapi.build != nil {
		errs = append(errs, a.openapi.build())
	}
	if err := errors.Join(errs...); err != nil {
		return &SetupError{errs: router.Unjoin(err)}
	}
	a.table = table
	a.warnOfOwnKey()
	if a.site.trust != nil {
		a.options.logger().Info("soay: proxies are trusted", a.site.trusted...)
	}
	return nil
}

// run starts a hook and notes how to undo it.
func (a *App) run(ctx context.Context, h hook) error {
	stop := h.stop
	if h.start != nil {
		err := panics.Call(func() (err error) { stop, err = h.start(ctx); return })
		if err != nil {
			return fmt.Errorf("soay: start hook of %s: %w", h.source, err)
		}
	}
	if stop != nil {
		a.started = append(a.started, hook{source: h.source, stop: stop})
	}
	return nil
}

// undo stops what was started, last first, and the services in the end. A hook that panics cannot keep the
// others from running.
func (a *App) undo(ctx context.Context) error {
	var errs []error
	for _, h := range slices.Backward(a.started) {
		if err := panics.Call(func() error { return h.stop(ctx) }); err != nil {
			errs = append(errs, fmt.Errorf("soay: stop hook of %s: %w", h.source, err))
		}
	}
	a.started = nil
	return errors.Join(append(errs, a.services.stop())...)
}

// Stop runs the stop hooks, last first, and closes the singletons, whatever the errors of others,
// and returns these joined. Requests get 503 from then on. What runs after responses and streams that
// go on are waited for until ctx ends. Run and Serve do it themselves once requests in flight are
// finished. Stopping an app that is not running does nothing.
func (a *App) Stop(ctx context.Context) error {
	a.life.Lock()
	defer a.life.Unlock()
	c := a.halt()
	if c == nil {
		return nil
	}
	err := c.awaitIdle(ctx)
	if err != nil {
		err = fmt.Errorf("soay: stop: streams, abandoned handlers or functions after a response go on: %w", err)
	}
	return errors.Join(err, a.undo(ctx))
}

// stopDrained is Stop for Serve, which has waited for what goes on.
func (a *App) stopDrained(ctx context.Context) error {
	a.life.Lock()
	defer a.life.Unlock()
	if a.halt() == nil {
		return nil
	}
	return a.undo(ctx)
}

// halt makes the app refuse requests and tells streams, and returns what has served, nil if nothing did.
func (a *App) halt() *core {
	c := a.core.Load()
	if c == nil {
		return nil
	}
	a.state.Store(int32(stateStopped))
	c.stop()
	a.core.Store(nil)
	return c
}

// stopContext returns the context that stop hooks get. It ends with the time for the stop, however
// ctx has ended.
func (a *App) stopContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(a.options.ShutdownTimeout, defaultShutdownTimeout))
}

// startImplicitly starts an app that gets a request without having been started. It tries once.
func (a *App) startImplicitly() *core {
	a.implicit.Do(func() {
		if lifeState(a.state.Load()) == stateStopped {
			return
		}
		if err := a.Start(context.Background()); err != nil {
			a.options.logger().Error("soay: the app cannot start", "error", err)
		}
	})
	return a.core.Load()
}

// Handler starts the app and returns it as an http.Handler, for servers of your own.
func (a *App) Handler() (http.Handler, error) {
	if err := a.Start(context.Background()); err != nil {
		return nil, err
	}
	return a, nil
}

// Ready reports whether the app has started and has not been told to stop. [App.UseHealth] answers load balancers
// that ask, by this and by checks.
func (a *App) Ready() bool {
	c := a.core.Load()
	return c != nil && !c.draining.Load()
}

// Stopping returns a channel that is closed when the app begins to stop, for handlers that wait
// long. It is nil before the start.
func (a *App) Stopping() <-chan struct{} {
	if c := a.core.Load(); c != nil {
		return c.settings.Stopping.Done()
	}
	if lifeState(a.state.Load()) == stateStopped {
		closed := make(chan struct{})
		close(closed)
		return closed
	}
	return nil
}

// SetupError is the report of everything that is wrong with the setup of an app, a line for each
// mistake with the place where it was made.
type SetupError struct{ errs []error }

// Error implements error.
func (e *SetupError) Error() string {
	var text strings.Builder
	text.WriteString("soay: the app cannot start:")
	for _, err := range e.errs {
		text.WriteString("\n\t" + err.Error())
	}
	return text.String()
}

// Unwrap returns the mistakes.
func (e *SetupError) Unwrap() []error { return e.errs }

// isTest reports whether this program is a test binary, in which misuses panic as in development.
func isTest() bool { return flag.Lookup("test.v") != nil }
