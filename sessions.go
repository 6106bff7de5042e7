package soay

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

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
		err = wrong // it says more than that there is no key
	}
	if err != nil {
		a.failEach("UseSessions", err)
		m, _ = sessions.NewManager("", sessions.Options{Codec: sessions.NewCodec(NewKey())})
	}
	a.installSession("UseSessions", m, ring)
}

// UseSessionStore fills the Session of requests, kept in a store such as that of package memstore. The
// cookie has only a random token, which finds the session in the store. A logout is final then, on every
// instance that shares the store, and a session can hold 64 KiB. Call it in place of UseSessions. See
// [sessions.Options] for the rest.
func (a *App) UseSessionStore(store sessions.Store, options ...sessions.Options) {
	o := one(a, "UseSessionStore", options)
	if o.Logger == nil {
		o.Logger = a.options.logger()
	}
	m, err := sessions.NewStoreManager(store, o)
	if err != nil {
		a.failEach("UseSessionStore", err)
		return
	}
	ring, err := keyring.ForSessions("", o)
	if err != nil {
		a.fail("UseSessionStore: %w", err)
		return
	}
	a.installSession("UseSessionStore", m, ring)
	if a.isOpen() {
		a.health.OwnSessions(store)
	}
}

// installSession puts the sessions of a manager into their phase, and tells the anti-forgery check of them.
func (a *App) installSession(call string, m *sessions.Manager, ring *keyring.Ring) {
	session, err := middleware.NewSession(m)
	if err != nil {
		a.fail("%s: %w", call, err)
		return
	}
	a.install(phaseSession, call, session)
	a.forgery.guards(m, ring)
	if a.isOpen() && ring != nil {
		a.health.OwnKeys(ring)
	}
}

// forgery has the parts of the check against forged requests, which is made when the setup ends.
type forgery struct {
	source  string // the place of the call of UseAntiForgery, "" without one
	options antiforgery.Options
	manager *sessions.Manager // nil without sessions
	ring    *keyring.Ring     // seals the tokens; nil for a key of this process
	alone   bool              // the key is one of this process
}

// UseAntiForgery sets up the check against requests that other sites make a visitor's browser send.
// With sessions it is there by default; call this to trust other origins, or to have it without
// sessions. See package [antiforgery]. [Route.IgnoreAntiForgery] exempts a route.
//
// Tokens in forms are sealed by the key of UseSessions, by the ring whose codec it was given, or by
// the keys in APP_SECRET_1 and so on. With none of them, as with a store alone, by a key of this
// process, which other instances do not have; outside of development the log warns of it. Set
// APP_SECRET_1 then.
func (a *App) UseAntiForgery(options ...antiforgery.Options) {
	o := one(a, "UseAntiForgery", options)
	switch {
	case a.forgery.source != "":
		a.fail("UseAntiForgery: it was called at %s already", a.forgery.source)
	case a.open("UseAntiForgery"):
		a.forgery.source, a.forgery.options = router.Source(), o
	}
}

// guards sets the sessions that the check protects, and the ring for its tokens.
func (f *forgery) guards(m *sessions.Manager, ring *keyring.Ring) { f.manager, f.ring = m, ring }

// installAntiForgery puts the check into its phase, whatever the order of the calls was.
func (a *App) installAntiForgery() {
	f := &a.forgery
	ambient := a.auth.HasAmbient()
	if f.manager == nil && f.source == "" && !ambient || len(a.phases[phaseAntiForgery]) > 0 {
		return
	}
	o := f.options
	if ambient {
		o.Ambient = a.auth.IsAmbient
	}
	headers, schemes := a.auth.KeyHeaders()
	o.KeyHeaders, o.KeySchemes = append(slices.Clip(o.KeyHeaders), headers...), append(slices.Clip(o.KeySchemes), schemes...)
	own := o.Exempt
	o.Exempt = func(req Request) bool {
		return router.IgnoresAntiForgery(req) || own != nil && own(req)
	}
	if f.manager != nil && o.Sealer == nil {
		o.Sealer = keyring.Reserved(a.tokenRing(), "anti-forgery token")
	}
	if f.manager != nil {
		o.SessionCookie, o.SecureCookie = f.manager.CookieName, f.manager.IsSecure
	}
	guard, err := antiforgery.New(o)
	if err != nil {
		for _, e := range router.Unjoin(err) {
			a.errs = append(a.errs, fmt.Errorf("%s: UseAntiForgery: %w", cmp.Or(f.source, a.source), e))
		}
		return
	}
	source := cmp.Or(f.source, "built in")
	a.phases[phaseAntiForgery] = []installed{{"anti-forgery", source, guard.Middleware}}
	inject.AddInstance(&a.services.container, guard, nil, source)
}

// tokenRing returns the ring that seals tokens in forms.
func (a *App) tokenRing() *keyring.Ring {
	if a.forgery.ring != nil {
		return a.forgery.ring
	}
	a.forgery.alone = true
	return newOwnRing()
}

// newOwnRing returns a ring of a key that other instances do not have.
func newOwnRing() *keyring.Ring {
	ring, err := keyring.FromKeys(NewKey())
	if err != nil {
		panic(err) // a new key is a good one
	}
	return ring
}

// warnOfOwnKey warns in production that the tokens in forms are valid for this process only.
func (a *App) warnOfOwnKey() {
	if a.forgery.alone && !a.dev {
		a.options.logger().Warn("soay: anti-forgery tokens are sealed by a key of this process; " +
			"other instances will refuse them, and so will this one after a restart; set APP_SECRET_1")
	}
}
