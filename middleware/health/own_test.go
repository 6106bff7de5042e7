package health_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/middleware/health"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
	"github.com/soay-go/soay/sessions/memstore"
)

// toggle is what a store knows of its health.
type toggle struct{ down atomic.Bool }

func (s *toggle) CheckHealth(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		return errors.New("no deadline")
	}
	if s.down.Load() {
		return errDown
	}
	return nil
}

type sessionStore struct {
	*memstore.Store
	toggle
}

type limitStore struct {
	*ratelimit.Memory
	toggle
}

func (s *limitStore) Take(ctx context.Context, key string, cost int, rates []router.Rate) (ratelimit.Result, error) {
	return s.Memory.Take(ctx, key, cost, rates)
}

// What the app depends on by itself makes it unready, and what it can do without does not.
func TestOwnChecks(t *testing.T) {
	const unready, ready = `level=WARN msg="health: a check fails; the app is not ready" check=`, `level=WARN msg="health: a check fails; the app stays ready" check=`
	tests := []struct {
		description string
		setup       func(app *soay.App, down *toggle)
		want, line  string
	}{
		{"the store of sessions", func(app *soay.App, down *toggle) {
			app.UseSessionStore(&struct {
				*memstore.Store
				*toggle
			}{memstore.New(), down})
		}, "unavailable", unready + "sessions error="},
		{"a limit", func(app *soay.App, down *toggle) {
			app.UseRateLimit(soay.Rate{Requests: 9, Per: time.Second}, ratelimit.Options{Store: &struct {
				*ratelimit.Memory
				*toggle
			}{ratelimit.NewMemory(), down}})
		}, "ok", ready + "limits/default error="},
		{"a limit that fails closed", func(app *soay.App, down *toggle) {
			app.UseRateLimit(soay.Rate{Requests: 9, Per: time.Second})
			app.UseRateLimit(soay.Rate{Requests: 9, Per: time.Second}, ratelimit.Options{Name: "api", FailClosed: true, Store: &struct {
				*ratelimit.Memory
				*toggle
			}{ratelimit.NewMemory(), down}})
		}, "unavailable", unready + "limits/api error="},
		{"the guard against guessing", func(app *soay.App, down *toggle) {
			_, digest := apikey.NewKey("test")
			app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: "ada", Digest: digest}}}))
			app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Store: &struct {
				*ratelimit.Memory
				*toggle
			}{ratelimit.NewMemory(), down}}})
		}, "ok", ready + "throttle error="},
	}
	for _, tt := range tests {
		for _, before := range []bool{true, false} { // the order of the calls does not matter
			synctest.Test(t, func(t *testing.T) {
				app, log := newApp()
				down := new(toggle)
				if before {
					app.UseHealth()
				}
				tt.setup(app, down)
				if !before {
					app.UseHealth()
				}
				start(t, app)
				says(t, app, "start", "ok")
				down.down.Store(true)
				time.Sleep(time.Second)
				says(t, app, "ready", tt.want)
				synctest.Wait()
				lines(t, log, tt.line)
				time.Sleep(time.Minute) // sweeps of the store end
			})
		}
	}
}

// LogOnly holds for the app's own checks as well.
func TestLogOnlyOfOwnChecks(t *testing.T) {
	app, _ := newApp()
	app.UseHealth(health.Options{LogOnly: []string{"sessions", "limits/default"}})
	store, limit := &sessionStore{Store: memstore.New()}, &limitStore{Memory: ratelimit.NewMemory()}
	app.UseSessionStore(store)
	app.UseRateLimit(soay.Rate{Requests: 9, Per: time.Second}, ratelimit.Options{Store: limit, FailClosed: true})
	store.down.Store(true)
	limit.down.Store(true)
	start(t, app)
	says(t, app, "ready", "ok")
	says(t, app, "start", "ok")
}

// Without UseHealth, and where a store has no such method, there is no check and no mistake.
func TestNoOwnChecks(t *testing.T) {
	app, _ := newApp()
	app.UseSessionStore(&sessionStore{Store: memstore.New()})
	start(t, app)
	if w := do(app, "GET", "/health/ready"); w.Code != 404 {
		t.Errorf("without UseHealth: %d", w.Code)
	}
	other, _ := newApp()
	other.UseHealth()
	other.UseSessionStore(memstore.New())
	other.UseRateLimit(soay.Rate{Requests: 9, Per: time.Second})
	start(t, other)
	says(t, other, "ready", "ok")
}

// A ring whose folder is gone makes the app unready, but not while somebody may just be writing it.
func TestKeys(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	synctest.Test(t, func(t *testing.T) {
		ring, err := keyring.FromFolder(folder, keyring.Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		app, log := newApp()
		app.UseHealth()
		app.UseSessions("", sessions.Options{Codec: ring.WithLogger(log.Logger()).Codec()})
		app.Get("/", func(req soay.Request) soay.Response {
			req.Session.Set("a", 1)
			return response.Text("hi")
		})
		start(t, app)
		says(t, app, "start", "ok")
		if err := os.Rename(folder, folder+"2"); err != nil {
			t.Fatal(err)
		}
		var got []string
		for range 12 {
			time.Sleep(time.Second)
			got = append(got, probe(t, app, "ready"))
		}
		// The first look is 5 seconds after the last one, and the failure counts 5 seconds later.
		want := slices.Concat(slices.Repeat([]string{"ok"}, 9), slices.Repeat([]string{"unavailable"}, 3))
		if !slices.Equal(got, want) {
			t.Errorf("ready says %v, want %v", got, want)
		}
		if w := do(app, "GET", "/"); w.Code != 200 || w.Header().Get("Set-Cookie") == "" {
			t.Errorf("the app does not work any more: %d", w.Code)
		}
		if err := os.Rename(folder+"2", folder); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Second)
		says(t, app, "ready", "ok")
		if fails, passes := log.Records("health: a check fails; the app is not ready"), log.Records("health: a check passes again"); len(fails) != 1 ||
			fails[0]["check"] != "keys" || len(passes) != 1 {
			t.Errorf("the log has %v and %v", fails, passes)
		}
	})
}
