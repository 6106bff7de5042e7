package memstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

func TestFullDropsTheLeastUsed(t *testing.T) {
	store := open(t, memstore.Options{MaxSessions: 4})
	create(t, store, "user", record("ann", "1"))
	for _, id := range []string{"a", "b", "c"} {
		create(t, store, id, record("", "1"))
	}
	has(t, store, "a")
	if err := store.Update(t.Context(), "b", change("2")); err != nil {
		t.Fatal(err)
	}
	create(t, store, "d", record("", "1")) // c has not been used
	create(t, store, "e", record("bob", "1"))
	if got, want := has(t, store, "user", "a", "b", "c", "d", "e"), "user b d e"; got != want {
		t.Errorf("the store has %q, want %q", got, want)
	}
}

// Somebody who makes session after session signs nobody out, and keeps nobody from signing in.
func TestFlood(t *testing.T) {
	store := open(t, memstore.Options{MaxSessions: 100})
	create(t, store, "before", record("ann", "1"))
	for i := range 10_000 {
		create(t, store, fmt.Sprint(i), record("", "1"))
	}
	create(t, store, "after", record("ann", "1"))
	if got := has(t, store, "before", "after", "0", "9999"); got != "before after 9999" || store.Len() != 100 {
		t.Errorf("the store has %q and %d sessions in all, want before, after and 9999 of 100", got, store.Len())
	}
}

// Somebody who signs in again and again, without the cookie that he gets, only signs himself out.
func TestFloodOfOneUser(t *testing.T) {
	store := open(t, memstore.Options{MaxSessions: 50, MaxUserSessions: 3})
	create(t, store, "bob", record("bob", "1"))
	create(t, store, "used", record("ann", "1"))
	for i := range 1000 {
		has(t, store, "used")
		create(t, store, fmt.Sprint(i), record("ann", "1"))
	}
	create(t, store, "visitor", record("", "1"))
	if got, want := has(t, store, "bob", "997", "998", "999", "used", "visitor"), "bob 998 999 used visitor"; got != want || store.Len() != 5 {
		t.Errorf("the store has %q and %d sessions in all, want %q of 5", got, store.Len(), want)
	}
	if err := store.Rename(t.Context(), "visitor", "new", sessions.Change{User: new("ann"), Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if got, want := has(t, store, "998", "999", "used", "new"), "999 used new"; got != want {
		t.Errorf("after another login the store has %q, want %q", got, want)
	}
	if ids, err := store.ListUser(t.Context(), "ann"); err != nil || len(ids) != 3 {
		t.Errorf("ListUser = %q, %v, want 3", ids, err)
	}
}

func TestFullDropsWhatHasExpiredFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := open(t, memstore.Options{MaxSessions: 2, SweepInterval: 24 * time.Hour})
		create(t, store, "old", record("", "1"))
		create(t, store, "short", sessions.Record{User: "ann", Expires: time.Now().Add(time.Minute)})
		time.Sleep(2 * time.Minute)
		create(t, store, "new", record("", "1"))
		if got, want := has(t, store, "old", "short", "new"), "old new"; got != want {
			t.Errorf("the store has %q, want %q", got, want)
		}
	})
}

func TestFullOfUsers(t *testing.T) {
	store := open(t, memstore.Options{MaxSessions: 2})
	create(t, store, "a", record("ann", "1"))
	create(t, store, "b", record("bob", "1"))
	if err := store.Create(t.Context(), "c", record("eve", "1")); !errors.Is(err, memstore.ErrFull) || errors.Is(err, sessions.ErrGone) {
		t.Errorf("Create in a store that is full of users = %v, want %v", err, memstore.ErrFull)
	}
	if err := store.Update(t.Context(), "a", change("longer")); err != nil {
		t.Errorf("Update in a store that is full of users = %v, want nil", err)
	}
	if err := store.Rename(t.Context(), "a", "c", change("longer")); err != nil {
		t.Errorf("Rename in a store that is full of users = %v, want nil", err)
	}
	if got, want := has(t, store, "a", "b", "c"), "b c"; got != want {
		t.Errorf("the store has %q, want %q", got, want)
	}
}

func TestMaxBytes(t *testing.T) {
	store := open(t, memstore.Options{MaxBytes: 100_000})
	create(t, store, "user", record("ann", strings.Repeat("x", 20_000)))
	create(t, store, "a", record("", strings.Repeat("x", 30_000)))
	create(t, store, "b", record("", strings.Repeat("x", 30_000)))

	if err := store.Create(t.Context(), "c", record("", strings.Repeat("x", 90_000))); !errors.Is(err, memstore.ErrFull) {
		t.Errorf("Create of more than there is room for = %v, want %v", err, memstore.ErrFull)
	}
	if err := store.Update(t.Context(), "a", change(strings.Repeat("x", 90_000))); !errors.Is(err, memstore.ErrFull) {
		t.Errorf("Update to more than there is room for = %v, want %v", err, memstore.ErrFull)
	}
	if got, want := has(t, store, "user", "a", "b", "c"), "user a b"; got != want {
		t.Errorf("the store has %q after writes that failed, want %q", got, want)
	}
	if err := store.Update(t.Context(), "a", change(strings.Repeat("x", 60_000))); err != nil {
		t.Errorf("Update for which another session makes room = %v, want nil", err)
	}
	if got, want := has(t, store, "user", "a", "b", "c"), "user a"; got != want {
		t.Errorf("the store has %q, want %q", got, want)
	}
	if err := store.Update(t.Context(), "a", change("short")); err != nil {
		t.Errorf("Update to less = %v, want nil", err)
	}
	create(t, store, "d", record("", strings.Repeat("x", 70_000)))
	if got, want := has(t, store, "user", "a", "d"), "user a d"; got != want {
		t.Errorf("the store has %q, want %q", got, want)
	}
}

// The log says once a minute that sessions are dropped, not each time.
func TestFullIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requesttest.Log
		store := open(t, memstore.Options{MaxSessions: 1, Logger: log.Logger()})
		for i := range 100 {
			create(t, store, fmt.Sprint(i), record("", "1"))
		}
		time.Sleep(time.Minute)
		create(t, store, "last", record("", "1"))
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 2 || !strings.Contains(lines[0], "dropped=1 ") || !strings.Contains(lines[1], "dropped=99 ") {
			t.Errorf("the log has %d lines, want 2 with dropped=1 and dropped=99: %s", len(lines), log.String())
		}
	})
}
