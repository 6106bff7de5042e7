package sessions_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// sessionUses are all that can be done with a session, by the names of the methods and functions.
var sessionUses = map[string]func(s sessions.Session){
	"Load":    func(s sessions.Session) { _ = s.Load() },
	"Get":     func(s sessions.Session) { s.Get("a") },
	"Lookup":  func(s sessions.Session) { s.Lookup("a") },
	"Has":     func(s sessions.Session) { s.Has("a") },
	"Set":     func(s sessions.Session) { s.Set("a", 2) },
	"Update":  func(s sessions.Session) { s.Update(map[string]any{"b": 1}) },
	"Delete":  func(s sessions.Session) { s.Delete("b") },
	"Clear":   func(s sessions.Session) { s.Clear() },
	"Flash":   func(s sessions.Session) { s.Flash("c", 1) },
	"Pop":     func(s sessions.Session) { s.Pop("c") },
	"Len":     func(s sessions.Session) { s.Len() },
	"Keys":    func(s sessions.Session) { s.Keys() },
	"All":     func(s sessions.Session) { s.All()(func(string, any) bool { return true }) },
	"Map":     func(s sessions.Session) { s.Map() },
	"ID":      func(s sessions.Session) { s.ID() },
	"User":    func(s sessions.Session) { s.User() },
	"SetUser": func(s sessions.Session) { s.SetUser("bob") },
	"Renew":   func(s sessions.Session) { s.Renew() },
	"Destroy": func(s sessions.Session) { s.Destroy() },
	"Detach":  func(s sessions.Session) { s.Detach().Get("a") },

	"Modified": func(s sessions.Session) { s.Modified() },
	"CopyTo":   func(s sessions.Session) { sessions.StateOf(s).CopyTo(new(sessions.Slot), &http.Request{}).Get("a") },

	"the functions": func(s sessions.Session) {
		sessions.Get[int](s, "a")
		sessions.GetOr(s, "a", 1)
		sessions.Pop[int](s, "a")
		_ = sessions.Modify(s, "n", func(n int) int { return n + 1 })
		sessions.StateOf(s).ReserveID()
		sessions.StateOf(s).IsLoaded()
	},
}

func TestUsesAreComplete(t *testing.T) {
	for m := range reflect.TypeFor[sessions.Session]().Methods() {
		if sessionUses[m.Name] == nil {
			t.Errorf("the tests of Load do not use %s", m.Name)
		}
	}
}

// After Load nothing that goroutines do with the session can panic, though the store goes down at that moment.
// A panic in one of them would end this test's process.
func TestNoPanicAfterLoad(t *testing.T) {
	for name, use := range sessionUses {
		t.Run(name, func(t *testing.T) {
			store := newShelf()
			v := storeVisit(t, store)
			v.do(func(s sessions.Session) { s.Set("a", 1); s.SetUser("ann") })
			loads := store.count("Load")
			v.answer(func(req soay.Request) soay.Response {
				if err := req.Session.Load(); err != nil {
					t.Errorf("Load = %v", err)
				}
				store.failing(func(context.Context, string) error { return errors.New("down") })
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() { use(req.Session) })
				}
				wg.Wait()
				return response.NoContent()
			})
			if n := store.count("Load") - loads; n != 1 {
				t.Errorf("the store was asked %d times for the session, want once", n)
			}
		})
	}
}

// Load tells of a store that is down, instead of a panic, and the request is refused whatever its handler
// makes of that.
func TestLoadOfAStoreThatIsDown(t *testing.T) {
	down := errors.New("down")
	for name, h := range map[string]func(err error) soay.Response{
		"the error":           response.Error,
		"something else":      func(error) soay.Response { return response.Text("welcome") },
		"nothing but headers": func(error) soay.Response { return response.NoContent() },
	} {
		t.Run(name, func(t *testing.T) {
			store := newShelf()
			v := storeVisit(t, store)
			v.do(func(s sessions.Session) { s.Set("a", 1) })
			store.failing(func(context.Context, string) error { return down })
			before := store.count("Load")
			resp := v.answer(func(req soay.Request) soay.Response {
				var errs [4]error
				var wg sync.WaitGroup
				for i := range errs {
					wg.Go(func() { errs[i] = req.Session.Load() })
				}
				wg.Wait()
				for _, err := range append(errs[:], req.Session.Load()) {
					if _, ok := errors.AsType[*sessions.UnavailableError](err); !ok || !errors.Is(err, down) {
						t.Errorf("Load = %v, want an UnavailableError", err)
					}
				}
				return h(req.Session.Load())
			})
			if resp.Status != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
				t.Errorf("answer %d %q, want 503 with Retry-After", resp.Status, resp.Text())
			}
			if n := store.count("Load") - before; n > 4 {
				t.Errorf("the store was asked %d times", n)
			}
			store.failing(nil)
			if got := v.data()["a"]; got != 1 {
				t.Errorf("when the store is back, a = %v, want 1", got)
			}
		})
	}
}

// Load of what is no session of a request is an error, and no panic either.
func TestLoadOfNoSession(t *testing.T) {
	if err := (sessions.Session{}).Load(); err == nil {
		t.Error("Load of the zero Session = nil")
	}
	if err := sessions.New().Load(); err != nil {
		t.Errorf("Load of a new session = %v", err)
	}
	slot := &sessions.Slot{Misuse: func(err error) { panic(err) }}
	closed := slot.Begin(&http.Request{})
	if err := closed.Load(); err == nil {
		t.Error("Load without sessions in the app = nil")
	}
	m, err := sessions.NewManager(key, sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := m.Open(closed, false)
	sessions.StateOf(s).PreventLoad()
	if err := s.Load(); err == nil {
		t.Error("Load of a session that is shut = nil")
	}
	slot.Finish()
	if err := s.Load(); err != nil {
		t.Errorf("Load = %v", err)
	}
	slot.End()
	if err := s.Load(); err == nil {
		t.Error("Load after the request = nil")
	}
}
