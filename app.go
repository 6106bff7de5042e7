package soay

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/health"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// The types that handlers are made of, under the names that programs use.
type (
	// Request is one request; see package request.
	Request = request.Request
	// Response is one response; see package response for the functions that make them.
	Response = response.Response
	// Handler answers a request.
	Handler = router.Handler
	// Middleware makes a handler out of the next one.
	Middleware = router.Middleware
	// Route is a registered route, to be refined by its methods.
	Route = router.Route
	// Group is a set of routes with a common prefix and middleware.
	Group = router.Group
	// Rate is how many requests one client may make in a time.
	Rate = router.Rate
	// CORS says which scripts of other origins may use a route.
	CORS = router.CORS
	// Auth is a rule for who may use a route.
	Auth = router.Auth
	// Identity is somebody who has proven who they are; see package auth.
	Identity = auth.Identity
)

// scope makes an App a [request.RouteScope]: settings of the app hold for all routes.
type scope = request.RouteScope

// App is a web application: routes, middleware, settings and hooks. Make one with [New], set it up
// from one goroutine, and Run it. Setting up never fails by itself; mistakes are collected and
// returned together by Start, Run, Serve and Handler. Once the app has started it is safe for
// concurrent use, and registering is an error that changes nothing.
type App struct {
	scope
	options     Options
	source      string // where it was made
	router      *router.Router
	phases      [phaseCount][]installed
	pages       *middleware.ErrorPages
	fallback    Handler
	hooks       []hook
	services    services
	controllers []controller
	openapi     description
	forgery     forgery
	site        site
	limits      ratelimit.Limits
	auth        auth.Registry
	telemetry   Telemetry // nil without UseTelemetry
	conditional middleware.Conditional
	health      health.Checks
	content     content
	errs        []error
	dev         bool

	fallbackSource string // the place of the call of Fallback, "" without one
	limitsSource   string // the place of the first call of UseRateLimit, "" without one

	life     sync.Mutex // held while starting and stopping
	table    *router.Table
	started  []hook               // the hooks to undo, in the order of their start
	state    atomic.Int32         // a lifeState
	core     atomic.Pointer[core] // what serves while the app is started
	implicit sync.Once
}

// New returns an app without routes.
func New(options ...Options) *App {
	a := &App{source: router.Source()}
	if len(options) > 1 {
		a.fail("New: %d options; pass one Options", len(options))
	}
	if len(options) > 0 {
		a.options = options[0]
		a.options.Logger = safelog.Wrap(a.options.Logger) // once, so that all have the same one
	}
	a.errs = append(a.errs, a.options.check()...)
	a.dev = a.options.isDevelopment()
	a.site.public, _ = a.options.publicURL()
	a.router = router.New(router.Options{
		TrailingSlash: a.options.TrailingSlash, ValuePatterns: a.options.ValuePatterns,
		Compiler: bind.NewCompiler(a.options.Validator, a.options.Languages...), Late: a.late,
	})
	a.scope = a.router.Root()
	a.pages = &middleware.ErrorPages{Details: a.details()}
	return a
}

// failEach notes each of the errors that err joins as a mistake of a call.
func (a *App) failEach(call string, err error) {
	for _, e := range router.Unjoin(err) {
		a.fail("%s: %w", call, e)
	}
}

// fail notes a mistake of the caller for the report at the start.
func (a *App) fail(format string, args ...any) {
	err := fmt.Errorf("%s: "+format, append([]any{router.Source()}, args...)...)
	if a.isOpen() {
		a.errs = append(a.errs, err)
	} else {
		a.late(err)
	}
}

func (a *App) isOpen() bool { return lifeState(a.state.Load()) == stateNew }

// open reports whether the app can still be set up, and complains if not.
func (a *App) open(call string) bool {
	if !a.isOpen() {
		a.late(fmt.Errorf("%s: %s: the app has started; call it before", router.Source(), call))
		return false
	}
	return true
}

// late reports a call that came too late to be part of the report at the start.
func (a *App) late(err error) { a.options.logger().Error("soay: " + err.Error()) }

// Get registers a handler for GET, and for HEAD unless the pattern has one of its own. See package
// router for patterns.
func (a *App) Get(pattern string, h Handler) *Route { return a.router.Root().Get(pattern, h) }

// Post registers a handler for POST.
func (a *App) Post(pattern string, h Handler) *Route { return a.router.Root().Post(pattern, h) }

// Put registers a handler for PUT.
func (a *App) Put(pattern string, h Handler) *Route { return a.router.Root().Put(pattern, h) }

// Patch registers a handler for PATCH.
func (a *App) Patch(pattern string, h Handler) *Route { return a.router.Root().Patch(pattern, h) }

// Delete registers a handler for DELETE.
func (a *App) Delete(pattern string, h Handler) *Route { return a.router.Root().Delete(pattern, h) }

// Head registers a handler for HEAD, in place of the one for GET.
func (a *App) Head(pattern string, h Handler) *Route { return a.router.Root().Head(pattern, h) }

// Options registers a handler for OPTIONS, in place of the built-in answer.
func (a *App) Options(pattern string, h Handler) *Route { return a.router.Root().Options(pattern, h) }

// Trace registers a handler for TRACE, which otherwise no path has.
func (a *App) Trace(pattern string, h Handler) *Route { return a.router.Root().Trace(pattern, h) }

// Connect registers a handler for CONNECT, which otherwise no path has.
func (a *App) Connect(pattern string, h Handler) *Route { return a.router.Root().Connect(pattern, h) }

// Handle registers a handler for any method. Methods are case-sensitive.
func (a *App) Handle(method, pattern string, h Handler) *Route {
	return a.router.Root().Handle(method, pattern, h)
}

// Route registers a handler for several methods at once. None is a start-up error.
func (a *App) Route(pattern string, h Handler, methods ...string) *Route {
	return a.router.Root().Route(pattern, h, methods...)
}

// Group returns a group of routes behind a prefix and inside middleware. [Group.Host] and its like restrict
// which requests the routes of a group answer.
func (a *App) Group(prefix string, middleware ...Middleware) Group {
	return a.router.Root().Group(prefix, middleware...)
}

// Fallback registers the handler for requests that no route matches. The default answers 404.
func (a *App) Fallback(h Handler) {
	switch {
	case h == nil:
		a.fail("Fallback: the handler is nil")
	case a.fallback != nil:
		a.fail("Fallback: there is one already")
	case a.open("Fallback"):
		a.fallback, a.fallbackSource = h, router.Source()
	}
}

// HandleStatus registers the handler that makes the body of error responses with a status, unless a handler of
// the route's groups or one of [HandleError] for the app has made it. A response that does not set a status
// keeps this one. Responses that a handler has given a body itself are left alone. See [ErrorOf] for the error
// behind the page. [Group.HandleStatus] is for the routes of a group.
//
// A page in HTML is for clients that accept one. Those that ask for JSON get problem details with the status and
// the headers of the page. So do those that accept everything, at a typed handler that returns data.
func (a *App) HandleStatus(status int, h Handler) { a.router.Root().HandleStatus(status, h) }

// HandleError registers the function that answers errors of type E, as errors.As finds them: those
// in error responses, and panics with an error as their value. It answers for an App, or for a Group: the routes
// of the group and the requests below its prefix that no route matches.
//
// The innermost group that has a handler for an error answers. Of its handlers, the first registered function
// that fits the error is used, and without one that of HandleStatus. A response that does not set a status keeps
// that of the error. As for [App.HandleStatus], HTML is for clients that accept it.
func HandleError[E error](to router.ErrorScope, f func(Request, E) Response) {
	router.HandleError(to, f)
}

// ErrorOf returns the error behind an error page, for the handlers of [App.HandleStatus] and their like.
// Elsewhere it is nil; middleware asks the response, by Err.
func ErrorOf(req Request) error { return middleware.ErrorOf(req) }

// URL returns the path of a named route, with its parameters replaced by args in their order.
// Values are escaped. An unknown name, a missing or surplus value and one that the route would not
// match are errors, as is a call before the app has started.
func (a *App) URL(name string, args ...any) (string, error) {
	c := a.core.Load()
	if c == nil {
		return "", fmt.Errorf("soay: URL of route %q: the app has not started", name)
	}
	return c.table.URL(name, args...)
}

// AbsoluteURL returns [App.URL] behind Options.PublicURL, for links in e-mails and for other sites: clients choose
// the host that they ask for, so links are not made of it. Without a PublicURL it fails.
func (a *App) AbsoluteURL(name string, args ...any) (string, error) {
	if a.site.public == nil {
		return "", fmt.Errorf("soay: absolute URL of route %q: set Options.PublicURL or APP_PUBLIC_URL", name)
	}
	path, err := a.URL(name, args...)
	if err != nil {
		return "", err
	}
	return a.site.public.Scheme + "://" + a.site.public.Host + path, nil
}

// Routes describes the registered routes.
func (a *App) Routes() []router.Info { return a.router.Routes() }

// FromHTTP returns a handler that lets a handler of package net/http answer. See
// [middleware.FromHTTP].
func FromHTTP(h http.Handler) Handler { return middleware.FromHTTP(h) }

// WrapHTTP returns the Middleware that middleware for package net/http amounts to. See
// [middleware.WrapHTTP].
func WrapHTTP(wrap func(http.Handler) http.Handler) Middleware { return middleware.WrapHTTP(wrap) }

// NewKey returns a new random key for UseSessions.
func NewKey() string { return sessions.NewKey() }
