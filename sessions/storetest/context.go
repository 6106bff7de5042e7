package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/soay-go/soay/sessions"
)

func contextChecks() []check {
	return []check{
		{"canceled before the call", ruleContext, func(p *probe) {
			ctx, cancel := context.WithCancel(p.ctx)
			cancel()
			p.refusesAll(ctx, context.Canceled)
		}},
		{"past its deadline before the call", ruleContext, func(p *probe) {
			ctx, cancel := context.WithDeadline(p.ctx, time.Unix(1, 0))
			defer cancel()
			p.refusesAll(ctx, context.DeadlineExceeded)
		}},
		{"canceled while f runs", ruleContext, cancelsModify},
		{"ends while another call takes long", ruleContext, waitsForModify},
	}
}

// refusesAll checks that each method returns the error of a context that has ended, and changes nothing.
func (p *probe) refusesAll(ctx context.Context, want error) {
	p.t.Helper()
	r, user := p.record(newUser(), values{"a": "1"}), newUser()
	id, unused := p.create(r), newID()
	c := p.change(values{"a": "2"})
	c.User = &user
	_, loadErr := p.store.Load(ctx, id)
	_, listErr := p.store.ListUser(ctx, r.User)
	for _, call := range []struct {
		name string
		err  error
	}{
		{"Load", loadErr},
		{"Create", p.store.Create(ctx, unused, p.record(user, nil))},
		{"Update", p.store.Update(ctx, id, c)},
		{"Modify", p.store.Modify(ctx, id, "a", set("2"))},
		{"Rename", p.store.Rename(ctx, id, unused, p.change(nil))},
		{"Delete", p.store.Delete(ctx, id)},
		{"ListUser", listErr},
		{"DeleteUser", p.store.DeleteUser(ctx, r.User)},
	} {
		if !errors.Is(call.err, want) {
			p.failf("%s = %v, want %v", call.name, call.err, want)
		}
	}
	p.has(id, r)
	p.gone("what was created after the context had ended", unused)
	p.lists(r.User, id)
	p.lists(user)
}

func cancelsModify(p *probe) {
	id := p.makes(values{"a": "1"})
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	err := p.store.Modify(ctx, id, "a", func([]byte) ([]byte, error) {
		cancel()
		return []byte("2"), nil
	})
	if !errors.Is(err, context.Canceled) {
		p.failf("Modify whose context ends while f runs = %v, want %v", err, context.Canceled)
	}
	p.holds(id, values{"a": "1"})
}

// waitsForModify checks that no call hangs while the f of a Modify takes long: the call either does not wait,
// or ends with its context.
func waitsForModify(p *probe) {
	id := p.makes(values{"a": "1"})
	started, release, first := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	runs := 0
	go func() {
		first <- p.store.Modify(p.ctx, id, "a", func(value []byte) ([]byte, error) {
			if runs++; runs == 1 {
				close(started)
				<-release
			}
			return append(value, " slow"...), nil
		})
	}()
	<-started
	want, err := p.impatient(id)
	close(release)
	switch {
	case err == nil:
		want = "1 quick slow"
	case errors.Is(err, context.DeadlineExceeded):
		want = "1 slow"
	default:
		p.failf("%s while another one takes long failed: %v", want, err)
		return
	}
	p.must("a Modify that takes long", <-first)
	p.holds(id, values{"a": want})
}

// impatient calls Modify with a context that ends soon, and returns its error.
func (p *probe) impatient(id string) (string, error) {
	const call = "Modify with a context of 200 ms"
	ctx, cancel := context.WithTimeout(p.ctx, 200*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func(store sessions.Store) {
		done <- store.Modify(ctx, id, "a", func(value []byte) ([]byte, error) { return append(value, " quick"...), nil })
	}(p.stores[len(p.stores)-1])
	select {
	case err := <-done:
		return call, err
	case <-time.After(min(p.opts.Patience, 5*time.Second)):
		return call, errors.New("it hangs and does not look at its context")
	}
}
