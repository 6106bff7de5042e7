package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
)

// mistaken is a scheme that is set up wrongly.
type mistaken struct {
	keys
	check, attach error
	challenge     string
}

func (m *mistaken) Describe() auth.Description { return auth.Description{Challenge: m.challenge} }

func (m *mistaken) Check() error            { return m.check }
func (m *mistaken) Attach(auth.Setup) error { return m.attach }

// funcs is a scheme whose kind can be nil without being a pointer.
type funcs func()

func (funcs) Presented(soay.Request) bool                       { return false }
func (funcs) Authenticate(soay.Request) (*soay.Identity, error) { return nil, nil }
func (funcs) Describe() auth.Description                        { return auth.Description{} }

// service takes the user.
type service struct{}

// The start reports every mistake with its file and line, and nothing else.
func TestSetupMistakes(t *testing.T) {
	type thing struct{}
	allow := func(soay.Request, *soay.Identity) error { return nil }
	withKey := func(a *soay.App) { a.AddScheme("key", inHeader("X-Key")) }
	var nilPointer *keys
	tests := []struct {
		name string
		make func(*soay.App) string // returns the place of the mistake
		want string
	}{
		{"an unknown scheme", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth(soay.Auth{Schemes: []string{"jwt"}})
			return lineOf(-1)
		}, `Auth: Schemes: there is no scheme "jwt"; AddScheme has added ["key"]`},
		{"an unknown scheme of a group", func(a *soay.App) string {
			withKey(a)
			g := a.Group("/g").Auth(soay.Auth{Schemes: []string{"jwt"}})
			place := lineOf(-1)
			g.Get("/a", hello)
			g.Get("/b", hello)
			return place
		}, `there is no scheme "jwt"`},
		{"an unknown policy", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth(soay.Auth{Policies: []string{"owner"}})
			return lineOf(-1)
		}, `Auth: Policies: there is no policy "owner"; call AddPolicy`},
		{"a policy about a thing", func(a *soay.App) string {
			withKey(a)
			soay.AddPolicyFor(a, "owner", func(soay.Request, *soay.Identity, thing) error { return nil })
			a.Get("/", hello).Auth(soay.Auth{Policies: []string{"owner"}})
			return lineOf(-1)
		}, `Auth: Policies: the policy "owner" is about a thing; ask for it by AuthorizeFor in the handler`},
		{"no scheme", func(a *soay.App) string { a.Get("/", hello).Auth(); return lineOf() },
			"Auth: the app has no scheme; call AddScheme"},
		{"different schemes along the way", func(a *soay.App) string {
			withKey(a)
			a.AddScheme("other", inHeader("X-Other"))
			g := a.Group("/g").Auth(soay.Auth{Schemes: []string{"key"}})
			g.Get("/a", hello).Auth(soay.Auth{Schemes: []string{"other"}})
			return lineOf(-1)
		}, "Auth: no scheme is left for GET /g/a: the rules along the way to it allow different ones"},
		{"an empty scheme", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth(soay.Auth{Schemes: []string{""}})
			return lineOf(-1)
		}, "Auth: Schemes: a name is empty"},
		{"an empty role", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth(soay.Auth{Roles: []string{"a", ""}})
			return lineOf(-1)
		}, "Auth: Roles: a name is empty"},
		{"an empty scope", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth(soay.Auth{Scopes: []string{""}})
			return lineOf(-1)
		}, "Auth: Scopes: a name is empty"},
		{"an empty policy", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth(soay.Auth{Policies: []string{""}})
			return lineOf(-1)
		}, "Auth: Policies: a name is empty"},
		{"a negative age", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth(soay.Auth{MaxAge: -time.Second})
			return lineOf(-1)
		}, "Auth: MaxAge: -1s is negative"},
		{"Optional with roles", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth(soay.Auth{Optional: true, Roles: []string{"a"}})
			return lineOf(-1)
		}, "Auth: Optional stands alone"},
		{"Optional beside another rule", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth(soay.Auth{Optional: true}, soay.Auth{Roles: []string{"a"}})
			return lineOf(-1)
		}, "Auth: Optional stands alone, but there is another rule here"},
		{"Optional beside the rule of another call", func(a *soay.App) string {
			withKey(a)
			a.Get("/", hello).Auth().Auth(soay.Auth{Optional: true})
			return lineOf(-1)
		}, "Auth: Optional "},
		{"Optional inside of a group that asks", func(a *soay.App) string {
			withKey(a)
			g := a.Group("/g").Auth()
			g.Get("/a", hello).Auth(soay.Auth{Optional: true})
			return lineOf(-1)
		}, "Auth: Optional has no effect behind the rule of setup_test.go:"},
		{"Auth and AllowAnonymous", func(a *soay.App) string { withKey(a); a.Get("/", hello).Auth().AllowAnonymous(); return lineOf() },
			"AllowAnonymous: Auth was called, too; decide for one"},
		{"AllowAnonymous and Auth", func(a *soay.App) string { withKey(a); a.Get("/", hello).AllowAnonymous().Auth(); return lineOf() },
			"Auth: AllowAnonymous was called, too; decide for one"},
		{"both for a group", func(a *soay.App) string { withKey(a); a.Group("/g").Auth().AllowAnonymous(); return lineOf() },
			"AllowAnonymous: Auth was called, too"},
		{"Auth for a probe", func(a *soay.App) string { withKey(a); a.Get("/", hello).Probe().Auth(); return lineOf() },
			"Auth: Probe was called, too"},
		{"a probe with Auth", func(a *soay.App) string { withKey(a); a.Get("/", hello).Auth().Probe(); return lineOf() },
			"Probe: Auth was called, too"},
		{"a scheme twice", func(a *soay.App) string { withKey(a); a.AddScheme("key", inHeader("X-Other")); return lineOf() },
			`AddScheme: there is a scheme "key" already, of setup_test.go:`},
		{"a nil scheme", func(a *soay.App) string { a.AddScheme("key", nil); return lineOf() }, `AddScheme: the scheme "key" is nil`},
		{"a nil pointer", func(a *soay.App) string { a.AddScheme("key", nilPointer); return lineOf() }, `AddScheme: the scheme "key" is nil`},
		{"a nil of another kind", func(a *soay.App) string { a.AddScheme("key", funcs(nil)); return lineOf() }, `AddScheme: the scheme "key" is nil`},
		{"a nil function", func(a *soay.App) string { a.AddScheme("key", auth.Func(nil)); return lineOf() }, "AddScheme: the function is nil"},
		{"a scheme without a name", func(a *soay.App) string { a.AddScheme("", inHeader("X-Key")); return lineOf() }, `AddScheme: the name "" is not made of`},
		{"a name with a blank", func(a *soay.App) string { a.AddScheme("api key", inHeader("X-Key")); return lineOf() },
			`AddScheme: the name "api key" is not made of`},
		{"a name that documents cannot have", func(a *soay.App) string { a.AddScheme("key!", inHeader("X-Key")); return lineOf() },
			`AddScheme: the name "key!" is not made of`},
		{"a scheme that is set up wrongly", func(a *soay.App) string {
			a.AddScheme("key", &mistaken{check: errors.New("Keys: there are none")})
			return lineOf(-1)
		}, "AddScheme: Keys: there are none"},
		{"a scheme that does not fit", func(a *soay.App) string {
			a.AddScheme("key", &mistaken{attach: errors.New("it needs https")})
			return lineOf(-1)
		}, "AddScheme: key: it needs https"},
		{"a challenge that no header can be", func(a *soay.App) string {
			a.AddScheme("key", &mistaken{challenge: "Key\nSet-Cookie: a=b"})
			return lineOf(-1)
		}, `AddScheme: key: Challenge: "Key\nSet-Cookie: a=b" has control characters`},
		{"a nil policy", func(a *soay.App) string { a.AddPolicy("p", nil); return lineOf() }, `AddPolicy: the policy "p" is nil`},
		{"a nil policy about a thing", func(a *soay.App) string { soay.AddPolicyFor[thing](a, "p", nil); return lineOf() },
			`AddPolicyFor: the policy "p" is nil`},
		{"a policy without a name", func(a *soay.App) string { a.AddPolicy("", allow); return lineOf() }, "AddPolicy: the name of a policy is empty"},
		{"a policy twice", func(a *soay.App) string { a.AddPolicy("p", allow); a.AddPolicy("p", allow); return lineOf() },
			`AddPolicy: there is a policy "p" already, of setup_test.go:`},
		{"UseAuthorization twice", func(a *soay.App) string { withKey(a); a.UseAuthorization(); a.UseAuthorization(); return lineOf() },
			"UseAuthorization: it was called at setup_test.go:"},
		{"UseAuthentication twice", func(a *soay.App) string { withKey(a); a.UseAuthentication(); a.UseAuthentication(); return lineOf() },
			"UseAuthentication: it was called at setup_test.go:"},
		{"UseAuthorization without a scheme", func(a *soay.App) string { a.UseAuthorization(); return lineOf() },
			"UseAuthorization: Default: the app has no scheme; call AddScheme"},
		{"UseAuthentication without a scheme", func(a *soay.App) string { a.UseAuthentication(); return lineOf() },
			"UseAuthentication: the app has no scheme; call AddScheme"},
		{"two options", func(a *soay.App) string {
			withKey(a)
			a.UseAuthentication(auth.Options{}, auth.Options{})
			return lineOf(-1)
		}, "UseAuthentication: 2 options; pass one"},
		{"an optional default", func(a *soay.App) string {
			withKey(a)
			a.UseAuthorization(auth.AuthorizationOptions{Default: soay.Auth{Optional: true}})
			return lineOf(-1)
		}, "UseAuthorization: Default: Optional lets everybody pass; leave UseAuthorization out"},
		{"an unknown scheme in the default", func(a *soay.App) string {
			withKey(a)
			a.UseAuthorization(auth.AuthorizationOptions{Default: soay.Auth{Schemes: []string{"jwt"}}})
			return lineOf(-1)
		}, `UseAuthorization: Default: Schemes: there is no scheme "jwt"`},
		{"an unknown policy in the default", func(a *soay.App) string {
			withKey(a)
			a.UseAuthorization(auth.AuthorizationOptions{Default: soay.Auth{Policies: []string{"p"}}})
			return lineOf(-1)
		}, `UseAuthorization: Default: Policies: there is no policy "p"`},
		{"a negative age in the default", func(a *soay.App) string {
			withKey(a)
			a.UseAuthorization(auth.AuthorizationOptions{Default: soay.Auth{MaxAge: -1}})
			return lineOf(-1)
		}, "UseAuthorization: Default: MaxAge: -1ns is negative"},
		{"a realm with quotes", func(a *soay.App) string {
			withKey(a)
			a.UseAuthentication(auth.Options{Realm: `my "app"`})
			return lineOf(-1)
		}, "UseAuthentication: Realm: "},
		{"a realm beyond ASCII", func(a *soay.App) string {
			withKey(a)
			a.UseAuthentication(auth.Options{Realm: "café"})
			return lineOf(-1)
		}, "UseAuthentication: Realm: "},
		{"sessions that are not there", func(a *soay.App) string { a.AddScheme("session", auth.Session()); return lineOf() },
			"AddScheme: session: Session: the app has no sessions; call UseSessions or UseSessionStore"},
		{"sessions twice", func(a *soay.App) string {
			a.UseSessions(soay.NewKey())
			a.AddScheme("session", auth.Session())
			a.AddScheme("other", auth.Session())
			return lineOf(-1)
		}, "AddScheme: there is a scheme for sessions already"},
		{"a page for signing in that is not there", func(a *soay.App) string {
			a.UseSessions(soay.NewKey())
			a.AddScheme("session", auth.Session(auth.SessionOptions{SignInPath: "/sign-in"}))
			return lineOf(-1)
		}, "AddScheme: SignInPath: there is no route GET /sign-in"},
		{"a page for signing in that is no GET", func(a *soay.App) string {
			a.UseSessions(soay.NewKey())
			a.Post("/sign-in", hello)
			a.AddScheme("session", auth.Session(auth.SessionOptions{SignInPath: "/sign-in"}))
			return lineOf(-1)
		}, "AddScheme: SignInPath: there is no route GET /sign-in"},
		{"a page for signing in that asks for a user", func(a *soay.App) string {
			a.UseSessions(soay.NewKey())
			a.UseAuthorization()
			a.Get("/sign-in", hello)
			a.AddScheme("session", auth.Session(auth.SessionOptions{SignInPath: "/sign-in"}))
			return lineOf(-1)
		}, "AddScheme: SignInPath: /sign-in needs a user itself; call AllowAnonymous for it at "},
		{"a limit by users that nobody knows", func(a *soay.App) string {
			a.UseRateLimit(soay.Rate{Requests: 1, Per: time.Second, By: 1})
			return lineOf(-1)
		}, "UseRateLimit: ByUser needs sessions or a scheme"},
		{"a user in an app that knows none", func(a *soay.App) string {
			soay.AddScoped[*service](a, func(*soay.Identity) *service { return nil })
			return lineOf(-1)
		}, "*auth.Identity: no such service; it is one in an app with schemes, so call AddScheme"},
		{"an input for the user in an app that knows none", func(a *soay.App) string {
			soay.Get(a, "/", func(soay.Request, struct {
				Me *soay.Identity `inject:""`
			}) (string, error) {
				return "", nil
			})
			return lineOf(-5)
		}, "*auth.Identity: no such service; it is one in an app with schemes, so call AddScheme"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := loggedApp()
			place := tt.make(app)
			err := app.Start(t.Context())
			var setup *soay.SetupError
			if !errors.As(err, &setup) {
				t.Fatalf("Start: %v, want a SetupError", err)
			}
			if n := len(setup.Unwrap()); n != 1 {
				t.Errorf("%d mistakes, want one: %v", n, err)
			}
			if !strings.Contains(err.Error(), "\n\t"+place+": ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Start: %v\nwant %q at %s", err, tt.want, place)
			}
			if again := app.Start(t.Context()); again == nil || again.Error() != err.Error() {
				t.Errorf("a second start: %v\nwant the same report", again)
			}
		})
	}
}

// What is set after the start is logged, and changes nothing.
func TestSetupAfterTheStart(t *testing.T) {
	app, log := keyedApp()
	route := app.Get("/", hello)
	group := app.Group("/g")
	group.Get("/in", hello)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	calls := map[string]func(){
		"AddScheme":         func() { app.AddScheme("late", inHeader("X-Late")) },
		"AddPolicy":         func() { app.AddPolicy("late", func(soay.Request, *soay.Identity) error { return nil }) },
		"AddPolicyFor":      func() { soay.AddPolicyFor(app, "thing", func(soay.Request, *soay.Identity, int) error { return nil }) },
		"UseAuthentication": func() { app.UseAuthentication() },
		"UseAuthorization":  func() { app.UseAuthorization() },
		"Auth":              func() { route.Auth(); group.Auth() },
		"AllowAnonymous":    func() { route.AllowAnonymous(); group.AllowAnonymous() },
	}
	for name, call := range calls {
		log.Reset()
		call()
		if !strings.Contains(log.String(), "setup_test.go:") || !strings.Contains(log.String(), "the app has started") {
			t.Errorf("%s after the start logs %q, want its place", name, log)
		}
	}
	for _, path := range []string{"/", "/g/in"} {
		if w := ask(app, "GET", path, "X-Late", "bad"); w.Code != 200 {
			t.Errorf("GET %s = %d, want 200 as before", path, w.Code)
		}
	}
}

// Schemes seal with the keys of the environment. If these are wrong, nothing is sealed with others in silence.
func TestWrongKeysOfTheEnvironment(t *testing.T) {
	t.Setenv("APP_SECRET_1", "short")
	app, _ := keyedApp()
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "AddScheme: the keys of the environment: ") {
		t.Errorf("Start: %v, want the mistake in APP_SECRET_1", err)
	}
}
