package apikey_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
)

// Nothing but a key opens a route, and whatever else is sent is refused as such.
func FuzzKeys(f *testing.F) {
	for _, text := range []string{good, good + " ", mistyped(good), own, "", ",", "\x00", "key_", good + "," + good} {
		f.Add(text)
	}
	app := newApp()
	app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Off: true}})
	app.AddScheme("key", apikey.New(apikey.Options{Keys: keysOf(apikey.Key{ID: "script", Secret: own})}))
	app.Get("/me", me).Auth()
	f.Fuzz(func(t *testing.T, key string) {
		r, w := httptest.NewRequest(http.MethodGet, "/me", nil), httptest.NewRecorder()
		r.Header["X-Api-Key"] = []string{key}
		app.ServeHTTP(w, r)
		switch isKey := key == good || key == own; {
		case isKey && w.Code == http.StatusOK:
		case !isKey && (w.Code == http.StatusBadRequest || w.Code == http.StatusUnauthorized):
		default:
			t.Errorf("%q: %d", key, w.Code)
		}
	})
}
