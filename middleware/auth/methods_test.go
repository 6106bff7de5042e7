package auth_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// methodApp makes an app with the kinds of answers that nobody has registered, too.
func methodApp(options func(*soay.App)) *soay.App {
	app := soay.New(soay.Options{
		Env: "production", Logger: discardLogger, DrainDelay: -1, StandardServer: standardServer, TrailingSlash: router.Redirect,
	})
	app.AddScheme("key", inHeader("X-Key"))
	app.Get("/get", hello).Auth()
	app.Get("/free", hello)
	app.Post("/post", hello).Auth() // its path has no GET, so its rule is that of the path
	app.Post("/free-post", hello)
	app.Get("/mixed", hello)
	app.Post("/mixed", hello).Auth()
	app.Get("/closed-get", hello).Auth()
	app.Post("/closed-get", hello).AllowAnonymous()
	app.Get("/own-head", hello).Auth()
	app.Head("/own-head", hello)
	app.Options("/own-options", hello)
	app.Get("/own-options", hello).Auth()
	app.Get("/traced", hello)
	app.Trace("/traced", hello).Auth()
	app.Handle("PURGE", "/purged", hello).Auth()
	app.Get("/role", hello).Auth(soay.Auth{Roles: []string{"admin"}})
	g := app.Group("/g").Auth()
	g.Get("/in", hello)
	soay.HandleError(g, func(_ soay.Request, e *auth.RefusedError) soay.Response {
		return response.Text("the group: " + string(e.Reason))
	})
	g.HandleStatus(404, func(soay.Request) soay.Response { return response.Text("the group has no such page") })
	if options != nil {
		options(app)
	}
	return app
}

func TestMethodsAndRules(t *testing.T) {
	fallback := func(a *soay.App) { a.Fallback(func(soay.Request) soay.Response { return response.Text("fallback") }) }
	guarded := func(a *soay.App) { a.UseAuthorization() }
	both := func(a *soay.App) { fallback(a); guarded(a) }
	anonymous := func(a *soay.App) {
		fallback(a)
		a.UseAuthorization(auth.AuthorizationOptions{AnonymousFallback: true})
	}
	tests := []struct {
		name           string
		options        func(*soay.App)
		method, target string
		key            string
		want           int
	}{
		{"GET", nil, "GET", "/get", "", 401},
		{"GET with a key", nil, "GET", "/get", "tom", 200},
		{"HEAD obeys GET", nil, "HEAD", "/get", "", 401},
		{"HEAD with a key", nil, "HEAD", "/get", "tom", 200},
		{"a HEAD of its own is not GET", nil, "HEAD", "/own-head", "", 200},
		{"HEAD of a role", nil, "HEAD", "/role", "tom", 403},
		{"OPTIONS obeys GET", nil, "OPTIONS", "/get", "", 401},
		{"OPTIONS with a key", nil, "OPTIONS", "/get", "tom", 204},
		{"OPTIONS of what is free", nil, "OPTIONS", "/free", "", 204},
		{"OPTIONS obeys the first without GET", nil, "OPTIONS", "/post", "", 401},
		{"an OPTIONS of its own", nil, "OPTIONS", "/own-options", "", 200},
		{"405 obeys GET", nil, "DELETE", "/get", "", 401},
		{"405 with a key", nil, "DELETE", "/get", "tom", 405},
		{"405 with the same Allow and no rule", nil, "DELETE", "/free", "", 405},
		{"405 of POST alone", nil, "GET", "/post", "", 401},
		{"405 with the same Allow as POST alone", nil, "GET", "/free-post", "", 405},
		{"POST beside a free GET", nil, "POST", "/mixed", "", 401},
		{"GET beside a closed POST", nil, "GET", "/mixed", "", 200},
		{"405 beside a free GET", nil, "PUT", "/mixed", "", 405},
		{"405 of a closed GET beside a free POST", nil, "PUT", "/closed-get", "", 401},
		{"a free POST beside a closed GET", nil, "POST", "/closed-get", "", 200},
		{"405 of a role", nil, "PUT", "/role", "tom", 403},
		{"405 of a role that the client has", nil, "PUT", "/role", "admin", 405},
		{"TRACE", nil, "TRACE", "/get", "", 401},
		{"TRACE with a route", nil, "TRACE", "/traced", "", 401},
		{"TRACE with a route and a key", nil, "TRACE", "/traced", "tom", 200},
		{"a method of the app's own", nil, "PURGE", "/purged", "", 401},
		{"a method that nobody knows", nil, "BREW", "/get", "", 401},
		{"a method that nobody knows, with a bad key", nil, "BREW", "/free", "bad", 401},
		{"small letters are another method", nil, "get", "/get", "", 401},
		{"no route", nil, "GET", "/none", "", 404},
		{"no route, a bad key", nil, "GET", "/none", "bad", 404},
		{"no route in a guarded group", nil, "GET", "/g/none", "", 404},
		{"no route in a guarded group, a bad key", nil, "GET", "/g/none", "bad", 404},
		{"a redirect to a guarded path", nil, "GET", "/get/", "", 301},
		{"OPTIONS *", nil, "OPTIONS", "*", "", 204},
		{"OPTIONS *, a bad key", nil, "OPTIONS", "*", "bad", 204},
		{"OPTIONS *, all is guarded", guarded, "OPTIONS", "*", "", 204},
		{"all is guarded", guarded, "GET", "/free", "", 401},
		{"all is guarded: 405", guarded, "PUT", "/free", "", 401},
		{"all is guarded: no route", guarded, "GET", "/none", "", 404},
		{"all is guarded: no route in a group", guarded, "GET", "/g/none", "", 404},
		{"all is guarded: a redirect", guarded, "GET", "/free/", "", 301},
		{"all is guarded: the path that is not clean", guarded, "GET", "/x/../free", "", 404},
		{"all is guarded: an opened POST", guarded, "POST", "/closed-get", "", 200},
		{"a fallback", fallback, "GET", "/none", "", 200},
		{"a fallback, a bad key", fallback, "GET", "/none", "bad", 401},
		{"a fallback in a guarded group", fallback, "GET", "/g/none", "", 200},
		{"a guarded fallback", both, "GET", "/none", "", 401},
		{"a guarded fallback, POST", both, "POST", "/none", "", 401},
		{"a guarded fallback with a key", both, "GET", "/none", "tom", 200},
		{"a guarded fallback below a group", both, "GET", "/g/none", "", 401},
		{"an opened fallback", anonymous, "GET", "/none", "", 200},
		{"an opened fallback below a group", anonymous, "GET", "/g/none", "", 200},
		{"an opened fallback opens no route", anonymous, "GET", "/free", "", 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(methodApp(tt.options), tt.method, tt.target, "X-Key", tt.key)
			if w.Code != tt.want {
				t.Errorf("%s %s = %d, want %d: %s", tt.method, tt.target, w.Code, tt.want, w.Body)
			}
			if (w.Code == 401) != (w.Header().Get("Www-Authenticate") != "") {
				t.Errorf("%s %s = %d with the challenge %q", tt.method, tt.target, w.Code, w.Header().Get("Www-Authenticate"))
			}
			if w.Code == 401 && w.Header().Get("Allow") != "" {
				t.Errorf("%s %s tells a stranger Allow: %s", tt.method, tt.target, w.Header().Get("Allow"))
			}
		})
	}
}

// Over a network, where HEAD has no body and the methods are those of a parser.
func TestMethodsOverTheNetwork(t *testing.T) {
	addr := listening(t, methodApp(nil))
	for _, tt := range []struct {
		method, target string
		want           int
	}{
		{"GET", "/get", 401}, {"HEAD", "/get", 401}, {"OPTIONS", "/get", 401}, {"TRACE", "/get", 401}, {"BREW", "/get", 401},
		{"get", "/get", 401}, {"OPTIONS", "*", 204}, {"DELETE", "/free", 405}, {"HEAD", "/free", 200}, {"GET", "/get/", 301},
	} {
		status, body := raw(t, addr, tt.method+" "+tt.target+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		if status != tt.want || tt.method == "HEAD" && body != "" {
			t.Errorf("%s %s = %d %q, want %d", tt.method, tt.target, status, body, tt.want)
		}
	}
}

// A group's handlers of errors answer for the refusals of its routes.
func TestErrorHandlersOfGroups(t *testing.T) {
	app := methodApp(nil)
	w := ask(app, "GET", "/g/in")
	if w.Code != 401 || w.Body.String() != "the group: credentials-missing" || w.Header().Get("Www-Authenticate") != `key realm="app"` ||
		w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("GET /g/in = %d %v %q, want the page of the group with its challenge", w.Code, w.Header(), w.Body)
	}
	if w := ask(app, "GET", "/g/none"); w.Code != 404 || w.Body.String() != "the group has no such page" {
		t.Errorf("GET /g/none = %d %q, want the page of the group", w.Code, w.Body)
	}
}

// An App in another one has rules of its own, and those of the outer one come first.
func TestMountedApps(t *testing.T) {
	inner, _ := loggedApp()
	inner.AddScheme("inner", inHeader("X-Inner"))
	inner.Get("/inner/secret", whoIs).Auth()
	inner.Get("/inner/free", whoIs)
	outer, _ := loggedApp()
	outer.AddScheme("outer", inHeader("X-Outer"))
	outer.Get("/inner/*", soay.FromHTTP(inner)).Auth()
	tests := []struct {
		path, outer, inner string
		want               string
	}{
		{"/inner/secret", "", "tom", `401 outer realm="app"`},
		{"/inner/secret", "eve", "", `401 inner realm="app"`},
		{"/inner/secret", "eve", "tom", "200 user tom"},
		{"/inner/free", "eve", "", "200 user "},
		{"/inner/free", "eve", "bad", `401 inner realm="app"`},
	}
	for _, tt := range tests {
		w := ask(outer, "GET", tt.path, "X-Outer", tt.outer, "X-Inner", tt.inner)
		got := statusAndReason(w.Code, w.Body.String())
		if w.Code != 200 {
			got += w.Header().Get("Www-Authenticate")
		}
		if got != tt.want {
			t.Errorf("GET %s with %q and %q: %q, want %q", tt.path, tt.outer, tt.inner, got, tt.want)
		}
	}
}

// Streams, upgrades and ranges are judged before anything of them exists.
func TestGuardedStreamsAndRanges(t *testing.T) {
	app, _ := keyedApp()
	ran := false
	app.Get("/stream", func(soay.Request) soay.Response {
		ran = true
		return response.Stream("text/plain", func(w io.Writer) error { _, err := io.WriteString(w, secretText); return err })
	}).Auth()
	file := filepath.Join(t.TempDir(), "file.txt")
	if err := os.WriteFile(file, []byte(secretText), 0o600); err != nil {
		t.Fatal(err)
	}
	app.Get("/file", func(soay.Request) soay.Response { ran = true; return response.File(file) }).Auth()
	for _, path := range []string{"/stream", "/file"} {
		for _, header := range [][]string{
			nil, {"Range", "bytes=0-1"}, {"If-None-Match", "*"}, {"Upgrade", "websocket", "Connection", "Upgrade"},
			{"Accept", "text/event-stream"}, {"Expect", "100-continue"},
		} {
			w := ask(app, "GET", path, header...)
			if w.Code != 401 || ran || strings.Contains(w.Body.String(), secretText) {
				t.Errorf("GET %s with %v: %d, handler %v; want 401 without it", path, header, w.Code, ran)
			}
		}
		if w := ask(app, "GET", path, "X-Key", "tom", "Range", "bytes=0-2"); !strings.HasPrefix(w.Body.String(), secretText[:3]) {
			t.Errorf("GET %s with a key: %d %q", path, w.Code, w.Body)
		}
		ran = false
	}
}
