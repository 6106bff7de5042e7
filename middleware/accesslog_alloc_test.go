//go:build !race

// The race detector allocates.

package middleware_test

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
)

func TestAccessLogCost(t *testing.T) {
	tests := []struct {
		name    string
		options *middleware.AccessLogOptions
		atMost  float64
	}{
		{"none", nil, 0},
		{"a line", &middleware.AccessLogOptions{}, 1}, // of the record, for more than five attributes
		{"sampled out", &middleware.AccessLogOptions{Sample: 1e-12, Slow: time.Minute}, 0},
		{"below the level", &middleware.AccessLogOptions{Level: slog.LevelDebug}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.NewJSONHandler(io.Discard, nil))})
			if tt.options != nil {
				app.UseAccessLog(*tt.options)
			}
			app.Get("/cats/{id}", hello)
			r, w := httptest.NewRequest("GET", "/cats/7", nil), httptest.NewRecorder()
			if n := testing.AllocsPerRun(200, func() { w.Body.Reset(); app.ServeHTTP(w, r) }); n > tt.atMost {
				t.Errorf("%v allocations, want at most %v", n, tt.atMost)
			}
		})
	}
}
