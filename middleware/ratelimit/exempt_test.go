package ratelimit_test

import (
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/router"
)

// What the app exempts is not counted, by address nor by user, and gets no headers.
func TestExemptByTheApp(t *testing.T) {
	limits := ratelimit.Limits{
		User:   func(soay.Request) (string, error) { return "ada", nil },
		Exempt: func(req soay.Request) bool { return req.Path() == "/probe" },
	}
	for name, by := range map[string]router.RateBy{"address": router.ByAddress, "user": router.ByUser} {
		if err := limits.Add(soay.Rate{Requests: 1, Per: time.Hour, By: by}, ratelimit.Options{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	outer, inner := limits.Middleware()
	h := outer(inner(hello))
	for range 3 {
		if resp := h(requesttest.Request("GET", "/probe")); resp.Status() != 200 || resp.Header("RateLimit") != "" {
			t.Fatalf("an exempt request: %d with RateLimit %s", resp.Status(), resp.Header("RateLimit"))
		}
	}
	for i, want := range []int{200, 429} {
		if resp := h(requesttest.Request("GET", "/")); resp.Status() != want {
			t.Errorf("request %d: %d, want %d", i, resp.Status(), want)
		}
	}
}
