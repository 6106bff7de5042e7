package storetest

import (
	"time"

	"github.com/soay-go/soay/sessions"
)

func expiryChecks() []check {
	return []check{
		{"ends the record", ruleExpiry, func(p *probe) {
			user := newUser()
			id := p.create(p.shortLived(user))
			other := p.create(p.record(user, values{"a": "2"}))
			p.outlive()
			p.gone("an expired record", id)
			p.lists(user, other)
			p.holds(other, values{"a": "2"})
		}},
		{"is final", ruleExpiry, expiresForGood},
		{"is moved by Update and Rename", ruleTimes, movesExpiry},
		{"in the past", ruleExpiry, expiresAtOnce},
		{"does not end the way to what has moved", ruleRenameTrace, deletesMovedLater},
	}
}

// life is how long short-lived records live. It is long where no time passes by itself, so that the test
// need not be quick.
func (p *probe) life() time.Duration {
	if p.opts.Advance != nil || p.opts.Bubble {
		return time.Minute
	}
	return 2 * time.Second // between one and two, as p.now is a whole second
}

func (p *probe) shortLived(user string) sessions.Record {
	r := p.record(user, values{"a": "1"})
	r.Expires = p.now().Add(p.life())
	return r
}

// outlive waits until short-lived records have ended.
func (p *probe) outlive() { p.advance(p.life() + time.Second) }

func expiresForGood(p *probe) {
	user := newUser()
	id := p.create(p.shortLived(user))
	p.outlive()
	for _, store := range p.stores {
		c := p.change(values{"a": "2"})
		c.User = &user
		p.wantGone("Update of an expired record", store.Update(p.ctx, id, c))
		p.wantGone("Modify of an expired record", store.Modify(p.ctx, id, "a", set("2")))
		to := newID()
		p.wantGone("Rename of an expired record", store.Rename(p.ctx, id, to, p.change(nil)))
		p.gone("the new id of an expired record", to)
		p.gone("an expired record after writes", id)
		p.lists(user)
	}
	p.must("Delete of an expired record", p.store.Delete(p.ctx, id))
	p.gone("an expired record after its Delete", id)
}

func movesExpiry(p *probe) {
	user := newUser()
	// What is short-lived is changed at once, for the store may be slow.
	later := p.create(p.shortLived(user))
	p.must("Update to a later expiry", p.store.Update(p.ctx, later, p.change(nil)))
	modified := p.create(p.shortLived(user))
	p.must("Modify", p.store.Modify(p.ctx, modified, "a", set("2")))
	renamed, to := p.create(p.shortLived(user)), newID()
	p.must("Rename to a later expiry", p.store.Rename(p.ctx, renamed, to, p.change(nil)))
	sooner, shortened, early := p.create(p.record(user, values{"a": "1"})), p.create(p.record(user, values{"a": "1"})), newID()
	c := p.change(nil)
	c.Expires = p.now().Add(p.life())
	p.must("Update to an earlier expiry", p.store.Update(p.ctx, sooner, c))
	p.must("Rename to an earlier expiry", p.store.Rename(p.ctx, shortened, early, c))
	p.outlive()
	p.holds(later, values{"a": "1"})
	p.gone("a record that an Update made end earlier", sooner)
	p.gone("a record whose expiry no Update had moved, but a Modify came", modified)
	p.holds(to, values{"a": "1"})
	p.gone("a record that a Rename made end earlier", early)
	p.lists(user, later, to)
}

// expiresAtOnce gives the store a record that has ended before it is there. Whether that is an error
// is the store's choice.
func expiresAtOnce(p *probe) {
	user := newUser()
	dead := p.record(user, values{"a": "1"})
	dead.Expires = p.now().Add(-time.Minute)
	id := newID()
	_ = p.store.Create(p.ctx, id, dead)
	p.gone("a record that expired before its Create", id)

	id = p.create(p.record(user, values{"a": "1"}))
	c := p.change(nil)
	c.Expires = dead.Expires
	_ = p.store.Update(p.ctx, id, c)
	p.gone("a record with an expiry in the past", id)
	p.wantGone("Update of a record with an expiry in the past", p.store.Update(p.ctx, id, p.change(nil)))

	id, to := p.create(p.record(user, values{"a": "1"})), newID()
	_ = p.store.Rename(p.ctx, id, to, c)
	p.gone("a record that was renamed and got an expiry in the past", id)
	p.gone("the new id of a record with an expiry in the past", to)
	p.lists(user)
}
