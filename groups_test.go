package soay_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// The middleware of groups and routes may fail like that of the app: what is around it sees a complete response.
func TestFailingMiddlewareOfGroupsAndRoutes(t *testing.T) {
	panics := func(soay.Handler) soay.Handler { return func(soay.Request) soay.Response { panic("SECRET") } }
	fails := func(soay.Handler) soay.Handler {
		return func(soay.Request) soay.Response { return response.Error(errors.New("SECRET")) }
	}
	app, _ := newApp()
	app.UseRequestID()
	app.Group("/group/panic", panics).Get("/", hello)
	app.Group("/group/error", fails).Get("/", hello)
	app.Get("/route/panic", hello).Use(panics)
	app.Get("/route/error", hello).Use(fails)
	for _, path := range []string{"/group/panic", "/group/error", "/route/panic", "/route/error"} {
		w := do(app, "GET", path)
		if got := w.Body.String(); w.Code != 500 || got != "500 Internal Server Error\n" {
			t.Errorf("%s: got %d %q, want a plain 500", path, w.Code, got)
		}
		if w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s: the answer has no request id", path)
		}
	}
}

func nothing(soay.Handler) soay.Handler { return nil }

func TestMiddlewareWithoutAHandler(t *testing.T) {
	tests := []struct {
		name string
		use  func(*soay.App)
	}{
		{"of the app", func(a *soay.App) { a.Use(nothing) }},
		{"of a group", func(a *soay.App) { a.Group("/g", nothing).Get("/", hello) }},
		{"of a route", func(a *soay.App) { a.Get("/r", hello).Use(nothing) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := newApp()
			tt.use(app)
			err := app.Start(t.Context())
			const want = "soay_test.nothing returned no handler"
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "groups_test.go:") {
				t.Errorf("Start: %v, want it to say %q and where", err, want)
			}
		})
	}
}
