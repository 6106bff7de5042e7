package docs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/middleware/auth/authtest"
	"github.com/soay-go/soay/middleware/auth/basic"
	"github.com/soay-go/soay/middleware/auth/password"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func authDefaults() map[string]check {
	return map[string]check{
		"Bad key beside a good session":                    badKeyBesideSession,
		"Bad key, for a route without a rule":              badKeyWithoutRule,
		"Session that cannot be opened":                    says("nobody's", sessionOfNobody),
		"Keys that cannot be looked up":                    keysAreDown,
		"Look-up that is slow":                             slowLookUp,
		"Browser that is nobody":                           browserThatIsNobody,
		"Realm of challenges":                              realmOfChallenges,
		"Header with an API key":                           headerWithAKey,
		"Length of an API key":                             lengthOfAKey,
		"Header `Authorization`":                           headerAuthorization,
		"Basic over http":                                  basicOverHTTP,
		"Basic, in a request that another site has caused": basicFromAnotherSite,
		"Values of a session at the sign-in":               says("dropped", valuesAtSignIn),
		"Identity that `Load` has returned":                identityOfLoad,
		"Way back after the sign-in":                       wayBack,
		"Sign-in at a provider":                            signInAtAProvider,
		"Sign-ins at once in one browser":                  signInsAtOnce,
		"Provider that is down":                            says("the app starts, and the sign-in is 503", providerThatIsDown),
		"Description of a provider":                        descriptionOfAProvider,
		"Sign-out at a provider":                           says("POST alone, and the session here ends first", signOutAtAProvider),
		"Answer to a client with a key":                    answerWithAKey,
		"Answer to a client that is refused":               answerRefused,
		"Credentials in the log":                           says("left out", credentialsInTheLog),
		"Memory of a password hash":                        memoryOfAHash,
		"Hash that asks for much memory":                   hashThatAsksForMuch,
		"Wrong keys from an address":                       guesses(wrongKeys),
		"Tries of one account from an address":             guesses(tries(func(int) (string, string) { return "ada", someClient })),
		"Tries of any accounts from an address":            guesses(tries(func(i int) (string, string) { return strconv.Itoa(i), someClient })),
		"Tries of one account from anywhere":               guesses(tries(func(i int) (string, string) { return "ada", manyClients(i) })),
		"Browser that has signed in to an account before":  knownBrowser,
		"Store of these counts":                            says("the memory of the process", storeOfCounts),
	}
}

// theKey is a key of the apps of these tests, and wrongKey one of nobody.
var theKey, wrongKey = newAPIKey(), newAPIKey()

func newAPIKey() string {
	key, _ := apikey.NewKey("test")
	return key
}

// keyed returns an app with the scheme of theKey and routes with and without a rule.
func keyed(options ...soay.Options) *soay.App {
	o := soay.Options{Logger: silent()}
	if len(options) > 0 {
		o = options[0]
	}
	app := soay.New(o)
	app.UseSessions(soay.NewKey())
	app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: "reports", Secret: theKey}}}))
	app.AddScheme("session", auth.Session())
	app.Get("/", whoIsThere).Auth()
	app.Get("/open", whoIsThere)
	app.Post("/sign-in", signIn)
	return app
}

func whoIsThere(req soay.Request) soay.Response {
	return response.Text(fmt.Sprintf("%q", soay.User(req).Subject()))
}

func signIn(req soay.Request) soay.Response {
	id, err := auth.NewIdentity(auth.Profile{Subject: "ada"})
	if err == nil {
		err = auth.SignIn(req, id)
	}
	if err != nil {
		return response.Error(err)
	}
	return response.SeeOther(auth.ReturnPath(req))
}

// withKey has a key of the header that is the default.
func withKey(key string) requesttest.With {
	return requesttest.With{Header: http.Header{"X-Api-Key": {key}}}
}

func wantStatus(t *testing.T, got *requesttest.Response, cell string) {
	t.Helper()
	if want := number(t, cell, ""); got.Status != want {
		t.Errorf("the status is %d, the page says %s", got.Status, cell)
	}
}

func badKeyBesideSession(t *testing.T, cell string) {
	c := requesttest.New(t, keyed())
	c.Post("/sign-in")
	if got := c.Get("/").Text(); got != `"ada"` {
		t.Errorf("with the session alone it is %s", got)
	}
	wantStatus(t, c.Get("/", withKey(wrongKey)), cell)
}

func badKeyWithoutRule(t *testing.T, cell string) {
	wantStatus(t, requesttest.New(t, keyed()).Get("/open", withKey(wrongKey)), cell)
}

func sessionOfNobody(t *testing.T) {
	broken := requesttest.With{Header: http.Header{"Cookie": {"session=broken"}}}
	if got := requesttest.New(t, keyed()).Get("/open", broken); got.Status != 200 || got.Text() != `""` {
		t.Errorf("%d %s", got.Status, got.Text())
	}
}

// lookingUp returns an app whose keys are in a database.
func lookingUp(lookUp func(context.Context, [32]byte) (*auth.Identity, error)) *soay.App {
	app := quiet()
	app.AddScheme("key", apikey.New(apikey.Options{Lookup: lookUp}))
	app.Get("/", text("hi")).Auth()
	return app
}

func keysAreDown(t *testing.T, cell string) {
	app := lookingUp(func(context.Context, [32]byte) (*auth.Identity, error) { return nil, errors.New("down") })
	got := requesttest.New(t, app).Get("/", withKey(theKey))
	if wantStatus(t, got, cell); got.Header.Get(names(cell)[0]) == "" {
		t.Errorf("the headers are %v, the page says %s", got.Header, cell)
	}
}

func slowLookUp(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		app := lookingUp(func(ctx context.Context, _ [32]byte) (*auth.Identity, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		start := time.Now()
		got := requesttest.New(t, app).Get("/", withKey(theKey)).Status
		if took := time.Since(start); got != 503 || took != duration(t, cell) {
			t.Errorf("%d after %v, the page says %s", got, took, cell)
		}
	})
}

var navigation = requesttest.With{Header: http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}}}

func browserThatIsNobody(t *testing.T, cell string) {
	wantStatus(t, requesttest.New(t, keyed()).Get("/", navigation), cell)
}

func realmOfChallenges(t *testing.T, cell string) {
	got := requesttest.New(t, keyed()).Get("/").Header.Values("WWW-Authenticate")
	if len(got) != 2 || !strings.Contains(got[1], `realm="`+names(cell)[0]+`"`) {
		t.Errorf("the challenges are %q, the page says %s", got, cell)
	}
}

func headerWithAKey(t *testing.T, cell string) {
	c := requesttest.New(t, keyed())
	for _, place := range []requesttest.With{
		{Query: url.Values{"key": {theKey}, "api_key": {theKey}}},
		{Header: http.Header{"Authorization": {"ApiKey " + theKey}}},
		{Header: http.Header{"Cookie": {"key=" + theKey}}},
		{Header: http.Header{names(cell)[0]: {theKey}}},
	} {
		want := 401
		if place.Header.Get(names(cell)[0]) != "" {
			want = 200
		}
		if got := c.Get("/", place).Status; got != want {
			t.Errorf("%v: %d, want %d", place, got, want)
		}
	}
}

func lengthOfAKey(t *testing.T, cell string) {
	limit := number(t, cell, "")
	for n, want := range map[int]bool{limit: true, limit - 1: false} {
		app := quiet()
		app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: "a", Secret: theKey[len(theKey)-n:]}}}))
		if _, err := app.Handler(); (err == nil) != want {
			t.Errorf("a key of %d characters: %v, want it to be good: %v", n, err, want)
		}
	}
}

// guarded returns an app with the scheme Basic.
func guarded(options basic.Options) *soay.App {
	app := quiet()
	options.Users = []basic.User{{Name: "ada", Password: "correct horse battery staple"}}
	app.AddScheme("basic", basic.New(options))
	app.Get("/", text("hi")).Auth()
	app.Post("/", text("hi")).Auth()
	return app
}

func asAda(r *http.Request) *http.Request {
	r.SetBasicAuth("ada", "correct horse battery staple")
	return r
}

// answerTo returns the response to a request that does not come over a connection.
func answerTo(app http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

func headerAuthorization(t *testing.T, cell string) {
	app := quiet()
	app.AddScheme("bearer", auth.Func(func(req soay.Request) (*soay.Identity, error) {
		token, err := auth.Credentials(req, "bearer")
		if err != nil {
			return nil, err
		}
		return auth.NewIdentity(auth.Profile{Subject: token[:1]})
	}))
	app.Get("/", text("hi")).Auth()
	limit := size(t, cell)
	for n, want := range map[int]int{limit: 200, limit + 1: status(t, cell)} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+strings.Repeat("a", n-len("Bearer ")))
		if got := answerTo(app, r).Code; got != want {
			t.Errorf("a header of %d bytes is answered with %d, the page says %s", n, got, cell)
		}
	}
}

func basicOverHTTP(t *testing.T, cell string) {
	for client, want := range map[string]int{someClient: number(t, cell, ""), "127.0.0.1:1": 200, "[::1]:1": 200} {
		r := asAda(httptest.NewRequest("GET", "http://localhost/", nil))
		r.RemoteAddr = client
		if got := answerTo(guarded(basic.Options{}), r).Code; got != want {
			t.Errorf("from %s: %d, want %d", client, got, want)
		}
	}
}

func basicFromAnotherSite(t *testing.T, cell string) {
	for site, want := range map[string]int{"cross-site": number(t, cell, ""), "same-origin": 200} {
		r := asAda(httptest.NewRequest("POST", "https://localhost/", nil))
		r.Header.Set("Sec-Fetch-Site", site)
		if got := answerTo(guarded(basic.Options{}), r).Code; got != want {
			t.Errorf("%s: %d, want %d", site, got, want)
		}
	}
}

func valuesAtSignIn(t *testing.T) {
	app := keyed()
	app.Get("/set", setSecret)
	app.Get("/has", func(req soay.Request) soay.Response { return response.JSON(req.Session.Has("secret")) })
	c := requesttest.New(t, app)
	c.Get("/set")
	c.Post("/sign-in")
	if got := c.Get("/has").Text(); got != "false" {
		t.Errorf("the session has the value: %s", got)
	}
}

func identityOfLoad(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		app := quiet()
		app.UseSessions(soay.NewKey())
		app.AddScheme("session", auth.Session(auth.SessionOptions{Load: func(_ context.Context, subject string) (*auth.Identity, error) {
			loads++
			return auth.NewIdentity(auth.Profile{Subject: subject})
		}}))
		app.Get("/", whoIsThere).Auth()
		app.Post("/sign-in", signIn)
		c := requesttest.New(t, app)
		c.Post("/sign-in")
		for _, wait := range []time.Duration{0, duration(t, cell) - time.Second} {
			time.Sleep(wait)
			if c.Get("/"); loads != 0 {
				t.Errorf("after %v it is loaded, the page says %s", wait, cell)
			}
		}
		time.Sleep(2 * time.Second)
		if c.Get("/"); loads != 1 {
			t.Errorf("after %s it is loaded %d times", cell, loads)
		}
	})
}

func wayBack(t *testing.T, cell string) {
	for target, want := range map[string]string{"/cats?page=2": "/cats?page=2", "//evil.example": names(cell)[0], "https://evil.example/": names(cell)[0]} {
		c := requesttest.New(t, keyed())
		got := c.Post("/sign-in", requesttest.With{Query: url.Values{"return": {target}}}).Header.Get("Location")
		if got != want {
			t.Errorf("%s leads to %s, the page says %s", target, got, cell)
		}
	}
}

func answerWithAKey(t *testing.T, cell string) {
	sameHeaders(t, requesttest.New(t, keyed()).Get("/", withKey(theKey)).Header, cell)
}

func answerRefused(t *testing.T, cell string) {
	c := requesttest.New(t, keyed())
	_, value, _ := strings.Cut(names(cell)[0], ": ")
	for _, with := range []requesttest.With{{}, withKey(wrongKey)} {
		if got := c.Get("/", with).Header.Values("Cache-Control"); len(got) != 1 || got[0] != value {
			t.Errorf("Cache-Control is %q, the page says %s", got, cell)
		}
	}
}

func credentialsInTheLog(t *testing.T) {
	log := new(requesttest.Log)
	app := keyed(soay.Options{Logger: log.Logger()})
	app.UseAccessLog()
	c := requesttest.New(t, app)
	c.Get("/", withKey(theKey))
	c.Get("/", withKey(wrongKey))
	c.Get("/", authtest.As(authtest.Identity(t, auth.Profile{Subject: "ada"})))
	if got := log.String(); strings.Contains(got, theKey) || strings.Contains(got, wrongKey) || len(log.Records("auth: refused")) != 1 {
		t.Errorf("the log is %s", got)
	}
}

func memoryOfAHash(t *testing.T, cell string) {
	hash, err := password.Hash("correct horse")
	if want := fmt.Sprintf("$m=%d,", size(t, cell)>>10); err != nil || !strings.Contains(hash, want) {
		t.Errorf("%v: the hash is %s, the page says %s", err, hash, cell)
	}
}

func hashThatAsksForMuch(t *testing.T, cell string) {
	limit := size(t, cell) >> 10
	for n, want := range map[int]bool{limit: true, limit + 1: false} {
		err := password.Check(fmt.Sprintf("$argon2id$v=19$m=%d,t=1,p=1$%s$%s", n, strings.Repeat("A", 22), strings.Repeat("A", 43)))
		if (err == nil) != want {
			t.Errorf("a hash of %d KiB: %v, the page says %s", n, err, cell)
		}
	}
}
