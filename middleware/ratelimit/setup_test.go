package ratelimit_test

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/router"
)

// Every wrong value stops the start, with the place of the call.
func TestMistakes(t *testing.T) {
	good := soay.Rate{Requests: 1, Per: time.Second}
	app := func(rate soay.Rate, o ...ratelimit.Options) func(*soay.App) {
		return func(a *soay.App) { a.UseRateLimit(rate, o...) }
	}
	route := func(f func(*soay.Route)) func(*soay.App) { return func(a *soay.App) { f(a.Get("/", hello)) } }
	var noMemory *ratelimit.Memory
	tests := []struct {
		description string
		setUp       func(*soay.App)
		want        string
	}{
		{"the zero rate", app(soay.Rate{}), "UseRateLimit: Requests: 0 is not positive"},
		{"no time", app(soay.Rate{Requests: 1}), "UseRateLimit: Per: 0s is not positive"},
		{"a negative time", app(soay.Rate{Requests: 1, Per: -1}), "UseRateLimit: Per: -1ns is not positive"},
		{"a negative burst", app(soay.Rate{Requests: 1, Per: 1, Burst: -1}), "UseRateLimit: Burst: -1 is negative"},
		{"an unknown kind", app(soay.Rate{Requests: 1, Per: 1, By: 7}), "UseRateLimit: By: 7 is unknown"},
		{"too many", app(soay.Rate{Requests: 1000, Per: 999}), "more than one in a nanosecond"},
		{"too long", app(soay.Rate{Requests: 1, Per: math.MaxInt64, Burst: 2}), "more than 292 years"},
		{"two options", app(good, ratelimit.Options{}, ratelimit.Options{}), "UseRateLimit: 2 options; pass one"},
		{"a name", app(good, ratelimit.Options{Name: "a b"}), `UseRateLimit: Name: "a b" is not made of`},
		{"the name of routes", app(good, ratelimit.Options{Name: "route"}), `Name: "route" is the name of the rates of routes`},
		{"one name twice", func(a *soay.App) { a.UseRateLimit(good); a.UseRateLimit(good) }, `a limit with the Name "default" already`},
		{"another rate", app(good, ratelimit.Options{More: []soay.Rate{good, {Requests: 1}}}), "UseRateLimit: More[1]: Per: 0s is not positive"},
		{"the time of the store", app(good, ratelimit.Options{StoreTimeout: -1}), "UseRateLimit: StoreTimeout: -1ns is negative"},
		{"the prefix", app(good, ratelimit.Options{IPv6Prefix: 129}), "UseRateLimit: IPv6Prefix: 129 is not from 1 to 128"},
		{"the headers", app(good, ratelimit.Options{Headers: 7}), "UseRateLimit: Headers: 7 is unknown"},
		{"a nil store", app(good, ratelimit.Options{Store: noMemory}), "UseRateLimit: Store: the *ratelimit.Memory is nil"},
		{"a wrong store", app(good, ratelimit.Options{Store: ratelimit.NewMemory(ratelimit.MemoryOptions{MaxKeys: -1})}),
			"UseRateLimit: ratelimit: NewMemory: MaxKeys: -1 is negative"},
		{"two options of the memory", app(good, ratelimit.Options{Store: ratelimit.NewMemory(ratelimit.MemoryOptions{}, ratelimit.MemoryOptions{})}),
			"UseRateLimit: ratelimit: NewMemory: 2 options; pass one"},
		{"by user without sessions", app(soay.Rate{Requests: 1, Per: 1, By: router.ByUser}), "UseRateLimit: ByUser needs sessions"},
		{"a route without rates", route(func(r *soay.Route) { r.RateLimit() }), "RateLimit: no rate is given"},
		{"the rate of a route", route(func(r *soay.Route) { r.RateLimit(good, soay.Rate{Requests: 1}) }), "RateLimit: Per: 0s is not positive"},
		{"a route by user without sessions", route(func(r *soay.Route) { r.RateLimit(soay.Rate{Requests: 1, Per: 1, By: router.ByUser}) }),
			"RateLimit: ByUser needs sessions"},
		{"a group", func(a *soay.App) { a.Group("/a").RateLimit(soay.Rate{}) }, "RateLimit: Requests: 0 is not positive"},
		{"nobody at once", route(func(r *soay.Route) { r.MaxConcurrent(0) }), "MaxConcurrent: 0 is not positive"},
		{"a group for nobody", func(a *soay.App) { a.Group("/a").MaxConcurrent(-1) }, "MaxConcurrent: -1 is not positive"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := newApp()
			tt.setUp(app)
			err := app.Start(t.Context())
			if _, ok := errors.AsType[*soay.SetupError](err); !ok || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "setup_test.go:") {
				t.Errorf("Start: %v, want it to say %q and where", err, tt.want)
			}
		})
	}
}

// After the start nothing changes, and the log says so.
func TestTooLate(t *testing.T) {
	app, log := newApp()
	route := app.Get("/", hello)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	app.UseRateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	route.RateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	route.MaxConcurrent(1)
	if got := passed(t, app, 3, alice, "/", 429); got != 3 {
		t.Errorf("%d of 3 requests pass", got)
	}
	for _, want := range []string{"UseRateLimit", "RateLimit", "MaxConcurrent"} {
		if !strings.Contains(log.String(), want+": the app has started") {
			t.Errorf("the log does not say that %s came too late:\n%s", want, log)
		}
	}
}

// The app lists its limits where they run, and its routes what they have.
func TestWhatIsListed(t *testing.T) {
	app, _ := newApp()
	_, file, line, _ := runtime.Caller(0)
	app.UseRateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	app.UseSessions(soay.NewKey())
	app.Get("/", hello).RateLimit(soay.Rate{Requests: 2, Per: time.Hour, By: router.ByUser}).MaxConcurrent(3)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var phases []string
	for _, m := range app.Middleware() {
		phases = append(phases, m.Phase)
		if m.Phase == "limits" && m.Source != file[strings.LastIndex(file, "/")+1:]+":"+strconv.Itoa(line+1) {
			t.Errorf("the limits were switched on at %s", m.Source)
		}
	}
	if got, want := strings.Join(phases, ", "), "recover, limits, conditional, session, anti-forgery, user limits"; got != want {
		t.Errorf("middleware %s, want %s", got, want)
	}
	info := app.Routes()[0]
	if rates := info.Rates(); len(rates) != 1 || rates[0].Requests != 2 || !info.IsRateLimited() || !info.IsConcurrencyLimited() {
		t.Errorf("the route has %+v", info.Settings)
	}
}

// An app without limits has nothing of them.
func TestNoLimits(t *testing.T) {
	app, _ := newApp()
	app.Get("/", hello)
	w := from(app, alice, "/")
	listed := slices.ContainsFunc(app.Middleware(), func(m soay.MiddlewareInfo) bool { return strings.Contains(m.Phase, "limits") })
	if listed || w.Header().Get("RateLimit-Policy") != "" || app.Routes()[0].IsRateLimited() {
		t.Errorf("middleware %v, headers %v", app.Middleware(), w.Header())
	}
}
