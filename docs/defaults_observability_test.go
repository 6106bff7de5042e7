package docs_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/health"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/request/requesttest"
)

// healthDefaults are the checks of the section Health.
func healthDefaults() map[string]check {
	return map[string]check{
		"Probes":                                says("none", noProbes),
		"Paths of probes":                       pathsOfProbes,
		"Answer of a probe":                     answerOfAProbe,
		"Cache of a probe's answer":             cacheOfAProbe,
		"Who may ask":                           says("everybody, for any host, over http, without limits", whoMayAsk),
		"Failure of a check in the log":         failureInTheLog,
		"Time that an outcome is kept":          timeOfAnOutcome,
		"Time of a check":                       timeOfACheck,
		"Check that fails":                      says("the app is not ready", checkThatFails),
		"Store of a limit that fails its check": says("the app stays ready", storeThatFailsItsCheck),
		"Readiness while the app drains":        readinessWhileDraining,
	}
}

// watched returns an app with probes and a check, its log, and what makes the check fail.
func watched(options ...health.Options) (app *soay.App, log *requesttest.Log, down *bool) {
	log, down = new(requesttest.Log), new(bool)
	app = soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: 5 * time.Second})
	app.UseHealth(options...)
	app.AddHealthCheck("db", func(context.Context) error {
		if *down {
			return errors.New("rosebud")
		}
		return nil
	})
	return app, log, down
}

func ask(app http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func noProbes(t *testing.T) {
	app := quiet()
	app.Get("/", text("hi"))
	if w := ask(app, "/health/live"); w.Code != 404 {
		t.Errorf("without UseHealth: %d", w.Code)
	}
}

func pathsOfProbes(t *testing.T, cell string) {
	app, _, _ := watched()
	var paths []string
	for _, info := range app.Routes() {
		paths = append(paths, info.Pattern)
	}
	if got := names(cell); !slices.Equal(got, paths) {
		t.Errorf("the routes are %q, the page says %q", paths, got)
	}
}

func answerOfAProbe(t *testing.T, cell string) {
	app, _, down := watched(health.Options{CacheFor: 1})
	good, bad, _ := strings.Cut(cell, "else")
	for _, c := range []string{good, bad} {
		if w := ask(app, "/health/ready"); w.Code != number(t, c, "") || w.Body.String() != names(c)[0] {
			t.Errorf("%d %q, the page says %s", w.Code, w.Body, c)
		}
		*down = true
	}
}

func cacheOfAProbe(t *testing.T, cell string) {
	app, _, _ := watched()
	if got := ask(app, "/health/ready").Header().Get("Cache-Control"); got != names(cell)[0] {
		t.Errorf("Cache-Control is %q, the page says %s", got, cell)
	}
}

func whoMayAsk(t *testing.T) {
	app, _, _ := watched()
	app.UseAllowedHosts([]string{"cats.example"})
	app.UseHTTPS()
	app.UseRateLimit(hourly)
	for range 3 {
		if w := ask(app, "/health/ready"); w.Code != 200 {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	}
}

func failureInTheLog(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		app, log, down := watched()
		for _, fails := range []bool{true, false} {
			*down = fails
			for range 5 {
				time.Sleep(time.Minute)
				ask(app, "/health/ready")
			}
			if got := len(log.Lines(slog.LevelWarn)); got != number(t, cell, "") {
				t.Errorf("%d warnings, the page says %s", got, cell)
			}
		}
		if got := len(log.Records("health: a check passes again")); got != 1 {
			t.Errorf("%d lines of the end, the page says %s", got, cell)
		}
	})
}

func timeOfAnOutcome(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		app, _, down := watched()
		ask(app, "/health/ready")
		*down = true
		time.Sleep(duration(t, cell) - 1)
		if w := ask(app, "/health/ready"); w.Code != 200 {
			t.Errorf("within the time: %d", w.Code)
		}
		time.Sleep(time.Nanosecond)
		if w := ask(app, "/health/ready"); w.Code != 503 {
			t.Errorf("after the time: %d", w.Code)
		}
	})
}

func timeOfACheck(t *testing.T, cell string) {
	for extra, want := range map[time.Duration]int{-1: 200, 1: 503} {
		synctest.Test(t, func(t *testing.T) {
			app, _, _ := watched()
			app.AddHealthCheck("slow", func(context.Context) error { time.Sleep(duration(t, cell) + extra); return nil })
			if w := ask(app, "/health/ready"); w.Code != want {
				t.Errorf("a check that takes %v and %v: %d", cell, extra, w.Code)
			}
			time.Sleep(time.Second) // the check returns
		})
	}
}

func checkThatFails(t *testing.T) {
	for _, logOnly := range [][]string{nil, {"db"}} {
		app, _, down := watched(health.Options{LogOnly: logOnly})
		*down = true
		if w := ask(app, "/health/ready"); (w.Code == 503) != (logOnly == nil) {
			t.Errorf("with LogOnly %q: %d", logOnly, w.Code)
		}
	}
}

// sickStore is one of limits that says that it does not work.
type sickStore struct{ *ratelimit.Memory }

func (sickStore) CheckHealth(context.Context) error { return errors.New("rosebud") }

func storeThatFailsItsCheck(t *testing.T) {
	for _, closed := range []bool{false, true} {
		app, _, _ := watched()
		app.UseRateLimit(hourly, ratelimit.Options{Store: sickStore{ratelimit.NewMemory()}, FailClosed: closed})
		if w := ask(app, "/health/ready"); (w.Code == 503) != closed {
			t.Errorf("with FailClosed %v: %d", closed, w.Code)
		}
	}
}

func readinessWhileDraining(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		app, _, _ := watched()
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- app.Serve(ctx, requesttest.NewListener()) }()
		synctest.Wait()
		if w := ask(app, "/health/ready"); w.Code != 200 {
			t.Errorf("before: %d", w.Code)
		}
		cancel()
		synctest.Wait()
		if w := ask(app, "/health/ready"); w.Body.String() != names(cell)[0] {
			t.Errorf("while it drains it says %q, the page says %s", w.Body, cell)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}
