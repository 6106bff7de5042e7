package soay

import (
	"fmt"
	"io"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

// User returns who the client of a request is, nil for nobody; the methods of a nil [Identity] work. See [auth.User].
func User(req Request) *Identity { return auth.User(req) }

// AddScheme adds a way in which clients prove who they are, such as those of packages apikey and basic and
// [auth.Session]. Rules and the description of the API call it by the name. The challenges of a 401 stand in the order
// of the calls, and of several implicit schemes the first one that knows somebody counts. See package [auth].
//
// A scheme alone lets everybody pass: [Route.Auth] protects a route, and UseAuthorization all of them.
func (a *App) AddScheme(name string, scheme auth.Scheme) {
	if !a.open("AddScheme") {
		return
	}
	if err := a.auth.Add(name, scheme, router.Source()); err != nil {
		a.failEach("AddScheme", err)
		return
	}
	if s, ok := scheme.(auth.Router); ok {
		s.Routes(a.router.Root())
	}
	if s, ok := scheme.(auth.Starter); ok {
		a.Lifespan(s.Start)
	}
}

// AddPolicy adds a rule that is a function, for the Policies of an [Auth] and for [auth.Authorize].
func (a *App) AddPolicy(name string, policy auth.Policy) {
	if !a.open("AddPolicy") {
		return
	}
	if err := a.auth.AddPolicy(name, policy, router.Source()); err != nil {
		a.fail("AddPolicy: %w", err)
	}
}

// AddPolicyFor adds a rule about things of type T, for [auth.AuthorizeFor] in handlers that have such a thing.
func AddPolicyFor[T any](a *App, name string, policy func(Request, *Identity, T) error) {
	if !a.open("AddPolicyFor") {
		return
	}
	if err := auth.AddPolicyFor(&a.auth, name, policy, router.Source()); err != nil {
		a.fail("AddPolicyFor: %w", err)
	}
}

// UseAuthentication sets up how clients are asked who they are: the realm of challenges, how often they may be wrong,
// and who is told. It is needed only for that; AddScheme switches authentication on.
func (a *App) UseAuthentication(options ...auth.Options) {
	o := one(a, "UseAuthentication", options)
	switch source := a.auth.Configured(); {
	case source != "":
		a.fail("UseAuthentication: it was called at %s already", source)
	case a.open("UseAuthentication"):
		if err := a.auth.Configure(o, router.Source()); err != nil {
			a.failEach("UseAuthentication", err)
		}
	}
}

// UseAuthorization makes routes without a rule of their own ask for a user: from now on everything is closed that
// [Route.AllowAnonymous] does not open. What no route matches stays 404; the handler of Fallback is closed, too. The
// pages of UseOpenAPI are open in development.
func (a *App) UseAuthorization(options ...auth.AuthorizationOptions) {
	o := one(a, "UseAuthorization", options)
	switch source := a.auth.Guarded(); {
	case source != "":
		a.fail("UseAuthorization: it was called at %s already", source)
	case a.open("UseAuthorization"):
		if err := a.auth.Guard(o, router.Source()); err != nil {
			a.failEach("UseAuthorization", err)
		}
	}
}

// installAuth puts authentication and authorization into their phases, and makes the user a service.
func (a *App) installAuth() {
	if !a.auth.HasSchemes() {
		inject.Hint[*Identity](&a.services.container, "it is one in an app with schemes, so call AddScheme")
		return
	}
	if len(a.phases[phaseAuthentication]) > 0 {
		return
	}
	setup := auth.Setup{Logger: a.options.logger(), PublicURL: a.site.public, Development: a.dev, Ring: a.authRing()}
	if m := a.forgery.manager; m != nil {
		setup.Sessions, setup.StoredSessions = true, m.IsStored()
		setup.SessionCookie, setup.SecureCookie, setup.EndSessions = m.CookieName(true), m.IsSecure, m.EndUser
	}
	a.errs = append(a.errs, a.auth.Attach(setup)...)
	a.phases[phaseAuthentication] = []installed{{phaseAuthentication.String(), "built in", a.auth.Authentication}}
	a.phases[phaseAuthorization] = []installed{{phaseAuthorization.String(), "built in", a.auth.Authorization}}
	inject.Add(&a.services.container, inject.Service[*Identity]{
		Lifetime: inject.Scoped, Factory: auth.Identify, Nilable: true, Source: "built in",
	})
}

// authRing returns the ring that schemes seal with: that of the sessions, or the keys of the environment, or a key of
// this process.
func (a *App) authRing() *keyring.Ring {
	if a.forgery.ring != nil {
		return a.forgery.ring
	}
	ring, err := keyring.ForSessions("", sessions.Options{})
	if err != nil {
		a.errs = append(a.errs, fmt.Errorf("%s: AddScheme: the keys of the environment: %w", a.source, err))
	}
	if ring == nil {
		return newOwnRing()
	}
	return ring
}

// derive returns what gives routes the settings that follow from their rules and their policies.
func (a *App) derive() []func(router.Subject, []*request.RouteSettings) *request.RouteSettings {
	list := []func(router.Subject, []*request.RouteSettings) *request.RouteSettings{a.site.cors.Derive}
	if a.auth.HasSchemes() {
		list = append(list, a.auth.Derive)
	}
	return list
}

// userKey returns whom a limit by user is for, "" for nobody.
func userKey(req Request) (string, error) {
	id, err := auth.Identify(req)
	return id.Key(), err
}

// WriteAccess writes a table of the routes and of what each asks of its clients, for reviews: the same rules are
// enforced. There is one row for each method of a route, sorted by patterns, and one for the handler of Fallback. Kept in
// a file, it shows what a change does to the access. The last column says where the route was registered.
//
// In a column | stands between names of which one is enough, and a comma between those that are all needed. Names with
// blanks and the like are quoted. The rates are those of routes and groups; what UseRateLimit sets holds beside them.
//
// The app need not run, but nothing can be registered any more afterwards. The mistakes of the setup are errors.
func WriteAccess(a *App, w io.Writer) error {
	a.life.Lock()
	err := a.prepare()
	a.life.Unlock()
	if err != nil {
		return err
	}
	var fallback *router.Info
	if a.fallback != nil {
		fallback = &router.Info{
			Method: "any", Pattern: "Fallback", Source: a.fallbackSource,
			Settings: request.SettingsAlong(request.SettingsOf(a)),
		}
	}
	if err := a.auth.WriteAccess(w, a.Routes(), fallback); err != nil {
		return fmt.Errorf("soay: WriteAccess: %w", err)
	}
	return nil
}
