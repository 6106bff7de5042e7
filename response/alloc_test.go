package response_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// nowhere is a ResponseWriter that costs nothing, as that of a server does after its first response.
type nowhere struct {
	header http.Header
	status int
}

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) WriteHeader(status int)      { w.status = status }
func (w *nowhere) Write(b []byte) (int, error) { return len(b), nil }

var ready = response.HTML("<p>ready").WithHeader("Cache-Control", "no-store").
	WithCookie(response.NewCookie("a", "1"))

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	type cat struct {
		ID    int      `json:"id"`
		Name  string   `json:"name"`
		Owner string   `json:"owner"`
		Tags  []string `json:"tags"`
		Lives float64  `json:"lives"`
	}
	tom := &cat{7, "Tom", "Ann", []string{"grey", "lazy"}, 8.5}
	app := newApp()
	app.Get("/plain", func(soay.Request) soay.Response { return response.Text("Hello, World!") })
	app.Get("/cats/{name}", func(req soay.Request) soay.Response { return response.Text(req.Param("name")) })
	app.Get("/json", func(soay.Request) soay.Response { return response.JSON(tom) })
	app.Get("/ready", func(soay.Request) soay.Response { return ready })
	app.Get("/empty", func(soay.Request) soay.Response { return response.NoContent() })
	app.Get("/of", func(soay.Request) soay.Response { return response.Text("x").WithHeadersOf(ready) })
	app.Get("/header", func(soay.Request) soay.Response { return response.Text("x").WithHeader("X-A", "1") })
	for _, tt := range []struct {
		description, method, path string
		wantStatus                int
		want                      float64
	}{
		{"plain text", "GET", "/plain", 200, 0},
		{"HEAD", "HEAD", "/plain", 200, 0},
		{"parameter", "GET", "/cats/tom", 200, 0},
		{"JSON of five fields", "GET", "/json", 200, 2},
		{"ready-made with header and cookie", "GET", "/ready", 200, 0},
		{"headers of another response", "GET", "/of", 200, 0},
		{"no content", "GET", "/empty", 204, 0},
		{"one header", "GET", "/header", 200, 1},
		{"not found", "GET", "/none", 404, 0},
		{"method not allowed", "POST", "/plain", 405, 0},
	} {
		hr, w := httptest.NewRequest(tt.method, tt.path, nil), &nowhere{header: http.Header{}}
		got := testing.AllocsPerRun(1_000, func() {
			clear(w.header)
			app.ServeHTTP(w, hr)
		})
		if got > tt.want || w.status != tt.wantStatus {
			t.Errorf("%s: %v allocations, want at most %v; status %d", tt.description, got, tt.want, w.status)
		}
	}
}
