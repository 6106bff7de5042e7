package antiforgery_test

import (
	"net/http"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/response"
)

// sink is a ResponseWriter that costs nothing.
type sink struct {
	header http.Header
	status int
}

func (w *sink) Header() http.Header { return w.header }

func (w *sink) Write(b []byte) (int, error) { return len(b), nil }

func (w *sink) WriteHeader(status int) { w.status = status }

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	tests := []struct {
		description string
		a           attempt
	}{
		{"GET", attempt{method: "GET"}},
		{"GET with a session", attempt{method: "GET", header: []string{"Cookie", "session=x"}}},
		{"same origin", attempt{header: []string{"Sec-Fetch-Site", "same-origin", "Cookie", "session=x"}}},
		{"own Origin", attempt{header: []string{"Origin", "http://site.example", "Cookie", "session=x"}}},
		{"trusted Origin", attempt{header: []string{"Origin", "https://b.example", "Cookie", "session=x"}}},
		{"no browser", attempt{header: []string{"Content-Type", "application/x-www-form-urlencoded"}}},
		{"no browser, over https, with another cookie", attempt{target: "https://site.example/",
			header: []string{"Content-Type", "application/x-www-form-urlencoded", "Cookie", "other=1"}}},
		{"JSON with a session", attempt{header: []string{"Content-Type", "application/json", "Cookie", "session=x"}}},
		{"bearer", attempt{header: []string{"Authorization", "Bearer x", "Origin", "https://c.example"}}},
	}
	done := response.Text("passed")
	o := antiforgery.Options{TrustedOrigins: []string{"https://a.example", "https://b.example"}}
	app := newApp(t, o, func(soay.Request) soay.Response { return done })
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			r, w := tt.a.request(), &sink{header: http.Header{}}
			got := testing.AllocsPerRun(200, func() {
				clear(w.header)
				app.ServeHTTP(w, r)
			})
			if got > 0 || w.status != 200 {
				t.Errorf("%v allocations for an answer %d, want none for 200", got, w.status)
			}
		})
	}
}

func BenchmarkGuard(b *testing.B) {
	done := response.Text("passed")
	app := newApp(b, antiforgery.Options{}, func(soay.Request) soay.Response { return done })
	for name, header := range map[string][]string{
		"site": {"Sec-Fetch-Site", "same-origin"}, "origin": {"Origin", "http://site.example"},
	} {
		b.Run(name, func(b *testing.B) {
			r, w := attempt{header: header}.request(), &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				app.ServeHTTP(w, r)
			}
		})
	}
}

func BenchmarkToken(b *testing.B) {
	page := func(req soay.Request) soay.Response {
		antiforgery.Token(req)
		return response.Response{}
	}
	cookie := newApp(b, antiforgery.Options{}, pages)
	known, user := newVisitor(b, cookie), newVisitor(b, cookie)
	known.token()
	user.visit("/login?user=ann")
	app := newApp(b, antiforgery.Options{}, page)
	for name, header := range map[string][]string{
		"anonymous": nil, "known": {"Cookie", known.cookies()}, "session": {"Cookie", user.cookies()},
	} {
		b.Run(name, func(b *testing.B) {
			r, w := attempt{method: "GET", header: header}.request(), &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				app.ServeHTTP(w, r)
			}
		})
	}
}
