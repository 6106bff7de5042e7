package health_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/middleware/health"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// The answer says nothing but one word, and nobody keeps it.
func TestAnswer(t *testing.T) {
	down := false
	app, log := newApp()
	app.UseHealth()
	app.HandleStatus(503, func(soay.Request) soay.Response { return response.Text("a page of the app") })
	app.AddHealthCheck("secret-name", func(context.Context) error {
		if down {
			return errDown
		}
		return nil
	})
	start(t, app)
	header := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}
	for _, status := range []int{200, 503} {
		word := map[int]string{200: "ok", 503: "unavailable"}[status]
		want := maps.Clone(header)
		want["Content-Length"] = []string{fmt.Sprint(len(word))}
		for _, method := range []string{"GET", "HEAD"} {
			w := do(app, method, "/health/ready")
			if diff := cmp.Diff(want, w.Header()); diff != "" || w.Code != status {
				t.Errorf("%s: %d, headers (-want +got):\n%s", method, w.Code, diff)
			}
			if got := w.Body.String(); method == "GET" && got != word || method == "HEAD" && got != "" {
				t.Errorf("%s: the body is %q", method, got)
			}
		}
		if down = !down; down {
			stop(t, app)
			if err := app.Start(t.Context()); err != nil { // forgets the outcome
				t.Fatal(err)
			}
		}
	}
	lines(t, log, `level=WARN msg="health: a check fails; the app is not ready" check=secret-name`) // and no line of error pages
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "PURGE"} {
		if w := do(app, method, "/health/live"); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

// The paths follow the option, and routes of the program may be beside them.
func TestPath(t *testing.T) {
	for path, want := range map[string]string{"": "/health/", "/": "/", "/internal/v1.0/-x~_": "/internal/v1.0/-x~_/"} {
		app, _ := newApp()
		app.Get("/{path:rest}", func(soay.Request) soay.Response { return response.Text("rest") })
		app.UseHealth(health.Options{Path: path})
		start(t, app)
		for _, name := range []string{"live", "ready", "start"} {
			if w := do(app, "GET", want+name); w.Body.String() != "ok" {
				t.Errorf("Path %q: %s is %d %q", path, want+name, w.Code, w.Body)
			}
		}
		if w := do(app, "GET", want+"other"); w.Body.String() != "rest" {
			t.Errorf("Path %q: another path is %q", path, w.Body)
		}
	}
}

// The routes are probes: they are not in the description of the API, and anybody may use them.
func TestRoutes(t *testing.T) {
	app, _ := newApp()
	app.UseHealth()
	app.UseOpenAPI(openapi.Info{Title: "API", Version: "1"})
	place := here(-2)
	app.Get("/cats", func(soay.Request) soay.Response { return response.NoContent() })
	var text bytes.Buffer
	if err := soay.WriteOpenAPI(app, &text); err != nil {
		t.Fatal(err)
	}
	if got := text.String(); strings.Contains(got, "health") || !strings.Contains(got, "/cats") {
		t.Errorf("the description is\n%s", got)
	}
	var probes []string
	for _, info := range app.Routes() {
		if info.IsProbe() {
			probes = append(probes, info.Method+" "+info.Pattern+" "+info.Source)
		}
	}
	want := []string{"GET /health/live " + place, "GET /health/ready " + place, "GET /health/start " + place}
	if diff := cmp.Diff(want, probes); diff != "" {
		t.Errorf("probes (-want +got):\n%s", diff)
	}
	var table bytes.Buffer
	if err := soay.WriteAccess(app, &table); err != nil || strings.Count(table.String(), "/health/") != 3 {
		t.Errorf("the table of access, %v:\n%s", err, &table)
	}
}

// countingStore counts what sessions ask of it.
type countingStore struct {
	sessions.Store
	counted
}

func (s *countingStore) Load(ctx context.Context, id string) (sessions.Record, error) {
	s.calls.Add(1)
	return s.Store.Load(ctx, id)
}

// newClosedApp returns an app with everything switched on that refuses requests, or that works for each of them.
func newClosedApp(t *testing.T, store sessions.Store) (*soay.App, *requesttest.Log) {
	t.Helper()
	app, log := newApp()
	app.UseHealth()
	app.UseRequestID()
	app.UseAccessLog(middleware.AccessLogOptions{Skip: soay.IsProbe})
	app.UseHeaders(map[string]string{"X-App": "cats"})
	app.UseProxies([]string{"192.0.2.1"})
	app.UseAllowedHosts([]string{"cats.example"})
	app.UseHTTPS()
	app.UseRateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	app.UseRateLimit(soay.Rate{Requests: 1, Per: time.Hour, By: router.ByUser}, ratelimit.Options{Name: "user"})
	app.UseDecompression()
	app.UseSessionStore(store)
	app.UseAntiForgery(antiforgery.Options{})
	_, digest := apikey.NewKey("test")
	app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: "ada", Digest: digest}}}))
	app.UseAuthorization()
	app.UseTimeout(time.Nanosecond)
	app.Get("/", func(req soay.Request) soay.Response { return response.Text("hi " + req.Session.User()) }).AllowAnonymous().NoTimeout()
	return app, log
}

// Whatever the app asks of other requests, probes are answered, without a session and without a line in the access log.
func TestEverythingIsClosed(t *testing.T) {
	store := &countingStore{Store: memstore.New()}
	app, log := newClosedApp(t, store)
	start(t, app)
	for _, header := range []http.Header{
		{},
		{"Host": {"10.0.0.7:8000"}, "Cookie": {"session=" + strings.Repeat("A", 43) + "; __Host-session=" + strings.Repeat("A", 43)}},
		{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}, "Authorization": {"Bearer wrong"}, "X-Api-Key": {"wrong"}},
		{"Content-Encoding": {"gzip"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-For": {"junk"}},
	} {
		for range 3 {
			for _, name := range []string{"live", "ready", "start"} {
				for _, method := range []string{"GET", "HEAD"} {
					w := requestWith(app, method, "/health/"+name, header)
					if w.Code != 200 || w.Header().Get("Set-Cookie") != "" {
						t.Errorf("%s %s with %v: %d %q, Set-Cookie %q", method, name, header, w.Code, w.Body, w.Header().Get("Set-Cookie"))
					}
				}
			}
		}
	}
	store.called(t, 0)
	if got := log.Records("request"); len(got) != 0 {
		t.Errorf("the access log has %v", got)
	}
	w := requestWith(app, "GET", "/", http.Header{"Host": {"cats.example"}, "X-Forwarded-Proto": {"https"}, "Cookie": {"__Host-session=" + strings.Repeat("A", 43)}})
	if w.Code != 200 {
		t.Errorf("another request: %d %q", w.Code, w.Body)
	}
	store.called(t, 1)
	if got := log.Records("request"); len(got) != 1 {
		t.Errorf("the access log has %v, want the other request", got)
	}
}

// Probes are the same in tests of apps, and over https and HTTP/2.
func TestProbesOfClients(t *testing.T) {
	for _, o := range []requesttest.Options{{}, {HTTPS: true}, {Host: "other.example", OldBrowser: true}} {
		app, _ := newApp()
		app.UseHealth()
		app.UseSessions(soay.NewKey())
		app.AddHealthCheck("db", passes)
		c := requesttest.New(t, app, o)
		var got []string
		for _, name := range []string{"live", "ready", "start"} {
			resp := c.Get("/health/" + name)
			got = append(got, fmt.Sprint(resp.Status, resp.Text()))
		}
		if want := []string{"200ok", "200ok", "200ok"}; !slices.Equal(got, want) {
			t.Errorf("%+v: %v", o, got)
		}
	}
}

// IsProbe knows the routes of UseHealth and those with Probe, and no others.
func TestIsProbe(t *testing.T) {
	app, _ := newApp()
	app.UseHealth()
	app.Get("/own", func(soay.Request) soay.Response { return response.Text("own") }).Probe()
	app.Get("/other", func(soay.Request) soay.Response { return response.Text("other") })
	var seen []string
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			if soay.IsProbe(req) {
				seen = append(seen, req.Path())
			}
			return next(req)
		}
	})
	start(t, app)
	for _, path := range []string{"/health/live", "/health/liver", "/own", "/other", "/health"} {
		do(app, "GET", path)
	}
	if want := []string{"/health/live", "/own"}; !slices.Equal(seen, want) {
		t.Errorf("probes are %v, want %v", seen, want)
	}
}
