package sessions_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
)

func TestCookieAttributes(t *testing.T) {
	tests := []struct {
		description string
		https       bool
		host        string
		options     sessions.Options
		want        string
	}{
		{"http on localhost", false, "localhost", sessions.Options{}, "session=; Path=/; HttpOnly; SameSite=Lax"},
		{"http on localhost with a port", false, "localhost:8000", sessions.Options{}, "session=; Path=/; HttpOnly; SameSite=Lax"},
		{"http below localhost", false, "app.LocalHost", sessions.Options{}, "session=; Path=/; HttpOnly; SameSite=Lax"},
		{"http on 127.0.0.1", false, "127.0.0.1:8000", sessions.Options{}, "session=; Path=/; HttpOnly; SameSite=Lax"},
		{"http elsewhere in 127/8", false, "127.9.9.9", sessions.Options{}, "session=; Path=/; HttpOnly; SameSite=Lax"},
		{"http on ::1", false, "[::1]:8000", sessions.Options{}, "session=; Path=/; HttpOnly; SameSite=Lax"},
		{"http on ::1 without a port", false, "[::1]", sessions.Options{}, "session=; Path=/; HttpOnly; SameSite=Lax"},
		{"http elsewhere", false, "example.com", sessions.Options{}, "session=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"http on a private address", false, "192.168.0.1:8000", sessions.Options{}, "session=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"http on a name that begins with localhost", false, "localhost.example", sessions.Options{}, "session=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"http on a name that ends with localhost", false, "notlocalhost", sessions.Options{}, "session=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"http on a name that begins like an address", false, "127.0.0.1.example", sessions.Options{}, "session=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"https", true, "example.com", sessions.Options{}, "__Host-session=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"https on localhost", true, "localhost", sessions.Options{}, "__Host-session=; Path=/; HttpOnly; Secure; SameSite=Lax"},

		{
			"https with a domain", true, "www.example.com", sessions.Options{Domain: "example.com"},
			"__Secure-session=; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax",
		},
		{
			"http with a domain", false, "www.example.com", sessions.Options{Domain: "example.com", Secure: sessions.SecureNever},
			"session=; Path=/; Domain=example.com; HttpOnly; SameSite=Lax",
		},
		{
			"https with a path", true, "example.com", sessions.Options{Path: "/admin"},
			"__Secure-session=; Path=/admin; HttpOnly; Secure; SameSite=Lax",
		},

		{"https, Secure always", true, "example.com", sessions.Options{Secure: sessions.SecureAlways}, "__Host-session=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"http, Secure always", false, "localhost", sessions.Options{Secure: sessions.SecureAlways}, "session=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"https, Secure never", true, "example.com", sessions.Options{Secure: sessions.SecureNever}, "session=; Path=/; HttpOnly; SameSite=Lax"},
		{"http, Secure never", false, "example.com", sessions.Options{Secure: sessions.SecureNever}, "session=; Path=/; HttpOnly; SameSite=Lax"},

		{"strict", true, "example.com", sessions.Options{SameSite: http.SameSiteStrictMode}, "__Host-session=; Path=/; HttpOnly; Secure; SameSite=Strict"},
		{"default mode", true, "example.com", sessions.Options{SameSite: http.SameSiteDefaultMode}, "__Host-session=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"none", true, "example.com", sessions.Options{SameSite: http.SameSiteNoneMode}, "__Host-session=; Path=/; HttpOnly; Secure; SameSite=None"},
		{"none on localhost", false, "localhost", sessions.Options{SameSite: http.SameSiteNoneMode}, "session=; Path=/; HttpOnly; Secure; SameSite=None"},

		{"own name", true, "example.com", sessions.Options{CookieName: "sid"}, "sid=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"own name with a prefix on localhost", false, "localhost", sessions.Options{CookieName: "__Host-sid"}, "__Host-sid=; Path=/; HttpOnly; Secure; SameSite=Lax"},

		{"persistent", true, "example.com", sessions.Options{Persistent: true}, "__Host-session=; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax"},
		{
			"persistent for a day", true, "example.com", sessions.Options{Persistent: true, IdleTimeout: 24 * time.Hour},
			"__Host-session=; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax",
		},
		{
			"persistent for less than a second", true, "example.com", sessions.Options{Persistent: true, MaxAge: time.Second / 2},
			"__Host-session=; Path=/; Max-Age=1; HttpOnly; Secure; SameSite=Lax",
		},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp(tt.options, done(func(s sessions.Session) { s.Set("user", "ann") }))
			app.Delete("/", done(func(s sessions.Session) { s.Set("a", 1); s.Clear() }))
			setCookie := func(method string, cookies ...string) string {
				r, w := newExchange(method, "/", cookies...)
				r.Host = tt.host
				if tt.https {
					r.TLS = new(tls.ConnectionState)
				}
				app.ServeHTTP(w, r)
				pair(t, w)
				return w.Header().Get("Set-Cookie")
			}
			created := setCookie("GET")
			if got := withoutValue(created); got != tt.want {
				t.Errorf("Set-Cookie = %s, want %s", got, tt.want)
			}
			cookie, _, _ := strings.Cut(created, ";")
			if strings.HasSuffix(cookie, "=") {
				t.Errorf("Set-Cookie = %s, without a value", created)
			}
			// A deletion has the same attributes, except that it is over.
			deleted := setCookie("DELETE", cookie)
			const gone = "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0"
			if !strings.Contains(deleted, gone) || !strings.HasPrefix(deleted, cookie[:strings.Index(cookie, "=")]+"=;") {
				t.Errorf("Set-Cookie = %s, want a deletion", deleted)
			}
			lasting := withoutValue(created)
			if i := strings.Index(lasting, "; Max-Age="); i >= 0 {
				lasting = lasting[:i] + lasting[i+strings.Index(lasting[i+1:], ";")+1:]
			}
			if got := strings.Replace(deleted, gone, "", 1); got != lasting {
				t.Errorf("deletion has the attributes %s, want %s", got, lasting)
			}
		})
	}
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
		{"https with a domain", sessions.Options{Domain: "example.com"}, requesttest.Options{HTTPS: true, Host: "www.example.com"}, "/"},
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
	for _, name := range []string{"X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "Forwarded", "Front-End-Https"} {
		r.Header.Set(name, "https")
	}
	r.Header.Set("Forwarded", "proto=https;host=example.com")
	r.Header.Set("X-Forwarded-Host", "example.com")
	app.ServeHTTP(w, r)
	if got, want := withoutValue(w.Header().Get("Set-Cookie")), "session=; Path=/; HttpOnly; SameSite=Lax"; got != want {
		t.Errorf("Set-Cookie = %s, want %s", got, want)
	}
}

// Middleware that has checked the headers of a trusted proxy says so, and then they count.
func TestSchemeOfATrustedProxy(t *testing.T) {
	m, err := sessions.NewManager(key, sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, w := newExchange("GET", "/")
	req := request.NewState(&request.Settings{Strict: true}).Begin(r)
	req.SetOrigin("https", "")
	resp := middleware.NewSession(m)(done(func(s sessions.Session) { s.Set("user", "ann") }))(req)
	if _, err := resp.Write(w, r, 0); err != nil {
		t.Fatal(err)
	}
	if got, want := withoutValue(w.Header().Get("Set-Cookie")), "__Host-session=; Path=/; HttpOnly; Secure; SameSite=Lax"; got != want {
		t.Errorf("Set-Cookie = %s, want %s", got, want)
	}
}

func TestSecureOverHTTPIsWarnedAboutOnce(t *testing.T) {
	var log logs
	app := newUserApp(sessions.Options{Logger: log.logger()})
	for _, host := range []string{"localhost", "example.com", "example.org"} {
		r, w := newExchange("POST", "/")
		r.Host = host
		app.ServeHTTP(w, r)
	}
	lines := log.lines("WARN")
	if len(lines) != 1 || !strings.Contains(lines[0], "host=example.com") || !strings.Contains(lines[0], "SecureNever") {
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
