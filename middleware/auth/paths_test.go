package auth_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// secretText must not reach a stranger.
const secretText = "the secret"

func secret(soay.Request) soay.Response { return response.Text(secretText) }

// guardedRoutes makes an app with routes of every kind, guarded each in its own way, and an open one.
func guardedRoutes(slash router.TrailingSlash) *soay.App {
	app := soay.New(soay.Options{
		Env: "production", Logger: discardLogger, DrainDelay: -1, StandardServer: standardServer, TrailingSlash: slash,
	})
	app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Off: true}}) // its keys are wrong all the time
	app.AddScheme("key", inHeader("X-Key"))
	app.Get("/", hello)
	app.Get("/open", hello)
	app.Get("/admin", secret).Auth()
	g := app.Group("/api").Auth(soay.Auth{Roles: []string{"admin"}})
	g.Get("/users/{id}", secret)
	g.Get("/int/{int:id}", secret)
	g.Get("/files/*", secret)
	g.Post("/post", secret)
	g.Get("/caf%C3%A9", secret)
	app.Group("/hosted").Auth().Host("admin.example").Get("/x", secret)
	return app
}

// Whatever the spelling of a path is, a stranger never gets what is behind a rule.
func TestSpellingsOfGuardedPaths(t *testing.T) {
	targets := []string{
		"/admin", "/admin/", "/admin//", "//admin", "///admin", "/./admin", "/admin/.", "/x/../admin", "/open/../admin",
		"/admin/..", "/admin/../admin", "/%61dmin", "/%61%64%6d%69%6e", "/admin%2F", "/admin%2f", "/%2fadmin", "/%2Fadmin",
		"/admin%00", "/admin%0a", "/admin%20", "/admin;", "/admin;a=b", "/admin?", "/admin?a=/open", "/admin#open", "/ADMIN",
		"/Admin", "/admin\\", "\\admin", "/admin%5c", "/open/..%2fadmin", "/open%2f..%2fadmin", "/open/%2e%2e/admin",
		"/open/%2E%2E%2Fadmin", "/.%2e/admin", "/%2e/admin", "/%252e/admin", "/%2561dmin", "/admin%C0%AF", "/\xc0\xaeadmin",
		"/api/users/1", "/api/users/", "/api/users/1/", "/api//users/1", "/api/users/%31", "/api/users/..", "/api/users/%2e%2e",
		"/api/int/1", "/api/int/x", "/api/int/+1", "/api/files/a", "/api/files/", "/api/files/../users/1", "/api/files/%2e%2e/users/1",
		"/api/files/a%2fb", "/api/post", "/api/caf%C3%A9", "/api/caf\xc3\xa9", "/api/cafe%CC%81", "/hosted/x", "/hosted/x/",
		"http://h/admin", "http://h//admin", "http://admin.example/hosted/x", "https://h/admin", "http://h@admin/admin",
		"http://h/open/../admin", "*", "admin", "", "/admin HTTP/1.1\r\nX: ", "/open\r\n\r\nGET /admin",
	}
	methods := []string{"GET", "HEAD", "POST", "OPTIONS", "TRACE", "get", "PROPFIND", "GET\t"}
	for _, slash := range []router.TrailingSlash{router.Lenient, router.Strict, router.Redirect} {
		addr := listening(t, guardedRoutes(slash))
		for _, target := range targets {
			for _, method := range methods {
				if method != "GET" && len(target) > 14 {
					continue // the methods are tried with the simple spellings
				}
				for _, more := range []string{"", "X-Key: bad\r\n", "X-Original-URL: /open\r\nX-Rewrite-Url: /open\r\n", "X-HTTP-Method-Override: OPTIONS\r\n"} {
					status, body := raw(t, addr, method+" "+target+" HTTP/1.1\r\nHost: admin.example\r\n"+more+"Connection: close\r\n\r\n")
					if strings.Contains(body, secretText) || status == 200 && (strings.Contains(target, "admin") || strings.Contains(target, "api")) {
						t.Errorf("slash %d: %s %q with %q = %d %q", slash, method, target, more, status, body)
					}
				}
			}
		}
		if status, body := raw(t, addr, "GET /admin HTTP/1.1\r\nHost: h\r\nX-Key: tom\r\nConnection: close\r\n\r\n"); status != 200 || body != secretText {
			t.Errorf("slash %d: with a key: %d %q, want the secret", slash, status, body)
		}
	}
}

// raw sends bytes and returns the status and the body of the first response, 0 for none.
func raw(t *testing.T, addr, text string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		return 0, ""
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	all, _ := io.ReadAll(conn) // all of them, also a second response that was smuggled in
	head, body, _ := strings.Cut(string(all), "\r\n\r\n")
	_, code, _ := strings.Cut(head, " ")
	code, _, _ = strings.Cut(code, " ")
	status, _ := strconv.Atoi(code)
	return status, body
}

// Over HTTP/2, where the target is a field, it is the same.
func TestSpellingsOverHTTP2(t *testing.T) {
	app := guardedRoutes(router.Lenient)
	server := httptest.NewUnstartedServer(app)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for _, target := range []string{
		"/admin", "/admin/", "//admin", "/./admin", "/open/../admin", "/%61dmin", "/open/%2e%2e/admin", "/open%2f..%2fadmin", "/admin?x",
		"/admin;a", "/api/users/1", "/api/files/../users/1", "/api/files/a%2fb", "/api/int/1", "/ADMIN",
	} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "PROPFIND"} {
			r := &http.Request{Method: method, URL: opaque(t, server.URL, target), Header: http.Header{}, Host: "h"}
			resp, err := server.Client().Do(r)
			if err != nil {
				continue // refused by the client or the server
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.ProtoMajor != 2 {
				t.Fatalf("HTTP/%d, want 2", resp.ProtoMajor)
			}
			if resp.StatusCode == 200 || strings.Contains(string(body), secretText) {
				t.Errorf("%s %s = %d %q", method, target, resp.StatusCode, body)
			}
		}
	}
}

// opaque returns a URL that is sent as it is written.
func opaque(t *testing.T, base, target string) *url.URL {
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Opaque = "//" + u.Host + target
	return u
}

// FuzzPaths checks that what a stranger gets is never that of a guarded route, and that a client whom the scheme knows was
// asked for whenever such a route was chosen.
func FuzzPaths(f *testing.F) {
	for _, seed := range []string{"/admin", "/open/../admin", "/%61dmin", "/api/users/1", "/api/files/a%2fb", "//admin", "/admin/"} {
		f.Add("GET", seed)
		f.Add("HEAD", seed)
	}
	app := guardedRoutes(router.Lenient)
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			if route := req.Route(); route != nil && route.Pattern != "/" && route.Pattern != "/open" && !soay.User(req).IsAuthenticated() {
				panic(fmt.Sprintf("%s %s was let in", req.Method(), route.Pattern))
			}
			return next(req)
		}
	})
	if err := app.Start(f.Context()); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		if w.Code == 500 || strings.Contains(w.Body.String(), secretText) {
			t.Errorf("%s %q = %d %q", method, target, w.Code, w.Body)
		}
	})
}
