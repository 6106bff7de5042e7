package authtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/authtest"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// key is a scheme with explicit credentials that nobody has.
type key struct{}

func (key) Presented(req soay.Request) bool { return req.Header("X-Key") != "" }

func (key) Authenticate(soay.Request) (*auth.Identity, error) {
	return nil, auth.Invalid(auth.ReasonInvalid, nil)
}

func (key) Describe() auth.Description {
	return auth.Description{Security: router.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}, Challenge: "Key"}
}

func who(req soay.Request) soay.Response {
	id := soay.User(req)
	if id == nil {
		return response.Text("nobody")
	}
	return response.Text(fmt.Sprintf("%s %v by %s", id.Subject(), id.Roles(), id.Scheme()))
}

func newApp() *soay.App {
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler), DrainDelay: -1})
	app.UseSessions(soay.NewKey())
	app.AddScheme("session", auth.Session())
	app.AddScheme("key", key{})
	app.AddPolicy("not bob", func(_ soay.Request, id *auth.Identity) error {
		if id.Subject() == "bob" {
			return auth.ErrDenied
		}
		return nil
	})
	app.Get("/who", who)
	app.Get("/open", who).AllowAnonymous()
	app.Get("/optional", who).Auth(soay.Auth{Optional: true})
	app.Get("/me", who).Auth()
	app.Post("/me", who).Auth()
	app.Get("/key", who).Auth(soay.Auth{Schemes: []string{"key"}})
	app.Get("/session", who).Auth(soay.Auth{Schemes: []string{"session"}})
	app.Get("/admin", who).Auth(soay.Auth{Roles: []string{"admin"}})
	app.Get("/scope", who).Auth(soay.Auth{Scopes: []string{"cats:read"}})
	app.Get("/policy", who).Auth(soay.Auth{Policies: []string{"not bob"}})
	app.Get("/fresh", who).Auth(soay.Auth{MaxAge: time.Minute})
	app.Get("/old", func(soay.Request) soay.Response { return response.Redirect("/me") })
	return app
}

// Rules judge somebody who is signed in by a test as they judge everybody.
func TestRules(t *testing.T) {
	now := time.Now()
	c := requesttest.New(t, newApp())
	for _, tt := range []struct {
		description string
		profile     auth.Profile
		path        string
		want        string // the text of the response, or its status
	}{
		{"no rule", auth.Profile{Subject: "ada"}, "/who", "ada [] by session"},
		{"everybody", auth.Profile{Subject: "ada"}, "/open", "ada [] by session"},
		{"optional", auth.Profile{Subject: "ada"}, "/optional", "ada [] by session"},
		{"users", auth.Profile{Subject: "ada", Roles: []string{"a", "b"}}, "/me", "ada [a b] by session"},
		{"a scheme with keys", auth.Profile{Subject: "ada"}, "/key", "ada [] by key"},
		{"a scheme with cookies", auth.Profile{Subject: "ada"}, "/session", "ada [] by session"},
		{"a role", auth.Profile{Subject: "ada", Roles: []string{"admin"}}, "/admin", "ada [admin] by session"},
		{"without the role", auth.Profile{Subject: "ada", Roles: []string{"Admin"}}, "/admin", "403"},
		{"a scope", auth.Profile{Subject: "ada", Scopes: []string{"cats:read"}}, "/scope", "ada [] by session"},
		{"without the scope", auth.Profile{Subject: "ada"}, "/scope", "403"},
		{"a policy that allows", auth.Profile{Subject: "ada"}, "/policy", "ada [] by session"},
		{"a policy that denies", auth.Profile{Subject: "bob"}, "/policy", "403"},
		{"just signed in", auth.Profile{Subject: "ada", AuthTime: now}, "/fresh", "ada [] by session"},
		{"signed in long ago", auth.Profile{Subject: "ada", AuthTime: now.Add(-time.Hour)}, "/fresh", "401"},
		{"signed in at an unknown time", auth.Profile{Subject: "ada"}, "/fresh", "401"},
		{"not over", auth.Profile{Subject: "ada", Expires: now.Add(time.Hour)}, "/me", "ada [] by session"},
		{"over", auth.Profile{Subject: "ada", Expires: now.Add(-time.Hour)}, "/me", "401"},
		{"over, without a rule", auth.Profile{Subject: "ada", Expires: now.Add(-time.Hour)}, "/who", "nobody"},
	} {
		resp := c.Get(tt.path, authtest.As(authtest.Identity(t, tt.profile)))
		got := resp.Text()
		if resp.Status != 200 {
			got = fmt.Sprint(resp.Status)
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}

// The app gets the identity as it is.
func TestIdentity(t *testing.T) {
	at := time.Date(2100, 1, 2, 3, 4, 5, 0, time.UTC)
	want := auth.Profile{
		Subject: "7\r\nX: y", Issuer: "https://id.example", Name: "Adä 猫", SessionID: "s", Roles: []string{"", "a b"}, Scopes: []string{"x"}, AuthTime: at,
		Expires: at.Add(time.Hour),
	}
	withClaims := want
	withClaims.Claims = map[string]any{"n": json.Number("12345678901234567890"), "": []any{nil, "<"}, "large": strings.Repeat("x", 20_000)}
	id := authtest.Identity(t, withClaims)
	app, got := newApp(), (*auth.Identity)(nil)
	app.Get("/see", func(req soay.Request) soay.Response { got = soay.User(req); return response.NoContent() })
	requesttest.New(t, app).Get("/see", authtest.As(id))
	have := auth.Profile{
		Subject: got.Subject(), Issuer: got.Issuer(), Name: got.Name(), SessionID: got.SessionID(), Roles: got.Roles(), Scopes: got.Scopes(),
		AuthTime: got.AuthTime(), Expires: got.Expires(),
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(id.Claims(), got.Claims()); diff != "" {
		t.Errorf("the claims (-want +got):\n%s", diff)
	}
	if n, _ := auth.Claim[json.Number](got, "/n"); n != "12345678901234567890" {
		t.Errorf("the number is %s", n)
	}
}

// Other credentials do not count, and are not touched.
func TestBesideOtherCredentials(t *testing.T) {
	app := newApp()
	app.Post("/login", func(req soay.Request) soay.Response {
		if err := auth.SignIn(req, authtest.Identity(t, auth.Profile{Subject: "bob"})); err != nil {
			return response.Error(err)
		}
		return who(req)
	})
	app.Get("/session/user", func(req soay.Request) soay.Response {
		return response.Text(soay.User(req).Subject() + " " + req.Session.User())
	})
	c := requesttest.New(t, app)
	ada := authtest.As(authtest.Identity(t, auth.Profile{Subject: "ada"}))
	if got := c.Get("/me", ada); len(got.Cookies)+len(c.Cookies("/")) != 0 {
		t.Errorf("the browser gets %v", got.Cookies)
	}
	c.Post("/login")
	for _, tt := range []struct {
		description string
		got         *requesttest.Response
		want        string
	}{
		{"by the session", c.Get("/me"), "bob [] by session"},
		{"by the test", c.Get("/me", ada), "ada [] by session"},
		{"by the session again", c.Get("/session/user"), "bob bob"},
		{"the session beside the test", c.Get("/session/user", ada), "ada bob"},
		{"beside a wrong key", c.Get("/me", ada, requesttest.With{Header: http.Header{"X-Key": {"wrong"}}}), "ada [] by session"},
		{"signed in while the test signs in", c.Post("/login", ada), "bob [] by session"},
	} {
		if got := tt.got.Text(); got != tt.want {
			t.Errorf("%s: %d %q, want %q", tt.description, tt.got.Status, got, tt.want)
		}
	}
}

func TestClient(t *testing.T) {
	c := requesttest.New(t, newApp())
	ada := authtest.Client(c, authtest.Identity(t, auth.Profile{Subject: "ada"}))
	bob := authtest.Client(c, authtest.Identity(t, auth.Profile{Subject: "bob"}))
	eve := authtest.As(authtest.Identity(t, auth.Profile{Subject: "eve"}))
	for _, tt := range []struct {
		description string
		got         *requesttest.Response
		want        string
	}{
		{"ada", ada.Get("/who"), "ada [] by session"},
		{"bob", bob.Get("/who"), "bob [] by session"},
		{"ada posts", ada.Post("/me", requesttest.With{Form: url.Values{"a": {"b"}}}), "ada [] by session"},
		{"where redirects lead", ada.Get("/old", requesttest.With{FollowRedirects: true}), "ada [] by session"},
		{"another one for one request", ada.Get("/who", eve), "eve [] by session"},
		{"nobody for one request", ada.Get("/who", authtest.As(nil)), "nobody"},
		{"nobody for all requests", authtest.Client(ada, nil).Get("/who"), "nobody"},
		{"with other headers", ada.WithHeader("Accept", "text/html").Get("/who"), "ada [] by session"},
		{"the client without them", c.Get("/who"), "nobody"},
	} {
		if got := tt.got.Text(); got != tt.want {
			t.Errorf("%s: %d %q, want %q", tt.description, tt.got.Status, got, tt.want)
		}
	}
}

// Caches are told of a page for a user as they are of those for users with a session, or a key.
func TestCaches(t *testing.T) {
	c := requesttest.New(t, newApp())
	ada := authtest.As(authtest.Identity(t, auth.Profile{Subject: "ada"}))
	for path, want := range map[string]string{"/session": "private [Cookie]", "/key": "private [X-Key]"} {
		h := c.Get(path, ada).Header
		if got := fmt.Sprint(h.Get("Cache-Control"), " ", h["Vary"]); got != want || h["Set-Cookie"] != nil {
			t.Errorf("%s: %s, %q; want %s", path, got, h["Set-Cookie"], want)
		}
	}
}

func TestOverOtherServers(t *testing.T) {
	ada := authtest.Identity(t, auth.Profile{Subject: "ada"})
	for name, o := range map[string]requesttest.Options{"https": {HTTPS: true}, "an old browser": {OldBrowser: true}, "a host": {Host: "cats.example"}} {
		if got := authtest.Client(requesttest.New(t, newApp(), o), ada).Post("/me").Text(); got != "ada [] by session" {
			t.Errorf("%s: %q", name, got)
		}
	}
	server := httptest.NewTLSServer(newApp())
	defer server.Close()
	req, err := http.NewRequest("GET", server.URL+"/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = authtest.As(ada).Header
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != 200 {
		t.Errorf("with a client of its own: %d, want 200", resp.StatusCode)
	}
}

// A test that signs in is guarded against forged requests as others are.
func TestForgedRequests(t *testing.T) {
	ada := authtest.As(authtest.Identity(t, auth.Profile{Subject: "ada"}))
	form := requesttest.With{Form: url.Values{"a": {"b"}}}
	app := newApp()
	c := requesttest.New(t, app)
	if got := c.Post("/me", ada, form).Status; got != 200 {
		t.Errorf("from a page of the app: %d, want 200", got)
	}
	cross := requesttest.With{Header: http.Header{"Sec-Fetch-Site": {"cross-site"}}}
	if got := c.Post("/me", ada, form, cross).Status; got != 403 {
		t.Errorf("from another site: %d, want 403", got)
	}
}

// A handler that is called by a test itself has its user, too.
func TestSingleHandlers(t *testing.T) {
	ada := authtest.Identity(t, auth.Profile{Subject: "ada", Roles: []string{"admin"}})
	req := requesttest.Request("GET", "/cats/7", requesttest.With{Pattern: "/cats/{id}"}, authtest.As(ada))
	if id := soay.User(req); id.Subject() != "ada" || !id.HasRole("admin") || req.Param("id") != "7" {
		t.Errorf("it is %v", id)
	}
	if id := soay.User(requesttest.Request("GET", "/", authtest.As(nil))); id != nil {
		t.Errorf("it is %v, want nobody", id)
	}
	if id := soay.User(requesttest.Request("GET", "/")); id != nil {
		t.Errorf("it is %v, want nobody", id)
	}
}

// Nobody signs in with a header that this process has not made.
func TestForeignHeaders(t *testing.T) {
	header := authtest.As(authtest.Identity(t, auth.Profile{Subject: "ada"})).Header
	if len(header) != 1 {
		t.Fatalf("the headers are %v, want one", header)
	}
	c := requesttest.New(t, newApp())
	for name, values := range header {
		good := values[0]
		secret, rest, _ := strings.Cut(good, ".")
		if len(secret) != 64 || strings.Trim(secret, "0123456789abcdef") != "" {
			t.Errorf("the secret has %d characters, want 64 of 4 bits each", len(secret))
		}
		if c.Get("/me", requesttest.With{Header: http.Header{name: {good}}}).Status != 200 {
			t.Error("the header does not sign in")
		}
		for _, value := range []string{
			"", ".", rest, "." + rest, secret, secret[1:] + "0." + rest, strings.Repeat("0", 64) + "." + rest, strings.ToUpper(secret) + "." + rest, " ." + good,
			"x" + good, secret + rest, strings.Repeat("a", 30_000),
		} {
			if got := c.Get("/me", requesttest.With{Header: http.Header{name: {value}}}); got.Status != 401 {
				t.Errorf("%.80q: %d, want 401", value, got.Status)
			}
		}
		for _, value := range []string{secret + ".", secret + ".x", good[:len(good)-1], secret + "." + "e30"} { // a mistake in the test
			if got := c.Get("/me", requesttest.With{Header: http.Header{name: {value}}}).Status; got != 500 {
				t.Errorf("%.80q: %d, want 500", value, got)
			}
		}
	}
}

// Many tests sign in at once, over one app and over several.
func TestManyAtOnce(t *testing.T) {
	c, d := requesttest.New(t, newApp()), requesttest.New(t, newApp())
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			want := fmt.Sprintf("user%d [] by session", i)
			as := authtest.As(authtest.Identity(t, auth.Profile{Subject: fmt.Sprint("user", i)}))
			for _, c := range []*requesttest.Client{c, d} {
				if resp, err := c.Try("GET", "/me", as); err != nil || resp.Text() != want {
					t.Errorf("%v, %v; want %s", resp, err, want)
				}
			}
		})
	}
	all.Wait()
}

func TestInATimeOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := requesttest.New(t, newApp())
		id := authtest.Identity(t, auth.Profile{Subject: "ada", AuthTime: time.Now(), Expires: time.Now().Add(time.Hour)})
		for _, tt := range []struct {
			wait time.Duration
			path string
			want int
		}{{0, "/fresh", 200}, {2 * time.Minute, "/fresh", 401}, {0, "/me", 200}, {time.Hour, "/me", 401}} {
			time.Sleep(tt.wait)
			if got := c.Get(tt.path, authtest.As(id)).Status; got != tt.want {
				t.Errorf("%s: %d, want %d", tt.path, got, tt.want)
			}
		}
	})
}

// fatal is a test that notes its end.
type fatal struct {
	testing.TB
	text string
}

func (f *fatal) Helper() {}

func (f *fatal) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	panic(errEnd)
}

var errEnd = errors.New("the test has ended")

func TestWrongProfileEndsTheTest(t *testing.T) {
	f := &fatal{TB: t}
	defer func() {
		if recover() != errEnd || !strings.Contains(f.text, "needs a Subject") {
			t.Errorf("the test ends with %q", f.text)
		}
	}()
	authtest.Identity(f, auth.Profile{Name: "Ada"})
}

// In a program that is no test nobody signs in so, and the program is told.
func TestOutsideOfTests(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a program")
	}
	out, err := exec.CommandContext(t.Context(), "go", "run", "./testdata/program").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	first, rest, _ := strings.Cut(string(out), "\n")
	if !strings.HasPrefix(first, "authtest: ") || strings.Count(rest, "401\n") != 4 || strings.Contains(rest, "500") {
		t.Errorf("the program says\n%s", out)
	}
}
