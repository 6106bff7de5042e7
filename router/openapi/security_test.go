package openapi_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

// described is a scheme of the API that tells of itself what a test says. It knows the credential "good", and what
// others mean.
type described struct{ router.SecurityScheme }

func (s described) Describe() auth.Description { return auth.Description{Security: s.SecurityScheme} }

func (s described) value(req soay.Request) string {
	switch s.In {
	case "header":
		return req.Header(s.Name)
	case "query":
		return req.Query(s.Name)
	case "cookie":
		value, _ := req.Cookie(s.Name)
		return value
	}
	return strings.TrimPrefix(req.Header("Authorization"), "Bearer ")
}

func (s described) Presented(req soay.Request) bool { return s.value(req) != "" }

func (s described) Authenticate(req soay.Request) (*soay.Identity, error) {
	switch s.value(req) {
	case "good":
		return auth.NewIdentity(auth.Profile{Subject: "ada", Roles: []string{"admin"}})
	case "malformed":
		return nil, auth.Invalid(auth.ReasonMalformed, nil)
	case "outage":
		return nil, fmt.Errorf("the store is gone")
	}
	return nil, auth.Invalid(auth.ReasonInvalid, nil)
}

var (
	keyScheme    = described{router.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Api-Key"}}
	queryScheme  = described{router.SecurityScheme{Type: "apiKey", In: "query", Name: "key"}}
	cookieScheme = described{router.SecurityScheme{Type: "apiKey", In: "cookie", Name: "key"}}
	bearerScheme = described{router.SecurityScheme{Type: "http", Scheme: "bearer", BearerFormat: "opaque", Description: "A *token*."}}
	oidcScheme   = described{router.SecurityScheme{Type: "openIdConnect", OpenIDConnectURL: "https://id.example/.well-known/openid-configuration"}}
)

// newGuarded returns an app with a description, set up by set.
func newGuarded(set func(*soay.App), options ...openapi.Options) *soay.App {
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	app.UseOpenAPI(info, options...)
	set(app)
	return app
}

// written returns the document of an app, which must be a valid one.
func written(t *testing.T, app *soay.App) any {
	t.Helper()
	var text bytes.Buffer
	if err := soay.WriteOpenAPI(app, &text); err != nil {
		t.Fatal(err)
	}
	tree := decode(t, text.Bytes())
	if err := metaSchema(t).Validate(tree); err != nil {
		t.Errorf("%v\n%s", err, text.Bytes())
	}
	return tree
}

func allow(soay.Request, *soay.Identity) error { return nil }

// Each operation says what is enforced for it: the schemes in the order of AddScheme, and nothing for the whole document.
func TestSecurity(t *testing.T) {
	tests := []struct {
		description string
		schemes     string // the names of those that the app has
		closed      bool   // by UseAuthorization
		set         func(*soay.Route)
		want        string // "" for no security at all
		used        []string
	}{
		{"no schemes", "", false, func(*soay.Route) {}, "", nil},
		{"no rule", "key bearer", false, func(*soay.Route) {}, `[]`, nil},
		{"any client", "key bearer", false, func(r *soay.Route) { r.Auth() }, `[{"key":[]},{"bearer":[]}]`, []string{"bearer", "key"}},
		{"the other order", "bearer key", false, func(r *soay.Route) { r.Auth() }, `[{"bearer":[]},{"key":[]}]`, []string{"bearer", "key"}},
		{"one scheme", "key bearer cookie", false, func(r *soay.Route) { r.Auth(soay.Auth{Schemes: []string{"bearer"}}) },
			`[{"bearer":[]}]`, []string{"bearer"}},
		{"two schemes, the other way around", "key bearer cookie", false,
			func(r *soay.Route) { r.Auth(soay.Auth{Schemes: []string{"cookie", "key"}}) },
			`[{"key":[]},{"cookie":[]}]`, []string{"cookie", "key"}},
		{"optional", "key", false, func(r *soay.Route) { r.Auth(soay.Auth{Optional: true}) }, `[{"key":[]},{}]`, []string{"key"}},
		{"scopes for each", "key bearer", false, func(r *soay.Route) { r.Auth(soay.Auth{Scopes: []string{"w", "r", "w"}}) },
			`[{"key":["w","r"]},{"bearer":["w","r"]}]`, []string{"bearer", "key"}},
		{"two rules", "key bearer", false, func(r *soay.Route) {
			r.Auth(soay.Auth{Schemes: []string{"key", "bearer"}, Scopes: []string{"r"}}).Auth(soay.Auth{Schemes: []string{"key"}, Scopes: []string{"w"}})
		}, `[{"key":["r","w"]}]`, []string{"key"}},
		{"closed by default", "key", true, func(*soay.Route) {}, `[{"key":[]}]`, []string{"key"}},
		{"closed and opened", "key", true, func(r *soay.Route) { r.AllowAnonymous() }, `[]`, nil},
		{"closed and a probe", "key", true, func(r *soay.Route) { r.Probe() }, `[]`, nil},
		{"closed and optional", "key", true, func(r *soay.Route) { r.Auth(soay.Auth{Optional: true}) }, `[{"key":[]},{}]`, []string{"key"}},
		{"closed, with a rule", "key oidc", true, func(r *soay.Route) { r.Auth(soay.Auth{Schemes: []string{"oidc"}}) },
			`[{"oidc":[]}]`, []string{"oidc"}},
	}
	all := map[string]auth.Scheme{"key": keyScheme, "bearer": bearerScheme, "cookie": cookieScheme, "oidc": oidcScheme}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			document := written(t, newGuarded(func(a *soay.App) {
				for name := range strings.FieldsSeq(tt.schemes) {
					a.AddScheme(name, all[name])
				}
				if tt.closed {
					a.UseAuthorization()
				}
				tt.set(a.Get("/a", plain))
			}))
			same(t, "security", at(document, "paths", "/a", "get", "security"), tt.want)
			same(t, "security of the document", at(document, "security"), "")
			used, _ := at(document, "components", "securitySchemes").(map[string]any)
			if diff := cmp.Diff(tt.used, slices.Sorted(maps.Keys(used))); diff != "" {
				t.Errorf("schemes (-want +got):\n%s", diff)
			}
		})
	}
}

// The rule of a group is that of its routes, and hidden routes use no schemes.
func TestSecurityOfGroups(t *testing.T) {
	document := written(t, newGuarded(func(a *soay.App) {
		a.AddScheme("key", keyScheme)
		a.AddScheme("bearer", bearerScheme)
		g := a.Group("/g").Auth(soay.Auth{Schemes: []string{"key"}, Roles: []string{"staff"}})
		g.Get("/in", plain).Auth(soay.Auth{Scopes: []string{"r"}})
		g.Get("/open", plain).AllowAnonymous()
		a.Get("/hidden", plain).Auth(soay.Auth{Schemes: []string{"bearer"}}).Doc(openapi.Doc{Hidden: true})
		a.Get("/files/*", plain).Auth(soay.Auth{Schemes: []string{"bearer"}})
	}))
	same(t, "a route inside", at(document, "paths", "/g/in", "get", "security"), `[{"key":["r"]}]`)
	same(t, "its roles", at(document, "paths", "/g/in", "get", "x-soay-roles"), `[["staff"]]`)
	same(t, "an open one", at(document, "paths", "/g/open", "get", "security"), `[]`)
	same(t, "schemes", at(document, "components", "securitySchemes"), `{"key":{"type":"apiKey","in":"header","name":"X-Api-Key"}}`)
}

// Schemes have the fields that their types have, and no others.
func TestSecuritySchemes(t *testing.T) {
	for _, tt := range []struct {
		description string
		scheme      router.SecurityScheme
		want        string // the scheme, or a part of the error
	}{
		{"basic", router.SecurityScheme{Type: "http", Scheme: "basic", Name: "x", In: "header"}, `{"type":"http","scheme":"basic"}`},
		{"bearer", bearerScheme.SecurityScheme, `{"type":"http","scheme":"bearer","bearerFormat":"opaque","description":"A *token*."}`},
		{"a format that only bearer has", router.SecurityScheme{Type: "http", Scheme: "basic", BearerFormat: "x"}, `{"type":"http","scheme":"basic"}`},
		{"key", keyScheme.SecurityScheme, `{"type":"apiKey","in":"header","name":"X-Api-Key"}`},
		{"key in the query", queryScheme.SecurityScheme, `{"type":"apiKey","in":"query","name":"key"}`},
		{"session", cookieScheme.SecurityScheme, `{"type":"apiKey","in":"cookie","name":"key"}`},
		{"OpenID Connect", oidcScheme.SecurityScheme,
			`{"type":"openIdConnect","openIdConnectUrl":"https://id.example/.well-known/openid-configuration"}`},
		{"OAuth", router.SecurityScheme{Type: "oauth2", Scheme: "x"}, `{"type":"oauth2","flows":{}}`},
		{"TLS", router.SecurityScheme{Type: "mutualTLS"}, `{"type":"mutualTLS"}`},
		{"nothing", router.SecurityScheme{}, `Type: "" is not http,`},
		{"an unknown type", router.SecurityScheme{Type: "magic"}, `Type: "magic" is not http,`},
		{"http without a scheme", router.SecurityScheme{Type: "http"}, `Scheme: "" is none of Authorization`},
		{"http with blanks", router.SecurityScheme{Type: "http", Scheme: "a b"}, `Scheme: "a b" is none of Authorization`},
		{"key without a name", router.SecurityScheme{Type: "apiKey", In: "header"}, `Name: it is empty`},
		{"key without a place", router.SecurityScheme{Type: "apiKey", Name: "x"}, `In: "" is not header, query or cookie`},
		{"key in the body", router.SecurityScheme{Type: "apiKey", Name: "x", In: "body"}, `In: "body" is not header, query or cookie`},
		{"OpenID Connect without a URL", router.SecurityScheme{Type: "openIdConnect"}, `OpenIDConnectURL: it is empty`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			for _, path := range []string{"/", "/again"} { // a mistake is told once
				a.add("GET", path, nil, nil).Access = &router.Access{Needs: true, Schemes: []string{"me"}}
			}
			d, err := openapi.Build(info, openapi.Options{}, a.operations, a.compiler, map[string]router.SecurityScheme{"me": tt.scheme})
			if !strings.HasPrefix(tt.want, "{") {
				wantError(t, err, `main.go:1: openapi: GET /: the scheme "me": Describe: Security.`, tt.want)
				if n := len(router.Unjoin(err)); n != 1 {
					t.Errorf("%d mistakes in %v", n, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tree := decode(t, d.JSON())
			same(t, "scheme", at(tree, "components", "securitySchemes", "me"), tt.want)
			if err := metaSchema(t).Validate(tree); err != nil {
				t.Error(err)
			}
			sameInYAML(t, d)
		})
	}
}

// A scheme of one function, and that of sessions, tell of themselves what is so once the app has them.
func TestSecuritySchemesOfApps(t *testing.T) {
	document := written(t, newGuarded(func(a *soay.App) {
		a.UseSessions(soay.NewKey())
		a.AddScheme("session", auth.Session())
		a.AddScheme("Mine", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
		a.Get("/a", plain).Auth()
	}))
	same(t, "security", at(document, "paths", "/a", "get", "security"), `[{"session":[]},{"Mine":[]}]`)
	schemes := at(document, "components", "securitySchemes")
	same(t, "the function's", at(schemes, "Mine", "scheme"), `"Mine"`)
	same(t, "the place of the session", at(schemes, "session", "in"), `"cookie"`)
	if name, _ := at(schemes, "session", "name").(string); name == "" {
		t.Errorf("the session's cookie has no name: %v", schemes)
	}
}

// What cannot be written as a requirement is told in sentences, whatever the names have in them.
func TestAccessInWords(t *testing.T) {
	for _, tt := range []struct {
		description, own string
		access           router.Access
		want             string
	}{
		{"nothing more", "Own.", router.Access{Needs: true}, "Own."},
		{"nothing at all", "", router.Access{Needs: true}, ""},
		{"anyone", "Own.", router.Access{Roles: [][]string{{"admin"}}}, "Own."},
		{"a role", "", router.Access{Needs: true, Roles: [][]string{{"admin"}}}, "Needs the role `admin`."},
		{"roles", "", router.Access{Needs: true, Roles: [][]string{{"admin", "editor"}, {"staff"}}},
			"Needs one of the roles `admin`, `editor`. Needs the role `staff`."},
		{"all", "Own.\n", router.Access{Needs: true, Roles: [][]string{{"a"}}, Scopes: []string{"s"}, Policies: []string{"p", "q"}, MaxAge: time.Hour},
			"Own.\n\n\nNeeds the role `a`. Needs the scope `s`. The policy `p` must allow it. The policy `q` must allow it. The last sign-in must not be older than 1 hour."},
		{"scopes", "", router.Access{Needs: true, Scopes: []string{"r", "w"}}, "Needs all of the scopes `r`, `w`."},
		{"minutes", "", router.Access{Needs: true, MaxAge: 90 * time.Minute}, "The last sign-in must not be older than 90 minutes."},
		{"days", "", router.Access{Needs: true, MaxAge: 48 * time.Hour}, "The last sign-in must not be older than 2 days."},
		{"an odd time", "", router.Access{Needs: true, MaxAge: 1500 * time.Millisecond}, "The last sign-in must not be older than 1.5s."},
		{"Markdown", "", router.Access{Needs: true, Roles: [][]string{{"*a*", "<b>", "`c`", "d``e"}}},
			"Needs one of the roles `*a*`, `<b>`, `` `c` ``, ```d``e```."},
		{"line breaks, which end a paragraph", "", router.Access{Needs: true, Roles: [][]string{{"a\n\n# b\r\tc\x00"}}},
			"Needs the role `a  # b  c `."},
	} {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			a.add("GET", "/", nil, nil, router.Doc{Description: tt.own}).Access = &tt.access
			d := a.build()
			got, _ := at(decode(t, d.JSON()), "paths", "/", "get", "description").(string)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			sameInYAML(t, d)
		})
	}
}

// Programs read the names as they are.
func TestAccessForPrograms(t *testing.T) {
	a := newAPI(t)
	a.add("GET", "/", nil, nil).Access = &router.Access{Needs: true, Roles: [][]string{{"a\n", "b"}, {"c"}}, Policies: []string{"p"}}
	get := at(a.tree(), "paths", "/", "get")
	same(t, "roles", at(get, "x-soay-roles"), `[["a\n","b"],["c"]]`)
	same(t, "policies", at(get, "x-soay-policies"), `["p"]`)
}

// The document is the same text each time, whatever the order of maps.
func TestSecuritySameEveryTime(t *testing.T) {
	var first []byte
	for range 20 {
		app := newGuarded(func(a *soay.App) {
			for name := range strings.FieldsSeq("f e d c b a") {
				a.AddScheme(name, keyScheme)
			}
			a.AddPolicy("p", allow)
			a.Get("/a", plain).Auth(soay.Auth{Roles: []string{"r"}, Scopes: []string{"s"}, Policies: []string{"p"}, MaxAge: time.Hour})
			a.Get("/b", plain).Auth().MaxConcurrent(2).RateLimit(soay.Rate{Requests: 1, Per: time.Hour})
		})
		var text bytes.Buffer
		if err := soay.WriteOpenAPI(app, &text); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text.Bytes()
		}
		if !bytes.Equal(first, text.Bytes()) {
			t.Fatalf("written %s\nand before %s", text.Bytes(), first)
		}
	}
}
