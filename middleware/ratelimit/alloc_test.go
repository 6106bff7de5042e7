package ratelimit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
)

// sink is a ResponseWriter that costs nothing.
type sink struct {
	header http.Header
	status int
}

func (w *sink) Header() http.Header { return w.header }

func (w *sink) Write(b []byte) (int, error) { return len(b), nil }

func (w *sink) WriteHeader(status int) { w.status = status }

// A request costs two allocations, for what the header RateLimit says, and none without headers.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	tests := []struct {
		description string
		options     ratelimit.Options
		client      string
		want        float64
	}{
		{"with headers", ratelimit.Options{}, alice, 2},
		{"without headers", ratelimit.Options{Headers: ratelimit.HeadersNone}, alice, 0},
		{"IPv6", ratelimit.Options{Headers: ratelimit.HeadersNone}, "[2001:db8::1]:1", 0},
		{"two rates", ratelimit.Options{Headers: ratelimit.HeadersNone, More: []soay.Rate{{Requests: 1e9, Per: time.Second}}}, alice, 0},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := newApp()
			app.UseRateLimit(soay.Rate{Requests: 1e9, Per: time.Hour}, tt.options)
			app.Get("/", hello)
			r, w := httptest.NewRequest(http.MethodGet, "/", nil), &sink{header: http.Header{}}
			r.RemoteAddr = tt.client
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
