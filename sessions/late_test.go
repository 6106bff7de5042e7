package sessions_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// What misuses say.
const (
	saysCommitted = "session changed after its cookie was decided"
	saysLate      = "session used after its handler returned"
)

// changes are all ways to change a session.
var changes = []struct {
	name string
	do   func(s sessions.Session)
}{
	{"Set", func(s sessions.Session) { s.Set("late", 1) }},
	{"Set of the same value", func(s sessions.Session) { s.Set("user", "ann") }},
	{"Update", func(s sessions.Session) { s.Update(map[string]any{"late": 1}) }},
	{"Delete", func(s sessions.Session) { s.Delete("user") }},
	{"Clear", sessions.Session.Clear},
	{"Flash", func(s sessions.Session) { s.Flash("late", 1) }},
	{"Pop", func(s sessions.Session) { s.Pop("user") }},
	{"typed Pop", func(s sessions.Session) { sessions.Pop[string](s, "user") }},
	{"typed Flash", func(s sessions.Session) { sessions.Value[int]("late").Flash(s, 1) }},
	{"Renew", sessions.Session.Renew},
	{"Destroy", sessions.Session.Destroy},
}

// A change that comes when the headers have gone could not be saved, whatever the handler did with the session
// before.
func TestChangeInAStreamPanics(t *testing.T) {
	befores := []struct {
		name string
		do   func(s sessions.Session)
	}{
		{"untouched before", func(sessions.Session) {}},
		{"read before", func(s sessions.Session) { s.Get("user") }},
		{"written before", func(s sessions.Session) { s.Set("n", 1) }},
	}
	for _, before := range befores {
		for _, change := range changes {
			t.Run(before.name+"/"+change.name, func(t *testing.T) {
				v := newVisit(t, sessions.Options{})
				v.do(func(s sessions.Session) { s.Set("user", "ann") })
				var got error
				var user any
				v.answer(func(req soay.Request) soay.Response {
					before.do(req.Session)
					return response.Stream("text/plain", func(w io.Writer) error {
						user = req.Session.Get("user")
						got = panicOf(func() { change.do(req.Session) })
						return discard(w)
					})
				})
				if user != "ann" {
					t.Errorf("the stream reads the user %v, want ann", user)
				}
				if got == nil || !strings.Contains(got.Error(), saysCommitted) {
					t.Errorf("panic = %v, want one that says what is wrong", got)
				}
				if got := v.data()["user"]; got != "ann" {
					t.Errorf("the next request finds the user %v, want ann", got)
				}
			})
		}
	}
}

func TestChangeInAfterResponsePanics(t *testing.T) {
	for _, touch := range []bool{false, true} {
		var got error
		app := newApp(sessions.Options{}, func(req soay.Request) soay.Response {
			if touch {
				req.Session.Get("user")
			}
			req.AfterResponse(func(request.Outcome) {
				req.Session.Get("user") // reading is allowed
				got = panicOf(func() { req.Session.Set("late", 1) })
			})
			return response.Text("x")
		})
		ask(app)
		if got == nil || !strings.Contains(got.Error(), saysCommitted) {
			t.Errorf("session touched by the handler %t: panic = %v, want one that says what is wrong", touch, got)
		}
	}
}

func TestStreamReadsWhatTheHandlerWrote(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	resp := v.answer(func(req soay.Request) soay.Response {
		req.Session.Set("user", "ann")
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, sessions.GetOr(req.Session, "user", "nobody"))
			return err
		})
	})
	if got := resp.Text(); got != "ann" {
		t.Errorf("the stream says %q, want ann", got)
	}
}

// openSlot returns a session on a slot of its own, with the user ann in it, and where its misuses are
// collected.
func openSlot(t *testing.T) (*sessions.Manager, *sessions.Slot, sessions.Session, *[]error) {
	t.Helper()
	m, err := sessions.NewManager(key, sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	misuses := new([]error)
	slot := &sessions.Slot{Misuse: func(err error) { *misuses = append(*misuses, err) }}
	s := m.Open(slot.Begin(new(http.Request)), false)
	s.Set("user", "ann")
	return m, slot, s, misuses
}

// In production a misuse does not panic. The session stays as it is, and the misuse is reported.
func TestChangeAfterCommitInProduction(t *testing.T) {
	for _, change := range changes {
		t.Run(change.name, func(t *testing.T) {
			m, _, s, misuses := openSlot(t)
			if _, err := m.Commit(s, "localhost"); err != nil {
				t.Fatal(err)
			}
			id := s.ID()
			change.do(s)
			if err := errors.Join(*misuses...); len(*misuses) != 1 || !strings.Contains(err.Error(), saysCommitted) {
				t.Errorf("misuses = %v, want one that says what is wrong", *misuses)
			}
			if diff := cmp.Diff(map[string]any{"user": "ann"}, s.Map()); diff != "" || s.ID() != id {
				t.Errorf("the session is another: ID %q, was %q (-want +got):\n%s", s.ID(), id, diff)
			}
		})
	}
}

func TestChangeAfterDiscardInProduction(t *testing.T) {
	m, _, s, misuses := openSlot(t)
	if c, dropped, err := m.Discard(s, "localhost"); c != nil || !dropped || err != nil {
		t.Errorf("Discard = %v, %t, %v; want true and nothing else for a changed session", c, dropped, err)
	}
	s.Set("late", 1)
	if len(*misuses) != 1 || s.Has("late") {
		t.Errorf("misuses = %v, and Has(late) = %t; want one and false", *misuses, s.Has("late"))
	}
}

func TestUseAfterEndInProduction(t *testing.T) {
	_, slot, s, misuses := openSlot(t)
	slot.End()
	for _, change := range changes {
		*misuses = nil
		change.do(s)
		if len(*misuses) == 0 || !strings.Contains((*misuses)[0].Error(), saysLate) {
			t.Errorf("%s: misuses = %v, want one that says what is wrong", change.name, *misuses)
		}
	}
	if s.Get("user") != nil || s.Len() != 0 || s.Keys() != nil || s.ID() != "" || s.Modified() {
		t.Errorf("a dead session holds %v with the ID %q", s.Map(), s.ID())
	}
}

func TestSlotWithoutMisuse(t *testing.T) {
	slot := new(sessions.Slot)
	s := slot.Begin(new(http.Request))
	s.Set("a", 1) // no manager has opened it
	slot.End()
	if s.Has("a") {
		t.Error("a session that nobody opened holds a value")
	}
}

// The whole path of an app in production, where the test binary would make an app strict.
func TestMisuseIsLoggedOnceInProduction(t *testing.T) {
	log := requesttest.Log{Level: slog.LevelDebug}
	m, err := sessions.NewManager(key, sessions.Options{Logger: log.Logger()})
	if err != nil {
		t.Fatal(err)
	}
	session, err := middleware.NewSession(m)
	if err != nil {
		t.Fatal(err)
	}
	state := request.NewExchange(&request.Settings{Logger: log.Logger()})
	req := state.Begin(httptest.NewRequest("GET", "http://localhost/", nil))
	session(func(req request.Request) response.Response {
		req.Session.Set("user", "secret")
		return response.Text("x")
	})(req)
	state.End()
	for range 3 {
		if req.Session.Has("user") {
			t.Error("a dead session holds a value")
		}
		req.Session.Set("user", "secret")
	}
	lines := log.Lines(slog.LevelError)
	if len(lines) != 1 || !strings.Contains(lines[0], saysLate) || strings.Contains(lines[0], "secret") {
		t.Errorf("error log = %q, want one line that says what is wrong", lines)
	}
}

func TestSessionBeforeUseSessions(t *testing.T) {
	log := requesttest.Log{Level: slog.LevelDebug}
	app := soay.New(soay.Options{Logger: log.Logger(), Env: "production"})
	app.Get("/", done(func(s sessions.Session) { s.Set("user", "ann") }))
	app.Get("/read", done(func(s sessions.Session) { s.Get("user") }))
	app.Get("/not", done(func(sessions.Session) {}))
	for path, want := range map[string]int{"/": 500, "/read": 500, "/not": 200} {
		r, w := newExchange("GET", path)
		app.ServeHTTP(w, r)
		if w.Code != want || strings.Contains(w.Body.String(), "UseSessions") {
			t.Errorf("%s: status %d with body %q, want %d without advice to the client", path, w.Code, w.Body, want)
		}
	}
	lines := log.Lines(slog.LevelError)
	if len(lines) != 2 || !strings.Contains(lines[0], "app.UseSessions") {
		t.Errorf("error log = %q, want two lines that name app.UseSessions", lines)
	}
}
