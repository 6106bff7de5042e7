package basic_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/basic"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

const secret = "correct horse battery staple"

// The hashes of secret: of bcrypt, and of PBKDF2 as Django and passlib write it.
const (
	bcryptHash = "$2a$04$/6hALBhFpBuGgzSE9MOlreLOMgWCkh3KmXLeGAYwma5XxhOOH62Re"
	djangoHash = "pbkdf2_sha256$1000$somesalt12345678$IE13MN3hGOxi2hfEk/Fhd5Y/O9Shu6lgG8AxkkDAS/Y="
	passlib    = "$pbkdf2-sha256$1000$c29tZXNhbHQxMjM0NTY3OA$IE13MN3hGOxi2hfEk/Fhd5Y/O9Shu6lgG8AxkkDAS/Y"
)

func newApp(options basic.Options) *soay.App {
	return newLoggedApp(slog.New(slog.DiscardHandler), options)
}

// newLoggedApp returns an app whose route /me says who the client is.
func newLoggedApp(logger *slog.Logger, options basic.Options) *soay.App {
	app := soay.New(soay.Options{Env: "production", Logger: logger})
	app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Off: true}})
	app.AddScheme("staff", basic.New(options))
	app.Get("/me", me).Auth()
	app.Get("/admin", me).Auth(soay.Auth{Roles: []string{"admin"}})
	app.Get("/open", me)
	return app
}

func me(req soay.Request) soay.Response {
	id := soay.User(req)
	return response.Text(id.Scheme() + ":" + id.Subject())
}

// client sends requests from somewhere.
type client struct {
	app   http.Handler
	from  string // an address with a port
	https bool
}

// do sends a request with a name and a password, "" for none.
func (c client) do(path, name, password string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "application/json")
	if r.RemoteAddr = "127.0.0.1:1234"; c.from != "" {
		r.RemoteAddr = c.from
	}
	if c.https {
		r.TLS = &tls.ConnectionState{}
	}
	if name != "" {
		r.SetBasicAuth(name, password)
	}
	w := httptest.NewRecorder()
	c.app.ServeHTTP(w, r)
	return w
}

// get returns the status with the text or the reason.
func (c client) get(path, name, password string) string {
	w := c.do(path, name, password)
	var p struct{ Reason string }
	if json.Unmarshal(w.Body.Bytes(), &p) == nil {
		return fmt.Sprint(w.Code, " ", p.Reason)
	}
	return fmt.Sprint(w.Code, " ", w.Body)
}

func TestUsers(t *testing.T) {
	c := client{app: newApp(basic.Options{Users: []basic.User{
		{Name: "ada", Password: secret, Roles: []string{"admin"}},
		{Name: "Jürgen", Password: "pässwörd: mit Doppelpunkt"},
		{Name: "bo", PasswordHash: bcryptHash},
		{Name: "dj", PasswordHash: djangoHash},
		{Name: "pl", PasswordHash: passlib},
	}})}
	const invalid = "401 credentials-invalid"
	for _, tt := range []struct{ description, path, name, password, want string }{
		{"a password", "/me", "ada", secret, "200 staff:ada"},
		{"its role", "/admin", "ada", secret, "200 staff:ada"},
		{"no role", "/admin", "bo", secret, "403 not-allowed"},
		{"more than ASCII, and a colon", "/me", "Jürgen", "pässwörd: mit Doppelpunkt", "200 staff:Jürgen"},
		{"a hash of bcrypt", "/me", "bo", secret, "200 staff:bo"},
		{"a hash of Django", "/me", "dj", secret, "200 staff:dj"},
		{"a hash of passlib", "/me", "pl", secret, "200 staff:pl"},
		{"a wrong password", "/me", "ada", secret + "r", invalid},
		{"a wrong password for a hash", "/me", "bo", secret + "r", invalid},
		{"the hash as password", "/me", "bo", bcryptHash, invalid},
		{"somebody else's password", "/me", "Jürgen", secret, invalid},
		{"no password", "/me", "ada", "", invalid},
		{"an unknown name", "/me", "eve", secret, invalid},
		{"another spelling of the name", "/me", "Ada", secret, invalid},
		{"a name with a blank", "/me", "ada ", secret, invalid},
		{"nobody", "/me", "", "", "401 credentials-missing"},
		{"nobody where everybody may go", "/open", "", "", "200 :"},
		{"a wrong password where everybody may go", "/open", "ada", "x", invalid},
	} {
		if got := c.get(tt.path, tt.name, tt.password); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}

func TestVerify(t *testing.T) {
	tests := []struct {
		description string
		verify      func(ctx context.Context) (*soay.Identity, error)
		want        string
	}{
		{"right", func(context.Context) (*soay.Identity, error) { return auth.NewIdentity(auth.Profile{Subject: "7"}) }, "200 staff:7"},
		{"wrong", func(context.Context) (*soay.Identity, error) { return nil, nil }, "401 credentials-invalid"},
		{"an outage", func(context.Context) (*soay.Identity, error) { return nil, errors.New("no connection") }, "503 "},
		{"a panic", func(context.Context) (*soay.Identity, error) { panic("no table") }, "503 "},
		{"hanging", func(ctx context.Context) (*soay.Identity, error) { <-ctx.Done(); return nil, ctx.Err() }, "503 "},
		{"locked", func(context.Context) (*soay.Identity, error) {
			return nil, auth.Invalid(auth.ReasonNotAllowed, errors.New("locked"))
		}, "403 not-allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []string
				c := client{app: newApp(basic.Options{Verify: func(ctx context.Context, user, password string) (*soay.Identity, error) {
					asked = append(asked, user, password)
					return tt.verify(ctx)
				}})}
				if got := c.get("/me", "ada", secret); got != tt.want {
					t.Errorf("%s, want %s", got, tt.want)
				}
				for _, got := range []string{c.get("/me", "ada", ""), c.get("/me", "", "")} {
					if !strings.HasPrefix(got, "401") {
						t.Errorf("without a password: %s, want 401", got)
					}
				}
				if diff := cmp.Diff([]string{"ada", secret}, asked); diff != "" {
					t.Errorf("asked for (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A password over http from another machine is refused, and nobody is asked for one.
func TestOverHTTP(t *testing.T) {
	const in, no = "200 staff:ada", "403 not-allowed"
	proxied := func(app *soay.App) { app.UseProxies([]string{"192.0.2.1"}) }
	tests := []struct {
		description string
		client      client
		setUp       func(*soay.App)
		allow       bool
		forwarded   bool // by a proxy, as https
		want        string
		wantNobody  string
	}{
		{"from this machine", client{from: "127.0.0.1:1"}, nil, false, false, in, "401 credentials-missing"},
		{"from this machine, IPv6", client{from: "[::1]:1"}, nil, false, false, in, "401 credentials-missing"},
		{"from this machine, mapped", client{from: "[::ffff:127.0.0.1]:1"}, nil, false, false, in, "401 credentials-missing"},
		{"through a unix socket", client{from: "@"}, nil, false, false, in, "401 credentials-missing"},
		{"from another machine", client{from: "192.0.2.1:1"}, nil, false, false, no, no},
		{"from another machine, over https", client{from: "192.0.2.1:1", https: true}, nil, false, false, in, "401 credentials-missing"},
		{"from another machine, allowed", client{from: "192.0.2.1:1"}, nil, true, false, in, "401 credentials-missing"},
		{"through a proxy that ends https", client{from: "192.0.2.1:1"}, proxied, false, true, in, "401 credentials-missing"},
		{"through a proxy that nobody trusts", client{from: "192.0.2.1:1"}, nil, false, true, no, no},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp(basic.Options{Users: []basic.User{{Name: "ada", Password: secret}}, AllowHTTP: tt.allow})
			if tt.setUp != nil {
				tt.setUp(app)
			}
			tt.client.app = app
			if tt.forwarded {
				tt.client.app = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					r.Header.Set("X-Forwarded-For", "198.51.100.7")
					r.Header.Set("X-Forwarded-Proto", "https")
					app.ServeHTTP(w, r)
				})
			}
			for name, want := range map[string]string{"ada": tt.want, "": tt.wantNobody} {
				if got := tt.client.get("/me", name, secret); got != want {
					t.Errorf("as %q: %s, want %s", name, got, want)
				}
				asked := tt.client.do("/me", name, secret).Header().Get("WWW-Authenticate")
				if (asked != "") != strings.HasPrefix(want, "401") {
					t.Errorf("as %q: the challenge is %q", name, asked)
				}
			}
		})
	}
}

// Another scheme may ask where Basic must not.
func TestOtherSchemesAskOverHTTP(t *testing.T) {
	app := newApp(basic.Options{Users: []basic.User{{Name: "ada", Password: secret}}})
	app.AddScheme("other", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
	w := client{app: app, from: "192.0.2.1:1"}.do("/me", "", "")
	if got := w.Header()["Www-Authenticate"]; w.Code != 401 || len(got) != 1 || got[0] != "other" {
		t.Errorf("%d with the challenges %q, want 401 with other", w.Code, got)
	}
}

func TestDescription(t *testing.T) {
	for realm, want := range map[string]string{"": `Basic realm="app", charset="UTF-8"`, "The cats": `Basic realm="The cats", charset="UTF-8"`} {
		w := client{app: newApp(basic.Options{Realm: realm, Users: []basic.User{{Name: "ada", Password: secret}}})}.do("/me", "", "")
		if got := w.Header()["Www-Authenticate"]; len(got) != 1 || got[0] != want {
			t.Errorf("Realm %q: the challenges are %q, want %q", realm, got, want)
		}
	}
	got := basic.New(basic.Options{}).Describe().Security
	if diff := cmp.Diff(router.SecurityScheme{Type: "http", Scheme: "basic", Description: "A name and a password."}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// remembering returns a client of an app that remembers, and how often its Verify was called.
func remembering(life time.Duration) (client, func() int) {
	var mu sync.Mutex
	calls := 0
	c := client{app: newApp(basic.Options{Remember: life, Verify: func(_ context.Context, user, password string) (*soay.Identity, error) {
		mu.Lock()
		calls++
		mu.Unlock()
		switch {
		case user == "outage":
			return nil, errors.New("no connection")
		case password != secret && !strings.HasSuffix(user+password, "ab"):
			return nil, nil
		case user == "brief":
			return auth.NewIdentity(auth.Profile{Subject: user, Expires: time.Now().Add(10 * time.Second)})
		}
		return auth.NewIdentity(auth.Profile{Subject: user})
	}})}
	return c, func() int {
		mu.Lock()
		defer mu.Unlock()
		n := calls
		calls = 0
		return n
	}
}

func TestRemember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, calls := remembering(time.Minute)
		step := func(description, name, password, want string, wantCalls int) {
			t.Helper()
			if got, n := c.get("/me", name, password), calls(); got != want || n != wantCalls {
				t.Errorf("%s: %s after %d calls, want %s after %d", description, got, n, want, wantCalls)
			}
		}
		step("at first", "ada", secret, "200 staff:ada", 1)
		step("then", "ada", secret, "200 staff:ada", 0)
		step("another password", "ada", "wrong", "401 credentials-invalid", 1)
		step("another password again", "ada", "wrong", "401 credentials-invalid", 1)
		step("the right one still", "ada", secret, "200 staff:ada", 0)
		step("another name", "bo", secret, "200 staff:bo", 1)
		step("an outage", "outage", secret, "503 ", 1)
		step("an outage again", "outage", secret, "503 ", 1)
		step("an end of its own", "brief", secret, "200 staff:brief", 1)
		time.Sleep(11 * time.Second)
		step("past an end of its own", "brief", secret, "401 credentials-expired", 0)
		time.Sleep(48 * time.Second)
		step("shortly before the end", "ada", secret, "200 staff:ada", 0)
		time.Sleep(time.Second)
		step("at the end, however often it was used", "ada", secret, "200 staff:ada", 1)
	})
}

// Where the name ends is a part of what is remembered.
func TestRememberKeepsPairsApart(t *testing.T) {
	c, calls := remembering(time.Minute)
	for _, pair := range [][2]string{{"x", "yab"}, {"xy", "ab"}, {"xya", "b"}} {
		if got, n := c.get("/me", pair[0], pair[1]), calls(); got != "200 staff:"+pair[0] || n != 1 {
			t.Errorf("%q: %s after %d calls, want 200 after 1", pair, got, n)
		}
	}
}

func TestRememberIsBounded(t *testing.T) {
	c, calls := remembering(time.Minute)
	for i := range 1001 {
		c.get("/me", fmt.Sprint("user", i), secret)
	}
	calls()
	for i, want := range map[int]int{0: 1, 1000: 0, 500: 0} {
		if c.get("/me", fmt.Sprint("user", i), secret); calls() != want {
			t.Errorf("user%d was forgotten or kept, want %d calls", i, want)
		}
	}
}

func TestRememberInParallel(t *testing.T) {
	c, _ := remembering(time.Minute)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			name := fmt.Sprint("user", i%4)
			if got := c.get("/me", name, secret); got != "200 staff:"+name {
				t.Errorf("%s: %s", name, got)
			}
		})
	}
	wg.Wait()
}

func TestMistakes(t *testing.T) {
	verify := func(context.Context, string, string) (*soay.Identity, error) { return nil, nil }
	users := func(users ...basic.User) basic.Options { return basic.Options{Users: users} }
	tests := []struct {
		description string
		options     basic.Options
		want        []string // a part of each mistake
	}{
		{"nothing", basic.Options{}, []string{"there are no users: set Users or Verify"}},
		{"both", basic.Options{Verify: verify, Users: []basic.User{{Name: "ada", Password: secret}}}, []string{"are both set"}},
		{"no name", users(basic.User{Password: secret}), []string{`Users[0] "": the name is empty`}},
		{"a colon", users(basic.User{Name: "a:b", Password: secret}), []string{`Users[0] "a:b": the name has a colon`}},
		{"a line break", users(basic.User{Name: "a\nb", Password: secret}), []string{"control characters"}},
		{"no UTF-8", users(basic.User{Name: "a\xff", Password: secret}), []string{"no UTF-8"}},
		{"one name twice", users(basic.User{Name: "a", Password: secret}, basic.User{Name: "a", Password: secret}), []string{"Users[1]: Users[0] has the same name"}},
		{"no password", users(basic.User{Name: "a"}), []string{"set one of Password and PasswordHash"}},
		{"two passwords", users(basic.User{Name: "a", Password: secret, PasswordHash: bcryptHash}), []string{"set one of Password and PasswordHash"}},
		{"a control character in a password", users(basic.User{Name: "a", Password: secret + "\x01"}), []string{"the password has control characters"}},
		{"a password as hash", users(basic.User{Name: "a", PasswordHash: secret}), []string{"PasswordHash: "}},
		{"an empty role", users(basic.User{Name: "a", Password: secret, Roles: []string{""}}), []string{"a role is empty"}},
		{"two mistakes", users(basic.User{Name: "a:", Roles: []string{""}, Password: secret}), []string{"colon", "role"}},
		{"a quote in the realm", basic.Options{Realm: `a"b`, Verify: verify}, []string{"Realm: "}},
		{"too long", basic.Options{Verify: verify, Remember: 6 * time.Minute}, []string{"Remember: 6m0s is not between 0 and 5m0s"}},
		{"negative", basic.Options{Verify: verify, Remember: -1}, []string{"Remember: "}},
		{"the longest is fine", basic.Options{Verify: verify, Remember: 5 * time.Minute}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			_, err := newApp(tt.options).Handler()
			text := fmt.Sprint(err)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("the mistakes are %s, want %s", text, want)
				}
			}
			if n := strings.Count(text, "basic_test.go:"); n != len(tt.want) {
				t.Errorf("%d mistakes with a place, want %d: %s", n, len(tt.want), text)
			}
			if strings.Contains(text, secret) || strings.Contains(text, bcryptHash) {
				t.Errorf("a mistake has the secret: %s", text)
			}
		})
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	user := basic.User{Name: "ada", Password: secret}
	hashed := basic.User{Name: "bo", PasswordHash: bcryptHash}
	options := basic.Options{Users: []basic.User{user, hashed}}
	scheme := basic.New(options)
	log := &requesttest.Log{Level: slog.LevelDebug}
	app := newLoggedApp(log.Logger(), options)
	app.UseAccessLog()
	c := client{app: app}
	var lines strings.Builder
	for _, name := range []string{"ada", "bo", "eve"} {
		for _, password := range []string{secret, "wrong " + secret} {
			lines.WriteString(c.do("/me", name, password).Body.String())
		}
	}
	jsonLogger := slog.New(slog.NewJSONHandler(&lines, nil))
	for _, v := range []any{user, hashed, &user, options, &options, options.Users, scheme} {
		log.Logger().Info("text", "value", v)
		jsonLogger.Info("text", "value", v)
		text, _ := json.Marshal(v)
		lines.Write(text)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&lines, verb+"\n", v)
		}
	}
	all := lines.String() + log.String()
	for _, s := range []string{secret, bcryptHash, fmt.Sprintf("%x", secret), fmt.Sprintf("%x", bcryptHash), "YWRhOmNvcnJl"} {
		if strings.Contains(all, s) {
			t.Errorf("%s is in\n%s", s, all)
		}
	}
	if !strings.Contains(log.String(), "credentials-invalid") || !strings.Contains(all, `basic.User(\"ada\")`) {
		t.Errorf("there is nothing to look at in %s", all)
	}
}

// Browsers send Basic unasked, so pages of other sites could make them do things.
func TestForgedRequests(t *testing.T) {
	form := url.Values{"name": {"Minka"}}
	tests := []struct {
		description string
		site        string // of Sec-Fetch-Site
		origin      string
		want        int
	}{
		{"from another site", "cross-site", "", 403},
		{"from a sibling", "same-site", "", 403},
		{"from another site by an old browser", "", "https://evil.example", 403},
		{"from nowhere", "", "null", 403},
		{"from this site", "same-origin", "", 200},
		{"from this site by an old browser", "", "http://localhost", 200},
		{"by the user", "none", "", 200},
		{"by a program, curl -u with a form, say", "", "", 200},
	}
	for _, tt := range tests {
		for _, withSessions := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.description, ", sessions ", withSessions), func(t *testing.T) {
				app := newApp(basic.Options{Users: []basic.User{{Name: "ada", Password: secret}}})
				if withSessions {
					app.UseSessions(soay.NewKey())
				}
				app.Post("/save", me).Auth()
				h := http.Header{}
				for name, value := range map[string]string{"Sec-Fetch-Site": tt.site, "Origin": tt.origin} {
					if value != "" {
						h.Set(name, value)
					}
				}
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.SetBasicAuth("ada", secret)
				h.Set("Authorization", r.Header.Get("Authorization"))
				c := requesttest.New(t, app, requesttest.Options{OldBrowser: true})
				if got := c.Post("/save", requesttest.With{Form: form, Header: h}); got.Status != tt.want {
					t.Errorf("%d %s, want %d", got.Status, got.Text(), tt.want)
				}
			})
		}
	}
}
