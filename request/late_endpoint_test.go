package request_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// lateApp is an app with a check that takes longer than the timeout around it, except for requests of an admin. The
// check goes on while the next request of an admin is being checked. By then its own request is dead, and the request of the
// admin may use the recycled state.
type lateApp struct {
	*soay.App
	home   atomic.Int32 // runs of GET /
	purged atomic.Int32 // runs of POST /admin/purge

	mu      sync.Mutex
	waiting []*lateRequest
	answers map[string]int // what dead requests got from behind the check
}

type lateRequest struct{ goOn, done chan struct{} }

// newLateApp returns the app; place puts the two middleware around the handlers.
func newLateApp(options soay.Options, timeout soay.Middleware, place func(*lateApp, ...soay.Middleware)) *lateApp {
	l := &lateApp{answers: map[string]int{}}
	l.App, _ = newLoggedApp(options)
	place(l, timeout, l.check)
	return l
}

func (l *lateApp) getHome(soay.Request) soay.Response {
	l.home.Add(1)
	return response.Text("home")
}

func (l *lateApp) purge(soay.Request) soay.Response {
	l.purged.Add(1)
	return response.Text("purged")
}

func (l *lateApp) check(next soay.Handler) soay.Handler {
	return func(req soay.Request) soay.Response {
		switch {
		case !strings.HasPrefix(req.Path(), "/admin/"):
			return l.checkLong(req, next)
		case req.Header("X-Admin") != "yes":
			return response.Forbidden()
		}
		l.goOn()
		return next(req)
	}
}

func (l *lateApp) checkLong(req soay.Request, next soay.Handler) (resp soay.Response) {
	r := &lateRequest{make(chan struct{}), make(chan struct{})}
	l.mu.Lock()
	l.waiting = append(l.waiting, r)
	l.mu.Unlock()
	<-r.goOn
	defer close(r.done)
	defer func() {
		answer := fmt.Sprint(resp.Status())
		if v := recover(); v != nil {
			answer, _, _ = strings.Cut(fmt.Sprint(v), " (in the app made at") // as tests want it; production logs
		}
		l.mu.Lock()
		l.answers[answer]++
		l.mu.Unlock()
	}()
	return next(req)
}

// goOn lets the checks of all dead requests go on, and waits for their ends.
func (l *lateApp) goOn() {
	l.mu.Lock()
	waiting := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	for _, r := range waiting {
		close(r.goOn)
		<-r.done
	}
}

// ownTimeout is a timeout as an app may have written it.
func ownTimeout(next soay.Handler) soay.Handler {
	return func(req soay.Request) soay.Response {
		answered := make(chan soay.Response, 1)
		go func() { answered <- next(req) }()
		select {
		case resp := <-answered:
			return resp
		case <-time.After(time.Second):
			return response.Status(503)
		}
	}
}

func libraryTimeout(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Second, "late") }

var lateTimeouts = []struct {
	name       string
	middleware soay.Middleware
}{
	{"a timeout of the app", ownTimeout},
	{"http.TimeoutHandler", soay.WrapHTTP(libraryTimeout)},
}

var latePlaces = []struct {
	name string
	put  func(*lateApp, ...soay.Middleware)
}{
	{"of the app", func(l *lateApp, mw ...soay.Middleware) {
		l.Use(mw...)
		l.Get("/", l.getHome)
		l.Post("/admin/purge", l.purge)
	}},
	{"of a group", func(l *lateApp, mw ...soay.Middleware) {
		g := l.Group("/", mw...)
		g.Get("/", l.getHome)
		g.Post("/admin/purge", l.purge)
	}},
	{"of a group in another with middleware", func(l *lateApp, mw ...soay.Middleware) {
		g := l.Group("/", mw[0]).Group("/", mw[1])
		g.Get("/", l.getHome)
		g.Post("/admin/purge", l.purge).Use(func(next soay.Handler) soay.Handler { return next })
	}},
	{"of routes", func(l *lateApp, mw ...soay.Middleware) {
		l.Get("/", l.getHome).Use(mw...)
		l.Post("/admin/purge", l.purge).Use(mw...)
	}},
}

// A request that is dead when its check is over runs no handler: neither its own, nor the handler of the request that uses
// the recycled state.
func TestLateRequestsRunNoHandler(t *testing.T) {
	for _, timeout := range lateTimeouts {
		for _, place := range latePlaces {
			t.Run(timeout.name+" around a check "+place.name, func(t *testing.T) {
				t.Run("http.Handler", func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						l := newLateApp(soay.Options{}, timeout.middleware, place.put)
						attackLate(t, l, func(r *http.Request) (int, error) {
							w := httptest.NewRecorder()
							l.ServeHTTP(w, r)
							return w.Code, nil
						})
					})
				})
				overAll(t, func(t *testing.T, options soay.Options, start starter) {
					l := newLateApp(options, timeout.middleware, place.put)
					r, url := start(l.App)
					defer time.Sleep(10 * time.Second) // longer than either end of a connection waits for the other's farewell
					defer r.end(t)
					attackLate(t, l, func(hr *http.Request) (int, error) {
						hr, err := http.NewRequest(hr.Method, url+hr.URL.Path, nil)
						if err != nil {
							return 0, err
						}
						hr.Header.Set("X-Admin", "yes")
						resp, err := r.client.Do(hr)
						if err != nil {
							return 0, err
						}
						return resp.StatusCode, resp.Body.Close()
					})
				})
			})
		}
	}
}

// attackLate sends dead requests beside those of an admin.
func attackLate(t *testing.T, l *lateApp, send func(*http.Request) (int, error)) {
	const rounds = 20
	expect := func(method, path string, want int) {
		hr := httptest.NewRequest(method, path, nil)
		hr.Header.Set("X-Admin", "yes")
		if got, err := send(hr); got != want || err != nil {
			t.Errorf("%s %s: %d %v, want %d", method, path, got, err, want)
		}
	}
	for range rounds {
		expect("GET", "/", 503)
		expect("POST", "/admin/purge", 200)
	}
	if purged, home := l.purged.Load(), l.home.Load(); purged != rounds || home != 0 {
		t.Errorf("the handlers ran %d times for the admin and %d times for the dead, want %d and 0", purged, home, rounds)
	}
	if want := map[string]int{lateMessage: rounds}; !maps.Equal(l.answers, want) {
		t.Errorf("the dead requests got %v, want %v", l.answers, want)
	}
}

const lateMessage = "request: request used after its handler returned; " +
	"read what a goroutine needs before starting it, or give it req.Detach()"
