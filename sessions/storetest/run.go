package storetest

import (
	"cmp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/internal/optional"
)

// Options tells the suite about the store. The zero value fits every store.
type Options struct {
	// Shared returns another instance of a store on the same data, as a second process would have
	// it. The checks then use both in turn. Without it, the checks about two instances are skipped.
	Shared func(t *testing.T, store sessions.Store) sessions.Store
	// Advance lets time pass for the store, for stores whose clock a test can move. The default
	// sleeps, which takes about three seconds in all, because the checks that wait for the end of a
	// record wait at the same time.
	Advance func(d time.Duration)
	// Now is the clock of the store. The default is time.Now.
	Now func() time.Time
	// Bubble runs the checks about expiry in bubbles of testing/synctest, where they take no time.
	// It is for stores that keep everything in the memory of this process and use the time of
	// package time. It cannot be used with Advance or Now.
	Bubble bool
	// Patience limits the time of one check, and the time that one call may wait for another one. The
	// default is a minute.
	Patience time.Duration
	// Rounds is how many times each check about a race provokes it. The default is 50, and 5 with go
	// test -short.
	Rounds int
}

// Run checks a store. It calls newStore for each of its subtests, never twice at the same time. The store
// that newStore returns should be closed by a cleanup of the test that newStore is given. Some checks
// run at the same time as others, so a new store must not remove the data of those that were opened
// before.
func Run(t *testing.T, newStore func(t *testing.T) sessions.Store, options ...Options) {
	t.Helper()
	o := withDefaults(t, options)
	for _, g := range groups() {
		t.Run(g.name, func(t *testing.T) {
			if g.instances && o.Shared == nil {
				t.Skip("storetest: Options.Shared is nil, so there is no second instance")
			}
			g.run(t, oneAtATime(newStore), o)
		})
	}
}

// oneAtATime returns newStore with a lock, for a newStore that is not safe for concurrent use.
func oneAtATime(newStore func(t *testing.T) sessions.Store) func(t *testing.T) sessions.Store {
	var mu sync.Mutex
	return func(t *testing.T) sessions.Store {
		mu.Lock()
		defer mu.Unlock()
		return newStore(t)
	}
}

func withDefaults(t *testing.T, options []Options) Options {
	t.Helper()
	o, err := optional.One(options)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	if o.Bubble && (o.Advance != nil || o.Now != nil) {
		t.Fatal("storetest: Options.Bubble has a clock of its own; leave Advance and Now out")
	}
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	o.Rounds = cmp.Or(o.Rounds, rounds)
	o.Patience = cmp.Or(o.Patience, time.Minute)
	return o
}

// group is a set of checks about one topic.
type group struct {
	name      string
	checks    []check
	expiry    bool // they let time pass
	instances bool // they need two instances
}

// run runs the checks of a group one after the other. Checks that sleep run all at once, since t.Run may be
// called from several goroutines; t.Parallel would run no more of them than there are processors.
func (g group) run(t *testing.T, newStore func(*testing.T) sessions.Store, o Options) {
	sleeps := g.expiry && !o.Bubble && o.Advance == nil
	var wg sync.WaitGroup
	for _, c := range g.checks {
		run := func() { t.Run(c.name, func(t *testing.T) { c.start(t, newStore, o, g.expiry && o.Bubble) }) }
		if sleeps {
			wg.Go(run)
		} else {
			run()
		}
	}
	wg.Wait()
}

func groups() []group {
	return []group{
		{name: "Load", checks: loadChecks()},
		{name: "Create", checks: createChecks()},
		{name: "Update", checks: updateChecks()},
		{name: "Modify", checks: modifyChecks()},
		{name: "Rename", checks: renameChecks()},
		{name: "Delete", checks: deleteChecks()},
		{name: "Delete what has moved", checks: movedChecks()},
		{name: "ListUser", checks: listUserChecks()},
		{name: "DeleteUser", checks: deleteUserChecks()},
		{name: "Values", checks: valueChecks()},
		{name: "Copies", checks: copyChecks()},
		{name: "Context", checks: contextChecks()},
		{name: "Parallel", checks: parallelChecks()},
		{name: "Races", checks: raceChecks()},
		{name: "Expiry", checks: expiryChecks(), expiry: true},
		{name: "Instances", checks: instanceChecks(), instances: true},
	}
}

// check is one property of a store.
type check struct {
	name string
	rule string // the sentence of the contract
	run  func(p *probe)
}

func (c check) start(t *testing.T, newStore func(*testing.T) sessions.Store, o Options, bubble bool) {
	o.Bubble = bubble
	if bubble {
		synctest.Test(t, func(t *testing.T) { c.run(newProbe(t, c.rule, newStore, o)) })
		return
	}
	c.run(newProbe(t, c.rule, newStore, o))
}
