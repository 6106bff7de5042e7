package cors_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
)

// sink is a ResponseWriter that costs nothing.
type sink struct {
	header http.Header
	status int
}

func (w *sink) Header() http.Header { return w.header }

func (w *sink) Write(b []byte) (int, error) { return len(b), nil }

func (w *sink) WriteHeader(status int) { w.status = status }

// What a policy adds to the allocations of a request.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	app, _ := newApp()
	app.Get("/", hello)
	app.Put("/exact", hello).CORS(soay.CORS{Origins: []string{page}, Credentials: true, RequestHeaders: []string{"X-A"}})
	app.Put("/below", hello).CORS(soay.CORS{Origins: []string{"https://*.app.example"}, RequestHeaders: []string{"X-A"}})
	count := func(method, path string, want int, headers ...string) float64 {
		r, w := httptest.NewRequest(method, path, nil), &sink{header: http.Header{}}
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Add(headers[i], headers[i+1])
		}
		n := testing.AllocsPerRun(200, func() {
			clear(w.header)
			app.ServeHTTP(w, r)
		})
		if w.status != want {
			t.Errorf("%s %s %q: status %d, want %d", method, path, headers, w.status, want)
		}
		return n
	}
	commas := strings.Repeat(",", 64<<10)
	none := count("GET", "/", 200)
	refused := count("OPTIONS", "/exact", 403, "Origin", evil, prefix+"Request-Method", "PUT")
	for _, tt := range []struct {
		description    string
		got, base, max float64
	}{
		{"without a policy", count("GET", "/", 200, "Origin", page), none, 0},
		{"an origin", count("PUT", "/exact", 200, "Origin", page), none, 0},
		{"an origin of a pattern", count("PUT", "/below", 200, "Origin", "https://a.app.example"), none, 1},
		{"another origin", count("PUT", "/exact", 200, "Origin", evil), none, 0},
		{"a preflight", count("OPTIONS", "/exact", 204, "Origin", page, prefix+"Request-Method", "PUT", prefix+"Request-Headers", "x-a"), none, 0},
		{"a preflight of a pattern", count("OPTIONS", "/below", 204, "Origin", "https://a.app.example", prefix+"Request-Method", "PUT",
			prefix+"Request-Headers", "x-a"), none, 1},
		{"commas", count("OPTIONS", "/exact", 403, "Origin", page, prefix+"Request-Method", "PUT", prefix+"Request-Headers", commas), refused, 0},
	} {
		if tt.got-tt.base > tt.max {
			t.Errorf("%s: %v allocations beside %v, want %v", tt.description, tt.got-tt.base, tt.base, tt.max)
		}
		t.Logf("%s: %v beside %v", tt.description, tt.got-tt.base, tt.base)
	}
}
