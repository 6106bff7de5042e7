package auth_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/router"
)

// accessOf returns the table of an app that was not started.
func accessOf(t *testing.T, app *soay.App) string {
	t.Helper()
	var text bytes.Buffer
	if err := soay.WriteAccess(app, &text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// withoutSources takes the last column out of a table, which changes with every line of code.
func withoutSources(table string) string {
	var text strings.Builder
	for line := range strings.Lines(table) {
		if at := strings.LastIndex(line, "  "); at >= 0 {
			line = strings.TrimRight(line[:at], " ") + "\n"
		}
		text.WriteString(line)
	}
	return text.String()
}

// newOffice returns an app whose routes have rules of all kinds.
func newOffice() *soay.App {
	app, _ := loggedApp()
	app.AddScheme("key", inHeader("X-Key"))
	app.AddScheme("session", &keys{header: "session", in: "cookie"})
	app.AddPolicy("office-hours", func(soay.Request, *soay.Identity) error { return nil })
	app.UseAuthorization()
	app.UseTimeout(time.Minute)

	limited := app.Group("/").RateLimit(soay.Rate{Requests: 1, Per: time.Second}).MaxConcurrent(1)
	limited.Get("/health", hello).Probe()
	app.Get("/", hello).AllowAnonymous()
	app.Get("/news", hello).Auth(soay.Auth{Optional: true}).RateLimit(
		soay.Rate{Requests: 100, Per: time.Minute}, soay.Rate{Requests: 10, Per: 90 * time.Minute, Burst: 20, By: router.ByUser})
	app.Route("/me", hello, "PUT", "DELETE", "GET")
	staff := app.Group("/staff").Auth(soay.Auth{Roles: []string{"editor", "admin"}}).MaxConcurrent(5)
	staff.Get("/files/*", hello).NoTimeout()
	staff.Post("/pay", hello).Timeout(1500 * time.Millisecond).Auth(soay.Auth{
		Schemes: []string{"session"}, Roles: []string{"paymaster"}, Scopes: []string{"pay", "read"},
		Policies: []string{"office-hours"}, MaxAge: 2 * time.Hour,
	})
	app.Post("/hook", hello).Auth(soay.Auth{Schemes: []string{"key"}}).IgnoreAntiForgery()
	app.Fallback(hello)
	return app
}

// The table is the same each time, so that it can be kept in a file and compared.
func TestWriteAccess(t *testing.T) {
	want, err := os.ReadFile("testdata/access.txt")
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if diff := cmp.Diff(string(want), withoutSources(accessOf(t, newOffice()))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// Each row says where its route, or the handler of Fallback, was registered.
func TestWriteAccessSources(t *testing.T) {
	app, _ := keyedApp()
	app.Get("/a", hello)
	app.Route("/b", hello, "POST", "GET")
	app.Fallback(hello)
	want := []string{"/a " + lineOf(-3), "/b " + lineOf(-2), "/b " + lineOf(-2), "Fallback " + lineOf(-1)}
	var got []string
	for line := range strings.Lines(accessOf(t, app)) {
		if columns := strings.Fields(line); len(columns) == 14 && columns[0] != "METHOD" {
			got = append(got, columns[1]+" "+columns[13])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The line above the table says who may use routes without a rule, and the rows of these do as well.
func TestWriteAccessDefault(t *testing.T) {
	role := auth.AuthorizationOptions{Default: soay.Auth{Roles: []string{"staff"}}}
	for _, tt := range []struct {
		description string
		set         func(*soay.App)
		wantAbove   string
		want        string // method, access, schemes and roles of the route and of the handler of Fallback
	}{
		{"no schemes", func(*soay.App) {}, "All routes are open: the app has no schemes.\n", "GET anyone - -, any anyone - -"},
		{"schemes", func(a *soay.App) { a.AddScheme("key", inHeader("X-Key")) },
			"Routes without a rule are open: the app does not call UseAuthorization.\n", "GET anyone - -, any anyone - -"},
		{"authorization", func(a *soay.App) { a.AddScheme("key", inHeader("X-Key")); a.UseAuthorization() },
			"Routes without a rule are closed: the app calls UseAuthorization.\n", "GET user key -, any user key -"},
		{"an open fallback", func(a *soay.App) {
			a.AddScheme("key", inHeader("X-Key"))
			a.UseAuthorization(auth.AuthorizationOptions{AnonymousFallback: true})
		}, "Routes without a rule are closed: the app calls UseAuthorization.\n", "GET user key -, any anyone - -"},
		{"a rule for all", func(a *soay.App) { a.AddScheme("key", inHeader("X-Key")); a.UseAuthorization(role) },
			"Routes without a rule are closed: the app calls UseAuthorization.\n", "GET user key staff, any user key staff"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := loggedApp()
			tt.set(app)
			app.Get("/a", hello)
			app.Fallback(hello)
			above, table, _ := strings.Cut(accessOf(t, app), "\n\n")
			if above+"\n" != tt.wantAbove {
				t.Errorf("above the table stands %q, want %q", above, tt.wantAbove)
			}
			var rows []string
			for line := range strings.Lines(table) {
				if c := strings.Fields(line); c[0] != "METHOD" {
					rows = append(rows, strings.Join([]string{c[0], c[2], c[3], c[4]}, " "))
				}
			}
			if got := strings.Join(rows, ", "); got != tt.want {
				t.Errorf("the rows are %q, want %q", got, tt.want)
			}
		})
	}
}

// Without handlers and routes there is a table without rows.
func TestWriteAccessOfNothing(t *testing.T) {
	app, _ := loggedApp()
	if got := strings.Count(accessOf(t, app), "\n"); got != 3 {
		t.Errorf("%d lines, want 3", got)
	}
}

// No name breaks the table or looks like other names.
func TestWriteAccessHostileNames(t *testing.T) {
	for _, tt := range []struct{ role, want string }{
		{"admin", "admin"},
		{"Größe", "Größe"},
		{"a:b/c*", "a:b/c*"},
		{"tab\there", `"tab\there"`},
		{"line\nbreak", `"line\nbreak"`},
		{"cell\v\f", `"cell\v\f"`},
		{"two words", `"two words"`},
		{"-", `"-"`},
		{"a|b", `"a|b"`},
		{"a,b", `"a,b"`},
		{`"a"`, `"\"a\""`},
		{"\xffa\xff", `"\xffa\xff"`},
		{"\u202egnirts", `"\u202egnirts"`},
		{"\x1b[2K", `"\x1b[2K"`},
		{"no\u00a0break", `"no\u00a0break"`},
		{" ", `" "`},
	} {
		t.Run(tt.want, func(t *testing.T) {
			app, _ := keyedApp()
			app.AddPolicy(tt.role, func(soay.Request, *soay.Identity) error { return nil })
			app.Get("/a", hello).Auth(soay.Auth{Roles: []string{tt.role}, Scopes: []string{"x", tt.role}, Policies: []string{tt.role}})
			lines := strings.Split(strings.TrimSuffix(accessOf(t, app), "\n"), "\n")
			if len(lines) != 4 {
				t.Fatalf("%d lines in %q", len(lines), lines)
			}
			head := lines[2]
			for column, want := range map[string]string{"ROLES": tt.want, "SCOPES": "x," + tt.want, "POLICIES": tt.want, "SOURCE": "access_test.go:"} {
				at := strings.Index(head, column)
				if cell := string([]rune(lines[3])[at:]); !strings.HasPrefix(cell, want) {
					t.Errorf("%s has %q, want %q", column, cell, want)
				}
			}
		})
	}
}

// The mistakes of the setup are errors, and so is a writer that fails.
func TestWriteAccessErrors(t *testing.T) {
	app, _ := keyedApp()
	app.Get("/a", hello).Auth(soay.Auth{Schemes: []string{"basic"}})
	source := lineOf(-1)
	var text bytes.Buffer
	err := soay.WriteAccess(app, &text)
	if err == nil || !strings.Contains(err.Error(), source) || !strings.Contains(err.Error(), `"basic"`) || text.Len() > 0 {
		t.Errorf("error %v and %q, want one of %s and no table", err, text.String(), source)
	}
	if setup, ok := errors.AsType[*soay.SetupError](err); !ok {
		t.Errorf("error %v of type %T", setup, err)
	}
	app, _ = keyedApp()
	if err := soay.WriteAccess(app, full{}); !errors.Is(err, errFull) {
		t.Errorf("error %v, want %v", err, errFull)
	}
}

// full is a writer that takes nothing.
type full struct{}

var errFull = errors.New("the disk is full")

func (full) Write([]byte) (int, error) { return 0, errFull }

// The table can be written before the start and while the app runs.
func TestWriteAccessOfRunningApp(t *testing.T) {
	app := newOffice()
	before := withoutSources(accessOf(t, app))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer app.Stop(t.Context())
	if diff := cmp.Diff(before, withoutSources(accessOf(t, app))); diff != "" {
		t.Errorf("(-before +running):\n%s", diff)
	}
	if got := ask(app, "POST", "/staff/pay").Code; got != 401 {
		t.Errorf("%d, want 401", got)
	}
}
