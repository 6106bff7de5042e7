package storetest

import (
	"errors"
	"sync/atomic"

	"github.com/soay-go/soay/sessions"
)

// These checks are about a logout while another request of the same browser signs in, which renames the
// session.
func movedChecks() []check {
	return []check{
		{"by its old id", ruleDeleteMoved, func(p *probe) { p.deletesMoved(1) }},
		{"by an id of long ago", ruleDeleteMoved, func(p *probe) { p.deletesMoved(10) }},
		{"by each of its ids", ruleDeleteMoved, func(p *probe) {
			for n := range 4 {
				ids := p.moves(p.create(p.record(newUser(), nil)), 3)
				p.must("Delete", p.store.Delete(p.ctx, ids[n]))
				p.gone("a record that was deleted by one of its ids", ids[3])
			}
		}},
		{"with its new user", ruleDeleteMoved, deletesSignedIn},
		{"for good", ruleDeleteFinal, deletesMovedForGood},
		{"and no other one", ruleDeleteMoved, func(p *probe) {
			user := newUser()
			one, other := p.create(p.record(user, values{"a": "1"})), p.create(p.record(user, values{"a": "2"}))
			p.moves(one, 2)
			ids := p.moves(other, 2)
			p.must("Delete", p.store.Delete(p.ctx, one))
			p.holds(ids[2], values{"a": "2"})
			p.lists(user, ids[2])
		}},
		{"twice", ruleDeleteNone, func(p *probe) {
			ids := p.moves(p.makes(nil), 2)
			for range 2 {
				for _, id := range ids {
					p.must("Delete of a record that has moved", p.store.Delete(p.ctx, id))
				}
			}
		}},
		{"after other writes", ruleDeleteMoved, func(p *probe) {
			ids := p.moves(p.makes(nil), 1)
			p.must("Update", p.store.Update(p.ctx, ids[1], p.change(values{"a": "1"})))
			p.must("Modify", p.store.Modify(p.ctx, ids[1], "a", set("2")))
			p.must("Delete", p.store.Delete(p.ctx, ids[0]))
			p.gone("a record that has moved and changed", ids[1])
		}},
	}
}

// moves renames a record n times, by all instances in turn, and returns all ids that it had.
func (p *probe) moves(id string, n int) []string {
	p.t.Helper()
	ids := []string{id}
	for i := range n {
		ids = append(ids, newID())
		p.must("Rename", p.stores[i%len(p.stores)].Rename(p.ctx, ids[i], ids[i+1], p.change(nil)))
	}
	return ids
}

func (p *probe) deletesMoved(n int) {
	p.t.Helper()
	user := newUser()
	ids := p.moves(p.create(p.record(user, values{"a": "1"})), n)
	p.must("Delete", p.stores[len(p.stores)-1].Delete(p.ctx, ids[0]))
	for _, id := range ids {
		p.gone("a record that was deleted by an id that it had", id)
	}
	p.lists(user)
}

func deletesSignedIn(p *probe) {
	before, after := newUser(), newUser()
	id, to := p.create(p.record(before, nil)), newID()
	c := p.change(nil)
	c.User = &after
	p.must("Rename with a user", p.store.Rename(p.ctx, id, to, c))
	p.must("Delete", p.store.Delete(p.ctx, id))
	p.gone("a record that was deleted by an id that it had", to)
	p.lists(before)
	p.lists(after)
}

func deletesMovedForGood(p *probe) {
	user := newUser()
	ids := p.moves(p.create(p.record(user, values{"a": "1"})), 2)
	p.must("Delete", p.store.Delete(p.ctx, ids[0]))
	for _, id := range ids {
		p.refusesWrites("a deleted record", id, user)
	}
	p.lists(user)
}

// deletesMovedLater checks that Delete finds a record by an earlier id also after the end that the record had
// under that id.
func deletesMovedLater(p *probe) {
	user := newUser()
	id, to := p.create(p.shortLived(user)), newID()
	p.must("Rename", p.store.Rename(p.ctx, id, to, p.change(nil)))
	p.outlive()
	p.must("Delete", p.store.Delete(p.ctx, id))
	p.gone("a record that was deleted by an id that it had", to)
	p.lists(user)
}

// racesRenamesDelete checks a logout while an attacker changes the identity of the session as fast as possible.
func (p *probe) racesRenamesDelete() {
	p.rounds(func() {
		user := newUser()
		first := p.create(p.record(user, values{"a": "1"}))
		var last atomic.Value
		last.Store(first)
		p.parallel(2, func(i int, store sessions.Store) {
			if i == 0 {
				if err := store.Delete(p.ctx, first); err != nil {
					p.failf("Delete beside calls of Rename failed: %v", err)
				}
				return
			}
			for id, n := first, 0; n < 20; n++ {
				to := newID()
				if !p.late("Rename", store.Rename(p.ctx, id, to, p.change(nil))) {
					return
				}
				last.Store(to)
				id = to
			}
		})
		p.gone("a record that was deleted while it moved", last.Load().(string))
		p.lists(user)
	})
}

// racesDeletes checks that two calls of Delete with different ids of one record both succeed.
func (p *probe) racesDeletes() {
	p.rounds(func() {
		user := newUser()
		ids := p.moves(p.create(p.record(user, nil)), 1)
		to := newID()
		p.parallel(3, func(i int, store sessions.Store) {
			if i == 2 {
				p.late("Rename", store.Rename(p.ctx, ids[1], to, p.change(nil)))
			} else if err := store.Delete(p.ctx, ids[i]); err != nil && !errors.Is(err, sessions.ErrGone) {
				p.failf("Delete in a race failed: %v", err)
			}
		})
		p.gone("a record that was deleted by two of its ids", ids[1])
		p.gone("a record that was deleted while it moved", to)
		p.lists(user)
	})
}
