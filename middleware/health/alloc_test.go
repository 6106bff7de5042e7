package health_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/health"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// A probe whose answer is known costs no more than any short answer, so a flood of probes costs no more than a flood of others.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	app := newProbed(t)
	cost := func(path string) float64 {
		r, w := newGet(path), &discard{http.Header{}}
		return testing.AllocsPerRun(1000, func() {
			clear(w.header)
			app.ServeHTTP(w, r)
		})
	}
	short := cost("/short")
	for _, name := range []string{"live", "ready", "start"} {
		if got := cost("/health/" + name); got > short {
			t.Errorf("%s: %v allocations, another short answer with a header has %v", name, got, short)
		}
	}
}

func newProbed(t testing.TB) *soay.App {
	t.Helper()
	app, _ := newApp()
	app.UseHealth(health.Options{CacheFor: time.Hour})
	app.AddHealthCheck("db", passes)
	app.Get("/short", short)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return app
}

// BenchmarkProbe measures a probe whose outcome is known, beside another short answer.
func BenchmarkProbe(b *testing.B) {
	app := newProbed(b)
	for _, path := range []string{"/short", "/health/live", "/health/ready"} {
		b.Run(path, func(b *testing.B) {
			r, w := newGet(path), &discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				app.ServeHTTP(w, r)
			}
		})
	}
}
