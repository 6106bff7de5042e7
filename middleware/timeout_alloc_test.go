//go:build !race

// The race detector allocates.

package middleware_test

import (
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// Only routes with a time cost anything.
func TestTimeoutCostsNothingWithoutATime(t *testing.T) {
	app, _ := newLoggedApp()
	done := response.Text("hello")
	app.Get("/timed", hello).Timeout(time.Second)
	app.Get("/", func(soay.Request) soay.Response { return done })
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	app.ServeHTTP(w, r)
	before := runtime.NumGoroutine()
	got := testing.AllocsPerRun(100, func() {
		clear(w.Header())
		w.Body.Reset()
		app.ServeHTTP(w, r)
	})
	plain, _ := newLoggedApp()
	plain.Get("/", func(soay.Request) soay.Response { return done })
	plain.ServeHTTP(w, r)
	want := testing.AllocsPerRun(100, func() {
		clear(w.Header())
		w.Body.Reset()
		plain.ServeHTTP(w, r)
	})
	if got > want || runtime.NumGoroutine() > before {
		t.Errorf("%v allocations and %d goroutines, want %v and none", got, runtime.NumGoroutine()-before, want)
	}
}
