package ratelimit_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newApp returns an app in production mode, and its log.
func newApp() (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{Level: slog.LevelWarn}
	return soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: -1}), log
}

func hello(soay.Request) soay.Response { return response.Text("hello") }

// from lets app answer a GET from an address without a network. When it returns, everything about it is over.
func from(app http.Handler, client, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = client
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// passed returns how many of n requests are not refused. All answers must be 200 or the status of refusals.
func passed(t *testing.T, app http.Handler, n int, client, path string, refusal int) int {
	t.Helper()
	count := 0
	for range n {
		switch code := from(app, client, path).Code; code {
		case http.StatusOK:
			count++
		case refusal:
		default:
			t.Fatalf("%s from %s: status %d", path, client, code)
		}
	}
	return count
}

const (
	alice = "192.0.2.1:1001"
	bob   = "192.0.2.2:1001"
)

// fromGone lets app answer a GET of a client that has gone away.
func fromGone(app http.Handler) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	app.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
}
