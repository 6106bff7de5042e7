package cors_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/response"
)

const shop, own = "https://shop.example", "https://own.example"

// newShop returns an app that lets the shop read all but what other policies say.
func newShop() *soay.App {
	app := newApp()
	app.UseCORS(soay.CORS{Origins: []string{shop}, RequestHeaders: []string{"Content-Type", "X-Trace"}, ResponseHeaders: []string{"X-Total"}})
	app.Get("/", hello)
	app.Put("/", hello)
	app.Get("/open", hello).CORS(soay.CORS{Origins: []string{"*"}})
	app.Get("/closed", hello).CORS(soay.CORS{})
	app.Get("/fails", func(soay.Request) soay.Response { return response.Error(errors.New("out of milk")) })
	app.Get("/panics", func(soay.Request) soay.Response { panic("out of milk") })
	app.Get("/foreign", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		io.WriteString(w, "hello")
	})))
	accounts := app.Group("/accounts").CORS(soay.CORS{
		Origins: []string{own, "https://*.own.example"}, Methods: []string{"DELETE"}, Credentials: true, MaxAge: -1,
	})
	accounts.Get("/{id}", hello)
	accounts.Delete("/{id}", hello)
	accounts.Put("/{id}", hello)
	return app
}

func TestAnswers(t *testing.T) {
	app := newShop()
	const total = "Expose-Headers: X-Total"
	for _, tt := range []struct {
		name, method, target, origin string
		status                       int
		want                         string
	}{
		{"allowed", "GET", "/", shop, 200, lines("Allow-Origin: "+shop, total, "Vary: Origin")},
		{"HEAD", "HEAD", "/", shop, 200, lines("Allow-Origin: "+shop, total, "Vary: Origin")},
		{"another origin", "GET", "/", own, 200, "Vary: Origin"},
		{"the app's own page", "PUT", "/", "http://example.com", 200, "Vary: Origin"},
		{"no origin", "GET", "/", "", 200, "Vary: Origin"},
		{"null", "GET", "/", "null", 200, "Vary: Origin"},
		{"two in one line", "GET", "/", shop + " " + own, 200, "Vary: Origin"},
		{"upper case", "GET", "/", "https://SHOP.example", 200, "Vary: Origin"},
		{"a port", "GET", "/", shop + ":8443", 200, "Vary: Origin"},
		{"a slash", "GET", "/", shop + "/", 200, "Vary: Origin"},
		{"a name that begins so", "GET", "/", shop + ".evil.example", 200, "Vary: Origin"},
		{"404", "GET", "/nowhere", shop, 404, lines("Allow-Origin: "+shop, total, "Vary: Accept, Origin")},
		{"405", "DELETE", "/", shop, 405, lines("Allow-Origin: "+shop, total, "Vary: Accept, Origin")},
		{"an error", "GET", "/fails", shop, 500, lines("Allow-Origin: "+shop, total, "Vary: Accept, Origin")},
		{"a panic", "GET", "/panics", shop, 500, lines("Allow-Origin: "+shop, total, "Vary: Accept, Origin")},
		{"OPTIONS that asks nothing", "OPTIONS", "/", shop, 204, lines("Allow-Origin: "+shop, total, "Vary: Origin")},
		{"open to all", "GET", "/open", "https://evil.example", 200, "Allow-Origin: *"},
		{"open to all, without an origin", "GET", "/open", "", 200, "Allow-Origin: *"},
		{"closed", "GET", "/closed", shop, 200, "Vary: Origin"},
		{"a handler that says more", "GET", "/foreign", own, 200, "Vary: Origin"},
		{"a handler that says less", "GET", "/foreign", shop, 200, lines("Allow-Origin: "+shop, total, "Vary: Origin")},
		{"a group", "GET", "/accounts/1", own, 200, lines("Allow-Credentials: true", "Allow-Origin: "+own, "Vary: Origin")},
		{"below a domain", "GET", "/accounts/1", "https://a.b.own.example", 200,
			lines("Allow-Credentials: true", "Allow-Origin: https://a.b.own.example", "Vary: Origin")},
		{"the group's policy takes the place of the app's", "GET", "/accounts/1", shop, 200, "Vary: Origin"},
		{"405 in a group", "POST", "/accounts/1", own, 405, lines("Allow-Credentials: true", "Allow-Origin: "+own, "Vary: Accept, Origin")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			if tt.origin != "" {
				header = []string{"Origin", tt.origin}
			}
			w := do(app, tt.method, tt.target, header...)
			if diff := cmp.Diff(tt.want, told(w)); diff != "" || w.Code != tt.status {
				t.Errorf("%d, want %d (-want +got):\n%s", w.Code, tt.status, diff)
			}
		})
	}
	w := do(app, "GET", "/", "Origin", shop, "Origin", shop)
	if got := told(w); got != "Vary: Origin" {
		t.Errorf("with two lines Origin: %s", got)
	}
}

func TestPreflights(t *testing.T) {
	app := newShop()
	yes := func(origin, age string, more ...string) string {
		return lines(append(append([]string{}, more...), "Allow-Origin: "+origin, "Max-Age: "+age, varyOfPreflights)...)
	}
	for _, tt := range []struct {
		name, target, origin, method, headers string
		status                                int
		want                                  string
	}{
		{"GET", "/", shop, "GET", "", 204, yes(shop, "600")},
		{"HEAD", "/", shop, "HEAD", "", 204, yes(shop, "600")},
		{"a method", "/", shop, "PUT", "", 204, yes(shop, "600", "Allow-Methods: PUT")},
		{"headers", "/", shop, "PUT", "content-type,x-trace", 204,
			yes(shop, "600", "Allow-Headers: content-type,x-trace", "Allow-Methods: PUT")},
		{"one header", "/", shop, "GET", "x-trace", 204, yes(shop, "600", "Allow-Headers: content-type,x-trace")},
		{"another header", "/", shop, "PUT", "authorization,content-type", 403, varyOfRefusals},
		{"headers out of order", "/", shop, "PUT", "x-trace,content-type", 403, varyOfRefusals},
		{"a header twice", "/", shop, "PUT", "x-trace,x-trace", 403, varyOfRefusals},
		{"a header in upper case", "/", shop, "PUT", "X-Trace", 403, varyOfRefusals},
		{"what proxies make of it", "/", shop, "PUT", "content-type , x-trace,,", 204,
			yes(shop, "600", "Allow-Headers: content-type,x-trace", "Allow-Methods: PUT")},
		{"another origin", "/", own, "GET", "", 403, varyOfRefusals},
		{"null", "/", "null", "GET", "", 403, varyOfRefusals},
		{"no such route", "/nowhere", shop, "GET", "", 404, varyOfRefusals},
		{"no such method", "/", shop, "DELETE", "", 405, varyOfRefusals},
		{"a method in lower case", "/", shop, "put", "", 405, varyOfRefusals},
		{"open to all", "/open", "https://evil.example", "GET", "", 204, yes("*", "600")},
		{"closed", "/closed", shop, "GET", "", 403, varyOfRefusals},
		{"credentials", "/accounts/1", own, "DELETE", "", 204,
			lines("Allow-Credentials: true", "Allow-Methods: DELETE", "Allow-Origin: "+own, "Max-Age: 0", varyOfPreflights)},
		{"below a domain", "/accounts/1", "https://a.own.example", "GET", "", 204,
			lines("Allow-Credentials: true", "Allow-Origin: https://a.own.example", "Max-Age: 0", varyOfPreflights)},
		{"a method that is not allowed", "/accounts/1", own, "PUT", "", 403, varyOfRefusals},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var headers []string
			if tt.headers != "" {
				headers = []string{tt.headers}
			}
			w := ask(app, tt.target, tt.origin, tt.method, headers...)
			if diff := cmp.Diff(tt.want, told(w)); diff != "" || w.Code != tt.status {
				t.Errorf("%d, want %d (-want +got):\n%s", w.Code, tt.status, diff)
			}
		})
	}
	if w := ask(app, "/", shop, "DELETE"); w.Header().Get("Allow") != "GET, HEAD, OPTIONS, PUT" {
		t.Errorf("405 has Allow %q", w.Header().Get("Allow"))
	}
}

// What asks in another way than browsers do is a request like others.
func TestNoPreflights(t *testing.T) {
	app := newShop()
	app.Options("/own", hello)
	app.Get("/own", hello)
	for name, header := range map[string][]string{
		"no method":   {"Origin", shop},
		"two methods": {"Origin", shop, "Access-Control-Request-Method", "GET", "Access-Control-Request-Method", "PUT"},
		"no origin":   {"Access-Control-Request-Method", "GET"},
		"two origins": {"Origin", shop, "Origin", shop, "Access-Control-Request-Method", "GET"},
	} {
		w := do(app, "OPTIONS", "/own", header...)
		if w.Code != 200 || w.Body.String() != "hello" || w.Header().Get("Access-Control-Max-Age") != "" {
			t.Errorf("%s: %d %q, %s", name, w.Code, w.Body, told(w))
		}
	}
	if w := do(app, "GET", "/own", "Origin", shop, "Access-Control-Request-Method", "PUT"); w.Code != 200 {
		t.Errorf("GET with a question is %d", w.Code)
	}
	if w := ask(app, "/own", shop, "GET"); w.Code != 204 {
		t.Errorf("a preflight of a path with its own OPTIONS is %d", w.Code)
	}
}

// Preflights reach neither limits nor authentication, middleware or handlers, and the errors of these can be read.
func TestOutsideOfEverything(t *testing.T) {
	app := newApp()
	app.UseRateLimit(soay.Rate{Requests: 2, Per: 1 << 40})
	app.UseAuthorization()
	app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: "a", Secret: strings.Repeat("k", 32)}}}))
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			if req.Method() == "OPTIONS" {
				t.Error("middleware has seen a preflight")
			}
			return next(req)
		}
	})
	app.Get("/", hello)
	app.UseCORS(soay.CORS{Origins: []string{shop}, RequestHeaders: []string{"X-Api-Key"}})
	for range 5 {
		if w := ask(app, "/", shop, "GET", "x-api-key"); w.Code != 204 {
			t.Fatalf("a preflight is %d", w.Code)
		}
	}
	for _, want := range []int{401, 401, 429} {
		w := do(app, "GET", "/", "Origin", shop)
		if w.Code != want || w.Header().Get("Access-Control-Allow-Origin") != shop {
			t.Errorf("%d, want %d: %s", w.Code, want, told(w))
		}
	}
}

// Without UseCORS only what has a policy is changed.
func TestPolicyOfOneRoute(t *testing.T) {
	app := newApp()
	app.Get("/a", hello).CORS(soay.CORS{Origins: []string{shop}})
	app.Get("/b", hello)
	if w := do(app, "GET", "/a", "Origin", shop); w.Header().Get("Access-Control-Allow-Origin") != shop {
		t.Errorf("/a: %s", told(w))
	}
	if w := do(app, "GET", "/b", "Origin", shop); told(w) != "" {
		t.Errorf("/b: %s", told(w))
	}
	if w := ask(app, "/b", shop, "GET"); w.Code != 204 || told(w) != "" || w.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("a preflight of /b: %d %s", w.Code, told(w))
	}
	if w := ask(app, "/a", shop, "GET"); w.Code != 204 || w.Header().Get("Access-Control-Allow-Origin") != shop {
		t.Errorf("a preflight of /a: %d %s", w.Code, told(w))
	}
}

func TestAnyHeader(t *testing.T) {
	app := newApp()
	app.Get("/", hello).CORS(soay.CORS{Origins: []string{"*"}, RequestHeaders: []string{"*"}})
	app.Get("/token", hello).CORS(soay.CORS{Origins: []string{"*"}, RequestHeaders: []string{"*", "Authorization"}})
	for _, tt := range []struct {
		target, headers, want string
		status                int
	}{
		{"/", "content-type,x-anything", "*", 204},
		{"/", "authorization", "", 403},
		{"/", "a b", "", 403},
		{"/token", "authorization,x-anything", "*,authorization", 204},
	} {
		w := ask(app, tt.target, shop, "GET", tt.headers)
		if got := w.Header().Get("Access-Control-Allow-Headers"); got != tt.want || w.Code != tt.status {
			t.Errorf("%s for %s: %d %q, want %d %q", tt.headers, tt.target, w.Code, got, tt.status, tt.want)
		}
	}
}

// The handler of Fallback is a route for all that no other is there for.
func TestFallback(t *testing.T) {
	app := newShop()
	app.Fallback(hello)
	if w := ask(app, "/nowhere", shop, "GET"); w.Code != 204 || w.Header().Get("Access-Control-Allow-Origin") != shop {
		t.Errorf("%d %s", w.Code, told(w))
	}
}
