package sessions_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// What is set, without the values.
const (
	onLoopback = "session=; Path=/; HttpOnly; SameSite=Lax"
	overHTTP   = "session=; Path=/; HttpOnly; Secure; SameSite=Lax"
	overHTTPS  = "__Host-session=; Path=/; HttpOnly; Secure; SameSite=Lax"
)

var attributeTests = []struct {
	description string
	url         string
	options     sessions.Options
	want        string
}{
	{"http on localhost", "http://localhost", sessions.Options{}, onLoopback},
	{"http on localhost with a port", "http://localhost:8000", sessions.Options{}, onLoopback},
	{"http below localhost", "http://app.LocalHost", sessions.Options{}, onLoopback},
	{"http on 127.0.0.1", "http://127.0.0.1:8000", sessions.Options{}, onLoopback},
	{"http elsewhere in 127/8", "http://127.9.9.9", sessions.Options{}, onLoopback},
	{"http on ::1", "http://[::1]:8000", sessions.Options{}, onLoopback},
	{"http on ::1 without a port", "http://[::1]", sessions.Options{}, onLoopback},
	{"http elsewhere", "http://example.com", sessions.Options{}, overHTTP},
	{"http on a private address", "http://192.168.0.1:8000", sessions.Options{}, overHTTP},
	{"http on a name that begins with localhost", "http://localhost.example", sessions.Options{}, overHTTP},
	{"http on a name that ends with localhost", "http://notlocalhost", sessions.Options{}, overHTTP},
	{"http on a name that begins like an address", "http://127.0.0.1.example", sessions.Options{}, overHTTP},
	{"https", "https://example.com", sessions.Options{}, overHTTPS},
	{"https on localhost", "https://localhost", sessions.Options{}, overHTTPS},

	{
		"https with a domain", "https://www.example.com", sessions.Options{Domain: "example.com"},
		"__Secure-session=; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax",
	},
	{
		"http with a domain", "http://www.example.com",
		sessions.Options{Domain: "example.com", Secure: sessions.SecureNever},
		"session=; Path=/; Domain=example.com; HttpOnly; SameSite=Lax",
	},
	{
		"https with a path", "https://example.com",
		sessions.Options{Path: "/admin"}, "__Secure-session=; Path=/admin; HttpOnly; Secure; SameSite=Lax",
	},

	{"https, Secure always", "https://example.com", sessions.Options{Secure: sessions.SecureAlways}, overHTTPS},
	{"http, Secure always", "http://localhost", sessions.Options{Secure: sessions.SecureAlways}, overHTTP},
	{"https, Secure never", "https://example.com", sessions.Options{Secure: sessions.SecureNever}, onLoopback},
	{"http, Secure never", "http://example.com", sessions.Options{Secure: sessions.SecureNever}, onLoopback},

	{
		"strict", "https://example.com", sessions.Options{SameSite: http.SameSiteStrictMode},
		"__Host-session=; Path=/; HttpOnly; Secure; SameSite=Strict",
	},
	{"default mode", "https://example.com", sessions.Options{SameSite: http.SameSiteDefaultMode}, overHTTPS},
	{
		"none", "https://example.com", sessions.Options{SameSite: http.SameSiteNoneMode},
		"__Host-session=; Path=/; HttpOnly; Secure; SameSite=None",
	},
	{
		"none on localhost", "http://localhost",
		sessions.Options{SameSite: http.SameSiteNoneMode}, "session=; Path=/; HttpOnly; Secure; SameSite=None",
	},

	{
		"own name", "https://example.com",
		sessions.Options{CookieName: "sid"}, "sid=; Path=/; HttpOnly; Secure; SameSite=Lax",
	},
	{
		"own name with a prefix on localhost", "http://localhost",
		sessions.Options{CookieName: "__Host-sid"}, "__Host-sid=; Path=/; HttpOnly; Secure; SameSite=Lax",
	},

	{
		"persistent", "https://example.com", sessions.Options{Persistent: true},
		"__Host-session=; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax",
	},
	{
		"persistent for a day", "https://example.com",
		sessions.Options{Persistent: true, IdleTimeout: 24 * time.Hour},
		"__Host-session=; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax",
	},
	{
		"persistent for less than a second", "https://example.com",
		sessions.Options{Persistent: true, MaxAge: time.Second / 2},
		"__Host-session=; Path=/; Max-Age=1; HttpOnly; Secure; SameSite=Lax",
	},
}

func TestCookieAttributes(t *testing.T) {
	for _, tt := range attributeTests {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp(tt.options, done(func(s sessions.Session) { s.Set("user", "ann") }))
			app.Delete("/", done(func(s sessions.Session) { s.Set("a", 1); s.Clear() }))
			created := setCookie(t, app, "GET", tt.url, "")
			if got := withoutValue(created); got != tt.want {
				t.Errorf("Set-Cookie = %s, want %s", got, tt.want)
			}
			cookie, _, _ := strings.Cut(created, ";")
			name, value, _ := strings.Cut(cookie, "=")
			if value == "" {
				t.Errorf("Set-Cookie = %s, without a value", created)
			}
			// A deletion has the same attributes, except that it is over.
			deleted := setCookie(t, app, "DELETE", tt.url, cookie)
			const gone = "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0"
			if !strings.HasPrefix(deleted, name+"=;") || !strings.Contains(deleted, gone) {
				t.Errorf("Set-Cookie = %s, want a deletion", deleted)
			}
			want := regexp.MustCompile(`; Max-Age=\d+`).ReplaceAllString(tt.want, "")
			if got := strings.Replace(deleted, gone, "", 1); got != want {
				t.Errorf("deletion has the attributes %s, want %s", got, want)
			}
		})
	}
}

// setCookie returns the one Set-Cookie header in answer to a request.
func setCookie(t *testing.T, app *soay.App, method, url, cookie string) string {
	t.Helper()
	r, w := httptest.NewRequest(method, url+"/", nil), httptest.NewRecorder() // with TLS for https
	r.Header.Set("Cookie", cookie)
	app.ServeHTTP(w, r)
	pair(t, w)
	return w.Header().Get("Set-Cookie")
}

func TestDeletionEmptiesTheBrowser(t *testing.T) {
	tests := []struct {
		description string
		options     sessions.Options
		client      requesttest.Options
		path        string
	}{
		{"http", sessions.Options{}, requesttest.Options{}, "/"},
		{"https", sessions.Options{}, requesttest.Options{HTTPS: true}, "/"},
		{
			"https with a domain", sessions.Options{Domain: "example.com"},
			requesttest.Options{HTTPS: true, Host: "www.example.com"}, "/",
		},
		{"https with a path", sessions.Options{Path: "/admin"}, requesttest.Options{HTTPS: true}, "/admin/users"},
		{"persistent", sessions.Options{Persistent: true}, requesttest.Options{HTTPS: true}, "/"},
		{"own name", sessions.Options{CookieName: "__Secure-sid"}, requesttest.Options{HTTPS: true}, "/"},
	}
	ends := map[string]func(sessions.Session){
		"Clear": sessions.Session.Clear, "Destroy": sessions.Session.Destroy,
		"Delete": func(s sessions.Session) { s.Delete("user") },
	}
	for _, tt := range tests {
		for name, end := range ends {
			t.Run(tt.description+"/"+name, func(t *testing.T) {
				app := newApp(tt.options, done(func(sessions.Session) {}))
				app.Put("/{path:rest}", done(func(s sessions.Session) { s.Set("user", "ann") }))
				app.Get("/{path:rest}", func(req soay.Request) soay.Response {
					return soay.Response{}.WithHeader("User", sessions.GetOr(req.Session, "user", "nobody"))
				})
				app.Delete("/{path:rest}", done(end))
				c := requesttest.New(t, app, tt.client)
				path := strings.TrimSuffix(tt.path, "/") + "/x"
				c.Put(path)
				if got := c.Get(path).Header.Get("User"); got != "ann" || len(c.Cookies(path)) != 1 {
					t.Fatalf("user = %s with the cookies %v, want ann with one", got, c.Cookies(path))
				}
				c.Delete(path)
				if got := c.Get(path).Header.Get("User"); got != "nobody" || len(c.Cookies(path)) != 0 {
					t.Errorf("user = %s with the cookies %v, want nobody without", got, c.Cookies(path))
				}
			})
		}
	}
}

// Everybody can send such headers; the app has not been told to believe them.
func TestHeadersOfProxiesAreNotTrusted(t *testing.T) {
	app := newUserApp(sessions.Options{})
	r, w := newExchange("POST", "/")
	for _, name := range []string{"X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Url-Scheme"} {
		r.Header.Set(name, "https")
	}
	r.Header.Set("X-Forwarded-Ssl", "on")
	r.Header.Set("Front-End-Https", "on")
	r.Header.Set("Forwarded", "proto=https;host=example.com")
	r.Header.Set("X-Forwarded-Host", "example.com")
	app.ServeHTTP(w, r)
	if got := withoutValue(w.Header().Get("Set-Cookie")); got != onLoopback {
		t.Errorf("Set-Cookie = %s, want %s", got, onLoopback)
	}
}

// Middleware that has checked the headers of a trusted proxy says so, and then they count.
func TestSchemeOfATrustedProxy(t *testing.T) {
	m, err := sessions.NewManager(key, sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, w := newExchange("GET", "/")
	req := request.NewExchange(&request.Settings{Strict: true}).Begin(r)
	req.SetOrigin("https", "")
	session, err := middleware.NewSession(m)
	if err != nil {
		t.Fatal(err)
	}
	resp := session(done(func(s sessions.Session) { s.Set("user", "ann") }))(req)
	if _, err := response.StateOf(resp).Write(w, r, 0); err != nil {
		t.Fatal(err)
	}
	if got := withoutValue(w.Header().Get("Set-Cookie")); got != overHTTPS {
		t.Errorf("Set-Cookie = %s, want %s", got, overHTTPS)
	}
}

func TestSecureOverHTTPIsWarnedAboutOnce(t *testing.T) {
	log := requesttest.Log{Level: slog.LevelDebug}
	app := newUserApp(sessions.Options{Logger: log.Logger()})
	for _, host := range []string{"localhost", "example.com", "example.org"} {
		r, w := newExchange("POST", "/")
		r.Host = host
		app.ServeHTTP(w, r)
	}
	lines := log.Lines(slog.LevelWarn)
	if len(lines) != 1 || !strings.Contains(lines[0], "host=example.com") || !strings.Contains(lines[0], "Never") {
		t.Errorf("warnings = %q, want one that names the host and the way out", lines)
	}
}

func TestHTTPAndHTTPSHaveSessionsOfTheirOwn(t *testing.T) {
	v := newVisit(t, sessions.Options{}, requesttest.Options{HTTPS: true})
	planted := annsCookie(t, sessions.Options{})
	v.SetCookie(&http.Cookie{Name: "session", Value: valueOf(planted), Path: "/"})
	if got := v.data(); len(got) != 0 {
		t.Errorf("over https a cookie from http makes the session %v", got)
	}
}
