//go:build unix

package redislimit_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/middleware/ratelimit/redislimit"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// keyScheme takes the key "right" in the header X-Key.
type keyScheme struct{}

func (keyScheme) Presented(req soay.Request) bool { return req.Header("X-Key") != "" }

func (keyScheme) Authenticate(req soay.Request) (*soay.Identity, error) {
	if req.Header("X-Key") != "right" {
		return nil, auth.Invalid(auth.ReasonInvalid, nil)
	}
	return auth.NewIdentity(auth.Profile{Subject: "ada"})
}

func (keyScheme) Describe() auth.Description {
	return auth.Description{Security: router.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}}
}

// patient is a store that may take its time while it is told so: a busy machine may be slow.
type patient struct {
	ratelimit.Store
	is atomic.Bool
}

func (p *patient) Take(ctx context.Context, key string, cost int, rates []router.Rate) (ratelimit.Result, error) {
	if p.is.Load() {
		ctx = context.WithoutCancel(ctx)
	}
	return p.Store.Take(ctx, key, cost, rates)
}

func newPatient(t *testing.T, s *server) *patient {
	p := &patient{Store: redislimit.New(s.client(t))}
	p.is.Store(true)
	return p
}

// newAuthApp returns an app whose wrong keys and tries of passwords are counted in a store. A GET of /login tries the
// password of ada, and waits for hold before it has failed.
func newAuthApp(t *testing.T, store ratelimit.Store, hold func()) (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{}
	app := soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: -1})
	app.AddScheme("key", keyScheme{})
	app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Store: store}})
	app.Get("/me", func(soay.Request) soay.Response { return response.Text("me") }).Auth()
	app.Get("/login", func(req soay.Request) soay.Response {
		attempt, err := auth.Try(req, "ada")
		hold()
		if err != nil {
			return response.Error(err)
		}
		if req.Query("password") == "right" {
			attempt.Succeeded()
		}
		return response.Text("tried")
	})
	return app, log
}

// statuses counts the statuses of n requests with a key, "" for none.
func statuses(app http.Handler, n int, path, key string) map[int]int {
	count := map[int]int{}
	for range n {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = first + ":1"
		if key != "" {
			r.Header.Set("X-Key", key)
		}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		count[w.Code]++
	}
	return count
}

// Instances count wrong keys and tries of passwords together, and tries exactly.
func TestAuthOfSeveralInstances(t *testing.T) {
	s := startServer(t)
	var first64 sync.WaitGroup
	first64.Add(64)
	hold := func() { first64.Done(); first64.Wait() } // nobody has ended before all have tried
	one, _ := newAuthApp(t, newPatient(t, s), hold)
	two, _ := newAuthApp(t, newPatient(t, s), hold)
	var passed atomic.Int64
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() { passed.Add(int64(statuses([]http.Handler{one, two}[i%2], 1, "/login", "")[200])) })
	}
	all.Wait()
	if got := passed.Load(); got != 10 {
		t.Errorf("%d of 64 tries pass at two instances, want 10", got)
	}
	if got := statuses(one, 30, "/me", "wrong"); got[401] != 20 || got[429] != 10 {
		t.Errorf("wrong keys at one instance: %v, want 20 and 10", got)
	}
	if got := statuses(two, 10, "/me", "wrong"); got[401] != 1 || got[429] != 9 {
		t.Errorf("then at the other: %v, want 1 and 9", got)
	}
}

// While the server hangs each instance counts by itself, and nobody waits for long.
func TestAuthWhileTheServerHangs(t *testing.T) {
	s := startServer(t)
	store := newPatient(t, s)
	app, log := newAuthApp(t, store, func() {})
	if got := statuses(app, 5, "/login", ""); got[200] != 5 {
		t.Fatalf("before it hangs: %v", got)
	}
	s.signal(t, syscall.SIGSTOP)
	store.is.Store(false)
	start := time.Now()
	for path, want := range map[string]map[int]int{"/login": {200: 10, 429: 20}, "/me": {401: 20, 429: 10}} {
		if got := statuses(app, 30, path, map[string]string{"/me": "wrong"}[path]); got[200] != want[200] || got[401] != want[401] || got[429] != want[429] {
			t.Errorf("%s while it hangs: %v, want %v of the memory", path, got, want)
		}
	}
	if took := time.Since(start); took > 30*time.Second { // 100 ms for some of them; without an end it would be a minute and more
		t.Errorf("60 requests took %v", took)
	}
	if lines := log.Records("rate limit: the store failed; the memory of this process takes over"); len(lines) != 1 {
		t.Errorf("the log has %v, want one warning", lines)
	}
	s.signal(t, syscall.SIGCONT)
	left := 0
	eventually(t, func() bool { left += statuses(app, 1, "/login", "")[200]; return left > 0 })
	if left += statuses(app, 20, "/login", "")[200]; left > 5 {
		t.Errorf("then %d tries pass, want at most the 5 that it has left", left)
	}
}
