package apikey_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/response"
)

// BenchmarkGuesses shows whether the time of a refusal tells how much of a key was right. The times of the kinds should
// not differ by more than they do from run to run.
func BenchmarkGuesses(b *testing.B) {
	app := newApp()
	app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Off: true}})
	app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: "script", Secret: own}}}))
	app.Get("/me", func(soay.Request) soay.Response { return response.Text("me") }).Auth()
	n := len(own)
	for name, key := range map[string]string{
		"the beginning": own[:n-4] + "xxxx", "the end": "xxxx" + own[4:], "nothing": strings.Repeat("x", n),
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/me", nil)
			r.Header.Set("X-Api-Key", key)
			for b.Loop() {
				app.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
