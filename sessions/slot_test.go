package sessions_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// generation is a session and whose it is.
type generation struct {
	session sessions.Session
	number  int
}

// requestsOf returns a request for each of n users, with the number of the user in the session.
func requestsOf(t *testing.T, m *sessions.Manager, n int) []*http.Request {
	t.Helper()
	requests := make([]*http.Request, n)
	for i := range requests {
		slot := new(sessions.Slot)
		s := m.Open(slot.Begin(new(http.Request)), false)
		s.Set("user", i)
		c, err := m.Commit(s, "localhost")
		if err != nil {
			t.Fatal(err)
		}
		requests[i] = &http.Request{Header: http.Header{"Cookie": {c.Name + "=" + c.Value}}}
	}
	return requests
}

// A session that outlives its request must not see, and not touch, the session of another request that uses
// the same slot.
func TestKeptSessionNeverMeetsALaterOne(t *testing.T) {
	const generations, readers = 10_000, 4
	m, err := sessions.NewManager("", sessions.Options{Codec: plain{}})
	if err != nil {
		t.Fatal(err)
	}
	requests := requestsOf(t, m, generations)
	var misuses, reads atomic.Int64
	slot := &sessions.Slot{Misuse: func(error) { misuses.Add(1) }}

	var kept [64]atomic.Pointer[generation]
	var over atomic.Bool
	var wg sync.WaitGroup
	for r := range readers {
		wg.Go(func() {
			for i := r; !over.Load(); i++ {
				g := kept[i%len(kept)].Load()
				if g == nil {
					continue
				}
				if user, ok := sessions.Get[int](g.session, "user"); ok {
					if reads.Add(1); user != g.number {
						t.Errorf("the session of user %d reads as that of user %d", g.number, user)
						return
					}
				}
				g.session.Set("mark", g.number)
				g.session.Detach().Has("user")
			}
		})
	}
	for i, r := range requests {
		s := m.Open(slot.Begin(r), false)
		kept[i%len(kept)].Store(&generation{s, i})
		if got, ok := sessions.Get[int](s, "user"); got != i || !ok {
			t.Errorf("the session of user %d reads as %d, %t", i, got, ok)
		}
		s.Set("seen", i)
		c, err := m.Commit(s, "localhost")
		if err != nil || c == nil {
			t.Fatalf("Commit = %v, %v; want a cookie", c, err)
		}
		if user, mark := openCookie(m, c); user != i || mark != i && mark != -1 {
			t.Errorf("the cookie of user %d is that of user %d, with the mark of %d", i, user, mark)
		}
		slot.End()
	}
	over.Store(true)
	wg.Wait()
	if misuses.Load() == 0 || reads.Load() == 0 {
		t.Errorf("%d misuses and %d reads of live sessions, want many of both", misuses.Load(), reads.Load())
	}
}

// openCookie returns the user and the mark in a cookie, -1 for what is not there.
func openCookie(m *sessions.Manager, c *http.Cookie) (user, mark int) {
	s := m.Open(new(sessions.Slot).Begin(&http.Request{Header: http.Header{"Cookie": {c.Name + "=" + c.Value}}}), false)
	return sessions.GetOr(s, "user", -1), sessions.GetOr(s, "mark", -1)
}

// The same through an app: goroutines that outlive their handlers, while the app serves others.
func TestGoroutinesThatOutliveTheirHandlers(t *testing.T) {
	const requests = 10_000
	var wg sync.WaitGroup
	var late, live atomic.Int64
	outlive := func(s sessions.Session, user string) {
		defer func() {
			if recover() != nil {
				late.Add(1)
			}
		}()
		for range 20 {
			if got := s.Get("user"); got != user {
				t.Errorf("the session of %s reads as that of %v", user, got)
			}
			live.Add(1)
		}
	}
	app := newApp(sessions.Options{Codec: plain{}}, func(req soay.Request) soay.Response {
		user, s := req.Query("user"), req.Session
		if got := s.Get("user"); got != user {
			t.Errorf("the session of %s reads as that of %v", user, got)
		}
		wg.Go(func() { outlive(s, user) })
		return response.Text("x")
	})
	app.Put("/", func(req soay.Request) soay.Response {
		req.Session.Set("user", req.Query("user"))
		return response.Text("x")
	})
	users := []string{"ann", "bob", "cat", "dan"}
	for _, user := range users {
		r, w := newExchange("PUT", "/?user="+user)
		app.ServeHTTP(w, r)
		cookie := pair(t, w)
		wg.Go(func() {
			for range requests / len(users) {
				r, w := newExchange("GET", "/?user="+user, cookie)
				app.ServeHTTP(w, r)
			}
		})
	}
	wg.Wait()
	if late.Load() == 0 {
		t.Errorf("none of %d goroutines was late; %d reads in time", requests, live.Load())
	}
}

// stuckCodec is a Codec that waits before it opens anything.
type stuckCodec struct {
	plain
	waiting, goOn chan struct{}
}

func (c stuckCodec) Decode(name, value string) ([]byte, error) {
	c.waiting <- struct{}{}
	<-c.goOn
	return c.plain.Decode(name, value)
}

// A goroutine that is late in the midst of loading leaves nothing behind for the next request.
func TestSessionLoadedTooLateIsNobodys(t *testing.T) {
	codec := stuckCodec{waiting: make(chan struct{}), goOn: make(chan struct{})}
	stuck, err := sessions.NewManager("", sessions.Options{Codec: codec})
	if err != nil {
		t.Fatal(err)
	}
	m, err := sessions.NewManager("", sessions.Options{Codec: plain{}})
	if err != nil {
		t.Fatal(err)
	}
	requests := requestsOf(t, m, 2)
	misuses := make(chan error, 1)
	slot := &sessions.Slot{Misuse: func(err error) { misuses <- err }}
	first := stuck.Open(slot.Begin(requests[0]), false)
	read := make(chan any)
	go func() { read <- first.Get("user") }()
	<-codec.waiting
	slot.End()
	second := m.Open(slot.Begin(requests[1]), false)
	close(codec.goOn)
	if got := <-read; got != nil {
		t.Errorf("the late goroutine reads %v, want nil", got)
	}
	if err := <-misuses; !strings.Contains(err.Error(), saysLate) {
		t.Errorf("misuse = %v, want one that says what is wrong", err)
	}
	if sessions.StateOf(second).IsLoaded() {
		t.Error("the later session counts as used")
	}
	if got := second.Get("user"); got != 1 {
		t.Errorf("the later session has the user %v, want 1", got)
	}
}

func TestSlotGenerations(t *testing.T) {
	slot := new(sessions.Slot)
	first := slot.Begin(new(http.Request))
	if !slot.Holds(first) {
		t.Error("the slot does not hold the session it has begun")
	}
	before := slot.Generation()
	slot.End()
	second := slot.Begin(new(http.Request))
	if slot.Holds(first) || !slot.Holds(second) || slot.Generation() == before {
		t.Errorf("after End the slot holds the first session: %t, the second: %t; want false, true",
			slot.Holds(first), slot.Holds(second))
	}
	if new(sessions.Slot).Holds(second) {
		t.Error("another slot holds the session")
	}
}

// A later request without sessions must not find what an earlier one has opened.
func TestSlotForgets(t *testing.T) {
	m, slot, _, misuses := openSlot(t)
	slot.End()
	s := slot.Begin(requestsOf(t, m, 1)[0])
	if s.Has("user") || s.Len() != 0 {
		t.Errorf("a session that nobody opened holds %v", s.Map())
	}
	if len(*misuses) == 0 || !strings.Contains((*misuses)[0].Error(), "app.UseSessions") {
		t.Errorf("misuses = %v, want one that names app.UseSessions", *misuses)
	}
	if sessions.StateOf(s).IsLoaded() {
		t.Error("Used = true for a session that nobody opened")
	}
	if c, err := m.Commit(s, "localhost"); c != nil || err != nil {
		t.Errorf("Commit = %v, %v; want nothing", c, err)
	}
	if c, dropped, err := m.Discard(s, "localhost"); c != nil || dropped || err != nil {
		t.Errorf("Discard = %v, %t, %v for a session that nobody opened; want nothing", c, dropped, err)
	}
}

// What the framework does with a session too late changes nothing for the next request in the slot, be that
// restricted or not.
func TestStateOfADeadSession(t *testing.T) {
	m, err := sessions.NewManager("", sessions.Options{Codec: plain{}})
	if err != nil {
		t.Fatal(err)
	}
	late := map[string]func(sessions.State){
		"MakeReadOnly":   sessions.State.MakeReadOnly,
		"PreventLoad":    sessions.State.PreventLoad,
		"ForReplacement": func(s sessions.State) { s.ForReplacement(false) },
	}
	for name, call := range late {
		t.Run(name, func(t *testing.T) {
			misuses := 0
			slot := &sessions.Slot{Misuse: func(error) { misuses++ }}
			requests := requestsOf(t, m, 3)
			open := func(i int) sessions.Session { return m.Open(slot.Begin(requests[i]), false) }
			dead := open(0)
			slot.End()

			free := open(1)
			call(sessions.StateOf(dead))
			free.Set("mark", 1)
			if got := free.Get("user"); got != 1 || misuses != 0 {
				t.Errorf("the next session has the user %v and %d misuses, want 1 and 0", got, misuses)
			}
			slot.End()

			restricted := open(2)
			sessions.StateOf(restricted).MakeReadOnly()
			sessions.StateOf(restricted).PreventLoad()
			call(sessions.StateOf(dead))
			if got := restricted.Get("user"); got != nil || misuses != 1 {
				t.Errorf("a session whose load is prevented has the user %v and %d misuses, want nil and 1", got, misuses)
			}
			slot.Finish()
			restricted.Set("mark", 1)
			if got := restricted.Get("user"); got != 2 || misuses != 2 {
				t.Errorf("after Finish it has the user %v and %d misuses, want 2 and 2", got, misuses)
			}
		})
	}
}
