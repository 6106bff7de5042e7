//go:build unix

package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
)

type answer = requesttest.Response

func TestLifeOfALogin(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		b := newBrowser(t, startApp(t, k.storage(t)))
		get := func(path string) func() *answer { return func() *answer { return b.Get(path) } }
		signIn := func(name, password string) func() *answer {
			return func() *answer { return b.signIn(name, password) }
		}
		submit := func(action string, form url.Values) func() *answer {
			return func() *answer { return b.submit("/profile", action, form) }
		}
		nickname := func(name string) url.Values { return url.Values{"nickname": {name}} }
		sessions := map[bool]string{true: "1"}[k.counts]
		const wrong = "There is no account with this name and password."
		steps := []struct {
			description  string
			do           func() *answer
			wantStatus   int
			wantLocation string
			want         shown
		}{
			{"the home page of a stranger", get("/"), 200, "", shown{}},
			{"the profile of a stranger", get("/profile"), 302, "/login?return=%2Fprofile", shown{}},
			{"the page to sign in", get("/login"), 200, "", shown{}},
			{"a wrong password", signIn("ada", "guess"), 401, "", shown{Error: wrong}},
			{"no password", signIn("ada", ""), 401, "", shown{Error: wrong}},
			{"a name that nobody has", signIn("eve", demo["ada"]), 401, "", shown{Error: wrong}},
			{"still a stranger", get("/profile"), 302, "/login?return=%2Fprofile", shown{}},
			{"signing in", signIn("ada", demo["ada"]), 303, "/", shown{}},
			{"the profile says welcome", get("/profile"), 200, "", shown{User: "ada", Flash: "Welcome!", Sessions: sessions}},
			{"and says it once", get("/profile"), 200, "", shown{User: "ada", Sessions: sessions}},
			{"a nickname", submit("/profile", nickname(`"Ada" <L>`)), 303, "/profile", shown{}},
			{"another page may show the message", get("/"), 200, "", shown{User: "ada", Flash: "Saved."}},
			{"the nickname is there", get("/profile"), 200, "", shown{User: "ada", Sessions: sessions, Nickname: `"Ada" <L>`}},
			{"a nickname that is too long", submit("/profile", nickname(strings.Repeat("a", 41))), 400, "", shown{}},
			{"the nickname is as it was", get("/profile"), 200, "", shown{User: "ada", Sessions: sessions, Nickname: `"Ada" <L>`}},
			{"signing out", submit("/logout", nil), 303, "/", shown{}},
			{"a stranger again", get("/"), 200, "", shown{}},
			{"without a profile", get("/profile"), 302, "/login?return=%2Fprofile", shown{}},
		}
		for _, step := range steps {
			resp := step.do()
			if got := read(resp.Text()); got != step.want {
				t.Errorf("%s: the page shows %+v, want %+v", step.description, got, step.want)
			}
			if got := resp.Header.Get("Location"); resp.Status != step.wantStatus || got != step.wantLocation {
				t.Errorf("%s: %d to %q, want %d to %q", step.description, resp.Status, got, step.wantStatus, step.wantLocation)
			}
		}
		var left []string
		for _, cookie := range b.Cookies("/") {
			left = append(left, cookie.Name)
		}
		slices.Sort(left)
		if want := []string{antiforgery.DefaultCookieName, "device"}; !slices.Equal(left, want) {
			t.Errorf("after signing out the browser has the cookies %q, want %q, without that of the session", left, want)
		}
	})
}

// Signing in leads on to where somebody wanted to go, but never to another site, and never to an error.
func TestSigningInLeadsOn(t *testing.T) {
	for wanted, want := range map[string]string{
		"": "/", "/": "/", "/profile?tab=a%20b#c": "/profile?tab=a%20b#c", "profile": "/", `"><script>`: "/", "/\r\nX: y": "/",
		"https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "javascript:alert(1)": "/",
	} {
		b := newBrowser(t, startApp(t, storage{store: "memory"}))
		page := "/login?" + url.Values{"return": {wanted}}.Encode()
		b.submit(page, page, url.Values{"username": {"ada"}, "password": {"guess"}}) // the way is not lost
		resp := b.submit(page, page, url.Values{"username": {"ada"}, "password": {demo["ada"]}})
		if got := resp.Header.Get("Location"); resp.Status != http.StatusSeeOther || got != want {
			t.Errorf("signing in with return=%q: %d to %q, want 303 to %q", wanted, resp.Status, got, want)
		}
		checkUser(t, "signed in with return="+wanted, b, "ada")
	}
}

// Who asks for a page is sent to the sign-in. A form, and a script, learn that they are refused.
func TestStrangers(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		b := newBrowser(t, startApp(t, k.storage(t)))
		form := url.Values{"nickname": {"Eve"}}
		accepts := func(types string) http.Header { return http.Header{"Accept": {types}} }
		script := http.Header{"Accept": {"application/json"}, "Sec-Fetch-Mode": {"cors"}}
		const html, json, plain = "text/html; charset=utf-8", "application/problem+json", "text/plain; charset=utf-8"
		tests := []struct {
			description, method, path string
			header                    http.Header
			wantStatus                int
			wantLocation, wantType    string
		}{
			{"a page", "GET", "/profile?tab=1", accepts("text/html"), 302, "/login?return=%2Fprofile%3Ftab%3D1", ""},
			{"a script", "GET", "/profile", script, 401, "", json},
			{"a program", "GET", "/profile", accepts("*/*"), 401, "", html},
			{"a form", "POST", "/profile", accepts("text/html"), 401, "", html},
			{"a script with a form", "POST", "/profile", script, 401, "", json},
			{"signing out", "POST", "/logout", accepts("text/html"), 303, "/", ""},
			{"signing out everywhere", "POST", "/logout-everywhere", accepts("text/html"), 401, "", html},
			{"what is not there", "GET", "/nowhere", accepts("*/*"), 404, "", plain},
		}
		for _, test := range tests {
			with := requesttest.With{Header: test.header}
			if test.method == "POST" {
				with.Form = form
			}
			resp := b.Do(test.method, test.path, with)
			got, kind := resp.Header.Get("Location"), resp.Header.Get("Content-Type")
			if resp.Status != test.wantStatus || got != test.wantLocation || kind != test.wantType || len(resp.Cookies) > 0 {
				t.Errorf("%s: %s %s = %d to %q, %s, with cookies %v; want %d to %q, %s, without",
					test.description, test.method, test.path, resp.Status, got, kind, resp.Cookies,
					test.wantStatus, test.wantLocation, test.wantType)
			}
			if page := resp.Text(); kind == html && (text(page, "error") != "Sign in first." || !strings.Contains(page, `href="/login?return=/profile"`)) {
				t.Errorf("%s: the page leads to no sign-in:\n%s", test.description, page)
			}
		}
	})
}

// Who guesses too often waits, from many addresses, too. The owner of the account signs in all the same in a browser that
// has done so before.
func TestGuesses(t *testing.T) {
	app := startApp(t, storage{store: "memory"})
	app.UseProxies([]string{"127.0.0.1", "::1"}) // so that a header says where a request comes from
	signIn := func(b browser, address, name, password string) *answer {
		return browser{b.WithHeader("X-Forwarded-For", address)}.signIn(name, password)
	}
	owner := newBrowser(t, app)
	signIn(owner, "198.51.100.1", "ada", demo["ada"])

	for _, address := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3", "2001:db8:1::1", "2001:db8:2::1"} {
		b := newBrowser(t, app)
		for range 10 {
			if got := signIn(b, address, "ada", "guess").Status; got != http.StatusUnauthorized {
				t.Fatalf("a guess from %s: %d, want 401", address, got)
			}
		}
		resp := signIn(b, address, " ADA", demo["ada"])
		page := resp.Text()
		if resp.Status != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || text(page, "error") == "" || token(page, "/login") == "" {
			t.Errorf("after 10 guesses from %s: %d, want 429, when to try again, and the form, in\n%s", address, resp.Status, page)
		}
		if got := signIn(b, address, "grace", demo["grace"]).Status; got != http.StatusSeeOther {
			t.Errorf("somebody else, from %s: %d, want 303", address, got)
		}
	}
	tests := []struct {
		description string
		b           browser
		want        int
	}{
		{"a browser that ada has never used", newBrowser(t, app), http.StatusTooManyRequests},
		{"a browser that somebody else has used", signedInBrowser(t, app, "grace"), http.StatusTooManyRequests},
		{"the browser of ada", owner, http.StatusSeeOther},
	}
	for _, test := range tests {
		if got := signIn(test.b, "198.51.100.9", "ada", demo["ada"]).Status; got != test.want {
			t.Errorf("after 50 guesses, %s: %d, want %d", test.description, got, test.want)
		}
	}
	checkUser(t, "the browser of ada", owner, "ada")
}

func TestWrongPasswordIsNotShown(t *testing.T) {
	b := newBrowser(t, startApp(t, storage{store: "memory"}))
	page := b.signIn(`<b>ada`, "s3cret guess").Text()
	if strings.Contains(page, "s3cret") {
		t.Errorf("the page has the password in it:\n%s", page)
	}
	if !strings.Contains(page, `value="&lt;b&gt;ada"`) {
		t.Errorf("the page does not keep the name, escaped:\n%s", page)
	}
}

// Whoever has planted a cookie in a browser is not signed in with it.
func TestLoginBeginsANewSession(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		app := startApp(t, k.storage(t))
		b := newBrowser(t, app)
		b.Get("/login") // gives a cookie to strangers
		planted := b.Cookies("/")
		if len(planted) != 1 {
			t.Fatalf("%d cookies, want one to plant", len(planted))
		}
		b.signIn("ada", demo["ada"])
		checkUser(t, "the browser", b, "ada")
		checkUser(t, "who has planted the cookie", newBrowser(t, app, planted...), "")

		b.submit("/profile", "/profile", url.Values{"nickname": {"Lady L"}})
		adas := b.Cookies("/")
		b.signIn("grace", demo["grace"])
		want := shown{User: "grace", Flash: "Welcome!", Sessions: map[bool]string{true: "1"}[k.counts]}
		if got := read(b.Get("/profile").Text()); got != want {
			t.Errorf("grace, signed in after ada, sees %+v, want %+v", got, want)
		}
		if k.final {
			checkUser(t, "the session of ada, whose place grace took", newBrowser(t, app, adas...), "")
		}
	})
}

func TestSignOut(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		apps := k.instances(t)
		b, elsewhere := signedInBrowser(t, apps[0], "ada"), signedInBrowser(t, apps[1], "ada")
		copied := newBrowser(t, apps[1], b.Cookies("/")...)
		if got := b.submit("/profile", "/logout", nil).Status; got != http.StatusSeeOther {
			t.Errorf("sign out = %d, want 303", got)
		}
		checkUser(t, "the browser", b, "")
		checkUser(t, "the user's other browser", elsewhere, "ada")
		// What a cookie holds cannot be called back one by one; docs/sessions.md says so.
		checkUser(t, "a copy of the cookie on the other instance", copied, map[bool]string{false: "ada"}[k.final])
	})
}

func TestSignOutEverywhere(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		apps := k.instances(t)
		b, elsewhere := signedInBrowser(t, apps[0], "ada"), signedInBrowser(t, apps[1], "ada")
		grace := signedInBrowser(t, apps[1], "grace")
		copied := newBrowser(t, apps[1], b.Cookies("/")...)
		if got, want := read(b.Get("/profile").Text()).Sessions, map[bool]string{true: "2"}[k.counts]; got != want {
			t.Errorf("ada has %q sessions, want %q", got, want)
		}
		resp := b.submit("/profile", "/logout-everywhere", nil)
		if got := resp.Header.Get("Location"); resp.Status != http.StatusSeeOther || got != "/" {
			t.Errorf("sign out everywhere = %d to %q, want 303 to /", resp.Status, got)
		}
		checkUser(t, "the browser", b, "")
		checkUser(t, "the other browser on the other instance", elsewhere, "")
		checkUser(t, "a copy of the cookie", copied, "")
		checkUser(t, "another user", grace, "grace")

		elsewhere.signIn("ada", demo["ada"])
		checkUser(t, "signed in anew", elsewhere, "ada")
		checkUser(t, "the copy of the cookie, still", copied, "")
	})
}

func TestForgedForms(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		app := startApp(t, k.storage(t))
		b := signedInBrowser(t, app, "ada")
		foreign := token(signedInBrowser(t, app, "ada").Get("/profile").Text(), "/profile")
		crossSite := http.Header{"Sec-Fetch-Site": {"cross-site"}}
		tests := []struct {
			description string
			token       string
			header      http.Header
		}{
			{"no token", "", nil},
			{"a token that was made up", "AQ0123456789", nil},
			{"a token of another session of the same user", foreign, nil},
			{"from another site, with a good token", token(b.Get("/profile").Text(), "/profile"), crossSite},
		}
		for _, action := range []string{"/login", "/profile", "/logout", "/logout-everywhere"} {
			for _, test := range tests {
				resp := b.Post(action, requesttest.With{Header: test.header, Form: url.Values{
					antiforgery.DefaultFieldName: {test.token}, "nickname": {"Eve"}, "username": {"grace"}, "password": {demo["grace"]},
				}})
				if resp.Status != http.StatusForbidden {
					t.Errorf("%s: POST %s = %d, want 403", test.description, action, resp.Status)
				}
			}
		}
		if got := read(b.Get("/profile").Text()); got.User != "ada" || got.Nickname != "" {
			t.Errorf("afterwards the profile shows %+v, want ada without a nickname", got)
		}
	})
}

func TestStoreDown(t *testing.T) {
	eachOf(t, withServer(), func(t *testing.T, k kind) {
		b := signedInBrowser(t, startApp(t, k.storage(t)), "ada")
		good := token(b.Get("/profile").Text(), "/profile")
		s, err := k.server()
		need(t, s, err).stop()
		for path, want := range map[string]int{"/health/live": 200, "/": 503, "/profile": 503, "/login": 503} {
			checkStatus(t, b.Get(path), want)
		}
		if got := b.Get("/health/ready").Text(); got != "unavailable" {
			t.Errorf("without a store /health/ready says %q", got)
		}
		for _, action := range []string{"/login", "/profile", "/logout", "/logout-everywhere"} {
			checkStatus(t, b.Post(action, requesttest.With{Form: url.Values{antiforgery.DefaultFieldName: {good}}}), 503)
		}
		if err := s.start(); err != nil {
			t.Fatal(err)
		}
		for range 500 { // until the app has noticed
			if b.Get("/profile").Status != http.StatusServiceUnavailable {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		checkUser(t, "when the store is back", b, "ada")
	})
}

func checkStatus(t *testing.T, resp *answer, want int) {
	t.Helper()
	if resp.Status != want {
		t.Errorf("%s = %d, want %d", resp.URL, resp.Status, want)
	}
	if got := resp.Header.Get("Retry-After") != ""; got != (want == http.StatusServiceUnavailable) {
		t.Errorf("%s: Retry-After is there: %v", resp.URL, got)
	}
}

// Whoever cannot be signed out is told so, and nobody is signed in on the word of a file that is lost.
func TestSignOutEverywhereWithALostFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "epochs")
	t.Setenv("APP_SECRET_1", soay.NewKey())
	b := signedInBrowser(t, startApp(t, storage{store: "cookie", epochs: path}), "ada")
	form := token(b.Get("/profile").Text(), "/logout-everywhere")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	resp := b.Post("/logout-everywhere", requesttest.With{Form: url.Values{antiforgery.DefaultFieldName: {form}}})
	if resp.Status != http.StatusServiceUnavailable {
		t.Errorf("sign out everywhere = %d, want 503", resp.Status)
	}
	if got := b.Get("/profile").Status; got != http.StatusServiceUnavailable {
		t.Errorf("the profile = %d, want 503", got)
	}
}

// Who signs out leaves no page behind that the way back could show.
func TestSigningOutForgetsPages(t *testing.T) {
	for _, path := range []string{"/logout", "/logout-everywhere"} {
		b := signedInBrowser(t, startApp(t, storage{store: "memory"}), "ada")
		form := url.Values{antiforgery.DefaultFieldName: {token(b.Get("/profile").Text(), path)}}
		resp := b.Post(path, requesttest.With{Form: form})
		if got := resp.Header.Get("Clear-Site-Data"); resp.Status != http.StatusSeeOther || got != `"cache"` {
			t.Errorf("%s = %d with Clear-Site-Data %q, want 303 and \"cache\"", path, resp.Status, got)
		}
	}
}
