package bind_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
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

// again is a body that can be read again and again.
type again struct{ *strings.Reader }

func (again) Close() error { return nil }

// The budgets are for all of an exchange, with an app around the handler.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	type three struct {
		Page  int    `query:"page"`
		Size  int    `query:"size" default:"20"`
		Order string `query:"order" validate:"omitempty,oneof=asc desc"`
	}
	type one struct {
		ID int `path:"id"`
	}
	type five struct {
		ID     int     `json:"id" validate:"gt=0"`
		Name   string  `json:"name" validate:"required,max=50"`
		Email  string  `json:"email" validate:"required,email"`
		Active bool    `json:"active"`
		Score  float64 `json:"score"`
	}
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	ok := response.NoContent()
	soay.Get(app, "/query", func(soay.Request, three) (soay.Response, error) { return ok, nil })
	soay.Get(app, "/path/{id}", func(soay.Request, one) (soay.Response, error) { return ok, nil })
	soay.Post(app, "/json", func(soay.Request, five) (soay.Response, error) { return ok, nil })
	h, err := app.Handler()
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"id":123,"name":"Ada Lovelace","email":"ada@example.com","active":true,"score":9.75}`
	const wrong = `{"id":0,"name":"","email":"ada","active":true,"score":9.75}`
	for _, tt := range []struct {
		description, method, target, body string
		wantStatus                        int
		want                              float64
	}{
		{"three query values", "GET", "/query?page=2&size=50&order=asc", "", 204, 1},
		{"a default in place of one", "GET", "/query?page=2", "", 204, 1},
		{"a path parameter", "GET", "/path/123", "", 204, 1},
		{"a body of five fields", "POST", "/json", body, 204, 5},
		{"a body with three violations", "POST", "/json", wrong, 422, 14},
	} {
		t.Run(tt.description, func(t *testing.T) {
			w := &nullWriter{header: http.Header{}}
			r := httptest.NewRequest(tt.method, tt.target, nil)
			reader := strings.NewReader(tt.body)
			r.Body, r.ContentLength = again{reader}, int64(len(tt.body))
			r.Header.Set("Content-Type", jsonType)
			got := testing.AllocsPerRun(500, func() {
				clear(w.header)
				_, _ = reader.Seek(0, io.SeekStart)
				h.ServeHTTP(w, r)
			})
			if got > tt.want || w.status != tt.wantStatus {
				t.Errorf("status %d with %v allocations, want %d with at most %v", w.status, got, tt.wantStatus, tt.want)
			}
		})
	}
}
