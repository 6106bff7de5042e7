package docs_test

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// TestSecurityDefaults checks the rows of the table in the README, and that no row goes unchecked.
func TestSecurityDefaults(t *testing.T) {
	checks := map[string]func(*testing.T){
		"Session cookie":     checkSessionCookie,
		"Session key":        checkSessionKey,
		"Session life":       checkSessionLife,
		"Session and caches": checkSessionCaches,
		"Forged requests":    checkForgedRequests,
		"Authentication":     func(t *testing.T) { badKeyBesideSession(t, "401") },
		"Guessing":           checkGuessing,
		"Passwords":          func(t *testing.T) { memoryOfAHash(t, "19 MiB") },
		"Signing in":         checkSigningIn,
		"Failed responses":   checkFailedResponses,

		"Keys and users that cannot be looked up": func(t *testing.T) { keysAreDown(t, "503 with `Retry-After`") },

		"Error pages":      checkErrorPages,
		"Request bodies":   checkRequestBodies,
		"Request heads":    checkRequestHeads,
		"Slow clients":     checkSlowClients,
		"Stop":             checkStop,
		"JSON bodies":      checkJSONBodies,
		"Inputs":           checkInputs,
		"Violations":       checkViolations,
		"API description":  checkAPIDescription,
		"Redirects":        checkRedirects,
		"Response headers": checkResponseHeaders,
		"All responses":    checkAllResponses,
		"Pages":            checkPages,
		"Paths":            checkPaths,
		"Methods":          checkMethods,
		"Proxies":          checkProxies,

		"Scripts of other origins": checkOtherOrigins,

		"Used too late": checkUsedTooLate,
	}
	_, section, _ := strings.Cut(readPage(t, "README.md"), "## Security defaults")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := 0
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 || strings.HasPrefix(cells[1], "---") || cells[1] == " What " {
			continue
		}
		rows++
		name := strings.TrimSpace(cells[1])
		if check := checks[name]; check == nil {
			t.Errorf("the row %q is not checked", name)
		} else {
			t.Run(name, check)
		}
	}
	if rows != len(checks) {
		t.Errorf("the table has %d rows, and there are %d checks", rows, len(checks))
	}
}

// TestSessionRoom checks what the page about sessions says of their size.
func TestSessionRoom(t *testing.T) {
	for size, want := range map[int]int{2200: 204, 2300: 500} {
		c := newClient(t, func(req soay.Request) soay.Response {
			req.Session.Set("text", strings.Repeat("x", size))
			return response.NoContent()
		})
		if got := c.Get("/").Status; got != want {
			t.Errorf("a session with %d bytes of text gives %d, want %d", size, got, want)
		}
	}
}

// TestCookieBehindAProxy checks what the page about deployment says of proxies that end https.
func TestCookieBehindAProxy(t *testing.T) {
	tests := []struct {
		name        string
		options     sessions.Options
		wantName    string
		wantWarning bool
	}{
		{"by default", sessions.Options{}, "session", true},
		{"with the name", sessions.Options{CookieName: "__Host-session"}, "__Host-session", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			warnings := requesttest.Log{Level: slog.LevelWarn}
			app := soay.New(soay.Options{
				Logger: warnings.Logger(),
			})
			app.UseSessions(soay.NewKey(), test.options)
			app.Get("/", setSecret)
			c := requesttest.New(t, app, requesttest.Options{Host: "cats.example"})
			if cookie := c.Get("/").Cookie(test.wantName); cookie == nil || !cookie.Secure {
				t.Errorf("the cookie %s is %v, want it to be secure", test.wantName, cookie)
			}
			if got := strings.Contains(warnings.String(), "marked Secure"); got != test.wantWarning {
				t.Errorf("a warning: %v, want %v; the log is %q", got, test.wantWarning, warnings.String())
			}
		})
	}
}

// TestOriginBehindAProxy checks what that page says of forms.
func TestOriginBehindAProxy(t *testing.T) {
	const origin = "https://cats.example"
	for trusted, want := range map[string]int{"": 403, origin: 200} {
		app := quiet()
		app.UseSessions(soay.NewKey())
		if trusted != "" {
			app.UseAntiForgery(antiforgery.Options{TrustedOrigins: []string{trusted}})
		}
		app.Post("/", text("done"))
		c := requesttest.New(t, app, requesttest.Options{Host: "cats.example"})
		if got := c.Post("/", requesttest.With{Header: http.Header{"Origin": {origin}}}).Status; got != want {
			t.Errorf("a form from %s, where %q is trusted, is answered with %d, want %d", origin, trusted, got, want)
		}
	}
}

// quiet returns an app that keeps its log to itself.
func quiet() *soay.App { return soay.New(soay.Options{Logger: silent()}) }

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// newClient returns a client for an app with one handler for all methods that matter, and sessions.
func newClient(t *testing.T, h soay.Handler, options ...requesttest.Options) *requesttest.Client {
	t.Helper()
	app := quiet()
	app.UseSessions(soay.NewKey())
	app.Route("/{path:rest}", h, http.MethodGet, http.MethodPost)
	return requesttest.New(t, app, options...)
}

func text(s string) soay.Handler {
	return func(soay.Request) soay.Response { return response.Text(s) }
}

func setSecret(req soay.Request) soay.Response {
	req.Session.Set("secret", "rosebud")
	return response.NoContent()
}

func checkSessionCookie(t *testing.T) {
	tests := []struct {
		name       string
		https      bool
		wantName   string
		wantSecure bool
	}{
		{"over http", false, "session", false},
		{"over https", true, "__Host-session", true},
	}
	for _, test := range tests {
		cookie := newClient(t, setSecret, requesttest.Options{HTTPS: test.https}).Get("/").Cookie(test.wantName)
		if cookie == nil {
			t.Errorf("%s: no cookie %s", test.name, test.wantName)
			continue
		}
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure != test.wantSecure {
			t.Errorf("%s: the cookie is %v", test.name, cookie)
		}
		// That it is authenticated as well is for the tests of package sessions.
		if strings.Contains(cookie.Value, "rosebud") {
			t.Errorf("%s: the cookie shows its content: %v", test.name, cookie)
		}
	}
}

func checkSessionKey(t *testing.T) {
	tests := []struct {
		name, key string
		want      string // in the report, "" for a start
	}{
		{"a good one", soay.NewKey(), ""},
		{"missing", "", "is empty"},
		{"short", soay.NewKey()[:31], "at least 32"},
		{"repetitive", strings.Repeat("abcdefgh", 4), "repeats"},
		{"sample", "0123456789abcdef0123456789abcdef", "sample"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			app := quiet()
			app.UseSessions(test.key)
			report := ""
			if _, err := app.Handler(); err != nil {
				report = err.Error()
			}
			if (report == "") != (test.want == "") || !strings.Contains(report, test.want) {
				t.Errorf("the report is %q, want %q in it", report, test.want)
			}
		})
	}
}

func countVisits(req soay.Request) soay.Response {
	n := sessions.GetOr(req.Session, "n", 0) + 1
	req.Session.Set("n", n)
	return response.JSON(n)
}

func checkSessionLife(t *testing.T) {
	tests := []struct {
		name   string
		pause  time.Duration
		visits int // that belong to one session
	}{
		{"in use", 29 * time.Minute, 24*60/29 + 1},
		{"idle", 31 * time.Minute, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, countVisits)
				var last int
				for range test.visits {
					c.Get("/").JSON(&last)
					time.Sleep(test.pause)
				}
				var next int
				c.Get("/").JSON(&next)
				if last != test.visits || next != 1 {
					t.Errorf("visit %d counted %d, the next one %d; want %d and 1", test.visits, last, next, test.visits)
				}
			})
		})
	}
}

func checkSessionCaches(t *testing.T) {
	read := func(req soay.Request) soay.Response { return response.JSON(req.Session.Len()) }
	tests := []struct {
		name              string
		handler           soay.Handler
		wantControl, vary string
	}{
		{"untouched", text(""), "", ""},
		{"read", read, "private", "Cookie"},
		{"written", setSecret, "no-store", "Cookie"},
	}
	for _, test := range tests {
		got := newClient(t, test.handler).Get("/").Header
		if got.Get("Cache-Control") != test.wantControl || got.Get("Vary") != test.vary {
			t.Errorf("%s: %v, want Cache-Control %q and Vary %q", test.name, got, test.wantControl, test.vary)
		}
	}
}

func checkForgedRequests(t *testing.T) {
	c := newClient(t, text("done"))
	for site, want := range map[string]int{"same-origin": 200, "none": 200, "same-site": 403, "cross-site": 403} {
		got := c.Post("/", requesttest.With{Header: http.Header{"Sec-Fetch-Site": {site}}})
		if got.Status != want {
			t.Errorf("POST with Sec-Fetch-Site: %s = %d, want %d", site, got.Status, want)
		}
	}
}

func checkFailedResponses(t *testing.T) {
	tests := []struct {
		name string
		fail soay.Handler
	}{
		{"panic", func(soay.Request) soay.Response { panic("out of milk") }},
		{"status 500", func(soay.Request) soay.Response { return response.Status(500) }},
		{"status 503", func(soay.Request) soay.Response { return response.Status(503) }},
	}
	for _, test := range tests {
		c := newClient(t, func(req soay.Request) soay.Response {
			setSecret(req)
			return test.fail(req)
		})
		if got := c.Get("/"); got.Status < 500 || len(got.Cookies) > 0 {
			t.Errorf("%s: status %d with cookies %v, want none", test.name, got.Status, got.Cookies)
		}
	}
}

func checkErrorPages(t *testing.T) {
	c := newClient(t, func(req soay.Request) soay.Response {
		if req.Path() == "/told" {
			return response.NotFound("no such cat")
		}
		return response.Error(errors.New("password rosebud refused"))
	})
	if got := c.Get("/told").Text(); !strings.Contains(got, "no such cat") {
		t.Errorf("the page says %q", got)
	}
	for _, accept := range []string{"text/plain", "text/html", "application/json"} {
		got := c.Get("/", requesttest.With{Header: http.Header{"Accept": {accept}}})
		if got.Status != 500 || strings.Contains(got.Text(), "rosebud") {
			t.Errorf("%s: %d %q", accept, got.Status, got.Text())
		}
	}
}
