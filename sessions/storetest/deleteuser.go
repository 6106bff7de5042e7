package storetest

import (
	"sync/atomic"

	"github.com/soay-go/soay/sessions"
)

func deleteUserChecks() []check {
	return []check{
		{"removes all records", ruleDeleteUser, func(p *probe) {
			user := newUser()
			one, two := p.create(p.record(user, values{"a": "1"})), p.create(p.record(user, values{"a": "2"}))
			p.must("DeleteUser", p.store.DeleteUser(p.ctx, user))
			p.gone("a record of the user", one)
			p.gone("another record of the user", two)
			p.lists(user)
		}},
		{"removes many records", ruleDeleteUser, func(p *probe) {
			user := newUser()
			for range 30 {
				p.create(p.record(user, values{"a": "1", "b": "2"}))
			}
			p.must("DeleteUser", p.store.DeleteUser(p.ctx, user))
			p.lists(user)
		}},
		{"removes what has moved", ruleDeleteUser, func(p *probe) {
			user := newUser()
			ids := p.moves(p.create(p.record(user, nil)), 3)
			p.must("DeleteUser", p.store.DeleteUser(p.ctx, user))
			p.gone("a record of the user", ids[3])
			for _, id := range ids {
				p.must("Delete of a record of the user", p.store.Delete(p.ctx, id))
			}
			p.lists(user)
		}},
		{"of a user without records", ruleUserNone, func(p *probe) {
			user := newUser()
			p.must("DeleteUser of a user who never had a record", p.store.DeleteUser(p.ctx, user))
			p.create(p.record(user, nil))
			for range 2 {
				p.must("DeleteUser", p.store.DeleteUser(p.ctx, user))
			}
		}},
		{"of nobody", ruleUserNone, func(p *probe) {
			id := p.makes(values{"a": "1"})
			p.must("DeleteUser of nobody", p.store.DeleteUser(p.ctx, ""))
			p.holds(id, values{"a": "1"})
		}},
		{"is final", ruleUserFinal, endsUserForGood},
		{"follows the user", ruleDeleteUser, endsNewUser},
		{"lets him sign in again", ruleDeleteUser, func(p *probe) {
			user := newUser()
			p.create(p.record(user, nil))
			p.must("DeleteUser", p.store.DeleteUser(p.ctx, user))
			ids := p.moves(p.create(p.record(user, values{"a": "1"})), 2)
			p.holds(ids[2], values{"a": "1"})
			p.lists(user, ids[2])
		}},
		{"tells similar users apart", ruleDeleteUser, endsNoSimilarUsers},
	}
}

func endsNoSimilarUsers(p *probe) {
	base := newUser()
	others := map[string]string{}
	for _, suffix := range []string{" ", "a", "A", "%", "_", "*", "?"} {
		others[base+suffix] = p.create(p.record(base+suffix, nil))
	}
	p.must("DeleteUser", p.store.DeleteUser(p.ctx, base))
	for _, suffix := range []string{"%", "A"} {
		p.must("DeleteUser", p.store.DeleteUser(p.ctx, base+suffix))
		delete(others, base+suffix)
	}
	for user, id := range others {
		p.holds(id, nil)
		p.lists(user, id)
	}
}

func endsUserForGood(p *probe) {
	user := newUser()
	ids := p.moves(p.create(p.record(user, values{"a": "1"})), 1)
	p.must("DeleteUser", p.store.DeleteUser(p.ctx, user))
	for _, id := range ids {
		p.refusesWrites("a record of a user whose records were removed", id, user)
	}
	p.lists(user)
}

func endsNewUser(p *probe) {
	ann, bob := newUser(), newUser()
	left, joined := p.create(p.record(ann, nil)), p.create(p.record(bob, nil))
	c := p.change(nil)
	c.User = &bob
	p.must("Update", p.store.Update(p.ctx, left, c))
	c.User = &ann
	to := newID()
	p.must("Rename", p.store.Rename(p.ctx, joined, to, c))
	p.must("DeleteUser", p.store.DeleteUser(p.ctx, ann))
	p.gone("a record that has become the user's", to)
	p.lists(ann)
	p.lists(bob, left)
}

// racesRenamesDeleteUser checks DeleteUser while an attacker who has some sessions of the user changes their
// identity as fast as possible.
func (p *probe) racesRenamesDeleteUser() {
	const stolen = 4
	p.rounds(func() {
		user := newUser()
		var last [stolen]atomic.Value
		for i := range last {
			last[i].Store(p.create(p.record(user, values{"a": "1"})))
		}
		p.parallel(stolen+1, func(i int, store sessions.Store) {
			if i == stolen {
				if err := store.DeleteUser(p.ctx, user); err != nil {
					p.failf("DeleteUser beside calls of Rename failed: %v", err)
				}
				return
			}
			for range 20 {
				id, to := last[i].Load().(string), newID()
				if !p.late("Rename", store.Rename(p.ctx, id, to, p.change(nil))) {
					return
				}
				last[i].Store(to)
			}
		})
		for i := range last {
			p.gone("a record of the user that moved meanwhile", last[i].Load().(string))
		}
		p.lists(user)
	})
}

func (p *probe) racesWritesDeleteUser() {
	p.rounds(func() {
		user := newUser()
		id := p.create(p.record(user, values{"a": "1"}))
		c := p.change(values{"b": "2"})
		c.User = &user
		p.parallel(5, func(i int, store sessions.Store) {
			switch i {
			case 0, 1:
				p.late("Update", store.Update(p.ctx, id, c))
			case 2, 3:
				p.late("Modify", store.Modify(p.ctx, id, "a", set("2")))
			default:
				if err := store.DeleteUser(p.ctx, user); err != nil {
					p.failf("DeleteUser in a race failed: %v", err)
				}
			}
		})
		p.gone("a record of a user whose records were removed in a race", id)
		p.lists(user)
	})
}
