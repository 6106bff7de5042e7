package soay_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// nullWriter is a connection that takes everything and keeps nothing.
type nullWriter struct {
	header http.Header
	status int
}

func (w *nullWriter) Header() http.Header         { return w.header }
func (w *nullWriter) WriteHeader(status int)      { w.status = status }
func (w *nullWriter) Write(b []byte) (int, error) { return len(b), nil }

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	discard := soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)}
	passing := func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response { return next(req) }
	}
	tests := []struct {
		name       string
		setUp      func(*soay.App)
		method     string
		path       string
		wantStatus int
		want       float64
	}{
		{"plaintext", func(*soay.App) {}, "GET", "/plaintext", 200, 0},
		{"its head", func(*soay.App) {}, "HEAD", "/plaintext", 200, 0},
		{"a parameter", func(*soay.App) {}, "GET", "/cats/Tom", 200, 0},
		{"a parameter of a value pattern", func(*soay.App) {}, "GET", "/numbers/7", 200, 0},
		{"five pieces of middleware", func(a *soay.App) { a.Use(passing, passing, passing, passing, passing) }, "GET",
			"/plaintext", 200, 0},
		{"middleware of groups and routes", func(a *soay.App) {
			a.Group("/g", passing).Group("/h", passing).Get("/cat", hello).Use(passing)
		}, "GET", "/g/h/cat", 200, 0},
		{"no route", func(*soay.App) {}, "GET", "/none", 404, 0},
		{"the wrong method, with Allow", func(*soay.App) {}, "POST", "/plaintext", 405, 0},
		{"the wrong method at a parameter", func(*soay.App) {}, "POST", "/cats/Tom", 405, 0},
		{"the built-in answer to OPTIONS", func(*soay.App) {}, "OPTIONS", "/plaintext", 204, 0},
		{"a session left untouched", func(a *soay.App) { a.UseSessions(soay.NewKey()) }, "GET", "/plaintext", 200, 0},
		{"JSON", func(*soay.App) {}, "GET", "/json", 200, 1},
	}
	type cat struct {
		Name string
		Age  int
	}
	tom := &cat{"Tom", 7}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := soay.New(discard)
			app.Get("/plaintext", hello)
			app.Get("/cats/{name}", func(req soay.Request) soay.Response { return response.Text(req.Param("name")) })
			app.Get("/numbers/{int:n}", func(req soay.Request) soay.Response { return response.Text(req.Param("n")) })
			app.Get("/json", func(soay.Request) soay.Response { return response.JSON(tom) })
			tt.setUp(app)
			h, err := app.Handler()
			if err != nil {
				t.Fatal(err)
			}
			w := &nullWriter{header: http.Header{}}
			r := httptest.NewRequest(tt.method, tt.path, nil)
			r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
			got := testing.AllocsPerRun(500, func() {
				clear(w.header)
				h.ServeHTTP(w, r)
			})
			if got > tt.want || w.status != tt.wantStatus {
				t.Errorf("status %d with %v allocations, want %d with at most %v", w.status, got, tt.wantStatus, tt.want)
			}
		})
	}
}
