package cors_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// broken is a body that fails before its first byte, so that the page in its place is made outside of all middleware.
type broken struct{}

func (broken) WriteBody(http.ResponseWriter, *http.Request, int) error { return errors.New("broken") }

// Whatever answers, scripts may read it.
func TestHeadersOnAllAnswers(t *testing.T) {
	app, _ := newApp()
	app.UseRateLimit(soay.Rate{Requests: 1000, Per: time.Hour}, ratelimit.Options{Key: func(req soay.Request) (string, bool) {
		if req.Path() == "/unlucky" {
			panic("outside of the handler")
		}
		return "everybody", true
	}})
	app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: "a", Secret: strings.Repeat("k", 32)}}}))
	app.UseCORS(soay.CORS{Origins: []string{page}}) // its phase, not the order of the calls, puts it outside
	app.Get("/", hello)
	app.Get("/secret", hello).Auth()
	app.Get("/limited", hello).RateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	app.Get("/fails", func(soay.Request) soay.Response { return response.Error(errors.New("broken")) })
	app.Get("/panics", func(soay.Request) soay.Response { panic("broken") })
	app.Get("/conflict", func(soay.Request) soay.Response { return response.Error(problem.New(409, "")) })
	app.Get("/tagged", func(soay.Request) soay.Response { return response.Text("a").WithETag("a") })
	app.Get("/slow", func(req soay.Request) soay.Response { <-req.Context().Done(); return response.NoContent() }).Timeout(time.Millisecond)
	app.Get("/stream", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error { _, err := io.WriteString(w, "a"); return err })
	})
	app.Get("/breaks", func(soay.Request) soay.Response {
		return response.Response{}.WithBody("text/plain", broken{})
	})
	app.Get("/mount/*", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(prefix+"Allow-Origin", "*")
		w.Header().Set(prefix+"Allow-Credentials", "true")
		w.Header().Set("Vary", "Cookie")
		io.WriteString(w, "a")
	})))
	ask(app, "GET", "/limited")
	tests := []struct {
		method, path string
		status       int
		vary         string
		headers      []string
	}{
		{"GET", "/", 200, "Origin", nil},
		{"POST", "/", 405, "Origin", nil},
		{"OPTIONS", "/", 204, "Origin", nil},
		{"GET", "/none", 404, "Origin", nil},
		{"GET", "/secret", 401, "X-Api-Key | Origin", nil},
		{"GET", "/limited", 429, "Origin", nil},
		{"GET", "/fails", 500, "Origin", nil},
		{"GET", "/panics", 500, "Origin", nil},
		{"GET", "/conflict", 409, "Origin", nil},
		{"GET", "/tagged", 304, "Origin", []string{"If-None-Match", `"a"`}},
		{"GET", "/slow", 503, "Origin", nil},
		{"GET", "/stream", 200, "Origin", nil},
		{"GET", "/unlucky", 500, "Origin", nil},
		{"GET", "/breaks", 500, "Origin | Accept", nil},
		{"GET", "/mount/a", 200, "Cookie | Origin", nil},
	}
	for _, tt := range tests {
		for _, origin := range []string{page, evil} {
			t.Run(tt.method+" "+tt.path+" from "+origin, func(t *testing.T) {
				w := ask(app, tt.method, tt.path, append([]string{"Origin", origin}, tt.headers...)...)
				got := corsOf(w.Header())
				got["Vary"] = strings.Join(strings.FieldsFunc(got["Vary"], func(c rune) bool { return c == ',' || c == '|' || c == ' ' }), " | ")
				want := map[string]string{"Vary": tt.vary}
				if origin == page {
					want["Allow-Origin"] = page
				}
				if diff := cmp.Diff(want, got); diff != "" || w.Code != tt.status {
					t.Errorf("status %d, want %d; headers (-want +got):\n%s", w.Code, tt.status, diff)
				}
			})
		}
	}
}

// A policy that is nearer to a route takes the place of all others, and the app needs none.
func TestNearestPolicyWins(t *testing.T) {
	only := func(origin string) soay.CORS { return soay.CORS{Origins: []string{origin}} }
	app, _ := newApp()
	app.Get("/", hello)
	api := app.Group("/api").CORS(only("https://a.example"))
	api.Get("/a", hello)
	api.Get("/b", hello).CORS(only("https://b.example"))
	api.Group("/inner").Get("/a", hello)
	api.Group("/c").CORS(only("https://c.example")).Get("/c", hello)
	api.Post("/b", hello) // another route of the path, with the policy of the group
	app.Options("/own", func(soay.Request) soay.Response { return response.Text("mine") })
	for path, want := range map[string]string{"/": "", "/api/a": "a", "/api/b": "b", "/api/inner/a": "a", "/api/c/c": "c", "/none": "", "/own": ""} {
		for _, name := range []string{"a", "b", "c"} {
			origin := "https://" + name + ".example"
			allowed := ask(app, "GET", path, "Origin", origin).Header().Get(prefix+"Allow-Origin") != ""
			asked := preflight(app, path, origin, "GET").Header().Get(prefix+"Allow-Origin") != ""
			if allowed != (name == want) || asked != (name == want) {
				t.Errorf("%s from %s: %t, and its preflight %t", path, origin, allowed, asked)
			}
		}
	}
	wantCORS(t, preflight(app, "/api/b", "https://a.example", "POST"), 204, "Allow-Origin", "https://a.example", "Max-Age", "600", "Vary", varyPreflight)
	wantCORS(t, preflight(app, "/", page, "GET"), 204)
	if w := preflight(app, "/own", page, "GET"); w.Code != 200 || w.Body.String() != "mine" {
		t.Errorf("the app's own answer to OPTIONS is %d %q", w.Code, w.Body)
	}
	var listed []string
	for _, r := range app.Routes() {
		if r.CORS() != nil {
			listed = append(listed, r.Method+" "+r.Pattern+" "+strings.Join(r.CORS().Origins, " "))
		}
	}
	want := []string{
		"GET /api/a https://a.example", "GET /api/b https://b.example", "GET /api/inner/a https://a.example",
		"GET /api/c/c https://c.example", "POST /api/b https://a.example",
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("policies of routes (-want +got):\n%s", diff)
	}
}

// A preflight is answered for its route, and reaches neither limits nor authentication nor handlers.
func TestPreflightsReachNothing(t *testing.T) {
	app, log := newApp()
	app.UseAccessLog()
	app.UseSessions(soay.NewKey())
	app.UseRateLimit(soay.Rate{Requests: 2, Per: time.Hour})
	app.AddScheme("none", auth.Func(func(soay.Request) (*soay.Identity, error) { t.Error("the scheme was asked"); return nil, nil }))
	app.UseAuthorization()
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response { t.Error("the middleware was reached"); return next(req) }
	})
	reached := func(soay.Request) soay.Response { t.Error("a handler was reached"); return response.NoContent() }
	app.Options("/cats/{id}", reached)
	app.Put("/cats/{id}", reached)
	app.Fallback(reached)
	app.UseCORS(soay.CORS{Origins: []string{page}, RequestHeaders: []string{"Authorization"}})
	for range 10 {
		wantCORS(t, preflight(app, "/cats/7", page, "PUT", "authorization"), 204, "Allow-Origin", page, "Max-Age", "600",
			"Vary", varyPreflight, "Allow-Methods", "PUT", "Allow-Headers", "authorization")
	}
	w := preflight(app, "/cats/7", page, "GET")
	wantCORS(t, w, 405, "Vary", varyPreflight)
	if allow := w.Header().Get("Allow"); allow != "OPTIONS, PUT" {
		t.Errorf("Allow is %q", allow)
	}
	wantCORS(t, preflight(app, "/none", page, "GET"), 404, "Vary", varyPreflight)
	lines := log.Records("request")
	if len(lines) != 12 || lines[0]["route"] != "/cats/{id}" || lines[11]["route"] != nil {
		t.Errorf("the access log has %v", lines)
	}
}

// An app's own handlers for OPTIONS get all requests that are no preflights.
func TestOwnOptions(t *testing.T) {
	app, _ := newApp()
	app.UseCORS(soay.CORS{Origins: []string{page}})
	app.Options("/", func(soay.Request) soay.Response { return response.Text("mine") })
	app.Get("/", hello)
	for _, headers := range [][]string{nil, {"Origin", page}, {prefix + "Request-Method", "GET"}} {
		if w := ask(app, "OPTIONS", "/", headers...); w.Code != 200 || w.Body.String() != "mine" {
			t.Errorf("with %q: %d %q", headers, w.Code, w.Body)
		}
	}
}

// The error pages of a group are those of its preflights, too, and filters choose among routes.
func TestPreflightOfFilteredRoutes(t *testing.T) {
	app, _ := newApp()
	app.Group("/").Host("api.example").CORS(soay.CORS{Origins: []string{page}}).Put("/a", hello)
	app.Put("/a", hello)
	wantCORS(t, preflight(app, "http://api.example/a", page, "PUT"), 204, "Allow-Origin", page, "Allow-Methods", "PUT", "Max-Age", "600", "Vary", varyPreflight)
	wantCORS(t, preflight(app, "http://other.example/a", page, "PUT"), 204)
}

// The phase stands where the documentation says, and only in apps with a policy.
func TestPhase(t *testing.T) {
	phases := func(app *soay.App) []string {
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range app.Middleware() {
			names = append(names, m.Phase)
		}
		return names
	}
	app, _ := newApp()
	app.Get("/", hello)
	if got := phases(app); slices.Contains(got, "cors") {
		t.Errorf("without a policy the phases are %q", got)
	}
	app, _ = newApp()
	app.UseSessions(soay.NewKey())
	app.UseRateLimit(soay.Rate{Requests: 1, Per: time.Second})
	app.UseHTTPS(middleware.HTTPSOptions{Host: "api.example"})
	app.Get("/", hello).CORS(soay.CORS{Origins: []string{page}})
	want := []string{"recover", "https", "cors", "limits", "conditional", "session", "anti-forgery"}
	if diff := cmp.Diff(want, phases(app)); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
}
