package inject_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/soay-go/soay"
)

func TestServiceMistakes(t *testing.T) {
	noFactory := func() *visit { return nil }
	finishing := soay.ServiceOptions[*visit]{Finish: func(*visit, soay.Response) error { return nil }}
	tests := []struct {
		name string
		make func(*soay.App) string // returns the place of the mistake
		want string
	}{
		{"a factory that is none", func(a *soay.App) string { soay.AddSingleton[*visit](a, 7); return here() },
			"service *inject_test.visit: the factory is of type int; it must be a function"},
		{"a nil factory", func(a *soay.App) string { soay.AddScoped[*visit](a, nil); return here() },
			"service *inject_test.visit: the factory is nil"},
		{"a factory of something else", func(a *soay.App) string { soay.AddTransient[*database](a, noFactory); return here() },
			"service *inject_test.database: the factory func() *inject_test.visit must return *inject_test.database, " +
				"or *inject_test.database and an error"},
		{"a nil instance", func(a *soay.App) string { soay.AddInstance[herd](a, nil); return here() },
			"service inject_test.herd: the instance is nil"},
		{"twice", func(a *soay.App) string {
			soay.AddInstance(a, fakeHerd(1))
			soay.AddInstance(a, fakeHerd(2))
			return here(-1)
		}, "service inject_test.fakeHerd: it is registered already, at " + here(-3)},
		{"the request", func(a *soay.App) string {
			soay.AddScoped[soay.Request](a, func() (r soay.Request) { return })
			return here(-1)
		}, "service request.Request: it is there by itself in every scope"},
		{"a singleton with Finish", func(a *soay.App) string {
			soay.AddSingleton[*visit](a, noFactory, finishing)
			return here(-1)
		}, "service *inject_test.visit: it has a function Finish, but is a singleton; only scoped services have an outcome"},
		{"a transient service with Finish", func(a *soay.App) string {
			soay.AddTransient[*visit](a, noFactory, finishing)
			return here(-1)
		}, "service *inject_test.visit: it has a function Finish, but is transient; only scoped services have an outcome"},
		{"an instance with Finish", func(a *soay.App) string {
			soay.AddInstance(a, new(visit), finishing)
			return here(-1)
		}, "AddInstance: an instance has no Finish; only scoped services have"},
		{"a missing service", func(a *soay.App) string {
			soay.AddSingleton[*visit](a, func(*database) *visit { return nil })
			soay.AddSingleton[*database](a, newDatabase)
			return here(-1)
		}, "service *inject_test.visit -> *inject_test.database -> *inject_test.lines: no such service"},
		{"a cycle", func(a *soay.App) string {
			soay.AddSingleton[*visit](a, func(*database) *visit { return nil })
			soay.AddSingleton[*database](a, func(*visit) *database { return nil })
			return here(-2)
		}, "service *inject_test.visit: it needs itself: *inject_test.visit -> *inject_test.database -> *inject_test.visit"},
		{"a singleton of the request", func(a *soay.App) string {
			soay.AddSingleton[*visit](a, func(soay.Request) *visit { return nil })
			return here(-1)
		}, "service *inject_test.visit -> request.Request: a singleton cannot hold request.Request, " +
			"which is a value of the scope"},
		{"a singleton of a scoped service", func(a *soay.App) string {
			soay.AddSingleton[*database](a, func(*pageOf[int]) *database { return nil })
			place := here(-1)
			soay.AddTransient[*pageOf[int]](a, func(*visit) *pageOf[int] { return nil })
			soay.AddScoped[*visit](a, noFactory)
			return place
		}, "service *inject_test.database -> *inject_test.pageOf[int] -> *inject_test.visit: a singleton cannot hold " +
			"*inject_test.visit, which is scoped"},
		{"two options", func(a *soay.App) string {
			soay.AddScoped(a, noFactory, soay.ServiceOptions[*visit]{}, soay.ServiceOptions[*visit]{})
			return here(-1)
		}, "AddScoped: 2 options; pass one"},
		{"two options of an instance", func(a *soay.App) string {
			soay.AddInstance(a, &visit{}, soay.ServiceOptions[*visit]{}, soay.ServiceOptions[*visit]{})
			return here(-1)
		}, "AddInstance: 2 options; pass one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := newApp()
			place := tt.make(app)
			err := app.Start(t.Context())
			if want := "soay: the app cannot start:\n\t" + place + ": " + tt.want; err == nil || err.Error() != want {
				t.Errorf("Start: %v\nwant %s", err, want)
			}
		})
	}
}

// Mistakes of services are reported with all others, and no service is made.
func TestServiceMistakesAreInTheReport(t *testing.T) {
	app, _ := newApp()
	soay.AddSingleton[*database](app, func() *database { t.Error("a factory ran"); return nil })
	soay.AddScoped[*visit](app, func(herd) *visit { return nil })
	soay.AddScoped[*pageOf[int]](app, func(*visit, fakeHerd) *pageOf[int] { return nil })
	app.Use(nil)
	app.Get("{", resolves[herd])
	var setup *soay.SetupError
	if err := app.Start(t.Context()); !errors.As(err, &setup) || len(setup.Unwrap()) != 4 {
		t.Errorf("Start: %v, want four mistakes", err)
	}
}

func TestLateServices(t *testing.T) {
	app, log := newApp()
	app.Get("/", resolves[fakeHerd])
	app.Get("/visit", resolves[*visit])
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	soay.AddInstance(app, fakeHerd(1))
	soay.AddScoped[*visit](app, newVisit)
	soay.AddSingleton[*database](app, nil)
	soay.AddTransient[herd](app, nil, soay.ServiceOptions[herd]{})
	for i, call := range []string{"AddInstance", "AddScoped", "AddSingleton", "AddTransient"} {
		want := fmt.Sprintf("soay: %s: %s: the app has started; call it before", here(i-5), call)
		if len(log.Records(want)) != 1 {
			t.Errorf("the log says %s, want %s", log, want)
		}
	}
	for _, target := range []string{"/", "/visit"} {
		if w := do(app, "GET", target); w.Code != 500 {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}

func TestStartWithServicesThatFail(t *testing.T) {
	errOpen := errors.New("connection refused")
	tests := []struct {
		name  string
		setUp func(*soay.App, *lines) (place string)
		want  string
		lines []string
	}{
		{"a factory", func(a *soay.App, l *lines) string {
			soay.AddSingleton[herd](a, func(*database) (herd, error) { return nil, errOpen })
			a.OnStart(func(context.Context) error { l.add("hook"); return nil })
			a.OnStop(func(context.Context) error { l.add("hook"); return nil })
			return here(-3)
		}, "soay: start: inject: make inject_test.herd of %s: connection refused", []string{"open database", "close database"}},
		{"a factory that panics", func(a *soay.App, l *lines) string {
			soay.AddSingleton[herd](a, func(*database) herd { panic(errOpen) })
			return here(-1)
		}, "soay: start: inject: make inject_test.herd of %s: panic: connection refused",
			[]string{"open database", "close database"}},
		{"a hook", func(a *soay.App, l *lines) string {
			a.OnStop(func(context.Context) error { l.add("stop hook"); return nil })
			a.OnStart(func(context.Context) error { return errOpen })
			return here(-1)
		}, "soay: start hook of %s: connection refused", []string{"open database", "stop hook", "close database"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := newApp()
			l := new(lines)
			soay.AddInstance(app, l)
			soay.AddSingleton[*database](app, newDatabase)
			place := tt.setUp(app, l)
			for range 2 {
				err := app.Start(t.Context())
				if first, _, _ := strings.Cut(fmt.Sprint(err), "\n"); first != fmt.Sprintf(tt.want, place) ||
					!errors.Is(err, errOpen) {
					t.Errorf("Start: %v, want %s", err, fmt.Sprintf(tt.want, place))
				}
				l.want(t, tt.lines...)
				if _, err := soay.Service[*database](app); err == nil || app.Ready() {
					t.Error("the app runs")
				}
			}
		})
	}
}

func TestStopWithServicesThatFail(t *testing.T) {
	app, _ := newApp()
	l, errClose, errStop := new(lines), errors.New("busy"), errors.New("hook")
	soay.AddSingleton[*database](app, func() *database { return &database{l, errClose} })
	first := here(-1)
	soay.AddSingleton[*visit](app, func(*database) *visit { return &visit{} },
		soay.ServiceOptions[*visit]{Close: func(*visit) error { panic(errStop) }})
	soay.AddInstance(app, fakeHerd(1), soay.ServiceOptions[fakeHerd]{Close: func(fakeHerd) error {
		l.add("close herd")
		return nil
	}})
	app.OnStop(func(context.Context) error { return errStop })
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := app.Stop(t.Context())
	l.want(t, "close database", "close herd")
	for _, want := range []string{"soay: stop hook of ", "\nsoay: stop: inject: close *inject_test.visit of app_setup_test.go:",
		"\nsoay: stop: inject: close *inject_test.database of " + first + ": busy"} {
		if !errors.Is(err, errClose) || !errors.Is(err, errStop) || !strings.Contains(err.Error(), want) {
			t.Errorf("Stop: %v, want %q", err, want)
		}
	}
	if err := app.Stop(t.Context()); err != nil {
		t.Errorf("a second Stop: %v", err)
	}
}
