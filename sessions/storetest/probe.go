package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions"
)

// probe runs one check on a store of its own. Its methods report failures with the rule that is checked.
type probe struct {
	t      *testing.T
	ctx    context.Context
	rule   string
	opts   Options
	stores []sessions.Store // the instances, one or two
	store  sessions.Store   // the first of them
}

func newProbe(t *testing.T, rule string, newStore func(*testing.T) sessions.Store, o Options) *probe {
	t.Helper()
	store := newStore(t)
	if store == nil {
		t.Fatal("storetest: there is no store")
	}
	p := &probe{t: t, rule: rule, opts: o, stores: []sessions.Store{store}, store: store}
	if o.Shared != nil {
		p.stores = append(p.stores, o.Shared(t, store))
	}
	if o.Bubble { // its clock may advance by hours
		p.ctx = t.Context()
		return p
	}
	ctx, cancel := context.WithTimeout(t.Context(), o.Patience)
	t.Cleanup(cancel)
	p.ctx = ctx
	return p
}

// failf reports a failure and goes on. It may be called by any goroutine.
func (p *probe) failf(format string, args ...any) {
	p.t.Helper()
	p.t.Errorf("%s\n\tcontract of sessions.Store: %q", fmt.Sprintf(format, args...), p.rule)
}

// must ends the check if a call failed that should not have.
func (p *probe) must(call string, err error) {
	p.t.Helper()
	if err != nil {
		p.failf("%s failed: %v", call, err)
		p.t.FailNow()
	}
}

// wantGone reports a call that should have failed with ErrGone.
func (p *probe) wantGone(call string, err error) {
	p.t.Helper()
	switch {
	case err == nil:
		p.failf("%s succeeded, want sessions.ErrGone", call)
	case !errors.Is(err, sessions.ErrGone):
		p.failf("%s failed with %q, want sessions.ErrGone", call, err)
	}
}

// wantFault reports a call that should have failed with another error than ErrGone.
func (p *probe) wantFault(call string, err error) {
	p.t.Helper()
	switch {
	case err == nil:
		p.failf("%s succeeded, want an error", call)
	case errors.Is(err, sessions.ErrGone):
		p.failf("%s failed with sessions.ErrGone, want another error, for the record is there", call)
	}
}

// newID returns a random id of the form that the framework uses: 64 hexadecimal digits.
func newID() string { return randomText(32) }

func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func newUser() string { return "user-" + randomText(12) }

// now is the time of the store, to the second.
func (p *probe) now() time.Time {
	if p.opts.Now != nil {
		return p.opts.Now().UTC().Truncate(time.Second)
	}
	return time.Now().UTC().Truncate(time.Second)
}

// advance lets time pass.
func (p *probe) advance(d time.Duration) {
	if p.opts.Advance != nil {
		p.opts.Advance(d)
		return
	}
	time.Sleep(d)
}

// values are the values of a record as text, which is easier to read.
type values map[string]string

func (v values) bytes() map[string][]byte {
	m := make(map[string][]byte, len(v))
	for key, value := range v {
		m[key] = []byte(value)
	}
	return m
}

// record returns a new record that is good for an hour.
func (p *probe) record(user string, v values) sessions.Record {
	now := p.now()
	return sessions.Record{Values: v.bytes(), User: user, Created: now, Seen: now, Expires: now.Add(time.Hour)}
}

// change returns a change that sets values and leaves the lifetime at an hour.
func (p *probe) change(v values) sessions.Change {
	now := p.now()
	return sessions.Change{Set: v.bytes(), Seen: now, Expires: now.Add(time.Hour)}
}

// create puts a record into the store and returns its id.
func (p *probe) create(r sessions.Record) string {
	p.t.Helper()
	id := newID()
	p.must("Create", p.store.Create(p.ctx, id, r))
	return id
}

// makes is create for values alone.
func (p *probe) makes(v values) string {
	p.t.Helper()
	return p.create(p.record("", v))
}

// gone reports an id that is not gone, on any instance.
func (p *probe) gone(what, id string) {
	p.t.Helper()
	for _, store := range p.stores {
		_, err := store.Load(p.ctx, id)
		p.wantGone("Load of "+what, err)
	}
}

// refusesWrites reports late writes to an id without a record, for a user: they must fail with ErrGone and
// bring nothing back.
func (p *probe) refusesWrites(what, id, user string) {
	p.t.Helper()
	late, to := p.change(values{"a": "2"}), newID()
	late.User = &user
	p.wantGone("Update of "+what, p.store.Update(p.ctx, id, late))
	p.wantGone("Modify of "+what, p.store.Modify(p.ctx, id, "a", set("2")))
	p.wantGone("Rename of "+what, p.store.Rename(p.ctx, id, to, late))
	p.gone(what, id)
	p.gone("the new id of "+what, to)
}

// has reports a record that is not as it should be.
func (p *probe) has(id string, want sessions.Record) {
	p.t.Helper()
	for _, store := range p.stores {
		got, err := store.Load(p.ctx, id)
		p.must("Load", err)
		p.sameValues(got.Values, want.Values)
		if got.User != want.User {
			p.failf("Load gives User %q, want %q", got.User, want.User)
		}
		p.sameTime("Created", got.Created, want.Created)
		p.sameTime("Seen", got.Seen, want.Seen)
		p.sameTime("Expires", got.Expires, want.Expires)
	}
}

// holds reports a record whose values are not as they should be.
func (p *probe) holds(id string, want values) {
	p.t.Helper()
	for _, store := range p.stores {
		got, err := store.Load(p.ctx, id)
		p.must("Load", err)
		p.sameValues(got.Values, want.bytes())
	}
}

func (p *probe) sameTime(field string, got, want time.Time) {
	p.t.Helper()
	if !got.Equal(want) {
		p.failf("Load gives %s %v, want %v", field, got, want)
	}
}

func (p *probe) sameValues(got, want map[string][]byte) {
	p.t.Helper()
	for _, key := range slices.Sorted(maps.Keys(want)) {
		value, ok := got[key]
		if !ok {
			p.failf("Load gives no value of key %.60q, want %.60q", key, want[key])
		} else if !bytes.Equal(value, want[key]) {
			p.failf("Load gives the value %.60q of %d bytes for key %.60q, want %.60q of %d bytes",
				value, len(value), key, want[key], len(want[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			p.failf("Load gives the value %.60q for key %.60q, want none", got[key], key)
		}
	}
}

// lists reports a user whose records are not those of ids, on any instance.
func (p *probe) lists(user string, ids ...string) {
	p.t.Helper()
	for _, store := range p.stores {
		got, err := store.ListUser(p.ctx, user)
		p.must("ListUser", err)
		if got, want := slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(ids)); !slices.Equal(got, want) {
			p.failf("ListUser(%q) = %.12q, want %.12q", user, got, want)
		}
	}
}

// parallel calls f for 0 to n-1 at the same time, in turn on all instances, and waits for all of them. They
// start in random order, because otherwise the last one would usually run first.
func (p *probe) parallel(n int, f func(i int, store sessions.Store)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, i := range mathrand.Perm(n) {
		wg.Go(func() {
			<-start
			f(i, p.stores[i%len(p.stores)])
		})
	}
	close(start)
	wg.Wait()
}

// set returns a function for Modify that ignores the present value.
func set(value string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(value), nil }
}
