package sessions_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

func TestGoroutinesOfOneHandler(t *testing.T) {
	const goroutines, keys = 8, 20
	v := newVisit(t, sessions.Options{})
	v.do(func(s sessions.Session) { s.Set("shared", 0) })
	resp := v.do(func(s sessions.Session) {
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				for i := range keys {
					k := fmt.Sprintf("%d-%d", g, i)
					s.Set(k, i)
					if got := sessions.GetOr(s, k, -1); got != i {
						t.Errorf("%s = %d, want %d", k, got, i)
					}
					s.Set("shared", i)
					s.Update(map[string]any{"temporary " + k: i})
					s.Map()
					s.Keys()
					s.ID()
					s.Detach().Len()
					s.Delete("temporary " + k)
				}
			})
		}
		wg.Wait()
	})
	if len(resp.Cookies) != 1 {
		t.Fatalf("%d cookies are set, want 1", len(resp.Cookies))
	}
	data := v.data()
	if len(data) != goroutines*keys+1 {
		t.Errorf("the next request finds %d values, want %d", len(data), goroutines*keys+1)
	}
	for g := range goroutines {
		for i := range keys {
			if k := fmt.Sprintf("%d-%d", g, i); data[k] != i {
				t.Errorf("the next request finds %s = %v, want %d", k, data[k], i)
			}
		}
	}
}

// What a goroutine updates in the store while the session is committed is saved, or fails; it is no data
// race.
func TestUpdateBesideCommit(t *testing.T) {
	for name, end := range map[string]func(sessions.Session){
		"a change": func(s sessions.Session) { s.Set("b", 1) }, "Renew": sessions.Session.Renew,
		"SetUser": func(s sessions.Session) { s.SetUser("ada") }, "Destroy": sessions.Session.Destroy,
	} {
		for _, o := range []sessions.Options{{}, sealing()} {
			store := newShelf()
			v := storeVisit(t, store, o)
			m, err := sessions.NewStoreManager(store, o)
			if err != nil {
				t.Fatal(err)
			}
			for range 20 {
				r, _ := newExchange("GET", "/", "session="+v.do(func(s sessions.Session) {
					s.Destroy()
					s.Set("n", 0)
				}).Cookie("session").Value)
				slot := &sessions.Slot{Misuse: func(error) {}} // for what comes too late
				s := m.Open(slot.Begin(r), false)
				end(s)
				start := make(chan struct{})
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() {
						<-start
						_ = sessions.Modify(s, "n", func(n int) int { return n + 1 }) // an error is as good as none
					})
				}
				wg.Go(func() {
					<-start
					if _, err := m.Commit(s, "localhost"); err != nil {
						t.Errorf("%s: Commit = %v", name, err)
					}
				})
				close(start)
				wg.Wait()
			}
		}
	}
}

// Whichever goroutine looks at the session first, all see the same one.
func TestGoroutinesThatOpenTheSessionTogether(t *testing.T) {
	cookie := annsCookie(t, sessions.Options{})
	app := newApp(sessions.Options{}, done(func(s sessions.Session) {
		start := make(chan struct{})
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				<-start
				s.Set(fmt.Sprint(g), true)
				if got := s.Get("user"); got != "ann" {
					t.Errorf("user = %v, want ann", got)
				}
			})
		}
		close(start)
		wg.Wait()
		if got := s.Len(); got != 9 {
			t.Errorf("the session has %d values, want 9", got)
		}
	}))
	for range 50 {
		if w := ask(app, cookie); len(w.Header()["Set-Cookie"]) != 1 {
			t.Fatalf("Set-Cookie = %q, want one", w.Header()["Set-Cookie"])
		}
	}
}

func TestManagerForManyRequests(t *testing.T) {
	app := newApp(sessions.Options{PreviousKeys: []string{otherKey}}, func(req soay.Request) soay.Response {
		n := sessions.GetOr(req.Session, "n", 0) + 1
		req.Session.Set("n", n)
		return response.Text(fmt.Sprint(req.Query("visitor"), " ", n))
	})
	var wg sync.WaitGroup
	for visitor := range 8 {
		wg.Go(func() {
			cookie := ""
			for visit := range 50 {
				r, w := newExchange("GET", fmt.Sprint("/?visitor=", visitor), cookie)
				app.ServeHTTP(w, r)
				if got, want := w.Body.String(), fmt.Sprint(visitor, " ", visit+1); got != want {
					t.Errorf("answer %q, want %q", got, want)
					return
				}
				cookie = pair(t, w)
			}
		})
	}
	wg.Wait()
}

func TestDetach(t *testing.T) {
	var detached, dead sessions.Session
	cookie := annsCookie(t, sessions.Options{})
	app := newApp(sessions.Options{}, done(func(s sessions.Session) {
		if !s.Has("user") {
			return // one of the others
		}
		s.Set("n", 1)
		detached, dead = s.Detach(), s
		s.Set("n", 2)
		s.Delete("user")
	}))
	ask(app, cookie)
	for range 20 { // its slot is used again
		ask(app)
	}
	if got := fmt.Sprint(detached.Map(), detached.Keys(), detached.Len()); got != "map[n:1 user:ann] [user n] 2" {
		t.Errorf("the detached session holds %s, want what it held when it was detached", got)
	}
	again := detached.Detach()
	for _, s := range []sessions.Session{detached, again} {
		if got, ok := sessions.Get[string](s, "user"); got != "ann" || !ok {
			t.Errorf("user = %q, %t; want ann", got, ok)
		}
		for _, change := range changes {
			if err := panicOf(func() { change.do(s) }); err == nil {
				t.Errorf("%s on a detached session does not panic", change.name)
			}
		}
	}
	if err := panicOf(func() { dead.Get("user") }); err == nil {
		t.Error("the session that was not detached can still be read")
	}
	if err := panicOf(func() { dead.Detach() }); err == nil {
		t.Error("the session that was not detached can be detached afterwards")
	}
}

func TestDetachedRequestHasTheSession(t *testing.T) {
	var detached soay.Request
	app := newApp(sessions.Options{}, func(req soay.Request) soay.Response {
		if req.Session.Has("user") {
			detached = req.Detach()
		}
		return response.Text("x")
	})
	ask(app, annsCookie(t, sessions.Options{}))
	ask(app)
	if got := detached.Session.Get("user"); got != "ann" {
		t.Errorf("user = %v, want ann", got)
	}
	if err := panicOf(func() { detached.Session.Set("user", "bob") }); err == nil {
		t.Error("Set on the session of a detached request does not panic")
	}
}

func TestDetachWithoutUseSessions(t *testing.T) {
	var detached soay.Request
	app := soay.New()
	app.Get("/", func(req soay.Request) soay.Response {
		detached = req.Detach()
		return response.Text("x")
	})
	if w := ask(app); w.Code != 200 || detached.Path() != "/" {
		t.Errorf("answer %d, and the detached request has the path %q; want 200 and /", w.Code, detached.Path())
	}
	if err := panicOf(func() { detached.Session.Set("a", 1) }); err == nil {
		t.Error("Set on a session that does not exist does not panic")
	}
}

func TestSessionKeptBeyondItsHandlerPanics(t *testing.T) {
	for _, touch := range []func(sessions.Session){
		nothing,
		func(s sessions.Session) { s.Get("user") },
		func(s sessions.Session) { s.Set("n", 1) },
	} {
		var kept sessions.Session
		app := newApp(sessions.Options{}, func(req soay.Request) soay.Response {
			touch(req.Session)
			kept = req.Session
			req.AfterResponse(func(request.Outcome) {
				if got := kept.Get("user"); got != "ann" {
					t.Errorf("after the response the user is %v, want ann", got)
				}
			})
			return response.Text("x")
		})
		ask(app, annsCookie(t, sessions.Options{}))
		for _, change := range changes {
			if err := panicOf(func() { change.do(kept) }); err == nil {
				t.Errorf("%s on a session whose handler has returned does not panic", change.name)
			}
		}
		for name, read := range map[string]func(){
			"Get": func() { kept.Get("user") }, "Has": func() { kept.Has("user") }, "Len": func() { kept.Len() },
			"Keys": func() { kept.Keys() }, "Map": func() { kept.Map() }, "ID": func() { kept.ID() },
			"Modified": func() { kept.Modified() },
		} {
			if err := panicOf(read); err == nil {
				t.Errorf("%s on a session whose handler has returned does not panic", name)
			}
		}
	}
}
