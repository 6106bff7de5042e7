package auth_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
)

// navigation is what a browser sends that shows a page.
var navigation = http.Header{"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Site": {"none"}, "Accept": {"text/html,*/*;q=0.8"}}

// exchange lets an app answer a navigation without a network.
func visitAt(t testing.TB, app *soay.App, target string) *httptest.ResponseRecorder {
	t.Helper()
	r, err := http.NewRequest("GET", target, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host, r.RequestURI = "site.example", target
	r.Header = navigation.Clone()
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// newReturning returns an app whose sign-in page tells where it would send the browser.
func newReturning() *soay.App {
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	app.UseSessions(siteKey)
	app.AddScheme("session", auth.Session(auth.SessionOptions{SignInPath: "/login"}))
	app.UseAuthorization()
	app.Get("/login", func(req soay.Request) soay.Response { return response.Redirect(auth.ReturnPath(req)) }).AllowAnonymous()
	app.Get("/*", hello)
	return app
}

// hostileReturns are values of ?return= that lead away from the site in some browser, or are no paths at all.
var hostileReturns = []string{
	"", " ", "a", "a/b", ".", "..", "./a", "../a", "?a", "#a", "//", "///", "//evil.example", "///evil.example", "////evil.example/x",
	"//evil.example:80/", "//user@evil.example", "//[::1]/", "//evil%2eexample", "//?x", "//#x", "//%09/evil.example",
	`/\evil.example`, `\/evil.example`, `\\evil.example`, `\evil.example`, `/\/evil.example`, `/a\..\\evil.example`, `/\\evil.example`, `/a/\b`,
	"/\t/evil.example", "\t//evil.example", "/\n/evil.example", "/\r/evil.example", "/\r\n/evil.example", "\n//evil.example", " //evil.example",
	" /evil.example", "/evil example", "\x00//evil.example", "\x1f//evil.example", "/\x7f/evil.example", "/\x00", "\v/a", "\f/a",
	"http://evil.example", "https://evil.example", "HTTP://evil.example", "http:evil.example", "http:/evil.example", "https:///evil.example",
	`http:\\evil.example`, "https://site.example@evil.example", "https://site.example", "ht\ttp://evil.example", "evil.example:80", "://evil.example",
	"javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "javascript://evil.example/%0aalert(1)", "data:text/html,x", "vbscript:x",
	"file:///etc/passwd", "mailto:a@evil.example", "blob:https://evil.example/x", "about:blank", "/\r\nSet-Cookie: a=1", "/%zz", "/%", "/a\u00a0b\r\n",
	"/" + strings.Repeat("a", 2048),
}

// isOnSite reports whether a browser that resolves a location stays on the site, by the URL that net/url makes of it and
// by what browsers do beyond that.
func isOnSite(location string) bool {
	base := &url.URL{Scheme: "https", Host: "site.example", Path: "/login"}
	u, err := base.Parse(location)
	return err == nil && u.Scheme == "https" && u.Host == "site.example" && u.User == nil && strings.HasPrefix(location, "/") &&
		!strings.HasPrefix(location, "//") && !strings.ContainsAny(location, "\\\t\r\n")
}

func TestHostileReturns(t *testing.T) {
	app := newReturning()
	for _, value := range hostileReturns {
		w := visitAt(t, app, "/login?return="+url.QueryEscape(value))
		if got := w.Header().Get("Location"); w.Code != 302 || got != "/" {
			t.Errorf("%q: %d to %q, want /", value, w.Code, got)
		}
	}
	if len(hostileReturns) < 60 {
		t.Errorf("%d values, want 60 or more", len(hostileReturns))
	}
}

func TestReturnPath(t *testing.T) {
	for query, want := range map[string]string{
		"": "/", "return=": "/", "return=/": "/", "return=/a": "/a", "return=%2Fa%3Fb%3D1%26c%3D%252F": "/a?b=1&c=%2F", "return=/a%23b": "/a#b",
		"return=/a&return=//evil.example": "/a", "return=//evil.example&return=/a": "/", "Return=/a": "/", "return=/%C3%A9": "/é",
		"return=/https://evil.example": "/https://evil.example", "return=/a//b": "/a//b", "return=/a/%2e%2e//b": "/a/..//b", "return=%zz": "/",
		"return=%2F" + strings.Repeat("a", 2047): "/" + strings.Repeat("a", 2047),
	} {
		r := httptest.NewRequest("GET", "/login", nil)
		r.URL.RawQuery = query
		app, got := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)}), ""
		app.Get("/login", func(req soay.Request) soay.Response { got = auth.ReturnPath(req); return response.NoContent() })
		app.ServeHTTP(httptest.NewRecorder(), r)
		if got != want {
			t.Errorf("?%s: %q, want %q", query, got, want)
		}
	}
}

// Whatever a browser asks for, it is sent to the sign-in page of the site, and back to what it asked for.
func TestWayToTheSignInPageAndBack(t *testing.T) {
	app := newReturning()
	for _, target := range []string{
		"/", "/a", "/a?b=1&c=2", "/a?return=//evil.example", "/a/%2F%2Fevil.example", "/%5Cevil.example", "/%09/evil.example", "/a?b=%0d%0aX:1",
		"/%C3%A9?%C3%A9", "/a//b", "/a/../b", "/.//evil.example", "/a;b=1", "/a?", "/a+b?c+d", "/login/more", "/a?%zz", "/" + strings.Repeat("a", 2000),
		"//evil.example", "///evil.example", "//evil.example/..", "/\\evil.example", "/" + strings.Repeat("a", 3000), "/a?" + strings.Repeat("%0a", 1000),
	} {
		w := visitAt(t, app, target)
		if w.Code == 404 || w.Code == 400 || w.Code == 301 || w.Code == 308 {
			if l := w.Header().Get("Location"); l != "" && !isOnSite(l) {
				t.Errorf("%s: %d to %q", target, w.Code, l)
			}
			continue // the router does not take it
		}
		location := w.Header().Get("Location")
		path, query, _ := strings.Cut(location, "?")
		if w.Code != 302 || path != "/login" || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d to %q, Cache-Control %q; want the sign-in page", target, w.Code, location, w.Header().Get("Cache-Control"))
		}
		back := visitAt(t, app, location).Header().Get("Location")
		if q, err := url.ParseQuery(query); err != nil || q.Has("return") && q.Get("return") != back || !isOnSite(back) ||
			back != strings.ReplaceAll(target, `\`, "%5C") && back != "/" {
			t.Errorf("%s: sent to %q and back to %q", target, location, back)
		}
		if isOnSite(target) && len(target) <= 2048 && back != target {
			t.Errorf("%s: back to %q", target, back)
		}
	}
}

// A chain of sign-in pages inside of one another ends.
func TestReturnToTheSignInPage(t *testing.T) {
	app := newReturning()
	target := "/a"
	for range 5 {
		target = "/login?return=" + url.QueryEscape(target)
	}
	for range 6 {
		target = visitAt(t, app, target).Header().Get("Location")
	}
	if target != "/login?return=%2Fa" { // of the guarded page
		t.Errorf("after six redirects: %q", target)
	}
	for _, target := range []string{"/login", "/login?", "/login#x", "/./login"} {
		got := visitAt(t, app, "/login?return="+url.QueryEscape(target)).Header().Get("Location")
		for n := 0; strings.Contains(got, "login"); n++ {
			if got = visitAt(t, app, strings.Replace(got, "/.", "", 1)).Header().Get("Location"); n > 3 {
				t.Fatalf("%s: still at %s", target, got)
			}
		}
	}
}

func FuzzReturnPath(f *testing.F) {
	app := newReturning()
	for _, value := range hostileReturns {
		f.Add(value)
	}
	f.Add("/a?b=c#d")
	f.Fuzz(func(t *testing.T, value string) {
		location := visitAt(t, app, "/login?return="+url.QueryEscape(value)).Header().Get("Location")
		if !isOnSite(location) || len(location) > 3*2048 {
			t.Errorf("%q: %q", value, location)
		}
	})
}
