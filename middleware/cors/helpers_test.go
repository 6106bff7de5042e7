package cors_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

const (
	page   = "https://app.example" // the origin that most tests allow
	evil   = "https://evil.example"
	prefix = "Access-Control-"
)

// newApp returns an app in production mode, and its log.
func newApp() (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{Level: slog.LevelInfo}
	return soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: -1}), log
}

func hello(soay.Request) soay.Response { return response.Text("hello") }

// ask lets app answer a request with headers, given as names and values in turn.
func ask(app http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// preflight asks app for a method and headers from an origin.
func preflight(app http.Handler, path, origin, method string, names ...string) *httptest.ResponseRecorder {
	headers := []string{"Origin", origin, prefix + "Request-Method", method}
	for _, list := range names {
		headers = append(headers, prefix+"Request-Headers", list)
	}
	return ask(app, http.MethodOptions, path, headers...)
}

// corsOf returns the headers of the protocol by their names without the prefix, and Vary without what errors depend on.
func corsOf(h http.Header) map[string]string {
	got := map[string]string{}
	for name, values := range h {
		if short, ok := strings.CutPrefix(name, prefix); ok || name == "Vary" {
			got[short] = strings.TrimPrefix(strings.Join(values, " | "), "Accept, ")
		}
	}
	return got
}

// wantCORS compares the status and the headers of the protocol, given as names and values in turn.
func wantCORS(t *testing.T, w *httptest.ResponseRecorder, status int, headers ...string) {
	t.Helper()
	want := map[string]string{}
	for i := 0; i+1 < len(headers); i += 2 {
		want[headers[i]] = headers[i+1]
	}
	if diff := cmp.Diff(want, corsOf(w.Header())); diff != "" || w.Code != status {
		t.Errorf("status %d, want %d; headers (-want +got):\n%s", w.Code, status, diff)
	}
}

const varyPreflight = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
