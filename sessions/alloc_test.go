package sessions_test

import (
	"net/http"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

// sink is a ResponseWriter that costs nothing.
type sink struct {
	header http.Header
	status int
}

func (w *sink) Header() http.Header { return w.header }

func (w *sink) Write(b []byte) (int, error) { return len(b), nil }

func (w *sink) WriteHeader(status int) { w.status = status }

// newBudgetApp returns an app whose handlers leave the session alone, read it, and read and write it.
func newBudgetApp(o sessions.Options) *soay.App {
	done := response.Text("done")
	app := newApp(o, func(soay.Request) soay.Response { return done })
	app.Get("/read", func(req soay.Request) soay.Response {
		if sessions.GetOr(req.Session, "visits", 0) == 0 {
			panic("no session")
		}
		return done
	})
	app.Get("/write", func(req soay.Request) soay.Response {
		req.Session.Set("visits", sessions.GetOr(req.Session, "visits", 1000)+1)
		return done
	})
	return app
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	tests := []struct {
		description, path string
		cookie            bool
		limit, ringLimit  float64
	}{
		{"untouched, without a cookie", "/", false, 0, 0},
		{"untouched", "/", true, 0, 0},
		{"read", "/read", true, 11, 2},
		{"read and written", "/write", true, 30, 6},
		{"first write", "/write", false, 22, 7},
	}
	ring, err := keyring.FromKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	app, ringApp := newBudgetApp(sessions.Options{}), newBudgetApp(sessions.Options{Codec: ring.Codec()})
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) { spend(t, app, tt.path, tt.cookie, tt.limit) })
		t.Run(tt.description+", with a ring", func(t *testing.T) { spend(t, ringApp, tt.path, tt.cookie, tt.ringLimit) })
	}
}

// spend sends requests with or without a session, and counts what they allocate.
func spend(t *testing.T, app *soay.App, path string, withCookie bool, limit float64) {
	r, rec := newExchange("GET", "/write")
	app.ServeHTTP(rec, r)
	cookie := pair(t, rec)
	r, _ = newExchange("GET", path)
	if withCookie {
		r.Header.Set("Cookie", cookie)
	}
	w := &sink{header: http.Header{}}
	got := testing.AllocsPerRun(200, func() {
		clear(w.header)
		app.ServeHTTP(w, r)
	})
	if got > limit || w.status != 200 {
		t.Errorf("%v allocations for an answer %d, want at most %v for 200", got, w.status, limit)
	}
}

func BenchmarkSession(b *testing.B) {
	app := newBudgetApp(sessions.Options{})
	r, rec := newExchange("GET", "/write")
	app.ServeHTTP(rec, r)
	cookie := pair(b, rec)
	for _, bb := range []struct{ name, path string }{{"untouched", "/"}, {"read", "/read"}, {"write", "/write"}} {
		b.Run(bb.name, func(b *testing.B) {
			r, _ := newExchange("GET", bb.path, cookie)
			w := &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				app.ServeHTTP(w, r)
			}
		})
	}
}
