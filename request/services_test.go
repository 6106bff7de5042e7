package request_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/request/requesttest"
)

// counter is a singleton that counts units, which are scoped and know their request.
type (
	counter struct{ open, made atomic.Int64 }
	unit    struct {
		mark    string
		counter *counter
	}
)

// Close implements io.Closer.
func (u *unit) Close() error {
	u.counter.open.Add(-1)
	return nil
}

var errUnit = errors.New("the unit does not close")

// provide starts services for requests that are made by hand.
func provide(t *testing.T, c *inject.Container) (*inject.Provider, *counter) {
	t.Helper()
	count := new(counter)
	inject.AddInstance(c, count, nil, "")
	inject.Add(c, inject.Service[*unit]{Lifetime: inject.Scoped, Factory: func(r request.Request, c *counter) *unit {
		c.open.Add(1)
		c.made.Add(1)
		return &unit{r.Header("X-Mark"), c}
	}})
	plan, err := c.Compile(reflect.TypeFor[request.Request]())
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Start()
	if err != nil {
		t.Fatal(err)
	}
	return p, count
}

// serviceSlot returns the place of a service.
func serviceSlot[T any](t *testing.T, p *inject.Provider) inject.Slot {
	t.Helper()
	slot, err := p.Slot(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return slot
}

func checkErrorIs(t *testing.T, description string, err, is error, want string) {
	t.Helper()
	if !errors.Is(err, is) || err.Error() != want {
		t.Errorf("%s: %v, want %q", description, err, want)
	}
}

func TestServices(t *testing.T) {
	var c inject.Container
	provider, count := provide(t, &c)
	state := request.NewExchange(&request.Settings{Strict: true, Services: provider})
	for i := range 3 {
		mark := markNumber(i)
		req := state.Begin(newMarked(mark))
		if state.HasWork() {
			t.Error("a request without services waits for its end")
		}
		if got, err := request.Resolve[*counter](req); got != count || err != nil || state.HasWork() {
			t.Errorf("singleton: %p, %v, watched: %v", got, err, state.HasWork())
		}
		u, err := request.Resolve[*unit](req)
		if err != nil || u.mark != mark || !state.HasWork() {
			t.Fatalf("unit %v, %v, watched: %v", u, err, state.HasWork())
		}
		v, err := request.StateOf(req).Service(serviceSlot[*unit](t, provider))
		if err != nil || inject.As[*unit](v) != u {
			t.Errorf("by its slot: %v, %v", v, err)
		}
		v, err = request.StateOf(req.WithContext(t.Context())).Services().Value(serviceSlot[*unit](t, provider))
		if err != nil || inject.As[*unit](v) != u {
			t.Errorf("by the scope of a copy: %v, %v", v, err)
		}
		req.AfterResponse(func(request.Outcome) {
			if after, err := request.Resolve[*unit](req); after != u || err != nil || count.open.Load() != 1 {
				t.Errorf("after the response: %v, %v, %d open", after, err, count.open.Load())
			}
		})
		state.Finish(request.Outcome{})
		if count.open.Load() != 0 || state.HasWork() {
			t.Errorf("after Finish %d are open, watched: %v", count.open.Load(), state.HasWork())
		}
		_, err = request.Resolve[*unit](req)
		checkErrorIs(t, "after Finish", err, inject.ErrClosed, "inject: resolve *request_test.unit: the services are closed")
		state.End()
		if text := panicOf(func() { request.Resolve[*counter](req) }); !strings.Contains(text, "Detach") {
			t.Errorf("a dead request panicked with %q", text)
		}
	}
	if n := count.made.Load(); n != 3 {
		t.Errorf("%d units for 3 requests", n)
	}
}

// Services that are first asked for when the request is nearly over are closed too.
func TestServicesAtTheEnd(t *testing.T) {
	for _, tt := range []struct {
		description string
		use         func(*request.Exchange, request.Request) error
		wantMade    int64
	}{
		{"in AfterResponse", func(s *request.Exchange, r request.Request) (err error) {
			r.AfterResponse(func(request.Outcome) { _, err = request.Resolve[*unit](r) })
			s.Finish(request.Outcome{})
			return err
		}, 1},
		{"without a Finish", func(_ *request.Exchange, r request.Request) error {
			_, err := request.Resolve[*unit](r)
			return err
		}, 1},
		{"after Finish", func(s *request.Exchange, r request.Request) error {
			markKey.Set(r, "")
			s.Finish(request.Outcome{})
			_, err := request.Resolve[*unit](r)
			if err == nil || !errors.Is(err, inject.ErrClosed) {
				return errors.New("resolved")
			}
			return nil
		}, 0},
		{"after Finish of a request that nothing waited for", func(s *request.Exchange, r request.Request) error {
			s.Finish(request.Outcome{})
			_, err := request.Resolve[*unit](r)
			return err
		}, 1},
	} {
		var c inject.Container
		provider, count := provide(t, &c)
		state := request.NewExchange(&request.Settings{Strict: true, Services: provider})
		if err := tt.use(state, state.Begin(newMarked("m"))); err != nil {
			t.Errorf("%s: %v", tt.description, err)
		}
		state.End()
		if count.open.Load() != 0 || count.made.Load() != tt.wantMade {
			t.Errorf("%s: %d made, %d open; want %d, 0", tt.description, count.made.Load(), count.open.Load(), tt.wantMade)
		}
	}
}

func TestWithoutServices(t *testing.T) {
	const none = "request: resolve *request_test.unit: the request has no services; those of an app have, " +
		"see requesttest.New"
	const unknown = "request: resolve *request_test.unit: no such service"
	app := newApp()
	var inApp error
	app.Get("/", func(req soay.Request) soay.Response {
		_, inApp = soay.Resolve[*unit](req)
		return soay.Response{}
	})
	serve(app, httptest.NewRequest("GET", "/", nil))
	_, inTest := request.Resolve[*unit](requesttest.Request("GET", "/"))
	_, inDetached := request.Resolve[*unit](requesttest.Request("GET", "/").Detach())
	for _, tt := range []struct {
		description string
		err         error
		want        string
	}{
		{"an app without services", inApp, unknown},
		{"a request of a test", inTest, none},
		{"a detached one", inDetached, none},
	} {
		if tt.err == nil || tt.err.Error() != tt.want {
			t.Errorf("%s: %v, want %q", tt.description, tt.err, tt.want)
		}
	}
	var c inject.Container
	provider, _ := provide(t, &c)
	req := requesttest.Request("GET", "/")
	_, err := request.StateOf(req).Services().Value(serviceSlot[*unit](t, provider))
	checkErrorIs(t, "Services", err, inject.ErrForeign, "inject: resolve *request_test.unit: it is no service here")
	_, err = request.StateOf(req).Service(serviceSlot[*counter](t, provider))
	checkErrorIs(t, "Service", err, inject.ErrForeign, "inject: resolve *request_test.counter: it is no service here")
}

// A dead request has nothing in production, and never what the next one has.
func TestServicesOfADeadRequest(t *testing.T) {
	var c inject.Container
	provider, count := provide(t, &c)
	var log requesttest.Log
	state := request.NewExchange(&request.Settings{Services: provider, Logger: log.Logger()})
	dead := state.Begin(newMarked("m"))
	if _, err := request.Resolve[*unit](dead); err != nil {
		t.Fatal(err)
	}
	state.Finish(request.Outcome{})
	state.End()
	next := state.Begin(newMarked("next"))
	if _, err := request.Resolve[*unit](next); err != nil {
		t.Fatal(err)
	}
	_, err := request.Resolve[*unit](dead)
	checkErrorIs(t, "Resolve", err, inject.ErrClosed, "request: resolve *request_test.unit: the services are closed")
	_, err = request.StateOf(dead).Service(serviceSlot[*counter](t, provider))
	checkErrorIs(t, "Service", err, inject.ErrClosed, "the services are closed")
	_, err = request.StateOf(dead).Services().Value(serviceSlot[*unit](t, provider))
	checkErrorIs(t, "Services", err, inject.ErrClosed, "inject: resolve *request_test.unit: the services are closed")
	if strings.Count(log.String(), "Detach") != 1 || count.open.Load() != 1 {
		t.Errorf("%d are open, and the log says %s", count.open.Load(), log.String())
	}
}

func TestServicesOfADetachedRequest(t *testing.T) {
	var c inject.Container
	provider, count := provide(t, &c)
	inject.AddInstance(&c, "unused", nil, "")
	state := request.NewExchange(&request.Settings{Strict: true, Services: provider})
	req := state.Begin(newMarked("m"))
	before := req.Detach()
	if _, err := request.Resolve[*unit](req); err != nil {
		t.Fatal(err)
	}
	after := req.Detach()
	check := func(when string, want error) {
		for _, d := range []request.Request{before, after, after.Detach()} {
			got, err := request.Resolve[*counter](d)
			if !errors.Is(err, want) || (got == count) != (want == nil) {
				t.Errorf("%s a singleton is %p, %v; want %v", when, got, err, want)
			}
			_, err = request.Resolve[*unit](d)
			if want != nil {
				checkErrorIs(t, when, err, want, "inject: resolve *request_test.unit: the services are closed")
				continue
			}
			checkErrorIs(t, when, err, inject.ErrNoScope,
				"inject: resolve *request_test.unit, which is scoped: only singletons can be resolved here")
			_, err = request.Resolve[request.Request](d)
			if !errors.Is(err, inject.ErrNoScope) {
				t.Errorf("%s the request is there: %v", when, err)
			}
		}
	}
	check("while the handler runs", nil)
	state.Finish(request.Outcome{})
	state.End()
	check("afterwards", nil)
	if err := provider.Close(); err != nil {
		t.Error(err)
	}
	check("when the app has stopped", inject.ErrClosed)
	if n := count.made.Load(); n != 1 {
		t.Errorf("%d units were made", n)
	}
}

// Errors of closing are in the log of the request.
func TestServicesThatDoNotClose(t *testing.T) {
	for _, own := range []bool{false, true} {
		var c inject.Container
		inject.Add(&c, inject.Service[[]int]{Lifetime: inject.Transient, Factory: func() []int { return nil },
			Close: func([]int) error { panic(errUnit) }, Source: "main.go:1"})
		provider, count := provide(t, &c)
		var log requesttest.Log
		logger := log.Logger()
		state := request.NewExchange(&request.Settings{Strict: true, Services: provider, Logger: logger})
		req := state.Begin(newMarked("m"))
		if own {
			req.SetLogger(req.Logger().With("id", "request 7"))
		}
		_, err1 := request.Resolve[*unit](req)
		_, err2 := request.Resolve[[]int](req)
		state.Finish(request.Outcome{})
		state.End()
		if err := errors.Join(err1, err2); err != nil || count.open.Load() != 0 {
			t.Errorf("%v, %d are open", err, count.open.Load())
		}
		for text, want := range map[string]bool{
			"level=ERROR": true, `msg="close the services of a request"`: true, "request 7": own,
			"inject: close []int of main.go:1: panic: " + errUnit.Error(): true,
		} {
			if strings.Contains(log.String(), text) != want {
				t.Errorf("%q in the log: %v, want %v:\n%s", text, !want, want, log.String())
			}
		}
	}
}

// Requests follow each other while a goroutine makes services for the newest one: whatever the moment, each unit is of
// its own request and is closed.
func TestServicesRaceClosely(t *testing.T) {
	var c inject.Container
	provider, count := provide(t, &c)
	state := request.NewExchange(&request.Settings{Services: provider, Logger: slog.New(slog.DiscardHandler)})
	var newest atomic.Pointer[held]
	var done atomic.Bool
	var users sync.WaitGroup
	for range 2 {
		users.Go(func() {
			for !done.Load() {
				h := newest.Load()
				if h == nil {
					continue
				}
				if u, err := request.Resolve[*unit](h.req); err == nil && u.mark != h.mark && u.mark != "" {
					t.Errorf("request %s got the unit of %s", h.mark, u.mark)
				}
				runtime.Gosched()
			}
		})
	}
	for i := range 10 * rounds() {
		mark := markNumber(i)
		req := state.Begin(&http.Request{Header: http.Header{"X-Mark": {mark}}})
		newest.Store(&held{req, mark})
		if i%3 == 0 {
			if u, err := request.Resolve[*unit](req); err != nil || u.mark != mark {
				t.Errorf("request %s has %v, %v", mark, u, err)
			}
		}
		if i%4 == 0 {
			runtime.Gosched()
		}
		if state.HasWork() {
			state.Finish(request.Outcome{})
		}
		state.End()
	}
	done.Store(true)
	users.Wait()
	if n := count.open.Load(); n != 0 || count.made.Load() == 0 {
		t.Errorf("%d of %d units are open", n, count.made.Load())
	}
}

// What is there costs no memory.
func TestResolveDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	var c inject.Container
	provider, _ := provide(t, &c)
	slot := serviceSlot[*counter](t, provider)
	another := request.NewExchange(&request.Settings{Strict: true, Services: provider})
	hr := newMarked("m")
	req := another.Begin(hr)
	if _, err := request.Resolve[*unit](req); err != nil {
		t.Fatal(err)
	}
	state := request.NewExchange(&request.Settings{Strict: true, Services: provider})
	got := map[string]float64{
		"all of a request with singletons": testing.AllocsPerRun(100, func() {
			r := state.Begin(hr)
			defer state.End()
			request.Resolve[*counter](r)
			request.StateOf(r).Service(slot)
		}),
		"a scoped service that is there": testing.AllocsPerRun(100, func() { request.Resolve[*unit](req) }),
	}
	want := map[string]float64{"all of a request with singletons": 0, "a scoped service that is there": 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("allocations (-want +got):\n%s", diff)
	}
}
