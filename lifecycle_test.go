package soay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// journal is a list of lines that hooks write.
type journal struct{ lines []string }

func (j *journal) hook(line string, err error) func(context.Context) error {
	return func(context.Context) error {
		j.lines = append(j.lines, line)
		return err
	}
}

func (j *journal) lifespan(name string) func(context.Context) (func(context.Context) error, error) {
	return func(context.Context) (func(context.Context) error, error) {
		j.lines = append(j.lines, "open "+name)
		return j.hook("close "+name, nil), nil
	}
}

var errHook = errors.New("the hook failed")

func TestHooks(t *testing.T) {
	panics := func(context.Context) error { panic("broken hook") }
	tests := []struct {
		name      string
		setUp     func(*soay.App, *journal)
		want      []string
		wantStart string // "" for success
		wantStop  string
	}{
		{"none", func(*soay.App, *journal) {}, nil, "", ""},
		{"in order, and back in reverse order", func(a *soay.App, j *journal) {
			a.OnStart(j.hook("start 1", nil))
			a.OnStop(j.hook("stop 1", nil))
			a.Lifespan(j.lifespan("db"))
			a.OnStart(j.hook("start 2", nil))
			a.OnStop(j.hook("stop 2", nil))
		}, []string{"start 1", "open db", "start 2", "stop 2", "close db", "stop 1"}, "", ""},
		{"a lifespan without an end", func(a *soay.App, j *journal) {
			a.Lifespan(func(context.Context) (func(context.Context) error, error) { return nil, nil })
			a.OnStop(j.hook("stop", nil))
		}, []string{"stop"}, "", ""},
		{"a start that fails undoes what was started", func(a *soay.App, j *journal) {
			a.OnStop(j.hook("stop 1", nil))
			a.Lifespan(j.lifespan("db"))
			a.OnStart(j.hook("start", errHook))
			a.Lifespan(j.lifespan("cache"))
			a.OnStop(j.hook("stop 2", nil))
		}, []string{"open db", "start", "close db", "stop 1"}, "start hook of lifecycle_test.go:", ""},
		{"a lifespan that fails", func(a *soay.App, j *journal) {
			a.Lifespan(j.lifespan("db"))
			a.Lifespan(func(context.Context) (func(context.Context) error, error) { return j.hook("never", nil), errHook })
		}, []string{"open db", "close db"}, "the hook failed", ""},
		{"a start that panics", func(a *soay.App, j *journal) {
			a.Lifespan(j.lifespan("db"))
			a.OnStart(panics)
			a.Lifespan(j.lifespan("cache"))
		}, []string{"open db", "close db"}, "panic: broken hook", ""},
		{"the undoing fails too", func(a *soay.App, j *journal) {
			a.OnStop(j.hook("stop 1", nil))
			a.OnStop(panics)
			a.OnStart(j.hook("start", errHook))
		}, []string{"start", "stop 1"}, "panic: broken hook", ""},
		{"a stop that fails does not keep the others", func(a *soay.App, j *journal) {
			a.OnStop(j.hook("stop 1", nil))
			a.OnStop(j.hook("stop 2", errHook))
			a.OnStop(panics)
			a.OnStop(j.hook("stop 3", nil))
		}, []string{"stop 3", "stop 2", "stop 1"}, "", "stop hook of lifecycle_test.go:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := newApp()
			j := new(journal)
			tt.setUp(app, j)
			err := app.Start(t.Context())
			checkError(t, "Start", err, tt.wantStart)
			if app.Ready() != (err == nil) {
				t.Errorf("Start: %v, Ready: %v", err, app.Ready())
			}
			checkError(t, "Stop", app.Stop(t.Context()), tt.wantStop)
			if app.Ready() {
				t.Error("ready after Stop")
			}
			if diff := cmp.Diff(tt.want, j.lines); diff != "" {
				t.Errorf("hooks (-want +got):\n%s", diff)
			}
		})
	}
}

// checkError compares an error with a part of its text, "" for none.
func checkError(t *testing.T, call string, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", call, err, want)
	}
}

func TestHookErrorsAreWrapped(t *testing.T) {
	app, _ := newApp()
	j := new(journal)
	other := errors.New("the other hook failed")
	app.OnStop(j.hook("", errHook))
	app.OnStart(j.hook("", other))
	if err := app.Start(t.Context()); !errors.Is(err, errHook) || !errors.Is(err, other) {
		t.Errorf("Start: %v, want both errors", err)
	}
}

// Stop hooks get time for their work, even if the start fails because its context has ended.
func TestStopHooksGetTime(t *testing.T) {
	tests := []struct {
		name string
		run  func(t *testing.T, app *soay.App)
	}{
		{"a start that was cancelled", func(t *testing.T, app *soay.App) {
			ctx, cancel := context.WithCancel(t.Context())
			app.OnStart(func(ctx context.Context) error {
				cancel()
				return ctx.Err()
			})
			if err := app.Start(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Start: %v", err)
			}
		}},
		{"the end of Serve", func(t *testing.T, app *soay.App) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := app.Serve(ctx, requesttest.NewListener()); err != nil {
				t.Errorf("Serve: %v", err)
			}
		}},
		{"a port that is none", func(t *testing.T, app *soay.App) {
			checkError(t, "Run", app.Run("127.0.0.1:99999"), `soay: listen on "127.0.0.1:99999": `)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := newApp(soay.Options{ShutdownTimeout: time.Hour})
			stopped := 0
			app.OnStop(func(ctx context.Context) error {
				stopped++
				deadline, ok := ctx.Deadline()
				if left := time.Until(deadline); ctx.Err() != nil || !ok || left > time.Hour || left < 50*time.Minute {
					t.Errorf("the context of the stop hook: %v, %v left", ctx.Err(), left)
				}
				return nil
			})
			tt.run(t, app)
			if stopped != 1 {
				t.Errorf("the stop hook ran %d times, want once", stopped)
			}
		})
	}
}

func TestStartIsIdempotent(t *testing.T) {
	app, _ := newApp()
	started, stopped := 0, 0
	release := make(chan struct{})
	app.OnStart(func(context.Context) error {
		started++
		<-release // the others come while this one starts
		return nil
	})
	app.OnStop(func(context.Context) error { stopped++; return nil })
	app.Get("/", hello)
	calls := []func(){
		func() {
			if err := app.Start(t.Context()); err != nil || !app.Ready() {
				t.Errorf("Start: %v, Ready: %v", err, app.Ready())
			}
		},
		func() {
			if w := do(app, "GET", "/"); w.Code != 200 {
				t.Errorf("a request during the start got %d", w.Code)
			}
		},
		func() {
			if _, err := app.Handler(); err != nil {
				t.Errorf("Handler: %v", err)
			}
		},
	}
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(calls[i%len(calls)])
	}
	close(release)
	wg.Wait()
	for range 2 {
		if err := app.Stop(t.Context()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
	if started != 1 || stopped != 1 {
		t.Errorf("started %d times and stopped %d times, want once", started, stopped)
	}
}

func TestRestart(t *testing.T) {
	app, _ := newApp()
	j := new(journal)
	app.Lifespan(j.lifespan("db"))
	app.Get("/", hello)
	if app.Stopping() != nil || app.Ready() {
		t.Error("before the start the app is ready or stopping")
	}
	for i := range 3 {
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		stopping := app.Stopping()
		select {
		case <-stopping:
			t.Error("stopping at the start")
		default:
		}
		if w := do(app, "GET", "/"); w.Code != 200 || !app.Ready() {
			t.Errorf("round %d: got %d, ready: %v", i, w.Code, app.Ready())
		}
		if err := app.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-stopping
		<-app.Stopping()
		if w := do(app, "GET", "/"); w.Code != 503 || w.Body.String() != "503 Service Unavailable\n" || app.Ready() {
			t.Errorf("round %d: after Stop got %d %q, ready: %v", i, w.Code, w.Body, app.Ready())
		}
	}
	want := []string{"open db", "close db", "open db", "close db", "open db", "close db"}
	if diff := cmp.Diff(want, j.lines); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
}

func TestImplicitStart(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"that works", nil, "200 hello"},
		{"that fails", errHook, "503 503 Service Unavailable\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newApp()
			j := new(journal)
			app.OnStart(j.hook("start", tt.err))
			app.Get("/", hello)
			for range 3 {
				w := do(app, "GET", "/")
				if got := fmt.Sprint(w.Code, " ", w.Body); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
			if len(j.lines) != 1 {
				t.Errorf("the hook ran %d times, want once", len(j.lines))
			}
			if failed := len(log.Records("soay: the app cannot start")); (failed == 1) != (tt.err != nil) {
				t.Errorf("the log says:\n%s", log)
			}
		})
	}
}

func TestStartAfterAFailedOne(t *testing.T) {
	app, _ := newApp()
	j := new(journal)
	err := errHook
	app.OnStart(func(context.Context) error { return err })
	app.OnStop(j.hook("stop", nil))
	app.Get("/", func(soay.Request) soay.Response { return response.Text("hello") })
	if got := app.Start(t.Context()); !errors.Is(got, errHook) {
		t.Fatalf("Start: %v", got)
	}
	err = nil
	if err := app.Start(t.Context()); err != nil {
		t.Fatalf("Start: %v", err)
	}
	if w := do(app, "GET", "/"); w.Code != 200 || len(j.lines) != 0 {
		t.Errorf("got %d, hooks %v", w.Code, j.lines)
	}
}

// Stop ends the service also while Serve is still running.
func TestStopDuringServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp()
		app.Get("/", hello)
		r := run(t, app)
		for _, want := range []int{200, 503} {
			resp, err := r.client.Get("http://localhost/")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("got %d, want %d", resp.StatusCode, want)
			}
			if err := app.Stop(t.Context()); err != nil {
				t.Errorf("Stop: %v", err)
			}
		}
		r.end(t)
	})
}

// Stop ends the contexts of streams also if another server serves the app.
func TestStopTellsStreamsOfOtherServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp()
		app.Get("/", func(req soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				<-req.Context().Done()
				_, err := fmt.Fprint(w, context.Cause(req.Context()))
				return err
			})
		})
		h, err := app.Handler()
		if err != nil {
			t.Fatal(err)
		}
		answered := make(chan string)
		go func() { answered <- do(h, "GET", "/").Body.String() }()
		synctest.Wait()
		if err := app.Stop(t.Context()); err != nil {
			t.Errorf("Stop: %v", err)
		}
		if got := <-answered; got != request.ErrStopping.Error() {
			t.Errorf("the stream ended with %q, want %q", got, request.ErrStopping)
		}
	})
}

// A request that comes while the app starts or stops gets a whole answer.
func TestRequestsDuringRestarts(t *testing.T) {
	app, _ := newApp()
	app.Get("/", hello)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				w := do(app, "GET", "/")
				if got := fmt.Sprint(w.Code, " ", w.Body); got != "200 hello" && got != "503 503 Service Unavailable\n" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	for range 50 {
		if err := app.Stop(t.Context()); err != nil {
			t.Errorf("Stop: %v", err)
		}
		if err := app.Start(t.Context()); err != nil {
			t.Errorf("Start: %v", err)
		}
	}
	close(done)
	wg.Wait()
}
