package request_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

var (
	audience = request.NewRouteKey[string]("audience")
	roles    = request.NewRouteKey("roles", func(outer, inner []string) []string { return slices.Concat(outer, inner) })
	either   = request.NewRouteKey[error]("either")
)

// showing makes responses, also those that no handler of the app makes, show the settings of their routes.
func showing(app *soay.App) {
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			return next(req).WithHeader("Settings", audience.Of(req)+" "+strings.Join(roles.Of(req), "+"))
		}
	})
}

// settingsOf returns what the response to a request says of the settings.
func settingsOf(app *soay.App, method, path string) string {
	w := serve(app, httptest.NewRequest(method, path, nil))
	return w.Header().Get("Settings")
}

func TestRouteKeys(t *testing.T) {
	tests := []struct {
		description string
		set         func(app *soay.App, outer, inner soay.Group, route *soay.Route)
		want        string
	}{
		{"nothing", func(*soay.App, soay.Group, soay.Group, *soay.Route) {}, " "},
		{"the app", func(app *soay.App, _, _ soay.Group, _ *soay.Route) {
			audience.Set(app, "app")
			roles.Set(app, []string{"app"})
		}, "app app"},
		{"a group", func(_ *soay.App, outer, _ soay.Group, _ *soay.Route) {
			audience.Set(outer, "outer")
			roles.Set(outer, []string{"outer"})
		}, "outer outer"},
		{"the route", func(_ *soay.App, _, _ soay.Group, route *soay.Route) {
			audience.Set(route, "route")
			roles.Set(route, []string{"route"})
		}, "route route"},
		{"the nearest wins, whatever the order", func(app *soay.App, outer, inner soay.Group, _ *soay.Route) {
			audience.Set(inner, "inner")
			audience.Set(outer, "outer")
			audience.Set(app, "app")
		}, "inner "},
		{"merged from the outside, whatever the order", func(app *soay.App, outer, inner soay.Group, route *soay.Route) {
			roles.Set(route, []string{"route"})
			roles.Set(inner, []string{"inner"})
			roles.Set(outer, []string{"outer"})
			roles.Set(app, []string{"app"})
		}, " app+outer+inner+route"},
		{"twice on one", func(_ *soay.App, _, _ soay.Group, route *soay.Route) {
			audience.Set(route, "first")
			audience.Set(route, "second")
			roles.Set(route, []string{"first"})
			roles.Set(route, []string{"second"})
		}, "second first+second"},
		{"the zero value counts", func(app *soay.App, _, _ soay.Group, route *soay.Route) {
			audience.Set(app, "app")
			audience.Set(route, "")
		}, " "},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp()
			showing(app)
			outer := app.Group("/outer")
			inner := outer.Group("/inner")
			route := inner.Get("/{id}", func(req soay.Request) soay.Response { return response.NoContent() })
			tt.set(app, outer, inner, route)
			if got := settingsOf(app, "GET", "/outer/inner/7"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// What no route of the app answers has settings as well.
func TestRouteKeysWithoutARoute(t *testing.T) {
	app := newApp()
	showing(app)
	hello := func(soay.Request) soay.Response { return response.NoContent() }
	audience.Set(app, "app")
	audience.Set(app.Post("/both", hello), "post")
	audience.Set(app.Get("/both", hello), "get")
	audience.Set(app.Put("/first/{id}", hello), "put")
	audience.Set(app.Delete("/first/{id}", hello), "delete")
	audience.Set(app.Group("/").Host("localhost").Get("/first/{id}/host", hello), "host")
	audience.Set(app.Put("/first/{id}/host", hello), "no host")
	audience.Set(app.Get("/other", hello), "other") // with the same methods as another path
	audience.Set(app.Put("/third", hello), "third")
	audience.Set(app.Delete("/third", hello), "not third")
	for request, want := range map[string]string{
		"GET /none":                "app",
		"OPTIONS *":                "app",
		"GET /%00":                 "app",
		"DELETE /both":             "get",
		"OPTIONS /both":            "get",
		"HEAD /both":               "get",
		"POST /first/7":            "put",
		"OPTIONS /first/7":         "put",
		"POST /third":              "third",
		"POST /other":              "other",
		"POST /first/7/host":       "no host",
		"OPTIONS /first/{id}/none": "app",
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := settingsOf(app, method, path); got != want+" " {
			t.Errorf("%s: got %q, want %q", request, got, want)
		}
	}

	local := httptest.NewRequest("POST", "/first/7/host", nil)
	local.Host = "localhost"
	if got := serve(app, local).Header().Get("Settings"); got != "host " {
		t.Errorf("of two sets of routes that lack the method: got %q, want that of the one with GET", got)
	}
}

func TestRouteKeysOfAFallback(t *testing.T) {
	app := newApp()
	app.Fallback(func(req soay.Request) soay.Response { return response.Text(audience.Of(req)) })
	audience.Set(app, "app")
	if got := serve(app, httptest.NewRequest("GET", "/none", nil)).Body.String(); got != "app" {
		t.Errorf("got %q, want app", got)
	}
}

func TestRoutesShowSettings(t *testing.T) {
	app := newApp()
	api := app.Group("/api").MaxBody(10).IgnoreAntiForgery()
	hello := func(soay.Request) soay.Response { return response.NoContent() }
	roles.Set(api, []string{"user"})
	roles.Set(api.Get("/cats", hello).MaxBody(20), []string{"owner"})
	app.Get("/", hello)
	var got []map[string]any
	for _, route := range app.Routes() {
		got = append(got, route.Settings)
		if want := route.Pattern == "/api/cats"; route.IgnoreAntiForgery != want {
			t.Errorf("%s: IgnoreAntiForgery is %t", route.Pattern, route.IgnoreAntiForgery)
		}
	}
	want := []map[string]any{
		{"MaxBody": int64(20), "IgnoreAntiForgery": true, "roles": []string{"user", "owner"}}, nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// positive is a value that can be wrong.
type positive int

// Check refuses the others.
func (p positive) Check() error {
	if p <= 0 {
		return errors.New("it is not positive")
	}
	return nil
}

func TestMistakesInRouteKeys(t *testing.T) {
	limit := request.NewRouteKey[positive]("limit")
	app := soay.New()
	limit.Set(app, 1)
	limit.Set(app.Group("/a"), -1)
	limit.Set(app.Get("/", func(soay.Request) soay.Response { return response.NoContent() }), 0)
	err := app.Start(t.Context())
	if err == nil || strings.Count(err.Error(), "limit: it is not positive") != 2 ||
		strings.Count(err.Error(), "routekey_test.go:") != 2 {
		t.Errorf("got %v, want two mistakes with their places", err)
	}
}

func TestRouteKeysAfterTheStart(t *testing.T) {
	var log bytes.Buffer
	app := soay.New(soay.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	route := app.Get("/", func(req soay.Request) soay.Response { return response.Text(audience.Of(req)) })
	audience.Set(route, "before")
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, on := range []request.RouteScope{app, app.Group("/"), route} {
		audience.Set(on, "late")
	}
	if got := serve(app, httptest.NewRequest("GET", "/", nil)).Body.String(); got != "before" {
		t.Errorf("got %q, want the value from before the start", got)
	}
	if n := strings.Count(log.String(), "audience: the app has started"); n != 3 {
		t.Errorf("%d lines about it, want 3:\n%s", n, log.String())
	}
	if got := app.Routes()[0].Settings["audience"]; got != "before" {
		t.Errorf("Routes shows %v, want before", got)
	}
}

func TestRouteKeyOfAnInterface(t *testing.T) {
	app := newApp()
	seen := errors.ErrUnsupported
	app.Get("/", func(req soay.Request) soay.Response { seen = either.Of(req); return response.NoContent() })
	either.Set(app, http.ErrNoCookie)
	either.Set(app.Group("/"), nil)
	either.Set(app, nil)
	serve(app, httptest.NewRequest("GET", "/", nil))
	if seen != nil {
		t.Errorf("got %v, want nil", seen)
	}
	if got := request.NewRouteKey[int]("a name", nil).String(); got != "a name" {
		t.Errorf("the name is %q", got)
	}
}

// Reading costs nothing, whatever the type of the value.
func TestRouteKeysDoNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	app := newApp()
	audience.Set(app, "app")
	roles.Set(app, []string{"a"})
	var allocs float64
	app.Get("/", func(req soay.Request) soay.Response {
		allocs = testing.AllocsPerRun(100, func() { _, _, _ = audience.Of(req), roles.Of(req), either.Of(req) })
		return response.NoContent()
	})
	serve(app, httptest.NewRequest("GET", "/", nil))
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
