package docs_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/soay-go/soay"
)

func originDefaults() map[string]check {
	return map[string]check{
		"Origins with permission":                        says("none", noOrigins),
		"Credentials from other origins":                 says("none", lacks("Access-Control-Allow-Credentials")),
		"Headers that scripts of other origins may set":  says("none", noHeadersOfOthers),
		"Headers that scripts of other origins may read": says("none", lacks("Access-Control-Expose-Headers")),
		"Methods for other origins":                      says("all that the path has routes for", methodsOfOthers),
		"Answer to a preflight without permission":       refusedPreflight,
		"Memory of a preflight":                          memoryOfPreflights,
		"Insecure origin with credentials":               says("no start", insecureOrigins),
	}
}

const otherOrigin = "https://app.example"

// askAsOther lets an app with a policy answer a request of a script of another origin.
func askAsOther(policy soay.CORS, method string, headers ...string) *httptest.ResponseRecorder {
	app := quiet()
	app.Get("/", text("hi")).CORS(policy)
	app.Put("/", text("hi")).CORS(policy)
	r := httptest.NewRequest(method, "/", nil)
	r.Header.Set("Origin", otherOrigin)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

var otherAllowed = soay.CORS{Origins: []string{otherOrigin}}

func noOrigins(t *testing.T) {
	if w := askAsOther(soay.CORS{}, "GET"); w.Code != 200 || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d with %v", w.Code, w.Header())
	}
}

func lacks(name string) func(*testing.T) {
	return func(t *testing.T) {
		if w := askAsOther(otherAllowed, "GET"); w.Header().Get("Access-Control-Allow-Origin") != otherOrigin || w.Header()[name] != nil {
			t.Errorf("the headers are %v", w.Header())
		}
	}
}

func preflightFor(method string, headers ...string) *httptest.ResponseRecorder {
	return askAsOther(otherAllowed, http.MethodOptions, append([]string{"Access-Control-Request-Method", method}, headers...)...)
}

func noHeadersOfOthers(t *testing.T) {
	if w := preflightFor("GET", "Access-Control-Request-Headers", "x-a"); w.Code != 403 {
		t.Errorf("the preflight is answered with %d", w.Code)
	}
}

func methodsOfOthers(t *testing.T) {
	for method, want := range map[string]int{"GET": 204, "PUT": 204, "DELETE": 405} {
		if w := preflightFor(method); w.Code != want {
			t.Errorf("the preflight for %s is answered with %d", method, w.Code)
		}
	}
}

func refusedPreflight(t *testing.T, cell string) {
	if w := preflightFor("GET", "Origin", "https://other.example"); w.Code != status(t, cell) {
		t.Errorf("the preflight is answered with %d, the page says %s", w.Code, cell)
	}
}

func memoryOfPreflights(t *testing.T, cell string) {
	want := duration(t, cell)
	if got, err := time.ParseDuration(preflightFor("GET").Header().Get("Access-Control-Max-Age") + "s"); got != want || err != nil {
		t.Errorf("browsers remember a preflight for %v, the page says %s", got, cell)
	}
}

func insecureOrigins(t *testing.T) {
	for insecure, want := range map[bool]bool{false: false, true: true} {
		app := quiet()
		app.UseCORS(soay.CORS{Origins: []string{"http://app.example"}, Credentials: true, InsecureOrigins: insecure})
		if err := app.Start(t.Context()); (err == nil) != want {
			t.Errorf("InsecureOrigins %t: %v", insecure, err)
		}
	}
}
