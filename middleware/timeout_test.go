package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// sleeping returns a handler that takes so long, whatever becomes of its context.
func sleeping(d time.Duration) soay.Handler {
	return func(soay.Request) soay.Response {
		time.Sleep(d)
		return response.Text("done")
	}
}

// inBubble runs f with an app whose handlers have a second.
func inBubble(t *testing.T, f func(t *testing.T, app *soay.App, log *requesttest.Log)) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newLoggedApp()
		app.UseTimeout(time.Second)
		f(t, app, log)
		time.Sleep(2 * time.Hour) // all handlers have returned
	})
}

// awaitAll waits until all handlers have returned.
func awaitAll() {
	time.Sleep(time.Hour)
	synctest.Wait()
}

func TestTimeoutAnswersInTime(t *testing.T) {
	tests := []struct {
		description  string
		register     func(app *soay.App)
		accept       string
		want         string
		wantDuration time.Duration
	}{
		{"a handler in time", func(app *soay.App) { app.Get("/", sleeping(999*time.Millisecond)) }, "",
			"200 text/plain; charset=utf-8 done", 999 * time.Millisecond},
		{"a handler that takes too long", func(app *soay.App) { app.Get("/", sleeping(time.Minute)) }, "",
			"503 text/plain; charset=utf-8 503 Service Unavailable: It took too long.", time.Second},
		{"a client that reads JSON", func(app *soay.App) { app.Get("/", sleeping(time.Minute)) }, "application/json",
			`503 application/problem+json {"detail":"It took too long.","status":503,"title":"Service Unavailable"}`, time.Second},
		{"a route with a time of its own", func(app *soay.App) { app.Get("/", sleeping(time.Minute)).Timeout(2 * time.Second) }, "",
			"503 text/plain; charset=utf-8 503 Service Unavailable: It took too long.", 2 * time.Second},
		{"a group with a time of its own", func(app *soay.App) { app.Group("").Timeout(time.Hour).Get("/", sleeping(time.Minute)) }, "",
			"200 text/plain; charset=utf-8 done", time.Minute},
		{"a route without a time", func(app *soay.App) { app.Get("/", sleeping(time.Minute)).NoTimeout() }, "",
			"200 text/plain; charset=utf-8 done", time.Minute},
		{"a group without a time", func(app *soay.App) { app.Group("").NoTimeout().Get("/", sleeping(time.Minute)) }, "",
			"200 text/plain; charset=utf-8 done", time.Minute},
		{"a fallback", func(app *soay.App) { app.Fallback(sleeping(time.Minute)) }, "",
			"503 text/plain; charset=utf-8 503 Service Unavailable: It took too long.", time.Second},
		{"middleware that takes too long", func(app *soay.App) {
			app.Use(func(next soay.Handler) soay.Handler {
				return func(req soay.Request) soay.Response { time.Sleep(time.Minute); return next(req) }
			})
			app.Get("/", func(soay.Request) soay.Response { t.Error("the handler ran"); return response.Text("") })
		}, "", "503 text/plain; charset=utf-8 503 Service Unavailable: It took too long.", time.Second},
		{"a handler that returns an error because its context ends", func(app *soay.App) {
			app.Get("/", func(req soay.Request) soay.Response {
				ctx := req.Context()
				<-ctx.Done()
				return response.Error(ctx.Err())
			})
		}, "", "503 text/plain; charset=utf-8 503 Service Unavailable: It took too long.", time.Second},
		{"a stream that takes longer", func(app *soay.App) {
			app.Get("/", func(req soay.Request) soay.Response {
				ctx := req.Context()
				return response.Stream("text/plain", func(w io.Writer) error {
					time.Sleep(time.Minute)
					io.WriteString(w, "done")
					return ctx.Err()
				})
			})
		}, "", "200 text/plain done", time.Minute},
		{"a panic in time", func(app *soay.App) { app.Get("/", func(soay.Request) soay.Response { panic("oops") }) }, "",
			"500 text/plain; charset=utf-8 500 Internal Server Error", 0},
		{"a handler that ends its goroutine", func(app *soay.App) {
			app.Get("/", func(soay.Request) soay.Response { runtime.Goexit(); return response.Text("") })
		}, "", "500 text/plain; charset=utf-8 500 Internal Server Error", 0},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			inBubble(t, func(t *testing.T, app *soay.App, _ *requesttest.Log) {
				tt.register(app)
				start := time.Now()
				w := do(app, "GET", "/", "Accept", tt.accept)
				got := strings.Join([]string{strconv.Itoa(w.Code), w.Header().Get("Content-Type"),
					strings.TrimSpace(w.Body.String())}, " ")
				if got != tt.want || time.Since(start) != tt.wantDuration {
					t.Errorf("after %v\n%q, want after %v\n%q", time.Since(start), got, tt.wantDuration, tt.want)
				}
			})
		})
	}
}

// A cut connection stays one.
func TestTimeoutPassesOnAbort(t *testing.T) {
	inBubble(t, func(t *testing.T, app *soay.App, _ *requesttest.Log) {
		app.Get("/", func(soay.Request) soay.Response { panic(http.ErrAbortHandler) })
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("the server got the panic %v, want %v", v, http.ErrAbortHandler)
			}
		}()
		do(app, "GET", "/")
	})
}

// The context ends when the request of the handler is dead already, and says why.
func TestTimeoutEndsTheContext(t *testing.T) {
	inBubble(t, func(t *testing.T, app *soay.App, _ *requesttest.Log) {
		var cause error
		var ended [3]error
		misuse := ""
		app.Get("/cats/{id}", func(req soay.Request) soay.Response {
			ctx, own := req.Context(), req.HTTP().Context()
			derived, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			<-ctx.Done()
			cause, ended = context.Cause(ctx), [...]error{ctx.Err(), own.Err(), derived.Err()}
			func() {
				defer func() { misuse = recover().(error).Error() }()
				req.Path()
			}()
			return response.Text("late")
		})
		do(app, "GET", "/cats/7")
		synctest.Wait()
		var timeout *middleware.TimeoutError
		want := middleware.TimeoutError{Route: "/cats/{id}", After: time.Second}
		if !errors.As(cause, &timeout) || *timeout != want || !errors.Is(cause, context.DeadlineExceeded) {
			t.Errorf("the cause is %v, want %v, which is context.DeadlineExceeded", cause, want)
		}
		if want := [...]error{context.Canceled, context.Canceled, context.Canceled}; ended != want {
			t.Errorf("the contexts ended with %v, want %v", ended, want)
		}
		if !strings.Contains(misuse, "after the time for it was over") {
			t.Errorf("the use of the request panicked with %q, want that the time is over", misuse)
		}
	})
}

func TestTimeoutLogsTheEnd(t *testing.T) {
	tests := []struct {
		description string
		handler     soay.Handler
		want        map[string]any
	}{
		{"a handler that returns", sleeping(3 * time.Second), map[string]any{"level": "WARN", "msg": "handler returned after its time",
			"method": "GET", "path": "/cats/7", "route": "/cats/{id}", "timeout": 1e9, "duration": 3e9}},
		{"an error", func(req soay.Request) soay.Response {
			time.Sleep(3 * time.Second)
			return response.NotFound()
		}, map[string]any{"level": "WARN", "msg": "handler returned after its time",
			"method": "GET", "path": "/cats/7", "route": "/cats/{id}", "timeout": 1e9, "duration": 3e9}},
		{"a panic", func(soay.Request) soay.Response { time.Sleep(3 * time.Second); panic("oops") },
			map[string]any{"level": "ERROR", "msg": "handler panicked after its time", "error": "panic: oops",
				"method": "GET", "path": "/cats/7", "route": "/cats/{id}", "timeout": 1e9, "duration": 3e9}},
		{"an abort", func(soay.Request) soay.Response { time.Sleep(3 * time.Second); panic(http.ErrAbortHandler) },
			map[string]any{"level": "WARN", "msg": "handler returned after its time",
				"method": "GET", "path": "/cats/7", "route": "/cats/{id}", "timeout": 1e9, "duration": 3e9}},
		{"middleware of net/http", func(req soay.Request) soay.Response {
			return soay.WrapHTTP(func(next http.Handler) http.Handler { return next })(func(soay.Request) soay.Response {
				time.Sleep(3 * time.Second)
				return response.NotFound()
			})(req)
		}, map[string]any{"level": "WARN", "msg": "handler returned after its time",
			"method": "GET", "path": "/cats/7", "route": "/cats/{id}", "timeout": 1e9, "duration": 3e9}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			inBubble(t, func(t *testing.T, app *soay.App, log *requesttest.Log) {
				app.Use(func(next soay.Handler) soay.Handler { return next })
				app.Get("/cats/{id}", tt.handler)
				do(app, "GET", "/cats/7")
				log.Reset()
				awaitAll()
				got := append(log.Records("handler returned after its time"), log.Records("handler panicked after its time")...)
				if len(got) == 1 {
					if stack, ok := got[0]["stack"].(string); ok != (tt.want["level"] == "ERROR") || ok && !strings.Contains(stack, "timeout_test.go") {
						t.Errorf("the stack is %q", stack)
					}
					delete(got[0], "stack")
				}
				if diff := cmp.Diff([]map[string]any{tt.want}, got); diff != "" || len(log.Lines()) != 1 {
					t.Errorf("the log has %q, want one line (-want +got):\n%s", log.Lines(), diff)
				}
			})
		})
	}
}

// Nothing of a session is saved but its end, also if the page has another status.
func TestTimeoutSavesNoSession(t *testing.T) {
	tests := []struct {
		description string
		handler     func(s sessions.Session)
		wantCookie  string
	}{
		{"a value that was set in time", func(s sessions.Session) { s.Set("user", "ann"); time.Sleep(time.Minute) }, ""},
		{"a value that is set too late", func(s sessions.Session) {
			s.Get("user")
			time.Sleep(time.Minute)
			defer func() { _ = recover() }()
			s.Set("user", "ann")
		}, ""},
		{"a logout in time", func(s sessions.Session) { s.Destroy(); time.Sleep(time.Minute) }, "session="},
		{"a logout too late", func(s sessions.Session) {
			s.Get("user")
			time.Sleep(time.Minute)
			defer func() { _ = recover() }()
			s.Destroy()
		}, ""},
	}
	for _, status := range []int{503, 200} {
		for _, tt := range tests {
			t.Run(tt.description+" and "+http.StatusText(status), func(t *testing.T) {
				inBubble(t, func(t *testing.T, app *soay.App, _ *requesttest.Log) {
					app.UseSessions(soay.NewKey())
					app.HandleStatus(503, func(soay.Request) soay.Response { return response.Text("page").WithStatus(status) })
					app.Get("/login", func(req soay.Request) soay.Response { req.Session.Set("user", "bob"); return response.Text("") })
					app.Get("/", func(req soay.Request) soay.Response { tt.handler(req.Session); return response.Text("late") })
					cookie, _, _ := strings.Cut(do(app, "GET", "http://localhost/login").Header().Get("Set-Cookie"), ";")
					w := do(app, "GET", "http://localhost/", "Cookie", cookie)
					synctest.Wait()
					awaitAll()
					got, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
					if w.Code != status || w.Body.String() != "page" || got != tt.wantCookie {
						t.Errorf("%d %q with the cookie %q, want %d page with %q", w.Code, w.Body, got, status, tt.wantCookie)
					}
				})
			})
		}
	}
}

// A handler of net/http whose answer is not wanted ends with errors; its stream does not reach the client.
func TestTimeoutDropsAnswersOfNetHTTP(t *testing.T) {
	tests := []struct {
		description string
		handler     http.HandlerFunc
	}{
		{"a short answer", func(w http.ResponseWriter, _ *http.Request) { time.Sleep(time.Minute); io.WriteString(w, "late") }},
		{"a long answer", func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Minute)
			if _, err := io.WriteString(w, strings.Repeat("late", 1<<16)); err == nil {
				t.Error("a late Write succeeded")
			}
		}},
		{"a flush", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "early")
			time.Sleep(time.Minute)
			if err := http.NewResponseController(w).Flush(); err == nil {
				t.Error("a late Flush succeeded")
			}
		}},
		{"a hijack", func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Minute)
			if _, _, err := http.NewResponseController(w).Hijack(); err == nil {
				t.Error("a late Hijack succeeded")
			}
		}},
		{"early hints", func(w http.ResponseWriter, _ *http.Request) { time.Sleep(time.Minute); w.WriteHeader(103) }},
	}
	for _, tt := range tests {
		for _, wrapped := range []bool{false, true} {
			t.Run(tt.description, func(t *testing.T) {
				inBubble(t, func(t *testing.T, app *soay.App, _ *requesttest.Log) {
					ended := false
					h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tt.handler(w, r); ended = true })
					if wrapped {
						app.Use(soay.WrapHTTP(func(http.Handler) http.Handler { return h }))
					}
					app.Get("/", soay.FromHTTP(h))
					w := do(app, "GET", "/")
					awaitAll() // a bubble with a goroutine that waits for ever fails
					if w.Code != 503 || strings.Contains(w.Body.String(), "late") || !ended {
						t.Errorf("%d %q, ended %v; want 503 and a handler that has ended", w.Code, w.Body, ended)
					}
				})
			})
		}
	}
}

// A stalled handler takes others only so far.
func TestTimeoutShedsAtMaxAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newLoggedApp()
		app.UseTimeout(time.Second, middleware.TimeoutOptions{MaxAbandoned: 2})
		stalled := make(chan struct{})
		app.Get("/stalls", func(soay.Request) soay.Response { <-stalled; return response.Text("") })
		app.Get("/", hello)
		app.Get("/free", hello).NoTimeout()
		get := func(path, want, wantRetry string) {
			t.Helper()
			start := time.Now()
			w := do(app, "GET", path)
			got := strconv.Itoa(w.Code) + " after " + time.Since(start).String()
			if got != want || w.Header().Get("Retry-After") != wantRetry {
				t.Errorf("%s: %s, Retry-After %q; want %s and %q", path, got, w.Header().Get("Retry-After"), want, wantRetry)
			}
		}
		get("/stalls", "503 after 1s", "")
		get("/", "200 after 0s", "")
		get("/stalls", "503 after 1s", "")
		get("/", "503 after 0s", "1")
		get("/stalls", "503 after 0s", "1")
		get("/free", "200 after 0s", "")
		close(stalled)
		synctest.Wait()
		get("/", "200 after 0s", "")
	})
}

func TestStopWaitsForAbandonedHandlers(t *testing.T) {
	tests := []struct {
		description string
		takes       time.Duration
		wantAfter   time.Duration
		wantErr     error
	}{
		{"one that returns", 5 * time.Second, 4 * time.Second, nil},
		{"one that takes longer than the stop may", 50 * time.Second, 10 * time.Second, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			inBubble(t, func(t *testing.T, app *soay.App, _ *requesttest.Log) {
				app.Get("/", sleeping(tt.takes))
				do(app, "GET", "/")
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				start := time.Now()
				err := app.Stop(ctx)
				if after := time.Since(start).Truncate(100 * time.Millisecond); !errors.Is(err, tt.wantErr) || after != tt.wantAfter {
					t.Errorf("stopped after %v with the error %v, want after %v with %v", after, err, tt.wantAfter, tt.wantErr)
				}
				awaitAll()
			})
		})
	}
}

func TestTimeoutMistakes(t *testing.T) {
	tests := []struct {
		description string
		register    func(app *soay.App)
		want        string
	}{
		{"no time", func(app *soay.App) { app.UseTimeout(0) }, "UseTimeout: 0s is not positive"},
		{"a negative time", func(app *soay.App) { app.Get("/", hello).Timeout(-time.Second) }, "Timeout: -1s is not positive"},
		{"a negative limit", func(app *soay.App) { app.UseTimeout(1, middleware.TimeoutOptions{MaxAbandoned: -1}) },
			"UseTimeout: MaxAbandoned is -1; 0 means 100"},
		{"a route with two times", func(app *soay.App) { app.Get("/", hello).Timeout(1).Timeout(2) },
			"Timeout: there is a time already, or none by NoTimeout"},
		{"a group with a time and none", func(app *soay.App) { app.Group("/a").Timeout(1).NoTimeout() },
			"NoTimeout: there is a time already, or none by NoTimeout"},
		{"UseTimeout twice", func(app *soay.App) { app.UseTimeout(1); app.UseTimeout(2) }, "UseTimeout: it was called at"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := newLoggedApp()
			tt.register(app)
			err := app.Start(t.Context())
			if err == nil || !strings.Contains(err.Error(), "timeout_test.go:") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the start ended with %v, want a mistake %q with its place", err, tt.want)
			}
		})
	}
}

// A setting that is made after a route holds for it, and App.Routes lists it.
func TestTimeoutIsASettingOfRoutes(t *testing.T) {
	app, _ := newLoggedApp()
	app.Get("/", hello)
	app.Get("/own", hello).NoTimeout()
	app.UseTimeout(time.Minute)
	got := map[string]any{}
	for _, route := range app.Routes() {
		got[route.Pattern] = route.Settings["Timeout"]
	}
	if diff := cmp.Diff(map[string]any{"/": time.Minute, "/own": time.Duration(0)}, got); diff != "" {
		t.Errorf("the times of routes (-want +got):\n%s", diff)
	}
}
