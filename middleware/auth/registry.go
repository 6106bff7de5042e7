package auth

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// Options sets up the authentication of an app. The zero value is the default.
type Options struct {
	// Realm names the app in challenges. The default is the host of PublicURL, else "app".
	Realm string
	// Throttle limits how often clients may be wrong.
	Throttle ThrottleOptions
	// OnEvent is told of every sign-in, sign-out and refusal, as the log is. It is called by the goroutine of the
	// request, so it must not take long.
	OnEvent func(Event)
}

// AuthorizationOptions sets up what an app asks of all routes. The zero value is the default.
type AuthorizationOptions struct {
	// Default is the rule for routes without one, and is added to the rules of the others but Optional ones. The
	// zero value asks for any client that has proven who it is.
	Default router.Auth
	// AnonymousFallback lets everybody reach the handler of App.Fallback.
	AnonymousFallback bool
}

// Registry has the schemes, the policies and the rules of an app. It is for the framework: an App has one. It is set up
// by one goroutine, and safe for concurrent use once the app has started.
type Registry struct {
	entries  []*entry
	policies map[string]policy
	options  Options
	rule     AuthorizationOptions

	configured, guarded string // where UseAuthentication and UseAuthorization were called, "" where they were not

	session  *SessionScheme // nil without one
	throttle throttle
	events   events
}

// entry is a scheme of an app.
type entry struct {
	name, source string
	scheme       Scheme
	about        Description
	implicit     bool
	challenge    string
	challenger   Challenger        // nil where the challenge is always the same
	sharer       Sharer            // nil where all credentials are its own
	signIn       SignInner         // nil where browsers cannot be sent anywhere
	session      *SessionScheme    // whom it has signed in; nil where sessions do not matter
	private      response.Response // the headers of responses to clients that the scheme has proven
	queries      []string          // the query parameters with credentials
	headed       bool              // credentials may stand in the header Authorization
	names        []string          // those behind which they stand there
	vary         response.Response // those of responses to others
	outages      outages
}

// Add adds a scheme. The error joins all that is wrong. It is for the framework.
func (r *Registry) Add(name string, scheme Scheme, source string) error {
	switch {
	case !isName(name):
		return fmt.Errorf("the name %q is not made of letters, digits, '-', '_' and '.'", name)
	case isNil(scheme):
		return fmt.Errorf("the scheme %q is nil", name)
	}
	for _, other := range r.entries {
		if other.name == name {
			return fmt.Errorf("there is a scheme %q already, of %s", name, other.source)
		}
	}
	e := &entry{name: name, source: source, scheme: scheme}
	switch s := scheme.(type) {
	case *SessionScheme:
		if r.session != nil {
			return errors.New("there is a scheme for sessions already")
		}
		r.session, e.session = s, s
	case SessionHolder:
		e.session = s.HeldSession()
	}
	r.entries = append(r.entries, e)
	if c, ok := scheme.(Checker); ok {
		return c.Check()
	}
	return nil
}

// isName accepts what a challenge (RFC 9110 section 11.1) and the components of an OpenAPI document (OpenAPI 3.1,
// section 4.8.7) both have as a name.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.'
	})
}

// isNil finds a nil in an interface, too, such as the result of a constructor that has failed.
func isNil(scheme Scheme) bool {
	switch v := reflect.ValueOf(scheme); v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Slice, reflect.Chan:
		return v.IsNil()
	}
	return false
}

// Configure sets the options. The error joins all that is wrong. It is for the framework.
func (r *Registry) Configure(options Options, source string) error {
	r.options, r.configured = options, source
	var errs []error
	if options.Realm != "" && !isRealm(options.Realm) {
		errs = append(errs, inField("Realm", "%q has characters beyond printable ASCII, quotes or backslashes", options.Realm))
	}
	return errors.Join(append(errs, options.Throttle.check()...)...)
}

// ThrottleStore returns the store that counts wrong credentials, nil for the memory. It is for the framework.
func (r *Registry) ThrottleStore() ratelimit.Store { return r.options.Throttle.Store }

// Guard makes the app one whose routes need a user unless they say otherwise. It is for the framework.
func (r *Registry) Guard(options AuthorizationOptions, source string) error {
	r.guarded, r.rule = source, options
	var errs []error
	if options.Default.Optional {
		errs = append(errs, inField("Default", "Optional lets everybody pass; leave UseAuthorization out"))
	}
	for _, err := range router.Unjoin(options.Default.Check()) {
		errs = append(errs, inField("Default", "%w", err))
	}
	return errors.Join(errs...)
}

// Configured returns where Configure was called, "" if it was not. It is for the framework.
func (r *Registry) Configured() string { return r.configured }

// Guarded returns where Guard was called, "" if it was not. It is for the framework.
func (r *Registry) Guarded() string { return r.guarded }

// HasSchemes reports whether there are schemes. It is for the framework.
func (r *Registry) HasSchemes() bool { return len(r.entries) > 0 }

// Attach ends the setup of the schemes. The errors have their places. It is for the framework.
func (r *Registry) Attach(setup Setup) []error {
	var errs []error
	setup.Realm, setup.Once = r.realm(setup), r.throttle.once
	for _, e := range r.entries {
		setup.Name = e.name
		if a, ok := e.scheme.(Attacher); ok {
			if err := a.Attach(setup); err != nil {
				errs = append(errs, e.mistake(err))
			}
		}
		if e.describe(setup.Realm); !header.ValidValue(e.challenge) {
			errs = append(errs, e.mistake(inField("Challenge", "%q has control characters", e.challenge)))
		}
	}
	r.throttle.start(r.options.Throttle, setup)
	r.events.tell = r.options.OnEvent
	return errs
}

func (e *entry) mistake(err error) error {
	return fmt.Errorf("%s: AddScheme: %s: %w", e.source, e.name, err)
}

func (r *Registry) realm(setup Setup) string {
	switch {
	case r.options.Realm != "":
		return r.options.Realm
	case setup.PublicURL != nil:
		return setup.PublicURL.Hostname()
	}
	return "app"
}

// inField returns what is wrong with a field of options.
func inField(name, format string, args ...any) error {
	return fmt.Errorf(name+": "+format, args...)
}

// isRealm accepts what a quoted string holds without escapes.
func isRealm(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' })
}

// describe notes what the scheme tells of itself.
func (e *entry) describe(realm string) {
	e.about = e.scheme.Describe()
	_, isFunc := e.scheme.(*funcScheme)
	e.implicit = isFunc || e.session != nil || e.about.isImplicit()
	e.challenger, _ = e.scheme.(Challenger)
	e.sharer, _ = e.scheme.(Sharer)
	e.signIn, _ = e.scheme.(SignInner)
	if s, ok := e.scheme.(*SessionScheme); ok && s.options.SignInPath == "" {
		e.signIn = nil
	}
	switch e.challenge = e.about.Challenge; {
	case e.challenge != "":
	case isFunc:
		e.challenge = e.name
	default:
		e.challenge = e.name + ` realm="` + realm + `"`
	}
	places := e.about
	if e.session != nil { // the sign-in of a provider ends in a session
		places = e.session.Describe()
	}
	e.headed, e.names = places.authorization()
	e.vary, e.queries = placesOf(places)
	e.private = e.vary.WithHeader("Cache-Control", "private")
}

// placesOf returns the header Vary of responses to clients without credentials of a scheme, and the query parameters that
// may have some. Caches know only that Authorization makes a response private (RFC 9111 section 3.5), not that another
// header or a cookie does.
func placesOf(about Description) (vary response.Response, queries []string) {
	var names []string
	for _, s := range append([]router.SecurityScheme{about.Security}, about.Others...) {
		switch {
		case s.Type == "apiKey" && s.In == "query":
			queries = append(queries, s.Name)
		case s.Type == "apiKey" && s.In == "cookie":
			names = append(names, "Cookie")
		case s.Type == "apiKey" && s.In == "header" && header.IsToken(s.Name):
			names = append(names, s.Name)
		default:
			names = append(names, "Authorization")
		}
	}
	if len(names) > 0 {
		vary = vary.WithHeader("Vary", strings.Join(names, ", "))
	}
	return vary, queries
}

// privateFor returns the headers of a response to a client that the scheme has proven.
func (e *entry) privateFor(req request.Request) response.Response {
	for _, name := range e.queries {
		if req.QueryValues().Has(name) { // the address has the key, and neither a cache nor the next site shall have it
			return e.vary.WithHeader("Cache-Control", "no-store").WithHeader("Referrer-Policy", "no-referrer")
		}
	}
	return e.private
}

// SecuritySchemes returns the schemes as an OpenAPI document has them, by their names. It is for the framework.
func (r *Registry) SecuritySchemes() map[string]router.SecurityScheme {
	schemes := map[string]router.SecurityScheme{}
	for _, e := range r.entries {
		schemes[e.name] = e.about.Security
	}
	return schemes
}

// HasAmbient reports whether browsers send credentials of a scheme unasked. Like KeyHeaders it asks the schemes, for the
// check against forged requests is made before Attach. It is for the framework.
func (r *Registry) HasAmbient() bool {
	return slices.ContainsFunc(r.entries, func(e *entry) bool { return e.scheme.Describe().Ambient })
}

// IsAmbient reports whether a request has credentials that browsers send unasked, other than the session's. It is for
// the framework.
func (r *Registry) IsAmbient(req request.Request) bool {
	return slices.ContainsFunc(r.entries, func(e *entry) bool {
		if e.session != nil || !e.about.Ambient {
			return false
		}
		if some, ok := e.scheme.(Ambienter); ok {
			return some.IsAmbient(req)
		}
		return e.scheme.Presented(req)
	})
}

// KeyHeaders returns the names of headers in which programs bring keys, and those of schemes of Authorization that no
// browser sends by itself. Authorization as such is none, for browsers may send it unasked. It is for the framework.
func (r *Registry) KeyHeaders() (names, schemes []string) {
	for _, e := range r.entries {
		about := e.scheme.Describe()
		_, some := e.scheme.(Ambienter)
		if _, isFunc := e.scheme.(*funcScheme); isFunc || about.Ambient && !some {
			continue // of a Func it is known only to itself where the credentials stand
		}
		for _, s := range append([]router.SecurityScheme{about.Security}, about.Others...) {
			switch {
			case s.Type == "apiKey" && s.In == "header" && !strings.EqualFold(s.Name, "Authorization"):
				names = append(names, s.Name)
			case s.Type == "http" && s.Scheme != "":
				schemes = append(schemes, s.Scheme)
			}
		}
	}
	return names, schemes
}

// find returns the scheme with a name, nil without one.
func (r *Registry) find(name string) *entry {
	for _, e := range r.entries {
		if e.name == name {
			return e
		}
	}
	return nil
}

// now is the time that expiries are compared with.
func now() time.Time { return time.Now() }
