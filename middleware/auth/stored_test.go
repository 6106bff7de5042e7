package auth_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// identityKey is where a session has the text of its identity.
const identityKey = "soay/identity"

// stored returns what the session scheme makes of a session with a user and a text.
func stored(t testing.TB, user, text string) *auth.Identity {
	t.Helper()
	req := requesttest.Request("GET", "/")
	req.Session.SetUser(user)
	req.Session.Set(identityKey, text)
	id, err := auth.Session().Authenticate(req)
	if err != nil {
		t.Fatalf("%q of %q: %v", text, user, err)
	}
	return id
}

// keeper signs identities in, and has what the session keeps of them.
type keeper struct {
	*soay.App
	id   *auth.Identity
	text string
	err  error
}

func newKeeper() *keeper {
	k := &keeper{App: soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})}
	k.UseSessions(siteKey)
	k.AddScheme("session", auth.Session())
	k.Get("/", func(req soay.Request) soay.Response {
		if k.err = auth.SignIn(req, k.id); k.err == nil {
			k.text, _ = req.Session.Get(identityKey).(string)
		}
		return response.NoContent()
	})
	return k
}

// keep returns the text that a session keeps of an identity.
func (k *keeper) keep(t testing.TB, id *auth.Identity) string {
	t.Helper()
	k.id = id
	visitAt(t, k.App, "/")
	if k.err != nil {
		t.Fatal(k.err)
	}
	return k.text
}

// A session keeps everything of an identity.
func TestStoredIdentity(t *testing.T) {
	k := newKeeper()
	at := time.Date(2100, 12, 1, 10, 20, 30, 0, time.UTC)
	for _, tt := range []struct {
		description string
		profile     auth.Profile
	}{
		{"a subject", auth.Profile{Subject: "7", AuthTime: at}},
		{"everything", auth.Profile{
			Subject: "ada", Issuer: "https://id.example", Name: "Ada \"Countess\" Lovelace é 猫", SessionID: "s:1", Roles: []string{"admin", "", "a:b"},
			Scopes: []string{"read", "write"}, AuthTime: at, Expires: at.Add(time.Hour),
			Claims: map[string]any{"n": json.Number("12345678901234567890"), "<&>": []any{nil, true, "3:x"}},
		}},
		{"texts that look like the form", auth.Profile{Subject: "1:1", Issuer: "0:0:", Name: "9:", SessionID: "-1:", Roles: []string{"2:", "99:"}, AuthTime: at}},
		{"line breaks and zeros", auth.Profile{Subject: "a\x00b\r\n", Name: "\u2028\ufffd", AuthTime: at}},
		{"a time before 1970", auth.Profile{Subject: "7", AuthTime: time.Unix(-5, 0)}},
		{"many roles", auth.Profile{Subject: "7", Roles: strings.Split(strings.Repeat("r,", 100), ","), AuthTime: at}},
	} {
		id := identityOf(t, tt.profile)
		want, got := factsOf(id), factsOf(stored(t, id.Subject(), k.keep(t, id)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-signed in +read):\n%s", tt.description, diff)
		}
		if n, ok := auth.Claim[json.Number](id, "/n"); ok {
			if read, _ := auth.Claim[json.Number](stored(t, id.Subject(), k.text), "/n"); n != read {
				t.Errorf("%s: the number is %s, want %s", tt.description, read, n)
			}
		}
	}
}

// A text that is not one of this user gives nothing but the subject.
func TestStoredTextThatIsNone(t *testing.T) {
	good := newKeeper().keep(t, identityOf(t, auth.Profile{Subject: "ada", Roles: []string{"admin"}, Name: "Ada"}))
	if !stored(t, "ada", good).HasRole("admin") {
		t.Fatalf("%q has no role", good)
	}
	texts := map[string]string{
		"nothing": "", "another version": "2" + good[1:], "no version": good[1:], "more behind it": good + "0:", "not of the form": "hello",
		"a negative length": "1-1:", "a huge length": "199999999999999999999:", "a length beyond the end": "13:ad",
		"JSON": `{"Subject":"ada","Roles":["admin"]}`, "a huge list": strings.Replace(good, "1:15:admin", "10:999999999", 1),
		"a list longer than the text": strings.Replace(good, "1:15:admin", "2:995:admin", 1), "a time that is none": strings.Replace(good, "10:1", "10:x", 1),
	}
	for i := range good {
		texts["cut at "+good[:i]] = good[:i]
	}
	want := facts{Subject: "ada", Key: "0::3:ada", Text: `"ada"`, Authenticated: true}
	for name, text := range texts {
		if diff := cmp.Diff(want, factsOf(stored(t, "ada", text))); diff != "" && text != good {
			t.Errorf("%s: %q (-want +got):\n%s", name, text, diff)
		}
	}
	for _, user := range []string{"bob", "ad", "adaa", "Ada", "3:ada"} {
		if id := stored(t, user, good); id.Subject() != user || id.HasRole("admin") || id.Name() != "" {
			t.Errorf("%s has got what ada had: %v %s", user, id.Roles(), id.Name())
		}
	}
	req := requesttest.Request("GET", "/")
	req.Session.SetUser("ada")
	req.Session.Set(identityKey, 7)
	if id, err := auth.Session().Authenticate(req); err != nil || id.Subject() != "ada" {
		t.Errorf("with a number: %v, %v", id, err)
	}
}

func FuzzStoredText(f *testing.F) {
	good := newKeeper().keep(f, identityOf(f, auth.Profile{Subject: "ada", Roles: []string{"admin"}, Claims: map[string]any{"a": 1}}))
	f.Add("ada", good)
	f.Add("ada", "1"+strings.Repeat("0:", 20))
	f.Add("", "13:ada0:0:0:0:0:0:0:9:999999999")
	f.Fuzz(func(t *testing.T, user, text string) {
		if _, err := auth.NewIdentity(auth.Profile{Subject: user, Name: text}); err != nil {
			t.Skip() // a session cannot hold them
		}
		id := stored(t, user, text)
		if id == nil { // it has an end that is over
			return
		}
		size := len(id.Subject()) + len(id.Issuer()) + len(id.Name()) + len(id.SessionID())
		for _, s := range append(id.Roles(), id.Scopes()...) {
			size += len(s)
		}
		if id.Subject() != user || size > len(user)+len(text) || len(id.Roles())+len(id.Scopes()) > len(text) {
			t.Errorf("%q of %q: %d bytes of %v", text, user, size, factsOf(id))
		}
		id.Claims()
		auth.Claim[string](id, "/a")
	})
}

func FuzzStoredIdentity(f *testing.F) {
	k := newKeeper()
	f.Add("7", "", "", "", "", "", `{}`, int64(0))
	f.Add("1:a", "0:", "9:", "x", "a,b", "c", `{"a":[1.5,"1:"]}`, int64(1)<<40)
	f.Fuzz(func(t *testing.T, subject, issuer, name, session, roles, scopes, claims string, at int64) {
		p := auth.Profile{
			Subject: subject, Issuer: issuer, Name: name, SessionID: session, Roles: strings.Split(roles, ","), Scopes: strings.Split(scopes, ","),
			AuthTime: time.Unix(at>>16, 0),
		}
		if json.Unmarshal([]byte(claims), &p.Claims) != nil {
			t.Skip()
		}
		id, err := auth.NewIdentity(p)
		if err != nil || id.AuthTime().IsZero() {
			t.Skip()
		}
		if diff := cmp.Diff(factsOf(id), factsOf(stored(t, subject, k.keep(t, id)))); diff != "" {
			t.Errorf("(-signed in +read):\n%s", diff)
		}
	})
}
