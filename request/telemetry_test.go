package request_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

type observedKey struct{}

// observedBy returns the mark that the observer has put in a context, "" for none.
func observedBy(ctx context.Context) string {
	mark, _ := ctx.Value(observedKey{}).(string)
	return mark
}

// observer is a Telemetry that puts the value of the header X-Mark in the context, and notes what it is told.
type observer struct {
	begin func(request.Request) // called before, if there is one

	mu     sync.Mutex
	events []string
	open   atomic.Int64
}

func (o *observer) note(parts ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, strings.Join(parts, " "))
}

// noted returns what was noted since the last call.
func (o *observer) noted() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	events := o.events
	o.events = nil
	return events
}

func (o *observer) Begin(req request.Request) (context.Context, request.Observation) {
	if o.begin != nil {
		o.begin(req)
	}
	mark := req.Header("X-Mark")
	if mark == "" {
		return nil, nil
	}
	o.open.Add(1)
	return context.WithValue(request.StateOf(req).Context(), observedKey{}, mark), &observing{o, req, mark}
}

func (o *observer) Operation(ctx context.Context, name, store string) (context.Context, func(error)) {
	o.note("begin", name, store, observedBy(ctx))
	return ctx, func(err error) {
		if err != nil {
			name += ": " + err.Error()
		}
		o.note("end", name)
	}
}

func (o *observer) LogAttrs(ctx context.Context) []slog.Attr {
	return []slog.Attr{slog.String("trace_id", observedBy(ctx))}
}

type observing struct {
	observer *observer
	req      request.Request
	mark     string
}

func (o *observing) End(outcome request.Outcome) {
	o.observer.open.Add(-1)
	if got := o.req.Header("X-Mark"); got != o.mark {
		o.observer.note("the request", o.mark, "is now", got)
	}
}

// newObserved returns an app with an observer, and the log.
func newObserved() (*soay.App, *observer, *requesttest.Log) {
	log := &requesttest.Log{Level: slog.LevelDebug}
	app, o := soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: -1}), new(observer)
	app.UseTelemetry(o)
	return app, o, log
}

// sendMarked lets app answer a GET with a mark.
func sendMarked(app *soay.App, path, mark string) *httptest.ResponseRecorder {
	hr := httptest.NewRequest("GET", path, nil)
	if mark != "" {
		hr.Header.Set("X-Mark", mark)
	}
	return serve(app, hr)
}

// The context of the observer is there wherever a handler may look for it.
func TestObservedContext(t *testing.T) {
	for _, tt := range []struct {
		name string
		see  func(request.Request) context.Context
	}{
		{"Context", func(r request.Request) context.Context { return r.Context() }},
		{"State.Context", func(r request.Request) context.Context { return request.StateOf(r).Context() }},
		{"HTTP", func(r request.Request) context.Context { return r.HTTP().Context() }},
		{"WithContext", func(r request.Request) context.Context {
			return r.WithContext(context.WithValue(r.Context(), contextKey{}, 1)).HTTP().Context()
		}},
		{"Detach", func(r request.Request) context.Context { return r.Detach().Context() }},
		{"HTTP of a detached one", func(r request.Request) context.Context { return r.Detach().HTTP().Context() }},
		{"a copy with a context, detached", func(r request.Request) context.Context {
			return r.WithContext(context.WithValue(r.Context(), contextKey{}, 1)).Detach().Context()
		}},
		{"WithHTTP of its own HTTP", func(r request.Request) context.Context { return r.WithHTTP(r.HTTP()).Context() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app, _, _ := newObserved()
			got := ""
			app.Get("/", func(r soay.Request) soay.Response { got = observedBy(tt.see(r)); return response.NoContent() })
			for _, want := range []string{"m1", "", "m2"} { // the exchange is used again
				if sendMarked(app, "/", want); got != want {
					t.Errorf("observed by %q, want %q", got, want)
				}
			}
		})
	}
}

func TestObservedFromHTTP(t *testing.T) {
	app, _, _ := newObserved()
	var got, wrapped string
	app.Use(soay.WrapHTTP(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			wrapped = observedBy(hr.Context())
			next.ServeHTTP(w, hr)
		})
	}))
	app.Get("/", soay.FromHTTP(http.HandlerFunc(func(_ http.ResponseWriter, hr *http.Request) { got = observedBy(hr.Context()) })))
	app.Get("/stream", func(req soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, observedBy(req.Context()))
			return err
		})
	})
	sendMarked(app, "/", "m1")
	if got != "m1" || wrapped != "m1" {
		t.Errorf("the handler for net/http is observed by %q, the middleware by %q; want m1", got, wrapped)
	}
	if got := sendMarked(app, "/stream", "m2").Body.String(); got != "m2" {
		t.Errorf("a stream is observed by %q, want m2", got)
	}
}

// A context that a filter of routes has asked for before the observation has the observer's values, too, and ends.
func TestObservedContextAskedForBefore(t *testing.T) {
	app, o, _ := newObserved()
	var before, derived, within context.Context
	o.begin = func(r request.Request) {
		before = r.Context()
		var cancel context.CancelFunc
		derived, cancel = context.WithCancel(before) // asks for its end
		t.Cleanup(cancel)
	}
	app.Get("/", func(r soay.Request) soay.Response {
		within = r.Context()
		for name, ctx := range map[string]context.Context{"before": before, "in the handler": within} {
			if observedBy(ctx) != "m1" || ctx.Err() != nil {
				t.Errorf("the context asked for %s is observed by %q, error %v; want m1", name, observedBy(ctx), ctx.Err())
			}
		}
		return response.NoContent()
	})
	sendMarked(app, "/", "m1")
	for _, ctx := range []context.Context{before, derived, within} {
		if ctx.Err() != context.Canceled {
			t.Errorf("error %v after the response, want that of a cancelled context", ctx.Err())
		}
	}
}

// Detach gives a context with the values that never ends.
func TestObservedDetachedIsNotCancelled(t *testing.T) {
	app, o, _ := newObserved()
	var detached request.Request
	app.Get("/", func(r soay.Request) soay.Response { detached = r.Detach(); return response.NoContent() })
	sendMarked(app, "/", "m1")
	if ctx := detached.Context(); ctx.Err() != nil || observedBy(ctx) != "m1" || o.open.Load() != 0 {
		t.Errorf("error %v, observed by %q, %d open", ctx.Err(), observedBy(ctx), o.open.Load())
	}
}

// Every line of a request's log has the ids of its trace, once, whoever writes it.
func TestObservedLogLines(t *testing.T) {
	app, _, log := newObserved()
	app.UseAccessLog()
	app.UseRequestID()
	app.Get("/", func(r soay.Request) soay.Response {
		r.Logger().Info("from the handler")
		r.Detach().Logger().Info("from a detached request")
		return response.Error(errors.New("no disk"))
	})
	app.Get("/panic", func(soay.Request) soay.Response { panic("at the disco") })
	app.Get("/cut", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return errors.New("no disk") })
	})
	c := requesttest.New(t, app)
	for path, lines := range map[string]int{"/": 4, "/panic": 2, "/cut": 2, "/none": 1} {
		log.Reset()
		_, _ = c.Try("GET", path, requesttest.With{Header: http.Header{"X-Mark": {"m1"}}})
		got := 0
		for _, line := range log.Lines() {
			if strings.Contains(line, "soay: ") {
				continue // of the app
			}
			if got++; strings.Count(line, "trace_id=m1") != 1 || !strings.Contains(line, "request_id=") {
				t.Errorf("%s: line %q, want trace_id=m1 once, and a request_id", path, line)
			}
		}
		if got != lines {
			t.Errorf("%s: %d lines, want %d:\n%s", path, got, lines, log)
		}
	}
	log.Reset()
	if sendMarked(app, "/none", ""); strings.Contains(log.String(), "trace_id") {
		t.Errorf("the log of a request that is not observed has a trace: %s", log)
	}
}

// Sessions tell of what their store does, with the context of the observer.
func TestObservedSessions(t *testing.T) {
	app, o, _ := newObserved()
	store := memstore.New()
	t.Cleanup(func() { store.Close() })
	app.UseSessionStore(store)
	app.Get("/set", func(r soay.Request) soay.Response { r.Session.Set("a", 1); return response.NoContent() })
	app.Get("/modify", func(r soay.Request) soay.Response {
		if err := sessions.Modify(r.Session, "a", func(n int) int { return n + 1 }); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	c := requesttest.New(t, app)
	for _, step := range []struct {
		path string
		want []string
	}{
		{"/set", []string{"begin session.save memstore.Store m1", "end session.save"}},
		{"/modify", []string{"begin session.load memstore.Store m1", "end session.load", "begin session.modify memstore.Store m1", "end session.modify"}},
	} {
		c.Get(step.path, requesttest.With{Header: http.Header{"X-Mark": {"m1"}}})
		if diff := cmp.Diff(step.want, o.noted()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.path, diff)
		}
	}
}

// A Telemetry that panics harms no request.
func TestObserverThatPanics(t *testing.T) {
	app, o, log := newObserved()
	o.begin = func(request.Request) { panic("broken") }
	app.Get("/", func(soay.Request) soay.Response { return response.Text("hello") })
	if got := sendMarked(app, "/", "m1").Body.String(); got != "hello" {
		t.Errorf("answer %q", got)
	}
	if got := log.Lines(slog.LevelError); len(got) != 1 || !strings.Contains(got[0], "panic=broken") {
		t.Errorf("log %q, want the panic once", got)
	}
}

// Many requests at once, each of which leaves a goroutine behind that uses what it got, see only their own marks.
func TestObservedRace(t *testing.T) {
	app, o, _ := newObserved()
	var late sync.WaitGroup
	app.Get("/", func(r soay.Request) soay.Response {
		mark, ctx, logger := r.Header("X-Mark"), r.Context(), r.Logger()
		late.Go(func() {
			<-ctx.Done()
			logger.Info("late")
			if got := observedBy(ctx); got != mark {
				t.Errorf("the context of %s is that of %s", mark, got)
			}
			panicOf(func() { _ = r.Context() }) // it is dead, or another goroutine will make it so
		})
		return response.Text(observedBy(r.Context()))
	})
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	for i := range 4 {
		clients.Go(func() {
			for j := range 50 {
				mark := markNumber(100*i + j)
				if got := sendMarked(app, "/", mark).Body.String(); got != mark {
					t.Errorf("answer %q to %s", got, mark)
				}
			}
		})
	}
	clients.Wait()
	late.Wait()
	if n := o.open.Load(); n != 0 {
		t.Errorf("%d observations have no end", n)
	}
	if got := o.noted(); got != nil {
		t.Error(got)
	}
}
