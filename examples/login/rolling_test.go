//go:build unix

package main

import (
	"slices"
	"testing"

	"github.com/soay-go/soay"
)

// Two instances behind a load balancer are restarted one after the other, again and again, while
// people use the site. Nobody is signed out, no request fails, and nothing that was saved is lost.
func TestRollingRestart(t *testing.T) {
	oldKey, newKey := soay.NewKey(), soay.NewKey()
	restarts := []struct {
		description string
		keys        map[string]string
	}{
		{"a plain restart", map[string]string{"APP_SECRET_10": oldKey}},
		{"a new key that all know before it seals", map[string]string{"APP_SECRET_9": newKey, "APP_SECRET_10": oldKey}},
		{"the new key seals", map[string]string{"APP_SECRET_11": newKey, "APP_SECRET_10": oldKey}},
		{"the old key is gone", map[string]string{"APP_SECRET_11": newKey}}, // everybody has a new cookie by now
	}
	fleets := slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return k.oneProcess })
	eachOf(t, fleets, func(t *testing.T, k kind) {
		f := newFleet(t, k.storage(t))
		f.start(t, restarts[0].keys)
		f.start(t, restarts[0].keys)
		vs := newVisitors(t, f.balancer.URL, 20)
		vs.start()
		vs.await(t, 1)
		for _, restart := range restarts {
			f.restart(t, restart.keys, func() { vs.await(t, 1) })
			vs.wantNothingLost(t, restart.description)
		}
		vs.finish()
		vs.wantNothingLost(t, "everything")
		t.Logf("%d visitors and %d restarts of an instance: %+v", len(vs.all), 2*len(restarts), vs.tally)
	})
}

// fleet are instances of the program that share sessions, behind a balancer.
type fleet struct {
	balancer *balancer
	args     []string
	programs []*program
	members  []*instance
}

func newFleet(t *testing.T, k storage) *fleet {
	return &fleet{balancer: newBalancer(t), args: []string{
		"-store", k.store, "-redis", k.redis, "-postgres", k.postgres, "-epochs", k.epochs,
		"-drain", "500ms", // fifty times what the balancer needs to notice
	}}
}

// start adds an instance.
func (f *fleet) start(t *testing.T, keys map[string]string) {
	t.Helper()
	p := startProgram(t, keys, f.args...)
	f.programs = append(f.programs, p)
	f.members = append(f.members, f.balancer.add(t, p))
}

// restart replaces all instances, one after the other. Each is used for a while before the next.
func (f *fleet) restart(t *testing.T, keys map[string]string, use func()) {
	t.Helper()
	for range len(f.programs) {
		f.programs[0].stop(t)
		if served := f.balancer.remove(f.members[0]); served == 0 {
			t.Errorf("an instance ended that had not answered a single request")
		}
		f.programs, f.members = f.programs[1:], f.members[1:]
		f.start(t, keys)
		use()
	}
}
