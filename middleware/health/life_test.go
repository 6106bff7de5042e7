package health_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/health"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// While an app drains it is not ready, though it takes requests, and no check runs any more.
func TestDraining(t *testing.T) {
	for name, standard := range map[string]bool{"own server": false, "net/http": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, log := newApp(soay.Options{DrainDelay: 5 * time.Second, StandardServer: standard})
				app.UseHealth()
				db := new(counted)
				app.AddHealthCheck("db", db.check)
				app.Get("/", func(soay.Request) soay.Response { return response.Text("hi") })
				l := requesttest.NewListener()
				client := &http.Client{Transport: &http.Transport{DialContext: l.DialContext}}
				get := func(path, want string) {
					t.Helper()
					resp, err := client.Get("http://10.0.0.1" + path)
					if err != nil {
						t.Error(err)
						return
					}
					defer resp.Body.Close()
					if text, err := io.ReadAll(resp.Body); err != nil || string(text) != want {
						t.Errorf("%s says %q, %v; want %q", path, text, err, want)
					}
				}
				ctx, cancel := context.WithCancel(t.Context())
				served := make(chan error, 1)
				go func() { served <- app.Serve(ctx, l) }()
				get("/health/ready", "ok")
				get("/health/start", "ok")
				time.Sleep(time.Minute)
				cancel()
				synctest.Wait()
				for range 4 {
					get("/health/ready", "unavailable")
					get("/health/start", "ok")
					get("/health/live", "ok")
					get("/", "hi")
					time.Sleep(time.Second)
				}
				client.CloseIdleConnections()
				if err := <-served; err != nil {
					t.Error(err)
				}
				db.called(t, 1)
				lines(t, log)
			})
		})
	}
}

// An app that is told to stop before its checks have passed does not start any more.
func TestDrainingBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp(soay.Options{DrainDelay: 5 * time.Second})
		app.UseHealth()
		db := new(counted)
		app.AddHealthCheck("db", db.check)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- app.Serve(ctx, requesttest.NewListener()) }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		says(t, app, "start", "unavailable")
		says(t, app, "ready", "unavailable")
		if err := <-served; err != nil {
			t.Error(err)
		}
		db.called(t, 0)
	})
}

// Probes that wait, and checks that hang, do not delay the stop. Contexts end, and nobody complains of that.
func TestStopWhileAProbeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newApp()
		app.UseHealth(health.Options{Timeout: time.Hour})
		released, ended := make(chan struct{}), false
		hung := &counted{result: func(context.Context) error { <-released; return errDown }}
		app.AddHealthCheck("hung", hung.check)
		app.AddHealthCheck("polite", func(ctx context.Context) error { <-ctx.Done(); ended = true; return ctx.Err() })
		l := requesttest.NewListener()
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- app.Serve(ctx, l) }()
		client := &http.Client{Transport: &http.Transport{DialContext: l.DialContext}}
		answers := make(chan int, 2)
		for _, name := range []string{"ready", "start"} {
			go func() {
				resp, err := client.Get("http://localhost/health/" + name)
				if err != nil {
					t.Error(err)
					answers <- 0
					return
				}
				resp.Body.Close()
				answers <- resp.StatusCode
			}()
		}
		synctest.Wait()
		time.Sleep(time.Minute)
		begin := time.Now()
		cancel()
		if a, b := <-answers, <-answers; a != 503 || b != 503 {
			t.Errorf("probes that wait get %d and %d", a, b)
		}
		client.CloseIdleConnections()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 100*time.Millisecond {
			t.Errorf("the stop took %v", took)
		}
		synctest.Wait()
		if !ended {
			t.Error("the context of a check has not ended")
		}
		lines(t, log)

		if err := app.Start(t.Context()); err != nil { // again, while the check still hangs
			t.Fatal(err)
		}
		begin = time.Now()
		go func() { time.Sleep(time.Minute); stop(t, app) }()
		says(t, app, "ready", "unavailable")
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("the probe waited for %v, want until the stop", took)
		}
		hung.called(t, 1)
		close(released)
		synctest.Wait()
		lines(t, log)
	})
}

// A new start begins anew: with the latch, with outcomes, and with what the log was told.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newApp()
		app.UseHealth()
		down := false
		app.AddHealthCheck("db", func(context.Context) error {
			if down {
				return errDown
			}
			return nil
		})
		const fails = `level=WARN msg="health: a check fails; the app is not ready" check=db`
		start(t, app)
		says(t, app, "start", "ok")
		stop(t, app)
		down = true
		start(t, app)
		says(t, app, "start", "unavailable") // at once: the outcome of the earlier life does not count
		lines(t, log, fails)
		stop(t, app)
		start(t, app)
		says(t, app, "ready", "unavailable")
		lines(t, log, fails, fails)
		stop(t, app)
		down = false
		start(t, app)
		says(t, app, "start", "ok")
		lines(t, log, fails, fails)
	})
}

// A start that fails leaves nothing behind.
func TestStartFails(t *testing.T) {
	app, _ := newApp()
	app.UseHealth()
	db := new(counted)
	app.AddHealthCheck("db", db.check)
	broken := true
	app.OnStart(func(context.Context) error {
		if broken {
			return errDown
		}
		return nil
	})
	if err := app.Start(t.Context()); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	if app.Ready() {
		t.Error("the app is ready")
	}
	broken = false
	start(t, app)
	db.called(t, 0)
	says(t, app, "ready", "ok")
	db.called(t, 1)
}

// A probe whose client goes away does not end the run that others wait for.
func TestClientGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newApp()
		app.UseHealth()
		db := &counted{result: func(ctx context.Context) error {
			select {
			case <-time.After(500 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		app.AddHealthCheck("db", db.check)
		l := requesttest.NewListener()
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- app.Serve(ctx, l) }()
		synctest.Wait()
		conn, err := l.DialContext(t.Context(), "tcp", "localhost")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		db.called(t, 1)
		time.Sleep(100 * time.Millisecond)
		conn.Close()
		says(t, app, "ready", "ok")
		db.called(t, 1)
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		lines(t, log)
	})
}

// Behind another server, and in one process with another app, each app speaks for itself.
func TestTwoApps(t *testing.T) {
	one, _ := newApp()
	one.UseHealth()
	one.AddHealthCheck("db", func(context.Context) error { return errDown })
	two, _ := newApp()
	two.UseHealth()
	two.AddHealthCheck("db", func(context.Context) error { return nil })
	for app, want := range map[*soay.App]int{one: 503, two: 200} {
		handler, err := app.Handler()
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(handler)
		defer server.Close()
		for range 2 {
			resp, err := http.Get(server.URL + "/health/ready")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("status %d, want %d", resp.StatusCode, want)
			}
		}
		stop(t, app)
		if w := do(app, "GET", "/health/live"); w.Code != 503 {
			t.Errorf("live of an app that has stopped: %d", w.Code)
		}
	}
}
