package request_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

type contextKey struct{}

// withValue returns a request whose context has a value.
func withValue(value any) *http.Request {
	hr := httptest.NewRequest("GET", "/", nil)
	return hr.WithContext(context.WithValue(hr.Context(), contextKey{}, value))
}

func TestContext(t *testing.T) {
	state := request.NewExchange(&request.Settings{Strict: true})
	req := state.Begin(withValue("v"))
	ctx := req.Context()
	if ctx != req.Context() {
		t.Error("two calls give two contexts")
	}
	if ctx.Value(contextKey{}) != "v" || ctx.Err() != nil {
		t.Errorf("value %v, error %v while the handler runs", ctx.Value(contextKey{}), ctx.Err())
	}
	state.Finish(request.Outcome{})
	if ctx.Err() != context.Canceled || context.Cause(ctx) != context.Canceled {
		t.Errorf("error %v, cause %v when the response is written", ctx.Err(), context.Cause(ctx))
	}
}

// Code that asks for the context only after the response gets one that has ended.
func TestContextAfterTheResponse(t *testing.T) {
	state := request.NewExchange(&request.Settings{Strict: true})
	req := state.Begin(withValue("v"))
	req.AfterResponse(func(request.Outcome) {
		ctx := req.Context()
		if ctx.Err() != context.Canceled || ctx.Value(contextKey{}) != "v" {
			t.Errorf("error %v, value %v", ctx.Err(), ctx.Value(contextKey{}))
		}
	})
	state.Finish(request.Outcome{})
}

func TestContextEndsWithTheClient(t *testing.T) {
	parent, leave := context.WithCancel(t.Context())
	req := begin(httptest.NewRequest("GET", "/", nil).WithContext(parent))
	ctx := req.Context()
	if ctx.Err() != nil {
		t.Errorf("error %v before the client leaves", ctx.Err())
	}
	leave()
	if ctx.Err() != context.Canceled {
		t.Errorf("error %v after it has left", ctx.Err())
	}
}

func TestContextEndsWithTheResponse(t *testing.T) {
	var handled, copied context.Context
	app := newApp()
	app.Get("/", func(req soay.Request) soay.Response {
		handled = req.Context()
		copied = req.WithContext(context.WithValue(handled, contextKey{}, "w")).Context()
		if handled.Err() != nil || copied.Err() != nil {
			t.Error("a context has ended while the handler runs")
		}
		return response.NoContent()
	})
	serve(app, withValue("v"))
	if handled.Err() == nil || copied.Err() == nil {
		t.Errorf("errors %v and %v after the response", handled.Err(), copied.Err())
	}
}

func TestWithContext(t *testing.T) {
	req := begin(withValue("v"))
	changed := req.WithContext(context.WithValue(req.Context(), contextKey{}, "w"))
	if got := changed.Context().Value(contextKey{}); got != "w" {
		t.Errorf("value %v in the copy, want w", got)
	}
	if got := changed.HTTP().Context().Value(contextKey{}); got != "w" {
		t.Errorf("value %v in the copy's *http.Request, want w", got)
	}
	if got := req.Context().Value(contextKey{}); got != "v" {
		t.Errorf("value %v in the original, want v", got)
	}
}

// A stream has no end of its own; everything else may finish when the app stops.
func TestStopping(t *testing.T) {
	for _, tt := range []struct {
		description string
		use         func(*request.Exchange, request.Request) context.Context
		want        error
	}{
		{"no stream", func(_ *request.Exchange, r request.Request) context.Context { return r.Context() }, nil},
		{"stream", func(x *request.Exchange, r request.Request) context.Context {
			x.Stream(r)
			return r.Context()
		}, request.ErrStopping},
		{"stream, asked for before", func(x *request.Exchange, r request.Request) context.Context {
			ctx := r.Context()
			x.Stream(r)
			return ctx
		}, request.ErrStopping},
		{"stream, context of a middleware's", func(x *request.Exchange, r request.Request) context.Context {
			r = r.WithContext(context.WithValue(r.Context(), contextKey{}, "w"))
			x.Stream(r)
			return r.Context()
		}, request.ErrStopping},
	} {
		t.Run(tt.description, func(t *testing.T) {
			stopping, stop := context.WithCancel(t.Context())
			state := request.NewExchange(&request.Settings{Strict: true, Stopping: stopping})
			ctx := tt.use(state, state.Begin(withValue("v")))
			if ctx.Err() != nil {
				t.Errorf("error %v before the app stops", ctx.Err())
			}
			stop()
			if tt.want != nil {
				<-ctx.Done()
			}
			if got := context.Cause(ctx); got != tt.want {
				t.Errorf("cause %v, want %v", got, tt.want)
			}
		})
	}
}

// An app answers many streams before it stops, so it must not remember them.
func TestStreamsAreForgotten(t *testing.T) {
	app := newApp()
	app.Get("/", func(req soay.Request) soay.Response {
		req.Context()
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, "a stream")
			return err
		})
	})
	value := new([1 << 10]byte)
	forgotten := weak.Make(value)
	serve(app, withValue(value))
	value = nil
	runtime.GC()
	if forgotten.Value() != nil {
		t.Error("what the context of an answered request holds is still referred to")
	}
	runtime.KeepAlive(app)
}

func TestAfterResponse(t *testing.T) {
	var log requesttest.Log
	state := request.NewExchange(&request.Settings{Strict: true, Logger: log.Logger()})
	req := state.Begin(httptest.NewRequest("GET", "/cats", nil))
	var calls []string
	outcome := request.Outcome{Status: 200, Bytes: 7, Err: errors.ErrUnsupported}
	for _, name := range []string{"first", "second", "third"} {
		req.AfterResponse(func(got request.Outcome) {
			calls = append(calls, name+" "+req.Path())
			if got != outcome {
				t.Errorf("outcome %+v, want %+v", got, outcome)
			}
			if name == "second" {
				panic("oh no")
			}
		})
	}
	if !state.HasWork() {
		t.Error("nothing waits for the end")
	}
	state.Finish(outcome)
	state.Finish(request.Outcome{Status: 500})
	if state.HasWork() {
		t.Error("something waits after the end")
	}
	if diff := cmp.Diff([]string{"third /cats", "second /cats", "first /cats"}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if !strings.Contains(log.String(), "oh no") {
		t.Errorf("log %q, want the panic", log.String())
	}
}

func TestOutcome(t *testing.T) {
	failure := errors.New("no disk")
	for _, tt := range []struct {
		description string
		response    response.Response
		want        request.Outcome
	}{
		{"text", response.Text("hello"), request.Outcome{Status: 200, Bytes: 5}},
		{"nothing", response.NoContent(), request.Outcome{Status: 204}},
		{"error", response.Error(failure), request.Outcome{Status: 500, Bytes: 26, Err: failure}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			var got request.Outcome
			app := newApp()
			app.Get("/", func(req soay.Request) soay.Response {
				req.AfterResponse(func(o request.Outcome) { got = o })
				return tt.response
			})
			serve(app, httptest.NewRequest("GET", "/", nil))
			if got != tt.want {
				t.Errorf("outcome %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestContextOnDemand has contexts that ask the server to watch the client only if somebody asks for their ends.
func TestContextOnDemand(t *testing.T) {
	for _, tt := range []struct {
		description string
		use         func(*request.Exchange, request.Request) context.Context
		watches     int32
		err, cause  error
	}{
		{"only values are asked for", func(_ *request.Exchange, r request.Request) context.Context {
			ctx := context.WithValue(r.Context(), contextKey{}, "v")
			ctx.Deadline()
			ctx.Value(http.ServerContextKey)
			r.WithContext(ctx).Context().Value(contextKey{})
			return nil
		}, 0, nil, nil},
		{"Err is asked for", func(_ *request.Exchange, r request.Request) context.Context { return r.Context() }, 1, nil, nil},
		{"a derived context", func(_ *request.Exchange, r request.Request) context.Context {
			ctx, cancel := context.WithCancelCause(r.Context())
			t.Cleanup(func() { cancel(nil) })
			return ctx
		}, 1, nil, nil},
		{"first after the response", func(x *request.Exchange, r request.Request) context.Context {
			ctx := r.Context()
			x.Finish(request.Outcome{})
			return ctx
		}, 0, context.Canceled, context.Canceled},
		{"first after the stop", func(x *request.Exchange, r request.Request) context.Context {
			ctx := r.Context()
			x.Stream(r)
			return ctx
		}, 1, context.Canceled, request.ErrStopping},
		{"derived before, and a response", func(x *request.Exchange, r request.Request) context.Context {
			ctx, cancel := context.WithCancelCause(r.Context())
			t.Cleanup(func() { cancel(nil) })
			x.Finish(request.Outcome{})
			return ctx
		}, 1, context.Canceled, context.Canceled},
	} {
		t.Run(tt.description, func(t *testing.T) {
			stopped, stop := context.WithCancel(t.Context())
			stop()
			by := new(peer)
			state := request.NewExchange(&request.Settings{Strict: true, Stopping: stopped})
			if ctx := tt.use(state, state.Begin(received(t, browserHead, by))); ctx != nil {
				if cause := context.Cause(ctx); cause != tt.cause {
					t.Errorf("cause %v, want %v", cause, tt.cause)
				}
				if err := ctx.Err(); err != tt.err {
					t.Errorf("error %v, want %v", err, tt.err)
				}
			}
			if got := by.watches.Load(); got != tt.watches {
				t.Errorf("%d watches, want %d", got, tt.watches)
			}
		})
	}
}

// TestContextOfManyGoroutines asks for the end of a context while it comes.
func TestContextOfManyGoroutines(t *testing.T) {
	for range 500 {
		state := request.NewExchange(&request.Settings{Strict: true, Stopping: t.Context()})
		req := state.Begin(received(t, browserHead, new(peer)))
		ctx := req.Context()
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				if i == 0 {
					ctx.Value(contextKey{})
				}
				<-ctx.Done()
				if ctx.Err() != context.Canceled || context.Cause(ctx) != context.Canceled {
					t.Errorf("error %v, cause %v", ctx.Err(), context.Cause(ctx))
				}
			})
		}
		state.Stream(req)
		state.Finish(request.Outcome{})
		all.Wait()
	}
}
