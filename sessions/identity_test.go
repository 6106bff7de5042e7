package sessions_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// idOf makes a request and returns the ID that its handler sees at its end.
func (v *visit) idOf(do func(s sessions.Session)) (id string) {
	v.t.Helper()
	v.do(func(s sessions.Session) { do(s); id = s.ID() })
	return id
}

func nothing(sessions.Session) {}

func TestID(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	if id := v.idOf(nothing); id != "" {
		t.Errorf("ID of a visitor without a session = %q, want none", id)
	}
	id := v.idOf(func(s sessions.Session) { s.Set("a", 1) })
	if len(id) != 22 || strings.Trim(id, alphabet) != "" {
		t.Errorf("ID = %q, want 22 characters of base64url", id)
	}
	for what, do := range map[string]func(sessions.Session){
		"reading":       func(s sessions.Session) { s.Get("a") },
		"a change":      func(s sessions.Session) { s.Set("a", sessions.GetOr(s, "a", 0)+1) },
		"Clear and Set": func(s sessions.Session) { s.Clear(); s.Set("b", 1) },
	} {
		if got := v.idOf(do); got != id {
			t.Errorf("ID after %s = %q, want %q as before", what, got, id)
		}
	}
	other := newVisit(t, sessions.Options{})
	if got := other.idOf(func(s sessions.Session) { s.Set("a", 1) }); got == id {
		t.Errorf("two visitors have the ID %q", got)
	}
}

// Whenever it is asked for, the ID is the one that the next request will see.
func TestIDAfterTheCommit(t *testing.T) {
	asks := map[string]func(s sessions.Session) sessions.Session{
		"in a stream":           func(s sessions.Session) sessions.Session { return s },
		"of a detached session": sessions.Session.Detach,
	}
	for name, of := range asks {
		v := newVisit(t, sessions.Options{})
		var late string
		v.answer(func(req soay.Request) soay.Response {
			req.Session.Set("a", 1)
			s := of(req.Session)
			return response.Stream("text/plain", func(w io.Writer) error {
				late = s.ID()
				return discard(w)
			})
		})
		if id := v.idOf(nothing); id == "" || late != id {
			t.Errorf("ID %s = %q, in the next request %q; want one", name, late, id)
		}
	}
}

func TestRenewChangesTheIDAndKeepsTheData(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	before := v.idOf(func(s sessions.Session) { s.Set("a", 1) })
	during := v.idOf(func(s sessions.Session) { s.Renew(); s.Set("user", "ann") })
	after := v.idOf(nothing)
	if during == before || during == "" || after != during {
		t.Errorf("ID %q before Renew, %q in that request, %q in the next; want another one from Renew on",
			before, during, after)
	}
	if diff := cmp.Diff(map[string]any{"a": 1, "user": "ann"}, v.data()); diff != "" {
		t.Errorf("after Renew the session holds (-want +got):\n%s", diff)
	}
	if again := v.idOf(func(s sessions.Session) { s.Renew() }); again == after {
		t.Errorf("a second Renew keeps the ID %q", again)
	}
}

// What an attacker has planted in a browser before a login must not become a logged-in session.
func TestRenewedSessionIsNotThePlantedOne(t *testing.T) {
	victim, attacker := newVisit(t, sessions.Options{}), newVisit(t, sessions.Options{})
	planted := attacker.do(func(s sessions.Session) { s.Set("cart", "x") }).Cookie("session")
	victim.SetCookie(planted)
	victim.do(func(s sessions.Session) { s.Renew(); s.Set("user", "ann") })
	if got := attacker.data(); got["user"] != nil {
		t.Errorf("the attacker's session holds %v", got)
	}
	if a, v := attacker.idOf(nothing), victim.idOf(nothing); a == v || a == "" {
		t.Errorf("the attacker has the ID %q, the victim %q; want different ones", a, v)
	}
	if got := victim.data()["user"]; got != "ann" {
		t.Errorf("the victim's user is %v, want ann", got)
	}
}

func TestDestroy(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	v.do(func(s sessions.Session) { s.Update(map[string]any{"a": 1, "user": "ann"}) })
	v.do(func(s sessions.Session) {
		s.Destroy()
		if s.Len() != 0 || s.ID() != "" || s.Has("user") {
			t.Errorf("after Destroy: %v with ID %q, want nothing", s.Map(), s.ID())
		}
	})
	if cookies := v.Cookies("/"); len(cookies) != 0 {
		t.Errorf("after Destroy the browser has %v", cookies)
	}
	if got := v.data(); len(got) != 0 {
		t.Errorf("after Destroy the next request finds %v", got)
	}
}

func TestFlashAfterDestroyStartsANewSession(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	before := v.idOf(func(s sessions.Session) { s.Set("user", "ann") })
	var message any
	during := v.idOf(func(s sessions.Session) { s.Destroy(); s.Flash("message", "bye") })
	after := v.idOf(func(s sessions.Session) {
		message = s.Pop("message")
		if s.Has("user") {
			t.Error("the destroyed session's user is still there")
		}
		s.Set("stay", true)
	})
	if message != "bye" || during == before || during == "" || after != during {
		t.Errorf("message %v; ID %q before, %q during, %q after; want bye and a new session",
			message, before, during, after)
	}
}

// The usual way of a message: a form is posted, the browser is redirected, and the page shows the message once.
func TestFlashOverARedirect(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	if resp := v.answer(func(req soay.Request) soay.Response {
		req.Session.Flash("message", "saved")
		return response.SeeOther("/")
	}); resp.Status != 303 {
		t.Fatalf("status = %d, want 303", resp.Status)
	}
	page := func(req soay.Request) soay.Response {
		message, _ := sessions.Pop[string](req.Session, "message")
		return response.Text("message: " + message)
	}
	for i, want := range []string{"message: saved", "message: ", "message: "} {
		if got := v.answer(page).Text(); got != want {
			t.Errorf("view %d of the page says %q, want %q", i+1, got, want)
		}
	}
}

// Where the page fails, its message is not lost.
func TestFlashSurvivesAServerError(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	v.do(func(s sessions.Session) { s.Flash("message", "saved") })
	v.answer(func(req soay.Request) soay.Response {
		req.Session.Pop("message")
		return response.Status(503)
	})
	if got := v.data()["message"]; got != "saved" {
		t.Errorf("message = %v, want saved", got)
	}
}

// An identity that is reserved is that of the session which begins in the same request, if one does.
func TestReserve(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	var reserved []string
	reserve := func(s sessions.Session) { reserved = append(reserved, sessions.StateOf(s).ReserveID()) }
	if id := v.idOf(reserve); id != "" || len(v.Cookies("/")) != 0 {
		t.Errorf("an empty session has the ID %q and the cookies %v, want none", id, v.Cookies("/"))
	}
	id := v.idOf(func(s sessions.Session) { reserve(s); reserve(s); s.Set("a", 1) })
	if reserved[1] != id || reserved[2] != id || reserved[0] == id || reserved[0] == "" {
		t.Errorf("reserved are %q, then the session is %q", reserved, id)
	}
	reserve = func(s sessions.Session) {
		if got := sessions.StateOf(s).ReserveID(); got != id {
			t.Errorf("reserved for a session %q is %q", id, got)
		}
	}
	if got := v.idOf(reserve); got != id {
		t.Errorf("in the next request the session is %q, want %q", got, id)
	}
	if got := v.idOf(func(s sessions.Session) { reserve(s); s.Renew() }); got == id || got == "" {
		t.Errorf("after Renew the session is %q, want another", got)
	}
	v = newVisit(t, sessions.Options{})
	if got := v.idOf(func(s sessions.Session) { id = sessions.StateOf(s).ReserveID(); s.SetUser("ann") }); got == id || got == "" {
		t.Errorf("after a login the session is %q, want another than what was reserved before", got)
	}
}
