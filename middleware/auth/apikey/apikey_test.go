package apikey_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// The keys of the tests.
var (
	good, goodDigest = apikey.NewKey("cats")
	other, _         = apikey.NewKey("dogs")
	own              = "a-key-of-our-own-making-with-40-characters"
)

func keysOf(more ...apikey.Key) []apikey.Key {
	return append([]apikey.Key{{ID: "importer", Digest: goodDigest, Roles: []string{"writer"}, Scopes: []string{"cats:write"}}}, more...)
}

// send asks for /me with headers, which are pairs of names and values, and returns the status with the text, or with the
// reason of the refusal.
func send(c *requesttest.Client, path string, headers ...string) string {
	h := http.Header{"Accept": {"application/json"}}
	for i := 0; i < len(headers); i += 2 {
		h.Add(headers[i], headers[i+1])
	}
	resp := c.Get(path, requesttest.With{Header: h})
	var p struct{ Reason string }
	if json.Unmarshal(resp.Body, &p) == nil {
		return fmt.Sprint(resp.Status, " ", p.Reason)
	}
	return fmt.Sprint(resp.Status, " ", resp.Text())
}

// both looks in a header and in a cookie.
var both = apikey.Options{Header: "X-Api-Key", Cookie: "key"}

func TestPlaces(t *testing.T) {
	const in, invalid, malformed, missing = "200 key:importer", "401 credentials-invalid", "400 credentials-malformed", "401 credentials-missing"
	everywhere := apikey.Options{Header: "x-cats", Authorization: "ApiKey", Query: "key"}
	tests := []struct {
		description string
		options     apikey.Options
		path        string
		headers     []string
		want        string
	}{
		{"the default", apikey.Options{}, "/me", []string{"X-Api-Key", good}, in},
		{"any spelling of the name", apikey.Options{}, "/me", []string{"x-aPI-kEY", good}, in},
		{"no query by default", apikey.Options{}, "/me?X-Api-Key=" + good, nil, missing},
		{"no cookie by default", apikey.Options{}, "/me", []string{"Cookie", "X-Api-Key=" + good}, missing},
		{"no Authorization by default", apikey.Options{}, "/me", []string{"Authorization", "ApiKey " + good}, missing},
		{"another header", apikey.Options{Header: "x-cats"}, "/me", []string{"X-Cats", good}, in},
		{"another header than the default", apikey.Options{Header: "x-cats"}, "/me", []string{"X-Api-Key", good}, missing},
		{"another place than the default", apikey.Options{Query: "key"}, "/me", []string{"X-Api-Key", good}, missing},
		{"Authorization", apikey.Options{Authorization: "ApiKey"}, "/me", []string{"Authorization", "apikey " + good}, in},
		{"bearer", apikey.Options{Authorization: "Bearer"}, "/me", []string{"Authorization", "Bearer " + good}, in},
		{"another scheme of Authorization", apikey.Options{Authorization: "ApiKey"}, "/me", []string{"Authorization", "Bearer " + good}, missing},
		{"the query", apikey.Options{Query: "key"}, "/me?a=1&key=" + good, nil, in},
		{"an escaped name in the query", apikey.Options{Query: "key"}, "/me?%6bey=" + good, nil, in},
		{"a query without a key", apikey.Options{Query: "key"}, "/me?q=monkey", nil, missing},
		{"a cookie", apikey.Options{Cookie: "key"}, "/me", []string{"Cookie", "a=1; key=" + good}, in},
		{"a cookie beside a header", both, "/me", []string{"Cookie", "key=" + good}, in},
		{"a header beside a cookie", both, "/me", []string{"X-Api-Key", good}, in},
		{"a header goes before a cookie", both, "/me", []string{"X-Api-Key", good, "Cookie", "key=" + other}, in},
		{"a wrong header, and a right cookie", both, "/me", []string{"X-Api-Key", other, "Cookie", "key=" + good}, invalid},
		{"a wrong cookie beside a header is nobody's", both, "/me", []string{"Cookie", "key=" + other}, missing},
		{"two cookies are nobody's", both, "/me", []string{"Cookie", "key=" + good + "; key=" + good}, missing},
		{"a wrong cookie beside a header, where no rule asks", both, "/open", []string{"Cookie", "key=" + other}, "200 :"},
		{"a wrong cookie is nobody's", apikey.Options{Cookie: "key"}, "/me", []string{"Cookie", "key=" + other}, missing},
		{"the first of three places", everywhere, "/me", []string{"X-Cats", good}, in},
		{"the second of three places", everywhere, "/me", []string{"Authorization", "ApiKey " + good}, in},
		{"the last of three places", everywhere, "/me?key=" + good, nil, in},
		{"two places", everywhere, "/me?key=" + good, []string{"X-Cats", good}, malformed},
		{"two other places", everywhere, "/me", []string{"X-Cats", good, "Authorization", "ApiKey " + good}, malformed},
		{"twice in one header", apikey.Options{}, "/me", []string{"X-Api-Key", good, "X-Api-Key", good}, malformed},
		{"a list", apikey.Options{}, "/me", []string{"X-Api-Key", good + "," + good}, malformed},
		{"nothing behind Authorization", apikey.Options{Authorization: "ApiKey"}, "/me", []string{"Authorization", "ApiKey"}, malformed},
		{"a key of our own making", apikey.Options{}, "/me", []string{"X-Api-Key", own}, "200 key:script"},
		{"an unknown key", apikey.Options{}, "/me", []string{"X-Api-Key", other}, invalid},
		{"the digest", apikey.Options{}, "/me", []string{"X-Api-Key", goodDigest}, invalid},
		{"a mistyped key", apikey.Options{}, "/me", []string{"X-Api-Key", mistyped(good)}, invalid},
		{"in other letters", apikey.Options{}, "/me", []string{"X-Api-Key", strings.ToUpper(own)}, invalid},
		{"a part of the key", apikey.Options{}, "/me", []string{"X-Api-Key", own[:len(own)-1]}, invalid},
		{"a short key", apikey.Options{}, "/me", []string{"X-Api-Key", "secret"}, invalid},
		{"an expired key", apikey.Options{}, "/me", []string{"X-Api-Key", strings.Repeat("old-", 10)}, "401 credentials-expired"},
		{"a wrong key where everybody may go", apikey.Options{}, "/open", []string{"X-Api-Key", other}, invalid},
		{"a wrong cookie where everybody may go", apikey.Options{Cookie: "key"}, "/open", []string{"Cookie", "key=" + other}, "200 :"},
		{"the scope", apikey.Options{}, "/write", []string{"X-Api-Key", good}, in},
		{"no scope", apikey.Options{}, "/write", []string{"X-Api-Key", own}, "403 scope-missing"},
		{"the role", apikey.Options{}, "/writer", []string{"X-Api-Key", good}, in},
		{"no role", apikey.Options{}, "/writer", []string{"X-Api-Key", own}, "403 not-allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			tt.options.Keys = keysOf(apikey.Key{ID: "script", Secret: own},
				apikey.Key{ID: "old", Secret: strings.Repeat("old-", 10), Expires: time.Now().Add(-time.Hour)})
			app := newApp()
			app.AddScheme("key", apikey.New(tt.options))
			app.Get("/open", me)
			app.Get("/me", me).Auth()
			app.Get("/write", me).Auth(soay.Auth{Scopes: []string{"cats:write"}})
			app.Get("/writer", me).Auth(soay.Auth{Roles: []string{"writer"}})
			if got := send(requesttest.New(t, app), tt.path, tt.headers...); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// mistyped changes a letter of a key.
func mistyped(key string) string {
	letter := "a"
	if key[10] == 'a' {
		letter = "b"
	}
	return key[:10] + letter + key[11:]
}

func TestLookup(t *testing.T) {
	identity := func(p auth.Profile) (*soay.Identity, error) { return auth.NewIdentity(p) }
	tests := []struct {
		description string
		lookup      func(ctx context.Context) (*soay.Identity, error)
		key         string
		want        string
		wantAsked   bool
	}{
		{"known", func(context.Context) (*soay.Identity, error) { return identity(auth.Profile{Subject: "ada"}) }, own, "200 key:ada", true},
		{"one of Keys", nil, good, "200 key:importer", false},
		{"unknown", func(context.Context) (*soay.Identity, error) { return nil, nil }, own, "401 credentials-invalid", true},
		{"gone", func(context.Context) (*soay.Identity, error) { return nil, fmt.Errorf("no row: %w", sessions.ErrGone) }, own, "401 credentials-invalid", true},
		{"expired", func(context.Context) (*soay.Identity, error) {
			return identity(auth.Profile{Subject: "ada", Expires: time.Now().Add(-time.Minute)})
		}, own, "401 credentials-expired", true},
		{"refused by the app", func(context.Context) (*soay.Identity, error) {
			return nil, auth.Invalid(auth.ReasonNotAllowed, errors.New("not from here"))
		}, own, "403 not-allowed", true},
		{"an outage", func(context.Context) (*soay.Identity, error) { return nil, errors.New("no connection") }, own, "503 ", true},
		{"an identity beside an error", func(context.Context) (*soay.Identity, error) {
			id, _ := identity(auth.Profile{Subject: "ada"})
			return id, errors.New("no connection")
		}, own, "503 ", true},
		{"a panic", func(context.Context) (*soay.Identity, error) { panic("no table") }, own, "503 ", true},
		{"hanging", func(ctx context.Context) (*soay.Identity, error) { <-ctx.Done(); return nil, ctx.Err() }, own, "503 ", true},
		{"mistyped", nil, mistyped(good), "401 credentials-invalid", false},
		{"short", nil, "secret", "401 credentials-invalid", false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []string
				app := newApp()
				app.AddScheme("key", apikey.New(apikey.Options{
					Keys: keysOf(),
					Lookup: func(ctx context.Context, digest [32]byte) (*soay.Identity, error) {
						asked = append(asked, fmt.Sprintf("%x", digest))
						return tt.lookup(ctx)
					},
				}))
				app.Get("/me", me).Auth()
				if got := send(requesttest.New(t, app), "/me", "X-Api-Key", tt.key); got != tt.want {
					t.Errorf("%s, want %s", got, tt.want)
				}
				var want []string
				if tt.wantAsked {
					want = []string{apikey.Digest(tt.key)}
				}
				if diff := cmp.Diff(want, asked); diff != "" {
					t.Errorf("asked for (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A key that ends while the app runs is refused from then on.
func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := newApp()
		app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: "a", Digest: goodDigest, Expires: time.Now().Add(time.Hour)}}}))
		app.Get("/me", me).Auth()
		c := requesttest.New(t, app)
		for after, want := range []string{"200 key:a", "401 credentials-expired"} {
			time.Sleep(time.Duration(after) * time.Hour)
			if got := send(c, "/me", "X-Api-Key", good); got != want {
				t.Errorf("after %d h: %s, want %s", after, got, want)
			}
		}
	})
}

// Two schemes share a header by the prefixes of their keys.
func TestPrefixes(t *testing.T) {
	app := newApp()
	app.AddScheme("cats", apikey.New(apikey.Options{Prefix: "cats", Keys: keysOf()}))
	app.AddScheme("dogs", apikey.New(apikey.Options{Prefix: "dogs", Keys: []apikey.Key{{ID: "barker", Secret: other}}}))
	app.Get("/me", me).Auth()
	app.Get("/cats", me).Auth(soay.Auth{Schemes: []string{"cats"}})
	c := requesttest.New(t, app)
	unknown, _ := apikey.NewKey("cats")
	foreign, _ := apikey.NewKey("cows")
	for _, tt := range []struct{ description, path, key, want string }{
		{"the first", "/me", good, "200 cats:importer"},
		{"the second", "/me", other, "200 dogs:barker"},
		{"an unknown one of the first", "/me", unknown, "401 credentials-invalid"},
		{"one of neither", "/me", foreign, "401 credentials-invalid"},
		{"one of the scheme that does not count here", "/cats", other, "401 credentials-invalid"},
		{"a longer prefix", "/me", "catsanddogs" + good[4:], "401 credentials-invalid"},
	} {
		if got := send(c, tt.path, "X-Api-Key", tt.key); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}

// Who was wrong too often for one scheme may go on with the keys of another one in the same header.
func TestGuessesOfAPrefix(t *testing.T) {
	app := newApp()
	app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Headers: soay.Rate{Requests: 1, Per: time.Hour}}})
	app.AddScheme("cats", apikey.New(apikey.Options{Prefix: "cats", Keys: keysOf()}))
	app.AddScheme("dogs", apikey.New(apikey.Options{Prefix: "dogs", Keys: []apikey.Key{{ID: "barker", Secret: other}}}))
	app.Get("/me", me).Auth()
	c := requesttest.New(t, app)
	wrong, _ := apikey.NewKey("cats")
	for _, tt := range []struct{ description, key, want string }{
		{"a wrong key", wrong, "401 credentials-invalid"},
		{"a right one too soon", good, "429 too-many-attempts"},
		{"a key of the other scheme", other, "200 dogs:barker"},
		{"a key of no scheme", own, "401 credentials-invalid"},
		{"a broken key", "cats", "401 credentials-invalid"},
	} {
		if got := send(c, "/me", "X-API-Key", tt.key); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}

func TestHeadersOfResponses(t *testing.T) {
	private := http.Header{"Cache-Control": {"private"}}
	with := func(h http.Header, name, value string) http.Header { h = h.Clone(); h.Set(name, value); return h }
	secret := http.Header{"Cache-Control": {"no-store"}, "Referrer-Policy": {"no-referrer"}}
	tests := []struct {
		description string
		options     apikey.Options
		path        string
		headers     []string
		want        http.Header
	}{
		{"a header", apikey.Options{Header: "x-cats"}, "/me", []string{"X-Cats", good}, with(private, "Vary", "X-Cats")},
		{"Authorization", apikey.Options{Authorization: "ApiKey"}, "/me", []string{"Authorization", "ApiKey " + good}, with(private, "Vary", "Authorization")},
		{"a cookie", apikey.Options{Cookie: "key"}, "/me", []string{"Cookie", "key=" + good}, with(private, "Vary", "Cookie")},
		{"the query", apikey.Options{Query: "key"}, "/me?key=" + good, nil, secret},
		{"the query and a header", apikey.Options{Query: "key", Header: "X-Api-Key"}, "/me?key=" + good, nil, with(secret, "Vary", "X-Api-Key")},
		{"a header and the query", apikey.Options{Query: "key", Header: "X-Api-Key"}, "/me", []string{"X-Api-Key", good}, with(private, "Vary", "X-Api-Key")},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			tt.options.Keys = keysOf()
			app := newApp()
			app.AddScheme("key", apikey.New(tt.options))
			app.Get("/me", me).Auth()
			h := http.Header{}
			for i := 0; i < len(tt.headers); i += 2 {
				h.Add(tt.headers[i], tt.headers[i+1])
			}
			resp := requesttest.New(t, app).Get(tt.path, requesttest.With{Header: h})
			got := http.Header{}
			for _, name := range []string{"Cache-Control", "Vary", "Referrer-Policy"} {
				for _, v := range resp.Header.Values(name) {
					got.Add(name, v)
				}
			}
			if tt.want.Get("Referrer-Policy") == "" {
				got.Del("Referrer-Policy") // that of all responses
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || resp.Status != 200 {
				t.Errorf("%d (-want +got):\n%s", resp.Status, diff)
			}
		})
	}
}

func TestDescription(t *testing.T) {
	tests := []struct {
		description string
		options     apikey.Options
		want        auth.Description
	}{
		{"the default", apikey.Options{}, auth.Description{
			Security:  router.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Api-Key", Description: "An API key."},
			Challenge: `ApiKey realm="app", header="X-Api-Key"`,
		}},
		{"Authorization", apikey.Options{Authorization: "ApiKey"}, auth.Description{
			Security: router.SecurityScheme{Type: "http", Scheme: "apikey", Description: "An API key."}, Challenge: `ApiKey realm="app"`,
		}},
		{"a cookie", apikey.Options{Cookie: "key"}, auth.Description{
			Security:  router.SecurityScheme{Type: "apiKey", In: "cookie", Name: "key", Description: "An API key."},
			Challenge: `ApiKey realm="app", cookie="key"`, Ambient: true,
		}},
		{"a cookie beside a header", both, auth.Description{
			Security:  router.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Api-Key", Description: "An API key. It may stand in the cookie key as well."},
			Others:    []router.SecurityScheme{{Type: "apiKey", In: "cookie", Name: "key"}},
			Challenge: `ApiKey realm="app", header="X-Api-Key"`, Ambient: true,
		}},
		{"several", apikey.Options{Header: "x-cats", Authorization: "Bearer", Query: "key"}, auth.Description{
			Security: router.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Cats",
				Description: "An API key. It may stand in the header Authorization as well. It may stand in the query key as well."},
			Others:    []router.SecurityScheme{{Type: "http", Scheme: "bearer"}, {Type: "apiKey", In: "query", Name: "key"}},
			Challenge: `ApiKey realm="app", header="X-Cats"`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			tt.options.Keys = keysOf()
			scheme := apikey.New(tt.options)
			app := newApp()
			app.AddScheme("key", scheme)
			app.Get("/me", me).Auth()
			resp := requesttest.New(t, app).Get("/me")
			if diff := cmp.Diff(tt.want, scheme.Describe()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := resp.Header["Www-Authenticate"]; resp.Status != 401 || !slices.Equal(got, []string{tt.want.Challenge}) {
				t.Errorf("%d with the challenge %q, want %q", resp.Status, got, tt.want.Challenge)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	short, wrong := "only-31-characters-are-too-few!", mistyped(good)
	lookup := func(context.Context, [32]byte) (*soay.Identity, error) { return nil, nil }
	keys := func(keys ...apikey.Key) apikey.Options { return apikey.Options{Keys: keys} }
	tests := []struct {
		description string
		options     apikey.Options
		want        []string // a part of each mistake
	}{
		{"nothing", apikey.Options{}, []string{"there are no keys: set Keys or Lookup"}},
		{"Lookup alone is fine", apikey.Options{Lookup: lookup}, nil},
		{"no ID", keys(apikey.Key{Secret: own}), []string{"Keys[0]: the ID is empty"}},
		{"one ID twice", keys(apikey.Key{ID: "a", Secret: own}, apikey.Key{ID: "a", Secret: good}), []string{`Keys[1] "a": Keys[0] has the same ID`}},
		{"one key twice", keys(apikey.Key{ID: "a", Secret: good}, apikey.Key{ID: "b", Digest: goodDigest}), []string{`Keys[1] "b": it is the same key as Keys[0]`}},
		{"neither", keys(apikey.Key{ID: "a"}), []string{`Keys[0] "a": set one of Secret and Digest`}},
		{"both", keys(apikey.Key{ID: "a", Secret: good, Digest: goodDigest}), []string{"set one of Secret and Digest"}},
		{"a short secret", keys(apikey.Key{ID: "a", Secret: short}), []string{"has 31 characters, at least 32"}},
		{"a mistyped secret", keys(apikey.Key{ID: "a", Secret: wrong}), []string{"its checksum is wrong"}},
		{"a blank in a secret", keys(apikey.Key{ID: "a", Secret: own + " x"}), []string{"not visible ASCII"}},
		{"no digest", keys(apikey.Key{ID: "a", Digest: goodDigest[1:]}), []string{"64 hexadecimal digits"}},
		{"the secret as digest", keys(apikey.Key{ID: "a", Digest: good}), []string{"64 hexadecimal digits"}},
		{"an upper-case digest is fine", keys(apikey.Key{ID: "a", Digest: strings.ToUpper(goodDigest)}), nil},
		{"an empty role", keys(apikey.Key{ID: "a", Secret: own, Roles: []string{""}}), []string{"a role or a scope is empty"}},
		{"two mistakes", keys(apikey.Key{Secret: short}), []string{"the ID is empty", "31 characters"}},
		{"another prefix", apikey.Options{Prefix: "dogs", Keys: []apikey.Key{{ID: "a", Secret: good}}}, []string{"does not begin with the Prefix dogs_"}},
		{"a bad prefix", apikey.Options{Prefix: "dogs-", Lookup: lookup}, []string{"Prefix:"}},
		{"a bad header", apikey.Options{Header: "X Key", Lookup: lookup}, []string{`Header: "X Key" is no header`}},
		{"a header of browsers", apikey.Options{Header: "user-agent", Lookup: lookup}, []string{"Header:"}},
		{"Authorization as header", apikey.Options{Header: "authorization", Lookup: lookup}, []string{"use the field Authorization"}},
		{"Cookie as header", apikey.Options{Header: "Cookie", Lookup: lookup}, []string{"use the field Cookie"}},
		{"basic", apikey.Options{Authorization: "Basic", Lookup: lookup}, []string{"browsers send Basic by themselves"}},
		{"a bad scheme", apikey.Options{Authorization: "Api Key", Lookup: lookup}, []string{"no name of a scheme"}},
		{"a bad parameter", apikey.Options{Query: "a b", Lookup: lookup}, []string{"Query:"}},
		{"a bad cookie", apikey.Options{Cookie: "a;b", Lookup: lookup}, []string{"Cookie:"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp()
			app.AddScheme("key", apikey.New(tt.options))
			_, err := app.Handler()
			text := fmt.Sprint(err)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("the mistakes are %s, want %s", text, want)
				}
			}
			if n := strings.Count(text, "apikey_test.go:"); n != len(tt.want) {
				t.Errorf("%d mistakes with a place, want %d: %s", n, len(tt.want), text)
			}
			for _, k := range tt.options.Keys {
				if k.Secret != "" && strings.Contains(text, k.Secret) {
					t.Errorf("the mistake has the secret: %s", text)
				}
			}
		})
	}
}

func TestNewKey(t *testing.T) {
	form := regexp.MustCompile(`^[A-Za-z0-9_]+_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$`)
	for prefix, want := range map[string]string{"cats": "cats_", "sk_live": "sk_live_", "": "key_", "a-b c": "abc_", "é": "key_"} {
		key, digest := apikey.NewKey(prefix)
		again, _ := apikey.NewKey(prefix)
		if !form.MatchString(key) || !strings.HasPrefix(key, want) || len(key) != len(want)+50 {
			t.Errorf("NewKey(%q) = %s, want %s and 50 characters", prefix, key, want)
		}
		if key == again || digest != apikey.Digest(key) {
			t.Errorf("NewKey(%q) = %s, %s, and then %s", prefix, key, digest, again)
		}
	}
	// echo -n abc | sha256sum
	if got, want := apikey.Digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want {
		t.Errorf("Digest(abc) = %s, want %s", got, want)
	}
}

// Any wrong letter of a key is found without a question to Lookup, and most keys that are made up are.
func TestChecksum(t *testing.T) {
	asked := false
	app := newApp()
	app.AddScheme("key", apikey.New(apikey.Options{Lookup: func(context.Context, [32]byte) (*soay.Identity, error) {
		asked = true
		return nil, nil
	}}))
	app.Get("/me", me).Auth()
	app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Off: true}})
	c := requesttest.New(t, app)
	for i := range good {
		for _, letter := range "aZ9" {
			key := good[:i] + string(letter) + good[i+1:]
			if asked = false; key == good || i == len("cats") || i == len(good)-7 { // without its underscores it has another form
				continue
			}
			if got := send(c, "/me", "X-Api-Key", key); got != "401 credentials-invalid" || asked {
				t.Errorf("%s for %s: %s, asked: %v", key, good, got, asked)
			}
		}
	}
	if send(c, "/me", "X-Api-Key", good); !asked {
		t.Error("nobody was asked for the right key")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	key := apikey.Key{ID: "script", Secret: own}
	options := apikey.Options{Keys: []apikey.Key{key, {ID: "other", Secret: good}}}
	scheme := apikey.New(options)
	app := newApp()
	app.AddScheme("key", scheme)
	if _, err := app.Handler(); err != nil {
		t.Fatal(err)
	}
	log := new(requesttest.Log)
	var lines strings.Builder
	logger, jsonLogger := log.Logger(), slog.New(slog.NewJSONHandler(&lines, nil))
	for _, v := range []any{key, &key, options, &options, options.Keys, scheme, map[string]apikey.Key{"a": key}} {
		logger.Info("text", "value", v)
		jsonLogger.Info("text", "value", v)
		text, _ := json.Marshal(v)
		lines.Write(text)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&lines, verb+"\n", v)
		}
	}
	digest := strings.Trim(fmt.Sprint(sha256.Sum256([]byte(own))), "[]")
	for _, secret := range []string{own, good, fmt.Sprintf("%x", own), fmt.Sprintf("%x", good), digest, apikey.Digest(own)} {
		if all := lines.String() + log.String(); strings.Contains(all, secret) {
			t.Errorf("%s is in\n%s", secret, all)
		}
	}
	if !strings.Contains(log.String(), `script`) {
		t.Errorf("the log does not name the key: %s", log)
	}
}

// A browser sends a key in a cookie unasked, and none in a header.
func TestCrossSiteRequestsWithKeys(t *testing.T) {
	tests := []struct {
		description string
		options     apikey.Options
		headers     []string
		want        int
	}{
		{"a key in a cookie from another site", apikey.Options{Cookie: "key"}, []string{"Cookie", "key=" + good, "Sec-Fetch-Site", "cross-site"}, 403},
		{"a key in a cookie beside a header from another site", both, []string{"Cookie", "key=" + good, "Sec-Fetch-Site", "cross-site"}, 403},
		{"a key in a header beside a cookie from another site", both, []string{"X-Api-Key", good, "Cookie", "key=" + other, "Sec-Fetch-Site", "cross-site"}, 200},
		{"a key in a cookie from this site", apikey.Options{Cookie: "key"}, []string{"Cookie", "key=" + good, "Sec-Fetch-Site", "same-origin"}, 200},
		{"a key in a cookie of a program", apikey.Options{Cookie: "key"}, []string{"Cookie", "key=" + good}, 200},
		{"a key in a header from another site", apikey.Options{Header: "X-Cats"}, []string{"X-Cats", good, "Sec-Fetch-Site", "cross-site"}, 200},
		{"a key in Authorization from another site", apikey.Options{Authorization: "Cats"}, []string{"Authorization", "Cats " + good, "Sec-Fetch-Site", "cross-site"}, 200},
	}
	for _, tt := range tests {
		for _, withSessions := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.description, ", sessions ", withSessions), func(t *testing.T) {
				app := newApp()
				if withSessions {
					app.UseSessions(soay.NewKey())
				}
				tt.options.Keys = keysOf()
				app.AddScheme("key", apikey.New(tt.options))
				app.Post("/save", func(soay.Request) soay.Response { return response.Text("saved") }).Auth()
				h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
				for i := 0; i < len(tt.headers); i += 2 {
					h.Set(tt.headers[i], tt.headers[i+1])
				}
				c := requesttest.New(t, app, requesttest.Options{OldBrowser: true})
				if got := c.Post("/save", requesttest.With{Header: h, Body: strings.NewReader("a=1")}); got.Status != tt.want {
					t.Errorf("%d %s, want %d", got.Status, got.Text(), tt.want)
				}
			})
		}
	}
}
