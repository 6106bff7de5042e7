package memstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
	"github.com/soay-go/soay/sessions/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) sessions.Store { return open(t) }, storetest.Options{Bubble: true})
}

// open returns a store that is closed with the test, and logs nothing unless it is told where.
func open(t testing.TB, options ...memstore.Options) *memstore.Store {
	t.Helper()
	if len(options) == 1 && options[0].Logger == nil {
		options[0].Logger = slog.New(slog.DiscardHandler)
	}
	store := memstore.New(options...)
	if err := store.Check(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// record returns one that lives for an hour.
func record(user, value string) sessions.Record {
	now := time.Now()
	return sessions.Record{Values: map[string][]byte{"key": []byte(value)}, User: user, Created: now, Seen: now,
		Expires: now.Add(time.Hour)}
}

func change(value string) sessions.Change {
	now := time.Now()
	return sessions.Change{Set: map[string][]byte{"key": []byte(value)}, Seen: now, Expires: now.Add(time.Hour)}
}

func create(t testing.TB, store *memstore.Store, id string, r sessions.Record) {
	t.Helper()
	if err := store.Create(t.Context(), id, r); err != nil {
		t.Fatalf("Create(%q) = %v", id, err)
	}
}

// has reports which of ids are in the store.
func has(t testing.TB, store *memstore.Store, ids ...string) string {
	t.Helper()
	var found []string
	for _, id := range ids {
		switch _, err := store.Load(t.Context(), id); {
		case err == nil:
			found = append(found, id)
		case !errors.Is(err, sessions.ErrGone):
			t.Errorf("Load(%q) = %v", id, err)
		}
	}
	return strings.Join(found, " ")
}

func TestCheck(t *testing.T) {
	tests := []struct {
		description string
		options     []memstore.Options
		want        string
	}{
		{"none", nil, ""},
		{"zero", []memstore.Options{{}}, ""},
		{"several", []memstore.Options{{MaxSessions: -1, MaxBytes: -2, MaxUserSessions: -3, SweepInterval: -4}},
			"memstore: MaxSessions: is negative: -1\nmemstore: MaxBytes: is negative: -2\nmemstore: MaxUserSessions: is negative: -3\n" +
				"memstore: SweepInterval: is negative: -4ns"},
		{"two", []memstore.Options{{}, {}}, "memstore: 2 options; pass one"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			store := memstore.New(tt.options...)
			defer store.Close()
			got := ""
			if err := store.Check(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Check() = %q, want %q", got, tt.want)
			}
			if err := store.Delete(t.Context(), "id"); (err != nil) != (tt.want != "") {
				t.Errorf("Delete() = %v with options that are wrong: %q", err, tt.want)
			}
		})
	}
}

func TestClose(t *testing.T) {
	store := memstore.New()
	create(t, store, "id", record("ann", "1"))
	for range 2 {
		if err := store.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	}
	ctx := t.Context()
	_, loadErr := store.Load(ctx, "id")
	_, listErr := store.ListUser(ctx, "ann")
	for i, err := range []error{loadErr, listErr, store.Create(ctx, "b", record("", "1")), store.Update(ctx, "id", change("2")),
		store.Modify(ctx, "id", "key", func(b []byte) ([]byte, error) { return b, nil }), store.Rename(ctx, "id", "b", change("2")), store.Delete(ctx, "id")} {
		if !errors.Is(err, memstore.ErrClosed) {
			t.Errorf("method %d after Close = %v, want %v", i, err, memstore.ErrClosed)
		}
	}
	if n := store.Len(); n != 0 {
		t.Errorf("Len() = %d after Close, want 0", n)
	}
}

// A store may be used by the function that it calls.
func TestModifyUsesStore(t *testing.T) {
	store := open(t)
	create(t, store, "id", record("", "1"))
	runs := 0
	err := store.Modify(t.Context(), "id", "key", func(value []byte) ([]byte, error) {
		if runs++; runs == 1 {
			if err := store.Update(t.Context(), "id", change("2")); err != nil {
				return nil, err
			}
		}
		return append(value, '!'), nil
	})
	r, _ := store.Load(t.Context(), "id")
	if got := string(r.Values["key"]); err != nil || got != "2!" || runs != 2 {
		t.Errorf("value %q, %v after %d runs, want 2! after 2", got, err, runs)
	}
}

func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := open(t, memstore.Options{SweepInterval: time.Minute})
		for i := range 1000 {
			create(t, store, fmt.Sprint(i), record(fmt.Sprint("user ", i), "1"))
		}
		create(t, store, "long", sessions.Record{Expires: time.Now().Add(2 * time.Hour)})
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{59 * time.Minute, 1001}, {3 * time.Minute, 1}, {time.Hour, 0}} {
			time.Sleep(step.after)
			synctest.Wait()
			if got := store.Len(); got != step.want {
				t.Errorf("%d sessions after another %v, want %d", got, step.after, step.want)
			}
		}
	})
}

// No write removes more than a batch, so none waits for long; but they do not fall behind.
func TestSweepOnWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := open(t, memstore.Options{SweepInterval: 24 * time.Hour})
		for i := range 1000 {
			create(t, store, fmt.Sprint(i), record("", "1"))
		}
		time.Sleep(2 * time.Hour)
		for i, want := range []int{937, 874, 811} {
			create(t, store, fmt.Sprint("new ", i), record("", "1"))
			if got := store.Len(); got != want {
				t.Errorf("%d sessions after %d writes, want %d", got, i+1, want)
			}
		}
	})
}

// A million sessions that come and expire never take more than the bound.
func TestBounded(t *testing.T) {
	n := 1_000_000
	if raceEnabled || testing.Short() {
		n = 100_000
	}
	const bound = 5000
	synctest.Test(t, func(t *testing.T) {
		store := open(t, memstore.Options{MaxSessions: bound})
		before := heap()
		for i := range n {
			create(t, store, fmt.Sprint(i), sessions.Record{User: "ann", Expires: time.Now().Add(time.Second),
				Values: map[string][]byte{"key": []byte("value")}})
			if i%1000 == 0 {
				time.Sleep(500 * time.Millisecond)
			}
			if got := store.Len(); got > bound {
				t.Fatalf("%d sessions, want at most %d", got, bound)
			}
		}
		if grown := heap() - before; grown > 8<<20 {
			t.Errorf("the heap has grown by %d bytes", grown)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := store.Len(); got != 0 {
			t.Errorf("%d sessions when all have expired, want 0", got)
		}
		runtime.KeepAlive(store)
	})
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What MaxBytes counts is about what the sessions take.
func TestSizeEstimate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for user, counted := range map[string]int64{"": 857, "user": 1167} { // as sizeOf has it
		const n = 20000
		store := open(t, memstore.Options{MaxBytes: 1 << 40})
		before := heap()
		for i := range n {
			if user != "" {
				user = fmt.Sprint("user ", i)
			}
			create(t, store, fmt.Sprintf("%064d", i), record(user, "0123456789"))
		}
		each := (heap() - before) / n
		if each > counted {
			t.Errorf("a session of %q takes %d bytes, more than the %d that are counted", user, each, counted)
		}
		runtime.KeepAlive(store)
	}
}

// And so is what a Rename leaves behind, which is little, whatever the session holds.
func TestSizeOfRedirects(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const n, counted = 20000, 500
	store := open(t, memstore.Options{MaxBytes: 1 << 40})
	for i := range n {
		create(t, store, fmt.Sprintf("%064d", i), record("", "1"))
	}
	before := heap()
	for i := range n {
		if err := store.Rename(t.Context(), fmt.Sprintf("%064d", i), fmt.Sprintf("%064d", n+i), change("2")); err != nil {
			t.Fatal(err)
		}
	}
	if each := (heap() - before) / n; each > counted || store.Len() != n {
		t.Errorf("a redirect takes %d bytes, more than the %d that are counted; %d sessions, want %d", each, counted, store.Len(), n)
	}
	runtime.KeepAlive(store)
}

// Whoever is signed in and changes his identity all the time takes no room from others.
func TestFloodOfRenames(t *testing.T) {
	store := open(t, memstore.Options{MaxBytes: 100_000, MaxSessions: 10})
	create(t, store, "stranger", record("", "1"))
	create(t, store, "bob", record("bob", "1"))
	create(t, store, "0", record("ann", "1"))
	before := heap()
	for i := range 10_000 {
		if err := store.Rename(t.Context(), fmt.Sprint(i), fmt.Sprint(i+1), change("1")); err != nil {
			t.Fatal(err)
		}
	}
	if got := has(t, store, "stranger", "bob", "10000"); got != "stranger bob 10000" || store.Len() != 3 {
		t.Errorf("the store has %q and %d sessions in all, want stranger, bob and 10000", got, store.Len())
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	for i := range 7 {
		create(t, store, fmt.Sprint("more ", i), record("", "1"))
	}
	if err := store.Delete(t.Context(), "9999"); err != nil || has(t, store, "10000") != "" {
		t.Errorf("Delete of the last id but one = %v, and the session is still there", err)
	}
	if got := has(t, store, "stranger", "bob"); got != "stranger bob" {
		t.Errorf("the store has %q, want stranger and bob", got)
	}
}

func TestParallel(t *testing.T) {
	store := open(t, memstore.Options{MaxSessions: 50})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			ctx := context.Background()
			for i := range 500 {
				id := fmt.Sprint(g, " ", i%80)
				_ = store.Create(ctx, id, record([]string{"", "ann"}[i%2], "1"))
				_, _ = store.Load(ctx, id)
				_ = store.Update(ctx, id, change("2"))
				_ = store.Rename(ctx, id, id+" renamed", change("3"))
				_ = store.Delete(ctx, id+" renamed")
			}
		})
	}
	wg.Wait()
	if n := store.Len(); n > 50 {
		t.Errorf("%d sessions, want at most 50", n)
	}
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	store := open(t)
	create(t, store, "id", record("", "1"))
	ctx, c := t.Context(), change("2")
	tests := []struct {
		description string
		limit       float64
		f           func() error
	}{
		{"Load", 3, func() error { _, err := store.Load(ctx, "id"); return err }},
		{"Load of none", 0, func() error {
			if _, err := store.Load(ctx, "none"); !errors.Is(err, sessions.ErrGone) {
				return err
			}
			return nil
		}},
		{"Update", 8, func() error { return store.Update(ctx, "id", c) }},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			if got := testing.AllocsPerRun(200, func() {
				if err := tt.f(); err != nil {
					t.Error(err)
				}
			}); got > tt.limit {
				t.Errorf("%v allocations, want at most %v", got, tt.limit)
			}
		})
	}
}
