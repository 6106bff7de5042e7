package apikey_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/response"
)

// sink is a ResponseWriter that costs nothing.
type sink struct {
	header http.Header
	status int
}

func (w *sink) Header() http.Header { return w.header }

func (w *sink) Write(b []byte) (int, error) { return len(b), nil }

func (w *sink) WriteHeader(status int) { w.status = status }

// A request with a static key costs two allocations more than one to a route without a rule.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	key, digest := apikey.NewKey("cats")
	tests := []struct {
		description  string
		options      apikey.Options
		path         string
		header, text string
		want         float64
	}{
		{"no key, no rule", apikey.Options{}, "/open", "X-Other", key, 0},
		{"a key, no rule", apikey.Options{}, "/open", "X-Api-Key", key, 2},
		{"a key", apikey.Options{}, "/closed", "X-Api-Key", key, 2},
		{"a key in another header", apikey.Options{Header: "x-cats"}, "/closed", "X-Cats", key, 2},
		{"a key in Authorization", apikey.Options{Authorization: "ApiKey"}, "/closed", "Authorization", "ApiKey " + key, 2},
		{"a key as bearer", apikey.Options{Authorization: "Bearer"}, "/closed", "Authorization", "Bearer " + key, 2},
		{"a key in a cookie", apikey.Options{Cookie: "key"}, "/closed", "Cookie", "key=" + key, 2},
	}
	done := response.Text("done")
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp()
			tt.options.Keys = []apikey.Key{{ID: "importer", Digest: digest, Scopes: []string{"write"}}}
			app.AddScheme("key", apikey.New(tt.options))
			app.Get("/open", func(soay.Request) soay.Response { return done })
			app.Get("/closed", func(soay.Request) soay.Response { return done }).Auth(soay.Auth{Scopes: []string{"write"}})
			r, w := httptest.NewRequest(http.MethodGet, tt.path, nil), &sink{header: http.Header{}}
			r.Header.Set(tt.header, tt.text)
			got := testing.AllocsPerRun(200, func() {
				clear(w.header)
				app.ServeHTTP(w, r)
			})
			if got > tt.want || w.status != 200 {
				t.Errorf("%v allocations for an answer %d, want %v for 200", got, w.status, tt.want)
			}
		})
	}
}
