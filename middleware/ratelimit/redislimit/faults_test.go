//go:build unix

package redislimit_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/middleware/ratelimit/redislimit"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newApp returns an app with a route that is limited to five requests an hour, one that is not, and its log.
func newApp(t *testing.T, client redis.UniversalClient, timeout time.Duration) (*soay.App, *requesttest.Log) {
	t.Helper()
	log := &requesttest.Log{Level: slog.LevelWarn}
	app := soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: -1})
	app.UseRateLimit(soay.Rate{Requests: 5, Per: time.Hour}, ratelimit.Options{
		Store: redislimit.New(client), StoreTimeout: timeout,
		Exempt: func(req soay.Request) bool { return req.Path() == "/free" },
	})
	hello := func(soay.Request) soay.Response { return response.Text("hello") }
	app.Get("/", hello)
	app.Get("/free", hello)
	return app, log
}

func get(app http.Handler, client, path string) int {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = client + ":1"
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w.Code
}

// The clients of the tests.
const (
	first  = "192.0.2.1"
	second = "192.0.2.2"
)

// passed returns how many of n requests of a client are not refused.
func passed(t *testing.T, app http.Handler, n int, client string) int {
	t.Helper()
	count := 0
	for range n {
		switch code := get(app, client, "/"); code {
		case 200:
			count++
		case 429:
		default:
			t.Fatalf("status %d", code)
		}
	}
	return count
}

// While the server is at fault each instance limits by itself, and the log says why.
func TestFaults(t *testing.T) {
	key := "soay:limit:7:default:a"
	faults := []struct {
		description string
		begin       func(*testing.T, *server)
		want        string // part of the error
		end         func(*testing.T, *server)
		least, most int // requests of five that are left of the second client, after three before the fault
	}{
		{"it hangs", func(t *testing.T, s *server) { s.signal(t, syscall.SIGSTOP) }, "",
			func(t *testing.T, s *server) { s.signal(t, syscall.SIGCONT) }, 1, 2}, // one may have waited in the server
		{"it restarts", func(_ *testing.T, s *server) { s.kill() }, "",
			func(t *testing.T, s *server) { s.start(t) }, 5, 5},
		{"a key of another kind", func(t *testing.T, s *server) {
			for _, client := range []string{first, second} {
				must(t, s.client(t).Del(t.Context(), key+client).Err())
				must(t, s.client(t).SAdd(t.Context(), key+client, "x").Err())
			}
		}, "WRONGTYPE", func(t *testing.T, s *server) { must(t, s.client(t).Del(t.Context(), key+first, key+second).Err()) }, 5, 5},
		{"a replica", func(t *testing.T, s *server) {
			must(t, s.client(t).ReplicaOf(t.Context(), "127.0.0.1", "1").Err())
		}, "READONLY", func(t *testing.T, s *server) { must(t, s.client(t).ReplicaOf(t.Context(), "NO", "ONE").Err()) }, 2, 2},
		{"no memory", func(t *testing.T, s *server) { must(t, s.client(t).ConfigSet(t.Context(), "maxmemory", "1").Err()) },
			"OOM", func(t *testing.T, s *server) { must(t, s.client(t).ConfigSet(t.Context(), "maxmemory", "0").Err()) }, 2, 2},
	}
	for _, tt := range faults {
		for name, options := range map[string]redis.Options{"": {ContextTimeoutEnabled: true}, " by default": {}} {
			t.Run(tt.description+name, func(t *testing.T) {
				t.Parallel() // most of the time passes while the servers are at fault
				s := startServer(t)
				timeout := time.Minute // what fails at once does not need it, and a busy machine may be slow
				if tt.want == "" {
					timeout = time.Second
				}
				app, log := newApp(t, s.clientWith(t, options), timeout)
				for _, client := range []string{first, second} {
					if got := passed(t, app, 3, client); got != 3 {
						t.Fatalf("before the fault %d of 3 pass", got)
					}
				}
				tt.begin(t, s)
				for _, client := range []string{first, second} {
					if got := passed(t, app, 20, client); got != 5 {
						t.Errorf("during the fault %d of 20 pass, want the 5 of the memory", got)
					}
				}
				lines := log.Records("rate limit: the store failed; the memory of this process takes over")
				if len(lines) != 1 || !strings.Contains(lines[0]["error"].(string), tt.want) {
					t.Errorf("the log has %v, want one warning with %q", lines, tt.want)
				}
				tt.end(t, s)
				// The memory lets nobody pass any more, so who passes does so by the server.
				left := 0
				eventually(t, func() bool { left += passed(t, app, 1, second); return left > 0 })
				if left += passed(t, app, 20, second); left < tt.least || left > tt.most {
					t.Errorf("after the fault %d pass, want from %d to %d, which the server has left", left, tt.least, tt.most)
				}
			})
		}
	}
}

// The script is sent again to a server that has forgotten it.
func TestForgottenScript(t *testing.T) {
	s := startServer(t)
	app, log := newApp(t, s.client(t), time.Minute)
	for range 2 {
		if got := passed(t, app, 1, first); got != 1 {
			t.Errorf("%d of 1 pass", got)
		}
		must(t, s.client(t).ScriptFlush(t.Context()).Err())
	}
	if got := passed(t, app, 20, first); got != 3 || len(log.Lines()) > 0 {
		t.Errorf("%d of 20 pass, want 3; log:\n%s", got, log)
	}
}

// A request that waits for a server which hangs does not hold up others.
func TestOthersGoOn(t *testing.T) {
	s := startServer(t)
	app, _ := newApp(t, s.client(t), time.Minute)
	passed(t, app, 1, first)
	s.signal(t, syscall.SIGSTOP)
	waiting := make(chan int, 64)
	for range cap(waiting) {
		go func() { waiting <- get(app, first, "/") }()
	}
	for range 1000 {
		if code := get(app, first, "/free"); code != 200 {
			t.Fatalf("a request without a limit: %d", code)
		}
	}
	if n := len(waiting); n != 0 {
		t.Errorf("%d requests did not wait for the server", n)
	}
	s.signal(t, syscall.SIGCONT)
	count := 0
	for range cap(waiting) {
		if <-waiting == 200 {
			count++
		}
	}
	if count != 4 {
		t.Errorf("%d of %d waiting requests pass, want the 4 that are left", count, cap(waiting))
	}
}
