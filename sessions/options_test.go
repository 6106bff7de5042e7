package sessions_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
)

// wrongOptions have one mistake each.
var wrongOptions = []struct {
	description, key string
	options          sessions.Options
	want             string
}{
	{"no key", "", sessions.Options{}, "the key is empty"},
	{"short key", "secret", sessions.Options{}, "the key has 6 characters; at least 32"},
	{"repeated key", strings.Repeat("x", 40), sessions.Options{}, "the key repeats"},
	{"sample key", "change-me-change-me-change-me-change-me", sessions.Options{}, "the key is the sample"},
	{
		"short previous key", key,
		sessions.Options{PreviousKeys: []string{otherKey, "old"}}, "PreviousKeys[1] has 3 characters",
	},
	{"empty previous key", key, sessions.Options{PreviousKeys: []string{""}}, "PreviousKeys[0] is empty"},
	{
		"the key as a previous key", key,
		sessions.Options{PreviousKeys: []string{otherKey, key}}, "PreviousKeys[1] is the current key",
	},
	{"key beside a codec", key, sessions.Options{Codec: plain{}}, "Codec: contradicts"},
	{
		"previous keys beside a codec", "",
		sessions.Options{Codec: plain{}, PreviousKeys: []string{key}}, "Codec: contradicts",
	},
	{"negative MaxAge", key, sessions.Options{MaxAge: -1}, "MaxAge: is negative"},
	{"negative IdleTimeout", key, sessions.Options{IdleTimeout: -time.Second}, "IdleTimeout: is negative"},
	{
		"IdleTimeout beyond MaxAge", key, sessions.Options{MaxAge: time.Hour, IdleTimeout: 2 * time.Hour},
		"IdleTimeout: is 2h0m0s, longer than MaxAge, which is 1h0m0s",
	},
	{
		"IdleTimeout beyond the default of MaxAge", key, sessions.Options{IdleTimeout: 48 * time.Hour},
		"IdleTimeout: is 48h0m0s, longer than MaxAge, which is 24h0m0s",
	},
	{"unknown Secure", key, sessions.Options{Secure: 3}, "Secure: has the unknown value 3"},
	{
		"name with a space", key,
		sessions.Options{CookieName: "my session"}, `CookieName: "my session" is not a token`,
	},
	{
		"name with a line break", key,
		sessions.Options{CookieName: "a\r\nb"}, `CookieName: "a\r\nb" is not a token`,
	},
	{"name beyond ASCII", key, sessions.Options{CookieName: "größe"}, "CookieName:"},
	{"name with an equals sign", key, sessions.Options{CookieName: "a=b"}, "CookieName:"},
	{"path without a slash", key, sessions.Options{Path: "admin"}, `Path: "admin" must start with a slash`},
	{"path with an attribute", key, sessions.Options{Path: "/; Domain=evil.example"}, "Path:"},
	{"path with a line break", key, sessions.Options{Path: "/\r\n"}, "Path:"},
	{
		"domain with a port", key,
		sessions.Options{Domain: "example.com:8000"}, `Domain: "example.com:8000" is not a host name`,
	},
	{"domain with an attribute", key, sessions.Options{Domain: "a.example; Path=/x"}, "Domain:"},
	{"domain as a URL", key, sessions.Options{Domain: "https://example.com"}, "Domain:"},
	{"domain with an empty label", key, sessions.Options{Domain: "a..example"}, "Domain:"},
	{"domain with a hyphen at an end", key, sessions.Options{Domain: "a-.example"}, "Domain:"},
	{"domain with a long label", key, sessions.Options{Domain: strings.Repeat("a", 64) + ".example"}, "Domain:"},
	{"long domain", key, sessions.Options{Domain: strings.Repeat("a.", 130) + "example"}, "Domain:"},
	{
		"__Host- with a Domain", key,
		sessions.Options{CookieName: "__Host-s", Domain: "example.com"}, "__Host- allows no Domain",
	},
	{
		"__Host- with a Path", key,
		sessions.Options{CookieName: "__host-s", Path: "/admin"}, "__Host- allows no Domain and no Path",
	},
	{
		"__Host- without Secure", key, sessions.Options{CookieName: "__Host-s", Secure: sessions.SecureNever},
		"Secure: browsers refuse the cookie __Host-s",
	},
	{
		"__Secure- without Secure", key,
		sessions.Options{CookieName: "__Secure-s", Secure: sessions.SecureNever}, "Secure: browsers refuse",
	},
	{
		"SameSite=None without Secure", key,
		sessions.Options{SameSite: http.SameSiteNoneMode, Secure: sessions.SecureNever},
		"Secure: browsers refuse SameSite=None",
	},
}

func TestOptionsThatAreWrong(t *testing.T) {
	for _, tt := range wrongOptions {
		t.Run(tt.description, func(t *testing.T) {
			app := soay.New()
			app.UseSessions(tt.key, tt.options)
			err := app.Start(t.Context())
			var setup *soay.SetupError
			if !errors.As(err, &setup) || len(setup.Unwrap()) != 1 {
				t.Fatalf("Start = %v, want a report of one mistake", err)
			}
			if text := setup.Unwrap()[0].Error(); !strings.Contains(text, tt.want) {
				t.Errorf("mistake = %q, want %q in it", text, tt.want)
			}
			if _, err := sessions.NewManager(tt.key, tt.options); err == nil {
				t.Error("NewManager takes them")
			}
		})
	}
}

func TestOptionsThatAreRight(t *testing.T) {
	tests := []struct {
		description, key string
		options          sessions.Options
	}{
		{"none", key, sessions.Options{}},
		{"codec without a key", "", sessions.Options{Codec: plain{}}},
		{"previous keys", key, sessions.Options{PreviousKeys: []string{otherKey}}},
		{"IdleTimeout of MaxAge", key, sessions.Options{MaxAge: time.Hour, IdleTimeout: time.Hour}},
		{"MaxAge below the default of IdleTimeout", key, sessions.Options{MaxAge: time.Minute}},
		{"domain", key, sessions.Options{Domain: "example.com"}},
		{"domain with a dot before it", key, sessions.Options{Domain: ".example.com"}},
		{"domain of all it may have", key, sessions.Options{Domain: "a-1.xn--bcher-kva.Example"}},
		{"path", key, sessions.Options{Path: "/admin/"}},
		{
			"name with a prefix", key,
			sessions.Options{CookieName: "__Host-s", Path: "/", Secure: sessions.SecureAlways},
		},
		{"SameSite=None", key, sessions.Options{SameSite: http.SameSiteNoneMode}},
		{"SameSite=Strict", key, sessions.Options{SameSite: http.SameSiteStrictMode}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := soay.New()
			app.UseSessions(tt.key, tt.options)
			if err := app.Start(t.Context()); err != nil {
				t.Errorf("Start = %v, want no error", err)
			}
		})
	}
}

// One start tells everything that is wrong, each with its place.
func TestAllMistakesAreInOneReport(t *testing.T) {
	app := soay.New()
	app.UseSessions("secret", sessions.Options{
		PreviousKeys: []string{"old"},
		MaxAge:       -1,
		IdleTimeout:  -1,
		Secure:       7,
		CookieName:   "a b",
		Path:         "x",
		Domain:       "no host",
	})
	app.UseSessions(otherKey)
	app.UseSessions(key, sessions.Options{}, sessions.Options{})
	app.Get("no-slash", done(func(sessions.Session) {}))
	err := app.Start(t.Context())
	if err == nil {
		t.Fatal("the app starts")
	}
	place := regexp.MustCompile(`^\t?options_test\.go:\d+: `)
	lines := strings.Split(err.Error(), "\n")[1:]
	for _, line := range lines {
		if !place.MatchString(line) {
			t.Errorf("line %q does not begin with a place in this file", line)
		}
	}
	for _, want := range []string{
		"the key has 6 characters", "PreviousKeys[0] has 3", "MaxAge: is negative", "IdleTimeout: is negative",
		"Secure: has the unknown", "CookieName:", "Path:", "Domain:",
		"UseSessions: it was called at options_test.go:", "UseSessions: 2 options", "no-slash",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("report lacks %q:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("report tells the key:\n%v", err)
	}
}

func TestAppThatCannotStartServesNothing(t *testing.T) {
	log := requesttest.Log{Level: slog.LevelDebug}
	app := soay.New(soay.Options{Logger: log.Logger()})
	app.UseSessions("")
	app.Get("/", done(func(sessions.Session) {}))
	if w := ask(app); w.Code != 503 {
		t.Errorf("status = %d, want 503", w.Code)
	}
	if lines := log.Lines(slog.LevelError); len(lines) != 1 || !strings.Contains(lines[0], "the key is empty") {
		t.Errorf("error log = %q, want one line with the reason", lines)
	}
}

func TestUseSessionsAfterTheStart(t *testing.T) {
	log := requesttest.Log{Level: slog.LevelDebug}
	app := soay.New(soay.Options{Logger: log.Logger()})
	app.Get("/", done(func(sessions.Session) {}))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	app.UseSessions(key)
	if lines := log.Lines(slog.LevelError); len(lines) != 1 || !strings.Contains(lines[0], "UseSessions") {
		t.Errorf("error log = %q, want one line that names UseSessions", lines)
	}
}

func TestMiddlewareListsTheSessionBeforeUse(t *testing.T) {
	app := soay.New()
	app.Use(func(next soay.Handler) soay.Handler { return next })
	app.UseSessions(key)
	var phases []string
	for _, m := range app.Middleware() {
		phases = append(phases, m.Phase)
	}
	if got, want := fmt.Sprint(phases), "[recover conditional session use]"; got != want {
		t.Errorf("phases = %s, want %s", got, want)
	}
}
