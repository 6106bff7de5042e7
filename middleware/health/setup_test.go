package health_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/health"
	"github.com/soay-go/soay/response"
)

func passes(context.Context) error { return nil }

// Mistakes are reported at the start, with their places.
func TestMistakes(t *testing.T) {
	const ofName = " is not a name of up to 64 letters, digits, -, _ and dots"
	const ofPath = " is not a path such as /health: a slash before each part, which is made of letters, digits, dots, -, _ and ~"
	first := ""
	tests := []struct {
		description string
		setup       func(*soay.App) string // returns the place
		want        []string               // FIRST stands for the place of an earlier call
	}{
		{"no name", func(app *soay.App) string { app.UseHealth(); app.AddHealthCheck("", passes); return here(0) },
			[]string{`AddHealthCheck: ""` + ofName}},
		{"odd characters", func(app *soay.App) string {
			app.UseHealth()
			app.AddHealthCheck("a b\n", passes)
			return here(-1)
		}, []string{`AddHealthCheck: "a b\n"` + ofName}},
		{"a name like that of a limit", func(app *soay.App) string {
			app.UseHealth()
			app.AddHealthCheck("limits/default", passes)
			return here(-1)
		}, []string{`AddHealthCheck: "limits/default"` + ofName}},
		{"too long", func(app *soay.App) string {
			app.UseHealth()
			app.AddHealthCheck(strings.Repeat("a", 65), passes)
			return here(-1)
		}, []string{`AddHealthCheck: "` + strings.Repeat("a", 65) + `"` + ofName}},
		{"no name and no function", func(app *soay.App) string { app.UseHealth(); app.AddHealthCheck("", nil); return here(0) },
			[]string{`AddHealthCheck: ""` + ofName, `AddHealthCheck: the function of "" is nil`}},
		{"no function", func(app *soay.App) string { app.UseHealth(); app.AddHealthCheck("db", nil); return here(0) },
			[]string{`AddHealthCheck: the function of "db" is nil`}},
		{"twice the same", func(app *soay.App) string {
			app.UseHealth()
			app.AddHealthCheck("db", passes)
			first = here(-1)
			app.AddHealthCheck("db", passes)
			return here(-1)
		}, []string{`AddHealthCheck: there is a check "db" already, of FIRST`}},
		{"the app's own name", func(app *soay.App) string { app.UseHealth(); app.AddHealthCheck("sessions", passes); return here(0) },
			[]string{`AddHealthCheck: "sessions" is the name of a check of the app's own; choose another`}},
		{"that of keys", func(app *soay.App) string { app.UseHealth(); app.AddHealthCheck("keys", passes); return here(0) },
			[]string{`AddHealthCheck: "keys" is the name of a check of the app's own; choose another`}},
		{"no UseHealth", func(app *soay.App) string { app.AddHealthCheck("db", passes); return here(0) },
			[]string{`AddHealthCheck: nothing asks for the check; call UseHealth`}},
		{"UseHealth twice", func(app *soay.App) string {
			app.UseHealth()
			first = here(-1)
			app.UseHealth()
			return here(-1)
		}, []string{`UseHealth: it was called at FIRST already`}},
		{"two options", func(app *soay.App) string { app.UseHealth(health.Options{}, health.Options{}); return here(0) },
			[]string{`UseHealth: 2 options; pass one`}},
		{"several at once", func(app *soay.App) string {
			app.UseHealth(health.Options{Path: "health", CacheFor: -1, Timeout: -time.Second})
			return here(-1)
		}, []string{`UseHealth: Path: "health"` + ofPath, `UseHealth: CacheFor: -1ns is negative`, `UseHealth: Timeout: -1s is negative`}},
		{"a parameter", func(app *soay.App) string { app.UseHealth(health.Options{Path: "/{a}"}); return here(0) },
			[]string{`UseHealth: Path: "/{a}"` + ofPath}},
		{"a slash at the end", func(app *soay.App) string { app.UseHealth(health.Options{Path: "/health/"}); return here(0) },
			[]string{`UseHealth: Path: "/health/"` + ofPath}},
		{"dots", func(app *soay.App) string { app.UseHealth(health.Options{Path: "/a/../b"}); return here(0) },
			[]string{`UseHealth: Path: "/a/../b"` + ofPath}},
		{"a query", func(app *soay.App) string { app.UseHealth(health.Options{Path: "/a?b"}); return here(0) },
			[]string{`UseHealth: Path: "/a?b"` + ofPath}},
		{"LogOnly of an unknown check", func(app *soay.App) string {
			app.UseHealth(health.Options{LogOnly: []string{"db", "sessions", "mail"}})
			app.AddHealthCheck("db", passes)
			return here(-2)
		}, []string{`UseHealth: LogOnly: there is no check "sessions"`, `UseHealth: LogOnly: there is no check "mail"`}},
		{"a route of the program", func(app *soay.App) string {
			app.Get("/health/ready", func(soay.Request) soay.Response { return response.NoContent() })
			first = here(-1)
			app.UseHealth()
			return here(-1)
		}, []string{`route GET /health/ready conflicts with GET /health/ready at FIRST`}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := newApp()
			place := tt.setup(app)
			for range 2 { // the second start says the same
				err := app.Start(t.Context())
				setup, ok := errors.AsType[*soay.SetupError](err)
				if !ok {
					t.Fatalf("Start = %v", err)
				}
				var got, want []string
				for _, e := range setup.Unwrap() {
					got = append(got, e.Error())
				}
				for _, w := range tt.want {
					want = append(want, place+": "+strings.ReplaceAll(w, "FIRST", first))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("mistakes (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// What comes after the start changes nothing and is in the log.
func TestTooLate(t *testing.T) {
	app, log := newApp()
	app.UseHealth()
	start(t, app)
	app.AddHealthCheck("db", func(context.Context) error { return errDown })
	app.UseHealth(health.Options{Path: "/other"})
	says(t, app, "ready", "ok")
	if w := do(app, "GET", "/other/ready"); w.Code != 404 {
		t.Errorf("a route that came too late: %d", w.Code)
	}
	if got := strings.Join(log.Lines(), "\n"); strings.Count(got, "AddHealthCheck: the app has started; call it before") != 1 ||
		!strings.Contains(got, "UseHealth: it was called at") {
		t.Errorf("the log has\n%s", got)
	}

	without, log := newApp()
	start(t, without)
	without.UseHealth()
	if w := do(without, "GET", "/health/live"); w.Code != 404 {
		t.Errorf("a route that came too late: %d", w.Code)
	}
	if got := log.String(); !strings.Contains(got, "UseHealth: the app has started; call it before") {
		t.Errorf("the log has\n%s", got)
	}
}

// The options can be changed by their owner after the call.
func TestOptionsAreCopied(t *testing.T) {
	app, _ := newApp()
	names := []string{"db"}
	app.UseHealth(health.Options{LogOnly: names})
	names[0] = "other"
	app.AddHealthCheck("db", func(context.Context) error { return errDown })
	start(t, app)
	says(t, app, "ready", "ok")
}
