package middleware_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newApp returns an app in production mode whose log nobody reads.
func newApp() *soay.App {
	return soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
}

// newLoggedApp returns an app in production mode and its log.
func newLoggedApp() (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{Level: slog.LevelDebug}
	return soay.New(soay.Options{Env: "production", Logger: log.Logger()}), log
}

// do lets app answer a request without a network. When it returns, everything about the request is over.
func do(app http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// hello answers with a text.
func hello(soay.Request) soay.Response { return response.Text("hello") }

// replacing returns middleware that calls the next handler and answers with another response in its place.
func replacing(other soay.Response) soay.Middleware {
	return func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			next(req)
			return other
		}
	}
}

// newServer serves app over TCP until the test ends.
func newServer(t *testing.T, app http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(app)
	t.Cleanup(s.Close)
	return s
}

// readPart reads exactly n bytes of a body, or fails.
func readPart(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatalf("read %d bytes: %v", n, err)
	}
	return string(b)
}
