package sessions_test

import (
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// What is cleared is gone, also in the store, what is kept stays as it was, and the user is nobody.
func TestClearBut(t *testing.T) {
	for _, tt := range []struct {
		description string
		do          func(sessions.Session)
		want        map[string]any
		wantUser    string
	}{
		{"some", func(s sessions.Session) { sessions.StateOf(s).ClearBut([]string{"b", "none"}) }, map[string]any{"b": 2}, ""},
		{"all", func(s sessions.Session) { sessions.StateOf(s).ClearBut(nil) }, map[string]any{}, ""},
		{"none", func(s sessions.Session) { sessions.StateOf(s).ClearBut([]string{"a", "b", "hint"}) }, map[string]any{"a": 1, "b": 2, "hint": "x"}, ""},
		{"with changes before and after", func(s sessions.Session) {
			s.Set("b", 3)
			s.Set("c", 4)
			sessions.StateOf(s).ClearBut([]string{"b", "c"})
			s.Set("a", 5)
			s.Delete("c")
			s.SetUser("bob")
		}, map[string]any{"a": 5, "b": 3}, "bob"},
		{"for the same user", func(s sessions.Session) { sessions.StateOf(s).ClearBut([]string{"a"}); s.SetUser("ada") }, map[string]any{"a": 1}, "ada"},
	} {
		for kind, v := range map[string]*visit{"cookie": newVisit(t, sessions.Options{}), "store": storeVisit(t, newShelf())} {
			v.do(func(s sessions.Session) { s.SetUser("ada"); s.Set("a", 1); s.Set("b", 2); s.Flash("hint", "x") })
			v.do(tt.do)
			var user string
			v.do(func(s sessions.Session) { user = s.User() })
			if diff := cmp.Diff(tt.want, v.data()); diff != "" || user != tt.wantUser {
				t.Errorf("%s, %s: the user is %q, the values are (-want +got):\n%s", kind, tt.description, user, diff)
			}
		}
	}
}

// A change is refused exactly when it would not be saved.
func TestIsReadOnly(t *testing.T) {
	want := func(description string, s sessions.Session, want bool) {
		t.Helper()
		if got := sessions.StateOf(s).IsReadOnly(); got != want {
			t.Errorf("%s: %t, want %t", description, got, want)
		}
		if panicOf(func() { s.Set("n", 1) }) == nil && want {
			t.Errorf("%s: it can be changed", description)
		}
	}
	if !sessions.StateOf(sessions.Session{}).IsReadOnly() {
		t.Error("the zero Session can be changed")
	}
	want("a new one", sessions.New(), false)
	want("a detached one", sessions.New().Detach(), true)
	for name, touch := range map[string]func(sessions.Session){"not looked at": func(sessions.Session) {}, "looked at": func(s sessions.Session) { s.Get("a") }} {
		var late sessions.Session
		app := newApp(sessions.Options{}, func(req soay.Request) soay.Response {
			touch(req.Session)
			want(name+", in the handler", req.Session, false)
			return response.Stream("text/plain", func(io.Writer) error {
				want(name+", in a stream", req.Session, true)
				late = req.Session
				return nil
			})
		})
		r, w := newExchange("GET", "/")
		app.ServeHTTP(w, r)
		want(name+", late", late, true)
	}
}
