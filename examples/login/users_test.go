package main

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// Who wanted to be signed out everywhere may have closed the browser.
func TestSignOutGoesOnWithoutTheClient(t *testing.T) {
	store := memstore.New()
	defer store.Close()
	record := sessions.Record{User: "ada", Expires: time.Now().Add(time.Hour)}
	if err := store.Create(t.Context(), "id", record); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	users := storeUsers{store}
	if err := users.signOut(gone, "ada"); err != nil {
		t.Errorf("sign out = %v", err)
	}
	if n, err := users.count(t.Context(), "ada"); n != 0 || err != nil {
		t.Errorf("ada has %d sessions, %v, want none", n, err)
	}
}

// lost are users whose sessions nobody can reach.
type lost struct{}

var errLost = errors.New("connection refused")

func (lost) count(context.Context, string) (int, error) { return 0, errLost }
func (lost) signOut(context.Context, string) error      { return errLost }

func TestUsersThatCannotBeReached(t *testing.T) {
	s := &site{users: lost{}}
	tests := []struct {
		description, method, path string
		handler                   soay.Handler
	}{
		{"how many there are", "GET", "/profile", s.profile},
		{"sign out everywhere", "POST", "/logout-everywhere", s.signOutEverywhere},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			req := requesttest.Request(test.method, test.path)
			req.Session.SetUser("ada")
			resp := test.handler(req)
			if resp.Status() != http.StatusServiceUnavailable || !errors.Is(resp.Err(), errLost) {
				t.Errorf("%d with the error %v, want 503 with %v", resp.Status(), resp.Err(), errLost)
			}
			if got := req.Session.User(); got != "ada" {
				t.Errorf("afterwards the session is of %q, want ada", got)
			}
		})
	}
}
