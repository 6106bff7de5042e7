package soay

import (
	"reflect"
	"runtime"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

// phase is a place in the chain of middleware. What the app brings lands in its phase whatever the
// order of the calls, so it works together: an access log sees the request id, error pages carry
// the session's cookie.
type phase int

const (
	phaseRequestID phase = iota
	phaseAccessLog
	phaseHeaders
	phaseSession
	phaseAntiForgery
	phaseUse // what programs add with App.Use, in their order
	phaseCount
)

func (p phase) String() string {
	return [...]string{"request id", "access log", "headers", "session", "anti-forgery", "use"}[p]
}

// installed is middleware in a phase.
type installed struct {
	name   string
	source string
	make   Middleware
}

// MiddlewareInfo describes one piece of an app's middleware.
type MiddlewareInfo struct {
	Phase  string // recover, request id, access log, headers, session, anti-forgery or use
	Name   string // for the phase use, the name of the function
	Source string // the file and line where it was switched on
}

// Middleware lists the middleware as it runs around every request, the outermost first. Groups and
// routes add theirs inside.
func (a *App) Middleware() []MiddlewareInfo {
	infos := []MiddlewareInfo{{Phase: "recover", Name: "recover", Source: "built in"}}
	for p, list := range a.phases {
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

// UseRequestID gives every request an id, in its log lines and in the header X-Request-Id. See
// [middleware.NewRequestID].
func (a *App) UseRequestID(options ...middleware.RequestIDOptions) {
	m, err := middleware.NewRequestID(one(a, "UseRequestID", options))
	if err != nil {
		a.fail("UseRequestID: %w", err)
		return
	}
	a.install(phaseRequestID, "UseRequestID", m)
}

// UseAccessLog logs a line for each request. See [middleware.NewAccessLog].
func (a *App) UseAccessLog(options ...middleware.AccessLogOptions) {
	a.install(phaseAccessLog, "UseAccessLog", middleware.NewAccessLog(one(a, "UseAccessLog", options)))
}

// UseHeaders adds headers to every response that does not have them, error pages included. See
// [middleware.NewHeaders] for those that it refuses.
func (a *App) UseHeaders(headers map[string]string) {
	m, err := middleware.NewHeaders(headers)
	if err != nil {
		for _, e := range unjoin(err) {
			a.fail("UseHeaders: %w", e)
		}
		return
	}
	a.install(phaseHeaders, "UseHeaders", m)
}

// UseSessions fills the Session of requests, kept in an encrypted cookie. The key is a secret of at
// least 32 characters; [NewKey] makes one. Everyone who has it can forge sessions, so it belongs
// into the environment, not into the source. Without a key the cookies are sealed by the ring of keys
// in APP_SECRET_1, APP_SECRET_2 and so on, if there are such variables; see package
// [keyring]. See [sessions.Options] for the rest.
func (a *App) UseSessions(key string, options ...sessions.Options) {
	o := one(a, "UseSessions", options)
	if o.Logger == nil {
		o.Logger = a.options.logger()
	}
	ring, wrong := keyring.ForSessions(key, o)
	if key == "" && o.Codec == nil && ring != nil {
		o.Codec = ring.Codec()
	}
	m, err := sessions.NewManager(key, o)
	if wrong != nil && (err == nil || key == "") {
		err = wrong // which says more than that there is no key
	}
	if err != nil {
		for _, e := range unjoin(err) {
			a.fail("UseSessions: %w", e)
		}
		m, _ = sessions.NewManager("", sessions.Options{Codec: sessions.NewCodec(NewKey())})
	}
	a.install(phaseSession, "UseSessions", middleware.NewSession(m))
	a.forgery.guards(m, ring)
}

// UseSessionStore fills the Session of requests, kept in a store such as that of package memstore;
// the browser has only the way to it in a cookie. A logout is final then, on every instance that
// shares the store, and a session can hold 64 KiB. It takes the place of UseSessions. See
// [sessions.Options] for the rest.
func (a *App) UseSessionStore(store sessions.Store, options ...sessions.Options) {
	o := one(a, "UseSessionStore", options)
	if o.Logger == nil {
		o.Logger = a.options.logger()
	}
	m, err := sessions.NewStoreManager(store, o)
	if err != nil {
		for _, e := range unjoin(err) {
			a.fail("UseSessionStore: %w", e)
		}
		return
	}
	ring, err := keyring.ForSessions("", o)
	if err != nil {
		a.fail("UseSessionStore: %w", err)
		return
	}
	a.install(phaseSession, "UseSessionStore", middleware.NewSession(m))
	a.forgery.guards(m, ring)
}

// chain returns all middleware for the table, outermost first. Errors and panics of what programs
// add become complete responses before the app's own middleware sees them.
func (a *App) chain() []Middleware {
	var chain []Middleware
	for p, list := range a.phases {
		if phase(p) == phaseUse && len(list) > 0 && len(chain) > 0 {
			chain = append(chain, a.pages.Guard)
		}
		for _, m := range list {
			chain = append(chain, m.make)
		}
	}
	return chain
}
