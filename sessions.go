package soay

import (
	"github.com/soay-go/soay/middleware"
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
}
