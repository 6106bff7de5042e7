package sessions_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// browser stores cookies as browsers do: unlike in net/http/cookiejar, a cookie for this host alone and one for it
// and all hosts below are different ones.
type browser struct {
	t      *testing.T
	stored []*http.Cookie // without a Domain for those of the one host that there is
	app    *soay.App
}

func newBrowser(t *testing.T, app *soay.App) *browser { return &browser{t: t, app: app} }

// keep stores a cookie in the place of those of the same name, domain and path (RFC 6265bis section 5.7).
func (b *browser) keep(c *http.Cookie) {
	b.stored = slices.DeleteFunc(b.stored, func(k *http.Cookie) bool {
		return k.Name == c.Name && strings.TrimPrefix(k.Domain, ".") == strings.TrimPrefix(c.Domain, ".") && k.Path == c.Path
	})
	if c.MaxAge >= 0 {
		b.stored = append(b.stored, c)
	}
}

// cookies returns the cookies that are sent to an address of the host.
func (b *browser) cookies(address string) (all []*http.Cookie) {
	b.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.stored {
		if strings.HasPrefix(u.Path+"/", strings.TrimSuffix(c.Path, "/")+"/") && strings.HasSuffix("."+u.Hostname(), c.Domain) {
			all = append(all, c)
		}
	}
	return all
}

// send makes a request and keeps what the response sets.
func (b *browser) send(method, address string) *httptest.ResponseRecorder {
	b.t.Helper()
	r, w := httptest.NewRequest(method, address, nil), httptest.NewRecorder()
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range b.cookies(address) {
		r.AddCookie(c)
	}
	b.app.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.keep(c)
	}
	return w
}

func (b *browser) says(what, method, address, want string) {
	b.t.Helper()
	if w := b.send(method, address); w.Body.String() != want {
		b.t.Errorf("%s: %s answers %d %q, want %q", what, method, w.Code, w.Body, want)
	}
}

// value returns the value of the cookie that the browser sends.
func (b *browser) value(address string) string {
	b.t.Helper()
	all := b.cookies(address)
	if len(all) != 1 {
		b.t.Fatalf("the browser sends %v, want one cookie", all)
	}
	return all[0].Value
}

// newNameApp is an app on whose every path PUT signs in, DELETE signs out and GET says who it is.
func newNameApp(store sessions.Store, o sessions.Options) *soay.App {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler), Env: "production"})
	if store == nil {
		app.UseSessions(key, o)
	} else {
		app.UseSessionStore(store, o)
	}
	app.Put("/{path:rest}", func(req soay.Request) soay.Response {
		req.Session.Set("user", req.Query("user"))
		return response.NoContent()
	})
	app.Delete("/{path:rest}", func(req soay.Request) soay.Response {
		req.Session.Destroy()
		return response.NoContent()
	})
	app.Get("/{path:rest}", func(req soay.Request) soay.Response {
		return response.Text(sessions.GetOr(req.Session, "user", "nobody"))
	})
	return app
}

const cart = "https://www.app.example.com/shop/cart"

// A second session, of another place, makes one response nobody's. Then it is gone, and the visitor has his
// own; it is the same with a login meanwhile.
func TestSecondSessionIsRemoved(t *testing.T) {
	for _, tt := range []struct {
		description string
		options     sessions.Options
		planted     http.Cookie
	}{
		{"of the domain", sessions.Options{}, http.Cookie{Domain: "example.com", Path: "/"}},
		{"of the host as a domain", sessions.Options{}, http.Cookie{Domain: "www.app.example.com", Path: "/"}},
		{"of a domain between", sessions.Options{}, http.Cookie{Domain: "app.example.com", Path: "/"}},
		{"of a path", sessions.Options{}, http.Cookie{Path: "/shop"}},
		{"of the page alone", sessions.Options{}, http.Cookie{Path: "/shop/cart"}},
		{"of a path of the domain", sessions.Options{}, http.Cookie{Domain: "example.com", Path: "/shop"}},
		{"of the host, before there was a domain", sessions.Options{Domain: "example.com"}, http.Cookie{Path: "/"}},
		{"of another domain, before that", sessions.Options{Domain: ".example.com"}, http.Cookie{Domain: "app.example.com", Path: "/"}},
		{"of /, before there was a path", sessions.Options{Path: "/shop"}, http.Cookie{Path: "/"}},
	} {
		for kind, store := range map[string]sessions.Store{"cookies": nil, "a store": newShelf()} {
			t.Run(tt.description+" in "+kind, func(t *testing.T) {
				tt.options.CookieName = "sid"
				app := newNameApp(store, tt.options)
				b, attacker := newBrowser(t, app), newBrowser(t, app)
				attacker.send("PUT", cart+"?user=mallory")
				planted := tt.planted
				planted.Name, planted.Value = "sid", attacker.value(cart)

				b.send("PUT", cart+"?user=ann")
				b.keep(&planted)
				b.says("with two sessions", "GET", cart, "nobody")
				b.says("afterwards", "GET", cart, "ann")

				b.keep(&planted)
				b.send("PUT", cart+"?user=bob")
				b.says("after a login with two sessions", "GET", cart, "bob")

				b.keep(&planted)
				b.send("DELETE", cart)
				b.says("after a logout with two sessions", "GET", cart, "nobody")
				if all := b.cookies(cart); len(all) > 0 {
					t.Errorf("after a logout the browser has %v, want no cookies", all)
				}
			})
		}
	}
}

// What is no session does not keep one from being found, and is left alone: it may be that of an older key.
func TestGarbageBesideASession(t *testing.T) {
	for kind, store := range map[string]sessions.Store{"cookies": nil, "a store": newShelf()} {
		t.Run(kind, func(t *testing.T) {
			b := newBrowser(t, newNameApp(store, sessions.Options{CookieName: "sid"}))
			b.send("PUT", cart+"?user=ann")
			for _, garbage := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 4090)} {
				b.keep(&http.Cookie{Name: "sid", Value: garbage, Domain: "example.com", Path: "/shop"})
				w := b.send("GET", cart)
				if w.Body.String() != "ann" || len(w.Result().Cookies()) > 0 {
					t.Errorf("beside %.50q: %q with %q, want ann without cookies", garbage, w.Body, w.Header()["Set-Cookie"])
				}
			}
		})
	}
}

// A response that deletes cookies is not stored by caches.
func TestDeletionsAreNotStored(t *testing.T) {
	app := newNameApp(nil, sessions.Options{CookieName: "sid"})
	b := newBrowser(t, app)
	b.send("PUT", cart+"?user=ann")
	b.keep(&http.Cookie{Name: "sid", Value: b.value(cart), Domain: "example.com", Path: "/"})
	w := b.send("GET", cart)
	if got := w.Header().Get("Cache-Control"); got != "no-store" || len(w.Result().Cookies()) == 0 {
		t.Errorf("Cache-Control = %q with %d cookies, want no-store with some", got, len(w.Result().Cookies()))
	}
	for _, c := range w.Result().Cookies() {
		if c.MaxAge >= 0 || c.Value != "" || !c.Secure || !c.HttpOnly || c.Domain == "" && c.Path == "/" {
			t.Errorf("the response sets %v, want deletions of others alone", c)
		}
	}
}

// A logout of somebody with two sessions ends both in the store, since nobody knows which is his.
func TestLogoutWithTwoSessions(t *testing.T) {
	store := newShelf()
	b := newBrowser(t, newNameApp(store, sessions.Options{CookieName: "sid"}))
	b.send("PUT", cart+"?user=ann")
	other := newBrowser(t, b.app)
	other.send("PUT", cart+"?user=ann")
	b.keep(&http.Cookie{Name: "sid", Value: other.value(cart), Domain: "example.com", Path: "/"})
	if w := b.send("DELETE", cart); w.Code != http.StatusNoContent || store.len() != 0 {
		t.Errorf("logout = %d, and the store has %d records, want none", w.Code, store.len())
	}
}

// Many cookies of the name cost no more than four looks into the store, and are too many to know which is
// the right one.
func TestManyCookiesOfOneName(t *testing.T) {
	store := newShelf()
	app := newNameApp(store, sessions.Options{})
	b := newBrowser(t, app)
	b.send("PUT", "http://localhost/?user=ann")
	own := "session=" + b.value("http://localhost/")
	for n, want := range map[int]string{1: "ann", 4: "ann", 5: "nobody", 100: "nobody"} {
		before := store.count("Load")
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.Header.Set("Cookie", strings.Repeat("session="+strings.Repeat("A", 43)+"; ", n-1)+own)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		if w.Body.String() != want || store.count("Load")-before > 4 {
			t.Errorf("%d cookies: %q after %d looks, want %q", n, w.Body, store.count("Load")-before, want)
		}
	}
	store.failing(func(context.Context, string) error { return errors.New("down") })
	r := httptest.NewRequest("GET", "http://localhost/", nil)
	r.Header.Set("Cookie", own+"; session="+strings.Repeat("A", 43))
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("two cookies with a store that is down: %d, want 503", w.Code)
	}
}

// Hosts and paths are what the client says. They make no bad cookies, and not too many.
func TestDeletionsForStrangePaths(t *testing.T) {
	app := newNameApp(nil, sessions.Options{CookieName: "sid", Secure: sessions.SecureNever})
	cookie := strings.Replace(annsCookie(t, sessions.Options{CookieName: "sid", Secure: sessions.SecureNever}), "session=", "sid=", 1)
	for _, address := range []string{
		"http://localhost/a;b/c", "http://localhost/a%3bb/c%0d%0aX:y", "http://127.0.0.1/a/b", "http://[::1]:8080/a", "http://localhost",
		"http://" + strings.Repeat("a.", 100) + "example.com" + strings.Repeat("/x", 100),
		"http://localhost" + strings.Repeat("/x", 20_000), "http://a..b./x", "http://_dmarc.example.com/%c3%a4/x",
	} {
		r := httptest.NewRequest("GET", address, nil)
		r.Header.Set("Cookie", cookie+"; "+cookie)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		if set := w.Header()["Set-Cookie"]; w.Code != http.StatusOK || len(set) > 20 {
			t.Errorf("GET %.60s = %d %q with %d cookies, want 200 with 20 at the most", address, w.Code, w.Body, len(set))
		}
	}
}

// A browser has but one cookie whose name begins with __Host-.
func TestNoDeletionsOfHostCookies(t *testing.T) {
	app := newNameApp(nil, sessions.Options{})
	b := newBrowser(t, app)
	b.send("PUT", cart+"?user=ann")
	r, w := httptest.NewRequest("GET", cart, nil), httptest.NewRecorder()
	r.Header.Set("Cookie", "__Host-session="+b.value(cart)+"; __Host-session="+b.value(cart))
	app.ServeHTTP(w, r)
	if w.Body.String() != "nobody" || w.Header()["Set-Cookie"] != nil {
		t.Errorf("answer %q with %q, want nobody without cookies", w.Body, w.Header()["Set-Cookie"])
	}
}
