package auth_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/middleware/auth"
)

// identityOf returns an identity, and ends the test if there is none.
func identityOf(t testing.TB, p auth.Profile) *auth.Identity {
	t.Helper()
	id, err := auth.NewIdentity(p)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// facts are what the methods of an identity say.
type facts struct {
	Subject, Issuer, Name, SessionID, Scheme, Key, Text string
	Roles, Scopes                                       []string
	Claims                                              map[string]any
	AuthTime, Expires                                   time.Time
	Authenticated                                       bool
}

func factsOf(id *auth.Identity) facts {
	return facts{
		id.Subject(), id.Issuer(), id.Name(), id.SessionID(), id.Scheme(), id.Key(), id.String(),
		id.Roles(), id.Scopes(), id.Claims(), id.AuthTime(), id.Expires(), id.IsAuthenticated(),
	}
}

func TestIdentity(t *testing.T) {
	at := time.Date(2026, 12, 1, 10, 20, 30, 999, time.FixedZone("", 3600))
	second := at.Truncate(time.Second)
	for _, tt := range []struct {
		description string
		id          *auth.Identity
		want        facts
	}{
		{"nobody", nil, facts{Text: "nobody"}},
		{"a subject", identityOf(t, auth.Profile{Subject: "7"}), facts{Subject: "7", Key: "0::1:7", Text: `"7"`, Authenticated: true}},
		{"everything", identityOf(t, auth.Profile{
			Subject: "ada", Issuer: "https://id.example", Name: "Ada\nL", SessionID: "s1", Roles: []string{"admin", "a b"}, Scopes: []string{"read"},
			Claims: map[string]any{"age": 36, "tags": []string{"x"}, "none": nil}, AuthTime: at, Expires: at.Add(time.Hour),
		}), facts{
			Subject: "ada", Issuer: "https://id.example", Name: "Ada\nL", SessionID: "s1", Roles: []string{"admin", "a b"}, Scopes: []string{"read"},
			Claims: map[string]any{"age": 36.0, "tags": []any{"x"}, "none": nil}, AuthTime: second, Expires: second.Add(time.Hour),
			Key: "18:https://id.example:3:ada", Text: `"ada"`, Authenticated: true,
		}},
		{"a subject that would break a line of a log", identityOf(t, auth.Profile{Subject: "a\nb"}),
			facts{Subject: "a\nb", Key: "0::3:a\nb", Text: `"a\nb"`, Authenticated: true}},
	} {
		if diff := cmp.Diff(tt.want, factsOf(tt.id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.description, diff)
		}
	}
}

func TestNobody(t *testing.T) {
	var nobody *auth.Identity
	if nobody.HasRole("") || nobody.HasScope("") || nobody.HasRole("admin") {
		t.Error("nobody has a role or a scope")
	}
	if v, ok := auth.Claim[string](nobody, "/a"); ok || v != "" {
		t.Errorf("nobody has the claim %q", v)
	}
	if got := fmt.Sprintf("%v %+v", nobody, nobody); got != "nobody nobody" {
		t.Errorf("%q, want nobody twice", got)
	}
}

func TestRolesAndScopesAreComparedExactly(t *testing.T) {
	id := identityOf(t, auth.Profile{Subject: "7", Roles: []string{"Admin", "ops"}, Scopes: []string{"cats:read"}})
	for name, want := range map[string]bool{"Admin": true, "ops": true, "admin": false, "Admin ": false, "": false, "cats:read": false} {
		if got := id.HasRole(name); got != want {
			t.Errorf("HasRole(%q) is %t", name, got)
		}
	}
	for name, want := range map[string]bool{"cats:read": true, "cats": false, "cats:READ": false, "ops": false} {
		if got := id.HasScope(name); got != want {
			t.Errorf("HasScope(%q) is %t", name, got)
		}
	}
}

func TestNewIdentityRefuses(t *testing.T) {
	const bad = "a\xffb"
	cyclic := map[string]any{}
	cyclic["again"] = cyclic
	claims := func(v any) auth.Profile { return auth.Profile{Subject: "7", Claims: map[string]any{"c": v}} }
	for _, tt := range []struct {
		description string
		profile     auth.Profile
		want        string // in the error
	}{
		{"nothing", auth.Profile{}, "Subject"},
		{"no subject", auth.Profile{Name: "Ada", Roles: []string{"admin"}}, "Subject"},
		{"a subject of other bytes", auth.Profile{Subject: bad}, "UTF-8"},
		{"an issuer of other bytes", auth.Profile{Subject: "7", Issuer: bad}, "UTF-8"},
		{"a name of other bytes", auth.Profile{Subject: "7", Name: bad}, "UTF-8"},
		{"a session of other bytes", auth.Profile{Subject: "7", SessionID: bad}, "UTF-8"},
		{"a role of other bytes", auth.Profile{Subject: "7", Roles: []string{"a", bad}}, "UTF-8"},
		{"a scope of other bytes", auth.Profile{Subject: "7", Scopes: []string{bad}}, "UTF-8"},
		{"a claim of other bytes", claims(bad), "UTF-8"},
		{"a claim named by other bytes", auth.Profile{Subject: "7", Claims: map[string]any{bad: 1}}, "UTF-8"},
		{"no number", claims(math.NaN()), "NaN"},
		{"infinity inside", claims([]any{map[string]any{"x": math.Inf(1)}}), "Inf"},
		{"a function", claims(func() {}), "func"},
		{"a channel", claims(make(chan int)), "chan"},
		{"claims that contain themselves", claims(cyclic), "cycle"},
		{"JSON that is none", claims(json.RawMessage(`{"a":`)), "JSON"},
		{"a number that is none", claims(json.Number("1e")), "number"},
	} {
		if id, err := auth.NewIdentity(tt.profile); err == nil || !strings.Contains(err.Error(), tt.want) || id != nil {
			t.Errorf("%s: %v, error %v; want one with %q", tt.description, id, err, tt.want)
		}
	}
}

// An identity shares nothing with the profile it was made of, nor with what its methods have returned.
func TestIdentityNeverChanges(t *testing.T) {
	inner := []any{"x", map[string]any{"deep": true}}
	p := auth.Profile{Subject: "7", Roles: []string{"a", "b"}, Scopes: []string{"c"}, Claims: map[string]any{"list": inner}}
	id := identityOf(t, p)
	want := factsOf(id)
	change := func(f facts) {
		f.Roles[0], f.Scopes[0] = "admin", "all"
		_ = append(f.Roles[:1], "root")
		list := f.Claims["list"].([]any)
		list[0] = "changed"
		list[1].(map[string]any)["deep"] = false
		f.Claims["admin"] = true
	}
	change(facts{Roles: p.Roles, Scopes: p.Scopes, Claims: p.Claims})
	change(factsOf(id))
	if all, ok := auth.Claim[map[string]any](id, ""); ok {
		change(facts{Roles: id.Roles(), Scopes: id.Scopes(), Claims: all})
	}
	if list, ok := auth.Claim[any](id, "/list"); ok {
		list.([]any)[0] = "changed"
	}
	if diff := cmp.Diff(want, factsOf(id)); diff != "" {
		t.Errorf("the identity has changed (-before +after):\n%s", diff)
	}
}

func TestClaimsFromManyGoroutines(t *testing.T) {
	id := identityOf(t, auth.Profile{Subject: "7", Claims: map[string]any{"n": 1, "list": []string{"x"}}})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			n, ok := auth.Claim[int](id, "/n")
			list, okList := auth.Claim[[]string](id, "/list")
			if n != 1 || !ok || !okList || len(list) != 1 || len(id.Claims()) != 2 {
				t.Errorf("%d %t %v %t", n, ok, list, okList)
			}
			list[0] = "mine"
		})
	}
	all.Wait()
}

// No two identities of different people have the same key.
func FuzzKey(f *testing.F) {
	f.Add("", "7", "", "7")
	f.Add("a", "1:b", "a1:", "b")
	f.Add("", "1:a", "1:a", "")
	f.Add("0:", "x", "", "0:x")
	f.Add("11:", "1", "1", "11:")
	f.Fuzz(func(t *testing.T, issuer, subject, otherIssuer, otherSubject string) {
		one, err := auth.NewIdentity(auth.Profile{Issuer: issuer, Subject: subject, Name: "one", Roles: []string{"a"}})
		other, otherErr := auth.NewIdentity(auth.Profile{Issuer: otherIssuer, Subject: otherSubject, Name: "other"})
		if err != nil || otherErr != nil {
			t.Skip()
		}
		same := issuer == otherIssuer && subject == otherSubject
		if (one.Key() == other.Key()) != same || one.Key() == "" {
			t.Errorf("the keys of (%q, %q) and (%q, %q) are %q and %q", issuer, subject, otherIssuer, otherSubject, one.Key(), other.Key())
		}
	})
}
