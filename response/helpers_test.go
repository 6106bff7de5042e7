package response_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// answers returns an app that answers everything with resp, and its log.
func answers(resp response.Response) (*soay.App, *logText) {
	log := &logText{}
	app := soay.New(soay.Options{Logger: slog.New(slog.NewTextHandler(log, nil))})
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
	with := requesttest.With{Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		with.Header.Set(header[i], header[i+1])
	}
	return requesttest.New(t, app).Do(method, "/", with)
}

// logText is a log that several goroutines may write.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// headerText returns all headers, sorted, in one text.
func headerText(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b)
	return b.String()
}
