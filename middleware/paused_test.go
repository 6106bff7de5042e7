package middleware_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
)

// A handler of net/http whose answer is long is held until its Response is written. If that never happens, it must end all the same:
// a bubble of synctest fails when one of its goroutines is left over.
func TestFromHTTPReplacedWhileHeld(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name    string
		handler http.HandlerFunc
	}{
		{"it goes on writing", func(w http.ResponseWriter, r *http.Request) {
			for range 3 {
				io.WriteString(w, long)
			}
		}},
		{"it looks at the error of its Write", func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.WriteString(w, long); err == nil {
				t.Error("Write succeeded, though nobody got the content")
			}
		}},
		{"it waits for the client to leave", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}},
		{"it panics because it cannot write", func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.WriteString(w, long); err != nil {
				panic(err)
			}
		}},
		{"it aborts because it cannot write", func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.WriteString(w, long); err != nil {
				panic(http.ErrAbortHandler)
			}
		}},
		{"it wants the connection", func(w http.ResponseWriter, r *http.Request) {
			if _, _, err := http.NewResponseController(w).Hijack(); err == nil {
				t.Error("Hijack succeeded, though another response was sent")
			}
		}},
		{"it takes its time", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, long)
			time.Sleep(time.Minute)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, log := newLoggedApp()
				app.UseAccessLog()
				app.Use(replacing(response.Text("other")))
				ended := make(chan struct{})
				app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					defer close(ended)
					tt.handler(w, r)
				})))
				if w := do(app, "GET", "/"); w.Body.String() != "other" || w.Code != 200 {
					t.Errorf("got %d %.20q, want the other response", w.Code, w.Body)
				}
				<-ended
				if n := len(log.Records("request")); n != 1 {
					t.Errorf("%d lines in the access log, want 1:\n%s", n, log)
				}
			})
		})
	}
}

// A client may be gone when the content that was held back is sent; then the handler learns of it.
func TestFromHTTPClientGoneWhileHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newLoggedApp()
		app.UseAccessLog()
		app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for range 2 {
				w.Write(make([]byte, 10_000)) // the second does not fit beside the first
			}
			if _, err := w.Write([]byte("more")); err == nil {
				t.Error("Write succeeded, though the client is gone")
			}
		})))
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("the server gets %v, want http.ErrAbortHandler", v)
			}
			if lines := log.Records("request"); len(lines) != 1 || lines[0]["bytes"] != 42. {
				t.Errorf("the log says:\n%s", log)
			}
		}()
		app.ServeHTTP(&brokenWriter{header: http.Header{}, room: 42}, httptest.NewRequest("GET", "/", nil))
	})
}

// The streams of Soay itself pass through WrapHTTP by the same way.
func TestWrapHTTPReplacedWhileHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newLoggedApp()
		app.Use(replacing(response.Text("other")), middleware.WrapHTTP(func(h http.Handler) http.Handler { return h }))
		var failed error
		app.Get("/", func(req soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				_, failed = io.WriteString(w, "piece")
				return failed
			})
		})
		if w := do(app, "GET", "/"); w.Body.String() != "other" {
			t.Errorf("got %q, want the other response", w.Body)
		}
		if failed == nil {
			t.Error("the stream could write, though another response was sent")
		}
		if log.String() != "" {
			t.Errorf("a response that was replaced is nothing to log:\n%s", log)
		}
	})
}

func TestHeldResponseIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := newApp()
		var kept soay.Response
		app.Use(func(next soay.Handler) soay.Handler {
			return func(req soay.Request) soay.Response {
				if response.StateOf(kept).HasBody() {
					return kept
				}
				kept = next(req)
				return kept
			}
		})
		app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, strings.Repeat("x", 1<<20))
		})))
		if w := do(app, "GET", "/"); w.Code != 200 || w.Body.Len() != 1<<20 {
			t.Errorf("got %d with %d bytes", w.Code, w.Body.Len())
		}
		if w := do(app, "GET", "/"); w.Code != 500 {
			t.Errorf("the second time got %d with %d bytes, want 500", w.Code, w.Body.Len())
		}
	})
}

// Package net/http lets a handler write from other goroutines as long as it waits for them.
func TestFromHTTPWritesFromOtherGoroutines(t *testing.T) {
	app := newApp()
	app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, piece := range []string{"one ", "two ", "three"} {
			done := make(chan struct{})
			go func() {
				defer close(done)
				io.WriteString(w, piece)
				w.(http.Flusher).Flush()
			}()
			<-done
		}
	})))
	if w := do(app, "GET", "/"); w.Body.String() != "one two three" || !w.Flushed {
		t.Errorf("got %q, flushed: %v", w.Body, w.Flushed)
	}
}

// Handlers that call C libraries with a state for each thread do this.
func TestFromHTTPOnItsOwnThread(t *testing.T) {
	app := newApp()
	app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		io.WriteString(w, strings.Repeat("x", 1<<20))
	})))
	if w := do(app, "GET", "/"); w.Body.Len() != 1<<20 {
		t.Errorf("got %d bytes", w.Body.Len())
	}
}

// A handler that ends its goroutine has not answered.
func TestFromHTTPGoexit(t *testing.T) {
	app := newApp()
	app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		runtime.Goexit()
	})))
	if w := do(app, "GET", "/"); w.Code != 500 {
		t.Errorf("got %d %q, want 500", w.Code, w.Body)
	}
}

// TimeoutHandler answers while the handler behind it is still running.
func TestWrapHTTPTimeoutWhileHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := newApp()
		app.Use(middleware.WrapHTTP(func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Second, "too slow") }))
		var wrote error
		ended := make(chan struct{})
		app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			io.WriteString(w, strings.Repeat("x", 1<<20))
			<-r.Context().Done()
			time.Sleep(time.Second) // it does not hurry
			_, wrote = io.WriteString(w, "more")
		})))
		if w := do(app, "GET", "/"); w.Code != 503 || w.Body.String() != "too slow" {
			t.Errorf("got %d %.20q, want that of the timeout", w.Code, w.Body)
		}
		<-ended
		if !errors.Is(wrote, http.ErrHandlerTimeout) {
			t.Errorf("a write after the timeout: %v, want http.ErrHandlerTimeout", wrote)
		}
	})
}

// Behind TimeoutHandler the handler may end when the request is long over. What it does then must not touch it.
func TestWrapHTTPTimeoutThenMore(t *testing.T) {
	tests := []struct {
		name  string
		after time.Duration
		late  soay.Handler
	}{
		{"an error", time.Minute, func(soay.Request) soay.Response { return response.NotFound() }},
		{"a panic", time.Minute, func(soay.Request) soay.Response { panic("late") }},
		{"a short answer of net/http", time.Minute, middleware.FromHTTP(writes("late"))},
		{"a long answer of net/http", time.Minute, middleware.FromHTTP(writes(strings.Repeat("late", 1<<20)))},
		{"a long answer of net/http that was begun in time", 0,
			middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(time.Minute)
				io.WriteString(w, strings.Repeat("late", 1<<20))
			}))},
		{"a stream", time.Minute, func(soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				_, err := io.WriteString(w, "late")
				return err
			})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := newApp()
				app.UseAccessLog()
				app.Use(middleware.WrapHTTP(func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Second, "too slow") }))
				ended := make(chan struct{})
				app.Get("/", func(req soay.Request) soay.Response {
					defer close(ended)
					time.Sleep(tt.after)
					return tt.late(req)
				})
				if w := do(app, "GET", "/"); w.Code != 503 || w.Body.String() != "too slow" {
					t.Errorf("got %d %q, want that of the timeout", w.Code, w.Body)
				}
				<-ended
				synctest.Wait()
			})
		})
	}
}
