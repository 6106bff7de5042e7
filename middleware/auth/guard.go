package auth

import (
	"fmt"
	"slices"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

// guard is what a route asks of its clients, made of the rules along the way to it. It never changes.
type guard struct {
	registry *Registry
	access   router.Access
	// lenient says that no credentials are refused: everybody may use the route, or there is none.
	lenient            bool
	explicit, implicit []*entry // the allowed schemes
	challenges         []*entry // the same in the order of AddScheme
	policies           []policy
}

// guardKey is the setting of routes that follows from their rules.
var guardKey = request.NewRouteKey[*guard]("auth guard")

// Derive returns the setting that follows from the rules of a route in these scopes. It is for router.Config.
func (r *Registry) Derive(of router.Subject, scopes []*request.RouteSettings) *request.RouteSettings {
	s := request.NewRouteSettings(func(string) bool { return true }, func(string, error) {})
	guardKey.Set(s, r.guardOf(of, router.AuthRulesAlong(scopes...)))
	return s
}

func (r *Registry) guardOf(of router.Subject, rules router.AuthRules) *guard {
	g := &guard{registry: r, access: r.access(of, rules)}
	g.lenient = of == router.OfNothing || rules.Anonymous
	for _, e := range r.entries {
		if !slices.Contains(g.access.Schemes, e.name) {
			continue
		}
		g.challenges = append(g.challenges, e)
		if e.implicit {
			g.implicit = append(g.implicit, e)
		} else {
			g.explicit = append(g.explicit, e)
		}
	}
	for _, name := range g.access.Policies {
		g.policies = append(g.policies, r.policies[name])
	}
	return g
}

// access returns what the rules and those of the app come to.
func (r *Registry) access(of router.Subject, rules router.AuthRules) router.Access {
	a := router.Access{Schemes: r.names()}
	list := rules.Rules
	if r.guarded != "" && !isOptional(list) && !(of == router.OfFallback && r.rule.AnonymousFallback) {
		list = append(slices.Clip(list), router.AuthRule{Auth: r.rule.Default})
	}
	if of == router.OfNothing || rules.Anonymous {
		list = nil
	}
	for _, rule := range list {
		if rule.Optional {
			a.Optional = true
			continue
		}
		a.Needs = true
		if len(rule.Schemes) > 0 {
			a.Schemes = slices.DeleteFunc(a.Schemes, func(name string) bool { return !slices.Contains(rule.Schemes, name) })
		}
		if len(rule.Roles) > 0 {
			a.Roles = append(a.Roles, rule.Roles)
		}
		a.Scopes = appendNew(a.Scopes, rule.Scopes)
		a.Policies = appendNew(a.Policies, rule.Policies)
		if rule.MaxAge > 0 && (a.MaxAge == 0 || rule.MaxAge < a.MaxAge) {
			a.MaxAge = rule.MaxAge
		}
	}
	a.Optional = a.Optional && !a.Needs
	return a
}

// isOptional reports whether the rules let everybody pass.
func isOptional(rules []router.AuthRule) bool {
	return len(rules) > 0 && !slices.ContainsFunc(rules, func(r router.AuthRule) bool { return !r.Optional })
}

func appendNew(list, more []string) []string {
	for _, name := range more {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

func (r *Registry) names() []string {
	names := make([]string, len(r.entries))
	for i, e := range r.entries {
		names[i] = e.name
	}
	return names
}

// Access returns what a route asks of its client. It is for the framework.
func (r *Registry) Access(i router.Info) router.Access {
	return r.access(router.OfRoute, i.AuthRules())
}

// CheckRules returns what is wrong with the rules of routes, each with its place. It is for the framework.
func (r *Registry) CheckRules(infos []router.Info) []error {
	var errs []error
	told := map[string]bool{}
	tell := func(source, format string, args ...any) {
		err := fmt.Errorf("%s: "+format, append([]any{source}, args...)...)
		if !told[err.Error()] { // a rule of a group is one of many routes
			told[err.Error()] = true
			errs = append(errs, err)
		}
	}
	if r.configured != "" && len(r.entries) == 0 {
		tell(r.configured, "UseAuthentication: %s", noSchemes)
	}
	if r.guarded != "" {
		r.checkRule(router.AuthRule{Auth: r.rule.Default, Source: r.guarded}, "UseAuthorization: Default", tell)
	}
	for _, info := range infos {
		r.checkRoute(info, tell)
	}
	if r.session != nil && r.session.options.SignInPath != "" {
		r.checkSignIn(infos, tell)
	}
	return errs
}

const noSchemes = "the app has no scheme; call AddScheme"

// teller notes a mistake.
type teller func(source, format string, args ...any)

// checkRoute tells what is wrong with the rules along the way to a route.
func (r *Registry) checkRoute(info router.Info, tell teller) {
	rules := info.AuthRules()
	known, asked := true, router.AuthRule{}
	for _, rule := range rules.Rules {
		known = r.checkRule(rule, "Auth", tell) && known
		if rule.Optional && asked.Source != "" {
			tell(rule.Source, "Auth: Optional has no effect behind the rule of %s, for all rules must hold; "+
				"call AllowAnonymous for a group in between", asked.Source)
		}
		if !rule.Optional {
			asked = rule
		}
	}
	if access := r.access(router.OfRoute, rules); known && asked.Source != "" && len(access.Schemes) == 0 {
		tell(asked.Source, "Auth: no scheme is left for %s %s: the rules along the way to it allow different ones",
			info.Method, info.Pattern)
	}
}

// checkRule tells of names in a rule that nobody has added. It reports whether its schemes are known.
func (r *Registry) checkRule(rule router.AuthRule, call string, tell teller) bool {
	if len(r.entries) == 0 {
		tell(rule.Source, "%s: %s", call, noSchemes)
		return false
	}
	known := true
	for _, name := range rule.Schemes {
		if name != "" && r.find(name) == nil { // Check tells of empty ones
			known = false
			tell(rule.Source, "%s: Schemes: there is no scheme %q; AddScheme has added %q", call, name, r.names())
		}
	}
	for _, name := range rule.Policies {
		switch p, ok := r.policies[name]; {
		case name == "":
		case !ok:
			tell(rule.Source, "%s: Policies: there is no policy %q; call AddPolicy", call, name)
		case p.decide == nil:
			tell(rule.Source, "%s: Policies: the policy %q is about a thing; ask for it by AuthorizeFor in the handler", call, name)
		}
	}
	return known && !slices.Contains(rule.Schemes, "")
}

// checkSignIn tells if browsers would be sent to a page that is not there, or that sends them on to itself.
func (r *Registry) checkSignIn(infos []router.Info, tell teller) {
	path, source := r.session.options.SignInPath, r.entryOf(r.session).source
	for _, info := range infos {
		if info.Method != "GET" || info.Pattern != path {
			continue
		}
		if r.Access(info).Needs {
			tell(source, "AddScheme: SignInPath: %s needs a user itself; call AllowAnonymous for it at %s", path, info.Source)
		}
		return
	}
	tell(source, "AddScheme: SignInPath: there is no route GET %s", path)
}

func (r *Registry) entryOf(s Scheme) *entry {
	for _, e := range r.entries {
		if e.scheme == s {
			return e
		}
	}
	return nil
}

// maxAhead is how far the clock of whoever has signed somebody in may be ahead of ours.
const maxAhead = time.Minute

// isTooOld reports whether somebody has signed in too long ago, or nobody knows when: a time in the future is that of a
// clock which was wrong, and would be new for ever.
func (g *guard) isTooOld(id *Identity) bool {
	max, at := g.access.MaxAge, id.profile.AuthTime
	if max == 0 {
		return false
	}
	age := now().Sub(at)
	return at.IsZero() || age > max || age < -maxAhead
}

// check returns why somebody may not use the route, nil if they may.
func (g *guard) check(req request.Request, id *Identity) error {
	if g.isTooOld(id) {
		e := g.deny(id, ReasonTooOld)
		e.MaxAge = g.access.MaxAge
		return e
	}
	for _, roles := range g.access.Roles {
		if !slices.ContainsFunc(roles, id.HasRole) {
			return g.deny(id, ReasonNotAllowed)
		}
	}
	for _, scope := range g.access.Scopes {
		if !id.HasScope(scope) {
			e := g.deny(id, ReasonScopeMissing)
			e.Scopes = slices.Clone(g.access.Scopes)
			return e
		}
	}
	for i := range g.policies {
		if err := g.registry.ask(req, id, &g.policies[i]); err != nil {
			return err
		}
	}
	return nil
}

func (g *guard) deny(id *Identity, reason Reason) *RefusedError {
	return &RefusedError{Reason: reason, Status: reason.status(), Scheme: id.scheme, Subject: id.Subject()}
}

// seconds is for challenges, which have whole ones.
func seconds(d time.Duration) int64 { return int64(d / time.Second) }
