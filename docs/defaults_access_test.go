package docs_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/authtest"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// manyClients returns an address that no other number has.
func manyClients(i int) string { return fmt.Sprintf("192.0.%d.%d:1", 2+i/200, i%200) }

// guesses checks how many guesses may be wrong, and after what time there may be another one. newGuess makes an app and returns the
// status of the answer to a guess, by its number.
func guesses(newGuess func() func(i int) int) check {
	return func(t *testing.T, cell string) {
		synctest.Test(t, func(t *testing.T) {
			guess, limit, window, refused := newGuess(), number(t, cell, ""), duration(t, cell), status(t, cell)
			for i := range limit {
				if got := guess(i); got == refused {
					t.Fatalf("guess %d is refused, the page says %s", i+1, cell)
				}
			}
			if got := guess(limit); got != refused {
				t.Errorf("one more is %d, the page says %s", got, cell)
			}
			time.Sleep(window/time.Duration(limit) - time.Second)
			if got := guess(limit); got != refused {
				t.Errorf("a second too early it is %d, the page says %s", got, cell)
			}
			time.Sleep(2 * time.Second)
			if got := guess(limit); got == refused {
				t.Errorf("when its time has passed it is %d, the page says %s", got, cell)
			}
		})
	}
}

// untilRefused guesses until there were too many guesses.
func untilRefused(t *testing.T, guess func(i int) int) {
	t.Helper()
	for i := range 1000 {
		if guess(i) == 429 {
			return
		}
	}
	t.Fatal("1000 guesses are not too many")
}

func wrongKeys() func(int) int {
	app := keyed()
	return func(int) int {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = someClient
		r.Header.Set("X-Api-Key", newAPIKey())
		return answerTo(app, r).Code
	}
}

// trying returns an app with a form for signing in, whose only right password is sesame.
func trying(options ...auth.Options) *soay.App {
	app := quiet()
	app.UseSessions(soay.NewKey())
	app.AddScheme("session", auth.Session())
	app.UseAuthentication(options...)
	app.Post("/", func(req soay.Request) soay.Response {
		attempt, err := auth.Try(req, req.Query("name"))
		if err != nil {
			return response.Error(err)
		}
		if req.Query("password") != "sesame" {
			attempt.Failed()
			return response.Text("no").WithStatus(422)
		}
		attempt.Succeeded()
		return signIn(req)
	})
	return app
}

// try returns the answer to a form for signing in.
func try(app http.Handler, name, password, client string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	form := url.Values{"name": {name}, "password": {password}}
	r := httptest.NewRequest("POST", "https://localhost/?"+form.Encode(), nil)
	r.RemoteAddr = client
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return answerTo(app, r)
}

// tries makes guesses of the password of an account from an address.
func tries(of func(i int) (name, client string)) func() func(int) int {
	return func() func(int) int {
		app := trying()
		return func(i int) int {
			name, client := of(i)
			return try(app, name, "guess", client).Code
		}
	}
}

func knownBrowser(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		app := trying()
		var device *http.Cookie
		for _, c := range try(app, "ada", "sesame", someClient).Result().Cookies() {
			if c.Name == names(cell)[0] {
				device = c
			}
		}
		if device == nil || device.MaxAge != number(t, cell, "")*24*3600 {
			t.Fatalf("the cookie is %v, the page says %s", device, cell)
		}
		untilRefused(t, func(i int) int { return try(app, "ada", "guess", manyClients(i)).Code })
		if got := try(app, "ada", "sesame", "192.0.1.1:1").Code; got != 429 {
			t.Errorf("another browser gets %d", got)
		}
		if got := try(app, "ada", "sesame", "192.0.1.1:1", device).Code; got != 303 {
			t.Errorf("the browser gets %d", got)
		}
	})
}

func storeOfCounts(t *testing.T) {
	one, other := wrongKeys(), wrongKeys()
	untilRefused(t, one)
	if got := other(0); got != 401 {
		t.Errorf("another app answers with %d", got)
	}
}

func checkGuessing(t *testing.T) {
	guesses(wrongKeys)(t, "20 in 5 min, else 429")
	guesses(tries(func(int) (string, string) { return "ada", someClient }))(t, "10 in 15 min, else 429")
}

func checkSigningIn(t *testing.T) {
	valuesAtSignIn(t)
	wayBack(t, "a path on this site, else `/`")
}

func accessDefaults() map[string]check {
	return map[string]check{
		"Route without a rule":                           says("open", routeWithoutARule),
		"Route without a rule, with `UseAuthorization`":  closedStatus("GET", "/plain"),
		"Path without a route, with `UseAuthorization`":  closedStatus("GET", "/nowhere"),
		"`app.Fallback`, with `UseAuthorization`":        closedFallback,
		"Method without a route, where `GET` has a rule": closedStatus("DELETE", "/plain"),
		"Client that may not":                            ruled(soay.Auth{Roles: []string{"admin"}}),
		"Error of a policy":                              ruled(soay.Auth{Policies: []string{"fails"}}),
		"Sign-in at an unknown time, with `MaxAge`":      ruled(soay.Auth{MaxAge: time.Hour}),
	}
}

func routeWithoutARule(t *testing.T) {
	if got := requesttest.New(t, keyed()).Get("/open").Status; got != 200 {
		t.Errorf("the status is %d", got)
	}
}

// closed returns an app that is closed, with a route without a rule.
func closed() *soay.App {
	app := quiet()
	app.AddScheme("own", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
	app.UseAuthorization()
	app.Get("/plain", text("hi"))
	return app
}

func closedStatus(method, path string) check {
	return func(t *testing.T, cell string) { wantStatus(t, requesttest.New(t, closed()).Do(method, path), cell) }
}

func closedFallback(t *testing.T, cell string) {
	app := closed()
	app.Fallback(text("hi"))
	wantStatus(t, requesttest.New(t, app).Get("/nowhere"), cell)
}

// ruled checks the status for somebody who is nothing but signed in.
func ruled(rule soay.Auth) check {
	return func(t *testing.T, cell string) {
		app := closed()
		app.AddPolicy("fails", func(soay.Request, *soay.Identity) error { return errors.New("rosebud") })
		app.Get("/", text("hi")).Auth(rule)
		got := requesttest.New(t, app).Get("/", authtest.As(authtest.Identity(t, auth.Profile{Subject: "ada"})))
		if wantStatus(t, got, cell); strings.Contains(got.Text(), "rosebud") {
			t.Errorf("the client is told %s", got.Text())
		}
	}
}
