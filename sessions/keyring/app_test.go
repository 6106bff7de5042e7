package keyring_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// visits returns an app without a key that counts visits in its session.
func visits() *soay.App {
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	app.UseSessions("")
	app.Get("/", func(req soay.Request) soay.Response {
		req.Session.Set("n", sessions.GetOr(req.Session, "n", 0)+1)
		return response.JSON(sessions.GetOr(req.Session, "n", 0))
	})
	return app
}

func TestSessionsByTheKeysOfTheEnvironment(t *testing.T) {
	first, second := soay.NewKey(), soay.NewKey()
	t.Setenv("APP_SECRET_1", first)
	t.Setenv("APP_SECRET_PATH", "is no key")
	old := requesttest.New(t, visits())
	sealed := old.Get("/").Cookie("session")

	t.Setenv("APP_SECRET_2", second)
	rotated := requesttest.New(t, visits())
	resp := rotated.Get("/", requesttest.With{Header: map[string][]string{"Cookie": {"session=" + sealed.Value}}})
	if resp.Text() != "2" {
		t.Errorf("with a second key: %s, want the session that the first one sealed", resp.Text())
	}
	newer := resp.Cookie("session")
	if got := old.Get("/", requesttest.With{Header: map[string][]string{"Cookie": {"session=" + newer.Value}}}).Text(); got != "1" {
		t.Errorf("an app with the first key alone opens what the second one sealed: %s", got)
	}

	os.Unsetenv("APP_SECRET_1") // retired; Setenv above puts back what was there
	retired := requesttest.New(t, visits())
	if got := retired.Get("/", requesttest.With{Header: map[string][]string{"Cookie": {"session=" + sealed.Value}}}).Text(); got != "1" {
		t.Errorf("a retired key still opens a session: %s", got)
	}
}

func TestPreviousKeyTwice(t *testing.T) {
	old := soay.NewKey()
	app := soay.New()
	app.UseSessions(soay.NewKey(), sessions.Options{PreviousKeys: []string{old, old}})
	_, file, line, _ := runtime.Caller(0)
	place := fmt.Sprintf("%s:%d", filepath.Base(file), line-1)
	if _, err := app.Handler(); err == nil || !strings.Contains(err.Error(), place+": UseSessions: keyring: older[1] is the same key as older[0]") {
		t.Errorf("start = %v, want an error", err)
	}
}

func TestWrongKeysOfTheEnvironment(t *testing.T) {
	for name, tt := range map[string]struct{ variable, value, want string }{
		"short":     {"APP_SECRET_1", "short", "APP_SECRET_1"},
		"no number": {"APP_SECRET_2B", soay.NewKey(), "APP_SECRET_2B"},
		"none":      {"APP_SECRET", soay.NewKey(), "the key is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(tt.variable, tt.value)
			_, err := visits().Handler()
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), tt.value+"\"") {
				t.Errorf("start = %v, want an error about %s", err, tt.want)
			}
		})
	}
}

// A variable whose name looks like that of a key stops the start, wherever the sessions are kept. The app does not use
// a key of this process in its place.
func TestBadKeysOfTheEnvironmentStopTheStart(t *testing.T) {
	for _, name := range []string{"APP_SECRET_+1", "APP_SECRET_-1", "APP_SECRET_01", "APP_SECRET_1B"} {
		for where, setUp := range map[string]func(*soay.App){
			"cookies": func(a *soay.App) { a.UseSessions("") },
			"a store": func(a *soay.App) { a.UseSessionStore(memstore.New()) },
			"cookies by a codec": func(a *soay.App) {
				a.UseSessions("", sessions.Options{Codec: sessions.NewCodec(soay.NewKey())})
			},
		} {
			t.Run(name+" with "+where, func(t *testing.T) {
				t.Setenv(name, soay.NewKey())
				app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
				setUp(app)
				_, err := app.Handler()
				if err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("the app starts with %v, want an error with %s", err, name)
				}
			})
		}
	}
}
