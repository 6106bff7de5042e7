package health_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newApp returns an app in production mode, and its log. Unless the options say otherwise it stops without a delay.
func newApp(options ...soay.Options) (*soay.App, *requesttest.Log) {
	var o soay.Options
	if len(options) > 0 {
		o = options[0]
	}
	log := new(requesttest.Log)
	o.Logger, o.Env = log.Logger(), "production"
	if o.DrainDelay == 0 {
		o.DrainDelay = -1
	}
	return soay.New(o), log
}

// do lets app answer a request without a network.
func do(app http.Handler, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

// probe asks the app at /health/, and returns the word after it has checked that the status fits.
func probe(t *testing.T, app http.Handler, name string) string {
	t.Helper()
	w := do(app, "GET", "/health/"+name)
	if word := w.Body.String(); w.Code == 200 && word == "ok" || w.Code == 503 && word == "unavailable" {
		return word
	}
	t.Fatalf("%s: %d %q", name, w.Code, w.Body)
	return ""
}

// says fails the test unless the probe of this name says want.
func says(t *testing.T, app http.Handler, name, want string) {
	t.Helper()
	if got := probe(t, app, name); got != want {
		t.Errorf("%s says %s, want %s", name, got, want)
	}
}

// start starts an app that is stopped at the end of the test.
func start(t *testing.T, app *soay.App) {
	t.Helper()
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, app) })
}

func stop(t *testing.T, app *soay.App) {
	t.Helper()
	if err := app.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

// counted is a check that counts its calls. The zero value passes.
type counted struct {
	calls  atomic.Int64
	result func(context.Context) error // nil to pass
}

func (c *counted) check(ctx context.Context) error {
	c.calls.Add(1)
	if c.result == nil {
		return nil
	}
	return c.result(ctx)
}

// called fails the test unless the check was called so often.
func (c *counted) called(t *testing.T, want int64) {
	t.Helper()
	if got := c.calls.Load(); got != want {
		t.Errorf("the check was called %d times, want %d", got, want)
	}
}

// lines fails the test unless these are the lines of the log that speak of health.
func lines(t *testing.T, log *requesttest.Log, want ...string) {
	t.Helper()
	var got []string
	for _, line := range log.Lines() {
		if strings.Contains(line, "health") {
			got = append(got, line)
		}
	}
	match := len(got) == len(want)
	for i := 0; match && i < len(got); i++ {
		match = strings.HasPrefix(got[i], want[i])
	}
	if !match {
		t.Errorf("the log has\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// here returns the file and line of its caller as reports of mistakes show them. The offset is added to the line.
func here(offset int) string {
	_, file, line, _ := runtime.Caller(1)
	return fmt.Sprintf("%s:%d", filepath.Base(file), line+offset)
}

// requestWith lets app answer a request with headers, for the host in Host.
func requestWith(app http.Handler, method, target string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.Header = header.Clone()
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
		r.Header.Del("Host")
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

func newGet(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

// short answers as probes do.
func short(soay.Request) soay.Response { return shortAnswer }

var shortAnswer = response.Text("ok").WithHeader("Cache-Control", "no-store")
