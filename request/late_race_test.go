package request_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// outlive is how many later requests a goroutine races with.
const outlive = 4

// hammer uses a request over and over until stop is closed, first live and then dead. What it sees must be its own or
// nothing; the race detector watches the rest.
func hammer(t *testing.T, r request.Request, mark string, stop <-chan struct{}) {
	for {
		for _, a := range accessors {
			saw := ""
			text := panicOf(func() { saw = a.use(r, mark) })
			if others := foreign(saw, mark); others != nil {
				t.Errorf("%s of request %s saw %q", a.name, mark, others)
			}
			if text != "" && !strings.HasPrefix(text, "request: ") && !strings.HasPrefix(text, "sessions: ") {
				t.Errorf("%s of request %s panicked with %q", a.name, mark, text)
			}
			select {
			case <-stop:
				return
			default:
				runtime.Gosched()
			}
		}
	}
}

// goroutines are the ones left behind by requests. Each is told to stop when some more requests have left theirs.
type goroutines struct {
	sync.WaitGroup
	mu    sync.Mutex
	stops []chan struct{}
}

func (g *goroutines) leave(t *testing.T, r request.Request, mark string) {
	stop := make(chan struct{})
	g.mu.Lock()
	g.stops = append(g.stops, stop)
	if len(g.stops) > outlive {
		close(g.stops[0])
		g.stops = g.stops[1:]
	}
	g.mu.Unlock()
	g.Go(func() { hammer(t, r, mark, stop) })
}

func (g *goroutines) finish() {
	for _, stop := range g.stops {
		close(stop)
	}
	g.Wait()
}

// rounds is how many requests the tests below race with.
func rounds() int {
	if raceEnabled {
		return 1_000
	}
	return 10_000
}

// The requests of one State follow each other without a pause, while goroutines of earlier ones use theirs.
func TestLateUseRaces(t *testing.T) {
	for _, strict := range []bool{true, false} {
		t.Run(fmt.Sprintf("strict=%v", strict), func(t *testing.T) {
			stopping, stop := context.WithCancel(t.Context())
			defer stop()
			state := request.NewExchange(&request.Settings{
				Logger: slog.New(slog.DiscardHandler), Strict: strict, Stopping: stopping,
			})
			manager, err := sessions.NewManager(sessions.NewKey(), sessions.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var left goroutines
			for i := range rounds() {
				answerOnce(t, state, manager, &left, i)
			}
			left.finish()
		})
	}
	if n := strays.Load(); n != 0 {
		t.Errorf("%d functions of AfterResponse ran for other requests", n)
	}
}

// answerOnce lets a State do what an App makes it do for a request.
func answerOnce(t *testing.T, state *request.Exchange, manager *sessions.Manager, left *goroutines, i int) {
	mark := markNumber(i)
	hr := newMarked(mark)
	req := state.Begin(hr)
	state.SetRoute(markedRoute)
	req.SetOrigin("scheme-"+mark, "")
	req.Session = manager.Open(req.Session, false)
	fill(req, mark)
	left.leave(t, req, mark)
	runtime.Gosched()
	for _, a := range headAccessors {
		if others := foreign(a.use(req, mark), mark); others != nil {
			t.Errorf("%s of the live request %s saw %q", a.name, mark, others)
		}
	}
	_ = sessions.StateOf(req.Session).IsLoaded()
	_, _ = manager.Commit(req.Session, "localhost") // a goroutine may have spoilt the session, but its own
	state.Stream(req)
	state.Finish(request.Outcome{Status: 200})
	state.End()
}

// The same in an app that answers several requests at once.
func TestLateUseRacesInApp(t *testing.T) {
	var left goroutines
	app := newMarkedApp()
	app.Post("/cats/{mark}", func(req soay.Request) soay.Response {
		mark := req.Param("mark")
		fill(req, mark)
		left.leave(t, req, mark)
		for _, a := range headAccessors {
			if others := foreign(a.use(req, mark), mark); others != nil {
				t.Errorf("%s of the live request %s saw %q", a.name, mark, others)
			}
		}
		return response.Text(mark)
	})
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := range rounds() / 4 {
				mark := markNumber(client*100_000 + i)
				if got := serve(app, newMarked(mark)).Body.String(); len(foreign(got, mark)) > 0 {
					t.Errorf("answer %q to request %s", got, mark)
				}
			}
		})
	}
	clients.Wait()
	left.finish()
}
