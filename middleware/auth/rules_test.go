package auth_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
)

// want is what a route asks for by the words of the documentation: the rules along the way add up, AllowAnonymous drops
// those before it, and the app's default is added to all but those of Optional.
type want struct {
	anonymous, optional bool
	roles               []string // those of each rule, of which one
	scopes              []string
}

// level is what a group or a route sets.
type level struct {
	anonymous, probe bool
	rules            []soay.Auth
}

// modelOf follows the levels from the outermost in.
func modelOf(levels []level, byDefault *soay.Auth) want {
	var rules []soay.Auth
	opened := false
	for _, l := range levels {
		if l.anonymous {
			rules, opened = nil, true
		}
		if len(l.rules) > 0 {
			rules, opened = append(slices.Clone(rules), l.rules...), false
		}
		if l.probe {
			return want{anonymous: true}
		}
	}
	demanding := slices.ContainsFunc(rules, func(a soay.Auth) bool { return !a.Optional })
	switch {
	case opened:
		return want{anonymous: true}
	case len(rules) > 0 && !demanding:
		return want{optional: true}
	}
	if byDefault != nil {
		rules, demanding = append(slices.Clone(rules), *byDefault), true
	}
	if !demanding {
		return want{anonymous: true}
	}
	var w want
	for _, r := range rules {
		if len(r.Roles) > 0 {
			w.roles = append(w.roles, strings.Join(r.Roles, " "))
		}
		w.scopes = append(w.scopes, r.Scopes...)
	}
	return w
}

// allows reports whether a client with roles and scopes may pass.
func (w want) allows(roles, scopes []string) bool {
	for _, some := range w.roles {
		if !slices.ContainsFunc(strings.Fields(some), func(r string) bool { return slices.Contains(roles, r) }) {
			return false
		}
	}
	for _, scope := range w.scopes {
		if !slices.Contains(scopes, scope) {
			return false
		}
	}
	return true
}

var letters = []string{"a", "b", "c"}

// someOf returns some of the letters.
func someOf(r *rand.Rand) []string {
	var some []string
	for _, l := range letters {
		if r.IntN(3) == 0 {
			some = append(some, l)
		}
	}
	return some
}

// someLevel returns settings that are no mistake behind levels.
func someLevel(r *rand.Rand, behind []level) level {
	asked := !modelOf(behind, nil).anonymous && !modelOf(behind, nil).optional
	switch r.IntN(6) {
	case 0:
		return level{anonymous: true}
	case 1:
		if !asked {
			return level{rules: []soay.Auth{{Optional: true}}}
		}
	case 2, 3:
		rules := make([]soay.Auth, 1+r.IntN(2))
		for i := range rules {
			rules[i] = soay.Auth{Roles: someOf(r), Scopes: someOf(r)}
		}
		return level{rules: rules}
	}
	return level{}
}

// set applies settings, to a group or a route.
func set[T any](on T, l level, auth func(T, ...soay.Auth) T, anonymous func(T) T) {
	if l.anonymous {
		anonymous(on)
	}
	for i := 0; i < len(l.rules); i += 1 + len(l.rules)/2 { // in one call or two
		auth(on, l.rules[i:min(len(l.rules), i+1+len(l.rules)/2)]...)
	}
}

// The rule of a route in random trees of groups is that of the documentation.
func TestRulesOfRandomTrees(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 7))
		app, _ := loggedApp()
		app.AddScheme("key", auth.Func(func(req soay.Request) (*soay.Identity, error) {
			if req.Header("X-Key") == "" {
				return nil, nil
			}
			roles, scopes, _ := strings.Cut(req.Header("X-Key"), "/")
			return auth.NewIdentity(auth.Profile{Subject: "tom", Roles: strings.Fields(roles), Scopes: strings.Fields(scopes)})
		}))
		var byDefault *soay.Auth
		if r.IntN(2) == 0 {
			byDefault = &soay.Auth{Roles: someOf(r), Scopes: someOf(r)}
			app.UseAuthorization(auth.AuthorizationOptions{Default: *byDefault})
		}
		routes := map[string]want{}
		var grow func(g soay.Group, path string, levels []level, depth int)
		grow = func(g soay.Group, path string, levels []level, depth int) {
			l := someLevel(r, levels)
			here := append(slices.Clip(levels), l)
			late := r.IntN(2) == 0 // the settings of a group are those of routes that were registered before, too
			if !late {
				set(g, l, soay.Group.Auth, soay.Group.AllowAnonymous)
			}
			for i := range 2 {
				own := someLevel(r, here)
				route := g.Get(fmt.Sprintf("/r%d", i), hello)
				if len(own.rules) == 0 && r.IntN(6) == 0 {
					own.probe = true
					route.Probe()
				}
				set(route, own, (*soay.Route).Auth, (*soay.Route).AllowAnonymous)
				routes[path+fmt.Sprintf("/r%d", i)] = modelOf(append(slices.Clip(here), own), byDefault)
			}
			for i := range r.IntN(3) {
				if depth < 3 {
					name := fmt.Sprintf("/g%d", i)
					grow(g.Group(name), path+name, here, depth+1)
				}
			}
			if late {
				set(g, l, soay.Group.Auth, soay.Group.AllowAnonymous)
			}
		}
		grow(app.Group("/t"), "/t", nil, 0)
		if err := app.Start(t.Context()); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for path, w := range routes {
			checkRule(t, app, seed, path, w)
		}
	}
}

// checkRule asks for a path as nobody and as some clients.
func checkRule(t *testing.T, app *soay.App, seed uint64, path string, w want) {
	t.Helper()
	open := w.anonymous || w.optional
	if got, status := ask(app, "GET", path).Code, map[bool]int{true: 200, false: 401}[open]; got != status {
		t.Errorf("seed %d: GET %s as nobody = %d, want %d of %+v", seed, path, got, status, w)
	}
	for roles := range 1 << len(letters) {
		for scopes := range 1 << len(letters) {
			rs, ss := lettersOf(roles), lettersOf(scopes)
			status := 403
			if open || w.allows(rs, ss) {
				status = 200
			}
			if got := ask(app, "GET", path, "X-Key", strings.Join(rs, " ")+"/"+strings.Join(ss, " ")).Code; got != status {
				t.Errorf("seed %d: GET %s with roles %v and scopes %v = %d, want %d of %+v", seed, path, rs, ss, got, status, w)
			}
		}
	}
}

func lettersOf(bits int) []string {
	var some []string
	for i, l := range letters {
		if bits>>i&1 == 1 {
			some = append(some, l)
		}
	}
	return some
}

// With UseAuthorization all is closed that nobody has opened.
func TestEverythingIsClosedByDefault(t *testing.T) {
	app, _ := keyedApp()
	app.UseAuthorization()
	open := map[string]bool{"/open": true, "/health": true, "/optional": true, "/og/free": true}
	app.Get("/", hello)
	app.Get("/cats/{id}", hello)
	app.Get("/files/*", hello)
	app.Route("/many", hello, "GET", "POST", "PURGE")
	app.Get("/open", hello).AllowAnonymous()
	app.Get("/health", hello).Probe()
	app.Get("/optional", hello).Auth(soay.Auth{Optional: true})
	g := app.Group("/g")
	g.Get("/in", hello)
	g.Host("api.example").Get("/host", hello)
	og := app.Group("/og").AllowAnonymous()
	og.Get("/free", hello)
	og.Get("/closed", hello).Auth()
	app.Get("/http", soay.FromHTTP(http.NotFoundHandler())) // 404 if it were asked
	soay.Get(app, "/typed", func(soay.Request, struct{}) (string, error) { return "typed", nil })
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, info := range app.Routes() {
		path := strings.NewReplacer("{id}", "1", "*", "a/b").Replace(info.Pattern)
		want := 401
		if open[info.Pattern] {
			want = 200
		}
		if w := ask(app, info.Method, path, "Host", "api.example"); w.Code != want {
			t.Errorf("%s %s as nobody = %d, want %d", info.Method, path, w.Code, want)
		}
	}
	if w := ask(app, "GET", "/none"); w.Code != 404 {
		t.Errorf("GET /none = %d, want 404", w.Code)
	}
}

// The order of checks: who, how long ago, roles, scopes, policies in their order; the first miss is the reason.
func TestOrderOfChecks(t *testing.T) {
	asked := ""
	app, _ := loggedApp()
	app.AddScheme("key", auth.Func(func(req soay.Request) (*soay.Identity, error) {
		p := auth.Profile{Subject: req.Header("X-Key"), Roles: strings.Fields(req.Header("X-Roles")), Scopes: strings.Fields(req.Header("X-Scopes"))}
		switch {
		case p.Subject == "":
			return nil, nil
		case req.Header("X-Age") != "":
			age, err := time.ParseDuration(req.Header("X-Age"))
			if err != nil {
				return nil, err
			}
			p.AuthTime = time.Now().Add(-age)
		}
		return auth.NewIdentity(p)
	}))
	for _, name := range []string{"first", "second"} {
		app.AddPolicy(name, func(req soay.Request, id *soay.Identity) error {
			asked += name + " "
			if id.HasRole("not-" + name) {
				return auth.ErrDenied
			}
			return nil
		})
	}
	app.Get("/", hello).Auth(soay.Auth{Policies: []string{"first"}, Roles: []string{"admin", "owner"}}).
		Auth(soay.Auth{MaxAge: time.Hour, Scopes: []string{"read", "write"}, Policies: []string{"second", "first"}})
	tests := []struct {
		name                    string
		key, age, roles, scopes string
		want, wantAsked         string
	}{
		{name: "nobody", want: "401 credentials-missing"},
		{name: "an unknown time", key: "tom", want: "401 sign-in-too-old"},
		{name: "too long ago, and nothing else", key: "tom", age: "61m", want: "401 sign-in-too-old"},
		{name: "no role", key: "tom", age: "59m", want: "403 not-allowed"},
		{name: "a role in other letters", key: "tom", age: "1m", roles: "Admin", scopes: "read write", want: "403 not-allowed"},
		{name: "one scope", key: "tom", age: "1m", roles: "admin", scopes: "write", want: "403 scope-missing"},
		{name: "denied by the first", key: "tom", age: "1m", roles: "owner not-first not-second", scopes: "read write",
			want: "403 not-allowed", wantAsked: "first "},
		{name: "denied by the second", key: "tom", age: "1m", roles: "owner not-second", scopes: "read write",
			want: "403 not-allowed", wantAsked: "first second "},
		{name: "all holds", key: "tom", age: "1m", roles: "owner", scopes: "write read", want: "200 hello", wantAsked: "first second "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked = ""
			w := ask(app, "GET", "/", "Accept", "application/json",
				"X-Key", tt.key, "X-Age", tt.age, "X-Roles", tt.roles, "X-Scopes", tt.scopes)
			if got := statusAndReason(w.Code, w.Body.String()); got != tt.want || asked != tt.wantAsked {
				t.Errorf("got %q after %q, want %q after %q", got, asked, tt.want, tt.wantAsked)
			}
			if has := w.Header().Get("Www-Authenticate") != ""; has != (w.Code == 401) {
				t.Errorf("status %d, challenge %q", w.Code, w.Header().Get("Www-Authenticate"))
			}
		})
	}
}
