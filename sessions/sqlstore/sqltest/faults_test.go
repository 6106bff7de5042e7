package sqltest_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
)

// ownPostgres returns a server that a test may ill-treat.
func ownPostgres(t *testing.T) *postgres {
	t.Helper()
	p, err := newPostgres()
	p = need(t, p, err)
	t.Cleanup(func() { p.close() })
	return p
}

func pgx() engine { return engine{name: "PostgreSQL", driver: "pgx"} }

// traffic is what visitors do while their database is ill-treated.
type traffic struct {
	visitors [4]*requesttest.Client
	kept     [4]atomic.Int64 // increments that were answered with success
	tried    [4]atomic.Int64
	refused  atomic.Int64 // with 503
	answers  atomic.Int64
	wrong    atomic.Int64
	end      chan struct{}
	wg       sync.WaitGroup
}

// startTraffic lets four visitors sign in, one after the other at each of two instances.
func startTraffic(t *testing.T, dsn string) *traffic {
	tr := &traffic{end: make(chan struct{})}
	for i := range tr.visitors {
		store := sqlstore.New(pgx().open(t, dsn))
		c := requesttest.New(t, newApp(store))
		c.Get(fmt.Sprintf("/login?user=visitor%d", i))
		tr.visitors[i] = c
		tr.wg.Go(func() { tr.visit(t, i) })
	}
	return tr
}

func (tr *traffic) visit(t *testing.T, i int) {
	for {
		select {
		case <-tr.end:
			return
		default:
		}
		tr.tried[i].Add(1)
		if tr.ask(t, i, "/add", http.StatusNoContent, "") {
			tr.kept[i].Add(1)
		}
		tr.ask(t, i, "/who", http.StatusOK, fmt.Sprintf("visitor%d", i))
	}
}

// ask reports whether a visitor was served. An answer other than the right one or a 503 that says
// when to come again is wrong.
func (tr *traffic) ask(t *testing.T, i int, path string, status int, text string) bool {
	resp, err := tr.visitors[i].Try(http.MethodGet, path)
	tr.answers.Add(1)
	switch {
	case err != nil:
		t.Errorf("visitor %d: GET %s: %v", i, path, err)
	case resp.Status == status && resp.Text() == text:
		return true
	case resp.Status == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		tr.refused.Add(1)
		return false
	default:
		t.Errorf("visitor %d: GET %s = %d %q, want %d %q or 503 with Retry-After", i, path, resp.Status, resp.Body, status, text)
	}
	tr.wrong.Add(1)
	return false
}

// recovers waits until all visitors are served, and returns how long that took.
func (tr *traffic) recovers(t *testing.T) time.Duration {
	t.Helper()
	begin := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for i, c := range tr.visitors {
		err := eventually(ctx, func(context.Context) error {
			if resp, err := c.Try(http.MethodGet, "/who"); err != nil || resp.Status != http.StatusOK {
				return fmt.Errorf("visitor %d is not served", i)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(begin)
}

// stop ends the traffic and checks that no increment was lost that was answered with success. One
// whose answer was lost may count.
func (tr *traffic) stop(t *testing.T) {
	t.Helper()
	tr.recovers(t)
	close(tr.end)
	tr.wg.Wait()
	for i, c := range tr.visitors {
		n, err := strconv.ParseInt(c.Get("/n").Text(), 10, 64)
		if kept, tried := tr.kept[i].Load(), tr.tried[i].Load(); err != nil || n < kept || n > tried || kept == 0 {
			t.Errorf("visitor %d has %d increments, %v; %d of %d were answered with success", i, n, err, kept, tried)
		}
	}
	t.Logf("%d answers, %d of them 503, %d wrong", tr.answers.Load(), tr.refused.Load(), tr.wrong.Load())
}

// A server that restarts, in good order or by a crash, costs 503s, and nothing that was answered with
// success.
func TestRestart(t *testing.T) {
	t.Parallel()
	p := ownPostgres(t)
	tr := startTraffic(t, p.dsn())
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGINT, syscall.SIGQUIT} {
		before := tr.answers.Load()
		for tr.answers.Load() < before+100 {
			time.Sleep(time.Millisecond)
		}
		p.process.stop(sig)
		if err := p.start(); err != nil {
			t.Fatal(err)
		}
		t.Logf("all served %v after the server was back", tr.recovers(t))
	}
	tr.stop(t)
}

// Connections that are reset in the middle of anything cost no more.
func TestResets(t *testing.T) {
	t.Parallel()
	p := ownPostgres(t)
	proxy := newProxy(t, "127.0.0.1", p.port)
	tr := startTraffic(t, fmt.Sprintf("host=127.0.0.1 port=%d user=soay dbname=postgres sslmode=disable", proxy.port))
	resets := 0
	for range 100 {
		before := tr.answers.Load()
		for tr.answers.Load() < before+20 {
			time.Sleep(time.Millisecond)
		}
		resets += proxy.reset()
	}
	tr.stop(t)
	t.Logf("%d connections were reset", resets)
}

// A server that stands still costs each request no more than the time of the store, and those that do
// not touch the session nothing.
func TestStoppedServer(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		p := ownPostgres(t)
		standStill(t, pgx(), p.dsn(), p.process)
	})
	t.Run("MariaDB", func(t *testing.T) {
		m, err := newMariaDB()
		m = need(t, m, err)
		t.Cleanup(m.close)
		standStill(t, engine{name: "MariaDB", driver: "mysql"}, m.dsn(), m.process)
	})
}

func standStill(t *testing.T, e engine, dsn string, p *process) {
	c := requesttest.New(t, newApp(sqlstore.New(e.open(t, dsn)), sessions.Options{StoreTimeout: 300 * time.Millisecond}))
	c.Get("/login?user=ann")
	wantText(t, c, "/who", "ann")
	for range 3 {
		if err := p.signalAll(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		var slowest atomic.Int64
		var wg sync.WaitGroup
		for _, path := range []string{"/who", "/add", "/set?key=a", "/login?user=bob", "/who", "/add"} {
			wg.Go(func() {
				begin := time.Now()
				resp, err := c.Try(http.MethodGet, path)
				took := time.Since(begin)
				if err != nil || resp.Status != http.StatusServiceUnavailable || took > 1500*time.Millisecond { // the machine may be busy
					t.Errorf("GET %s of a server that stands still = %v, %v after %v, want 503 after 300 ms", path, resp, err, took)
				}
				for old := slowest.Load(); int64(took) > old && !slowest.CompareAndSwap(old, int64(took)); old = slowest.Load() {
				}
			})
		}
		wantText(t, c, "/plain", "plain")
		wg.Wait()
		if err := p.signalAll(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		t.Logf("refused after at most %v, served again after %v", time.Duration(slowest.Load()), servedAgain(t, c))
	}
}

// servedAgain waits until the visitor is known again, and returns how long that took.
func servedAgain(t *testing.T, c *requesttest.Client) time.Duration {
	t.Helper()
	begin := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := eventually(ctx, func(context.Context) error {
		if resp := c.Get("/who"); resp.Status != http.StatusOK || resp.Text() != "ann" {
			return fmt.Errorf("GET /who = %d %q", resp.Status, resp.Body)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}
