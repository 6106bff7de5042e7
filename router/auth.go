package router

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/soay-go/soay/request"
)

// Auth is a rule for who may use a route. Everything that it sets must hold. The zero Auth asks for any client that
// has proven who it is.
type Auth struct {
	// Schemes are names of App.AddScheme; one of them must have proven the client. The default is any scheme of the
	// app.
	Schemes []string
	// Roles are names of which the client must have one. They are compared exactly.
	Roles []string
	// Scopes are names of which the client must have all.
	Scopes []string
	// Policies are names of App.AddPolicy, all of which must allow the request. They are asked in this order, after
	// everything else holds.
	Policies []string
	// MaxAge is how long ago the client may have signed in, with a password say, whatever the session's life is
	// (RFC 9470). A client whose time of signing in is not known, or more than a minute ahead, is refused. The
	// default is any time.
	MaxAge time.Duration
	// Optional lets clients without credentials pass, too, but none with wrong ones. It stands alone: a rule with
	// anything else beside it is a mistake, and so is an Optional rule inside of a group that asks for a user.
	Optional bool
}

// Check returns what is wrong with the rule, nil if it is right.
func (a Auth) Check() error {
	var errs []error
	for _, list := range []struct {
		field string
		names []string
	}{{"Schemes", a.Schemes}, {"Roles", a.Roles}, {"Scopes", a.Scopes}, {"Policies", a.Policies}} {
		if slices.Contains(list.names, "") {
			errs = append(errs, fmt.Errorf("%s: a name is empty", list.field))
		}
	}
	if a.MaxAge < 0 {
		errs = append(errs, fmt.Errorf("MaxAge: %v is negative", a.MaxAge))
	}
	if a.Optional && (len(a.Schemes)+len(a.Roles)+len(a.Scopes)+len(a.Policies) > 0 || a.MaxAge != 0) {
		errs = append(errs, fmt.Errorf("%s stands alone: who may be anybody need not have anything", "Optional"))
	}
	return errors.Join(errs...)
}

// AuthRules are the rules of a route, its groups and its app. It is for the framework.
type AuthRules struct {
	// Anonymous says that AllowAnonymous was called, and nothing behind it.
	Anonymous bool
	// Rules must all hold.
	Rules []AuthRule
}

// AuthRule is a rule and the file and line where it was set. It is for the framework.
type AuthRule struct {
	Auth
	Source string
}

// Check returns the mistakes of all rules.
func (r AuthRules) Check() error {
	var errs []error
	for _, rule := range r.Rules {
		errs = append(errs, rule.Check())
	}
	return errors.Join(errs...)
}

var authRules = request.NewRouteKey("Auth", func(outer, inner AuthRules) AuthRules {
	if inner.Anonymous {
		return inner
	}
	return AuthRules{Rules: slices.Concat(outer.Rules, inner.Rules)}
})

// Auth sets who may use the route; without an argument any client that has proven who it is. Rules add up: those of
// the groups and those of several calls must all hold. It needs App.AddScheme.
func (r *Route) Auth(rules ...Auth) *Route { r.router.setAuth(r, rules); return r }

// Auth sets who may use the routes of the group, see [Route.Auth].
func (g Group) Auth(rules ...Auth) Group { g.g.router.setAuth(g, rules); return g }

// AllowAnonymous lets everybody use the route, whatever its groups and the app ask for.
func (r *Route) AllowAnonymous() *Route { r.router.setAnonymous(r); return r }

// AllowAnonymous lets everybody use the routes of the group that have no rule of their own.
func (g Group) AllowAnonymous() Group { g.g.router.setAnonymous(g); return g }

func (r *Router) setAuth(on request.RouteScope, rules []Auth) {
	own := request.SettingsOf(on)
	switch {
	case authRules.Along(own).Anonymous:
		r.fail("Auth: AllowAnonymous was called, too; decide for one")
	case probe.Along(own):
		r.fail("Auth: Probe was called, too, whose routes everybody may use")
	}
	if len(rules) == 0 {
		rules = []Auth{{}}
	}
	set := AuthRules{}
	for _, rule := range rules {
		set.Rules = append(set.Rules, AuthRule{rule.clone(), Source()})
	}
	if all := slices.Concat(authRules.Along(own).Rules, set.Rules); len(all) > 1 && slices.ContainsFunc(all, isOptional) {
		r.fail("Auth: Optional stands alone, but there is another rule here")
		return
	}
	authRules.Set(on, set)
}

func isOptional(rule AuthRule) bool { return rule.Optional }

func (a Auth) clone() Auth {
	a.Schemes, a.Roles = slices.Clone(a.Schemes), slices.Clone(a.Roles)
	a.Scopes, a.Policies = slices.Clone(a.Scopes), slices.Clone(a.Policies)
	return a
}

func (r *Router) setAnonymous(on request.RouteScope) {
	if len(authRules.Along(request.SettingsOf(on)).Rules) > 0 {
		r.fail("AllowAnonymous: Auth was called, too; decide for one")
	}
	authRules.Set(on, AuthRules{Anonymous: true})
}

// AuthRulesAlong returns the rules of a route in these scopes, the outermost first. It is for the framework.
func AuthRulesAlong(scopes ...*request.RouteSettings) AuthRules {
	if probe.Along(scopes...) {
		return AuthRules{Anonymous: true}
	}
	return authRules.Along(scopes...)
}

// AuthRules returns the rules of the route and its groups, without what the app asks of all. It is for the framework.
func (i Info) AuthRules() AuthRules {
	if i.IsProbe() {
		return AuthRules{Anonymous: true}
	}
	rules, _ := i.Settings[authRules.String()].(AuthRules)
	return rules
}

// Access is what a route asks of its client, all in all: what is enforced, listed and described. It is for the
// framework.
type Access struct {
	// Needs says that the client must have proven who it is. The fields below say more of it.
	Needs bool
	// Optional says that the credentials of a client are judged if there are some.
	Optional bool
	// Schemes are the names of those of which one must have proven the client, in the order of AddScheme.
	Schemes []string
	// Roles has lists of which the client must have one role each.
	Roles    [][]string
	Scopes   []string
	Policies []string
	MaxAge   time.Duration
}

// SecurityScheme describes a way to prove who a client is, as the security scheme of an OpenAPI document (OpenAPI 3.1,
// section 4.8.27).
type SecurityScheme struct {
	// Type is http, apiKey, openIdConnect, oauth2 or mutualTLS.
	Type        string
	Description string
	// Name is that of the header, query parameter or cookie of an apiKey, and In is header, query or cookie.
	Name, In string
	// Scheme is that of Authorization for http, such as basic and bearer.
	Scheme, BearerFormat string
	// OpenIDConnectURL is where the provider describes itself, for openIdConnect.
	OpenIDConnectURL string
}
