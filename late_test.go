package soay_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

func TestRegisteringAfterTheStart(t *testing.T) {
	calls := []struct {
		name string
		call func(*soay.App, *soay.Route, soay.Group)
	}{
		{"Get", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Get("/late", hello) }},
		{"Handle", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Handle("PURGE", "/late", hello) }},
		{"a pattern that is wrong", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Get("{", nil) }},
		{"Group", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Group("/late", pass).Get("/late", hello) }},
		{"Group.Get", func(_ *soay.App, _ *soay.Route, g soay.Group) { g.Get("/late", hello) }},
		{"Group.Use", func(_ *soay.App, _ *soay.Route, g soay.Group) { g.Use(late) }},
		{"Route.Use", func(_ *soay.App, r *soay.Route, _ soay.Group) { r.Use(late) }},
		{"Route.Name", func(_ *soay.App, r *soay.Route, _ soay.Group) { r.Name("late") }},
		{"Route.MaxBody", func(_ *soay.App, r *soay.Route, _ soay.Group) { r.MaxBody(1) }},
		{"Use", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Use(late) }},
		{"Use(nil)", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Use(nil) }},
		{"UseSessions", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseSessions(soay.NewKey()) }},
		{"UseSessions with a bad key", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseSessions("") }},
		{"UseRequestID", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseRequestID() }},
		{"UseAccessLog", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseAccessLog() }},
		{"UseHeaders", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.UseHeaders(map[string]string{"X-Late": "yes"}) }},
		{"Fallback", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Fallback(hello) }},
		{"Fallback(nil)", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.Fallback(nil) }},
		{"HandleStatus", func(a *soay.App, _ *soay.Route, _ soay.Group) { a.HandleStatus(404, hello) }},
		{"HandleError", func(a *soay.App, _ *soay.Route, _ soay.Group) {
			soay.HandleError(a, func(soay.Request, error) soay.Response { return response.Text("late") })
		}},
		{"OnStart", func(a *soay.App, _ *soay.Route, _ soay.Group) {
			a.OnStart(func(context.Context) error { return nil })
		}},
		{"OnStop", func(a *soay.App, _ *soay.Route, _ soay.Group) {
			a.OnStop(func(context.Context) error { return errors.New("late") })
		}},
	}
	for _, tt := range calls {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newApp()
			route := app.Get("/", hello).Name("home")
			group := app.Group("/g")
			group.Get("/", hello)
			if err := app.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			routes, mw := len(app.Routes()), len(app.Middleware())
			tt.call(app, route, group)
			if log.String() == "" || !strings.Contains(log.String(), "late_test.go:") ||
				!strings.Contains(log.String(), "level=ERROR") {
				t.Errorf("the log says %q, want an error with the place", log)
			}
			if len(app.Routes()) != routes || len(app.Middleware()) != mw {
				t.Errorf("there are %v and %v now", app.Routes(), app.Middleware())
			}
			for target, want := range map[string]string{"/": "hello", "/g": "hello", "/late": "404 Not Found\n"} {
				if w := do(app, "GET", target); w.Body.String() != want || w.Header().Get("X-Late") != "" ||
					w.Header().Get("X-Request-Id") != "" {
					t.Errorf("GET %s: %q %v, want %q as before", target, w.Body, w.Header(), want)
				}
			}
			if _, err := app.URL("home"); err != nil {
				t.Errorf("the route has lost its name: %v", err)
			}
			if err := app.Stop(t.Context()); err != nil {
				t.Errorf("Stop: %v", err)
			}
			if err := app.Start(t.Context()); err != nil {
				t.Errorf("starting again: %v", err)
			}
		})
	}
}

func late(next soay.Handler) soay.Handler {
	return func(req soay.Request) soay.Response { return next(req).WithHeader("X-Late", "yes") }
}
