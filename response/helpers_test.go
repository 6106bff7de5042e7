package response_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newApp returns an app that keeps quiet.
func newApp() *soay.App { return soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)}) }

// answers returns an app that answers everything with resp, and its log.
func answers(resp response.Response) (*soay.App, *requesttest.Log) {
	log := new(requesttest.Log)
	app := soay.New(soay.Options{Logger: log.Logger()})
	app.Fallback(func(soay.Request) soay.Response { return resp })
	return app, log
}

// send lets an app answer a GET with resp.
func send(resp response.Response) *httptest.ResponseRecorder {
	app, _ := answers(resp)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	return w
}

// exchange asks an app on a server for resp.
func exchange(t *testing.T, method string, resp response.Response, header ...string) *requesttest.Response {
	t.Helper()
	app, _ := answers(resp)
	return requesttest.New(t, app).Do(method, "/", requesttest.With{Header: headerOf(header)})
}

// headerOf returns a header of names and values in turn.
func headerOf(pairs []string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// headerText returns all headers, sorted, in one text.
func headerText(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b)
	return b.String()
}
