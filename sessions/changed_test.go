package sessions_test

import (
	"testing"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// What changes a session makes the response one that no cache keeps, with a cookie or without; what leaves it
// as it is does not.
func TestChangesAreNotStored(t *testing.T) {
	update := func(d int) func(s sessions.Session) {
		return func(s sessions.Session) {
			if err := sessions.Modify(s, "n", func(n int) int { return n + d }); err != nil {
				panic(err)
			}
		}
	}
	for _, tt := range []struct {
		description string
		do          func(s sessions.Session)
		want        string
		modified    bool
	}{
		{"Set", func(s sessions.Session) { s.Set("n", s.Get("n").(int)+1) }, "no-store", true},
		{"Set of the same", func(s sessions.Session) { s.Set("n", s.Get("n")) }, "private", false},
		{"Delete", func(s sessions.Session) { s.Delete("n") }, "no-store", true},
		{"Delete of nothing", func(s sessions.Session) { s.Delete("x") }, "private", false},
		{"Update", update(1), "no-store", true},
		{"Update to the same", update(0), "private", false},
		{"Get", func(s sessions.Session) { s.Get("n") }, "private", false},
	} {
		for kind, v := range map[string]*visit{
			"cookies": newVisit(t, sessions.Options{}), "a shelf": storeVisit(t, newShelf()), "memory": storeVisit(t, memstore.New()),
		} {
			t.Run(tt.description+" in "+kind, func(t *testing.T) {
				v.do(func(s sessions.Session) { s.Set("n", 1); s.Set("m", 1) })
				resp := v.do(func(s sessions.Session) {
					tt.do(s)
					if got := s.Modified(); got != tt.modified {
						t.Errorf("Modified = %t, want %t", got, tt.modified)
					}
				})
				if got := resp.Header.Get("Cache-Control"); got != tt.want {
					t.Errorf("Cache-Control = %q, want %q", got, tt.want)
				}
			})
		}
	}
}
