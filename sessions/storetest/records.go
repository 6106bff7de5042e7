package storetest

import (
	"sync/atomic"

	"github.com/soay-go/soay/sessions"
)

func loadChecks() []check {
	return []check{
		{"of a missing id", ruleLoadGone, func(p *probe) { p.gone("an id that was never used", newID()) }},
		{"gives the whole record", ruleLoad, loadsAll},
		{"changes nothing", ruleLoad, func(p *probe) {
			want := p.record(newUser(), values{"a": "1"})
			id := p.create(want)
			p.has(id, want)
			p.has(id, want)
			p.lists(want.User, id)
		}},
	}
}

func loadsAll(p *probe) {
	one, other := p.record(newUser(), values{"a": "1", "b": "2"}), p.record("", values{"a": "3"})
	other.Created = other.Created.Add(-1000e9)
	other.Seen = other.Seen.Add(-100e9)
	first, second := p.create(one), p.create(other)
	p.has(first, one)
	p.has(second, other)
}

func createChecks() []check {
	return []check{
		{"without values", ruleCreate, func(p *probe) {
			empty := p.record("", nil)
			p.has(p.create(empty), empty)
			empty.Values = nil
			id := p.create(empty)
			p.has(id, empty)
			p.must("Update", p.store.Update(p.ctx, id, p.change(values{"a": "1"})))
			p.holds(id, values{"a": "1"})
		}},
		{"of an id that is used", ruleCreateTaken, createsTaken},
		{"of one id in parallel", ruleCreateTaken, createsOnce},
	}
}

func createsTaken(p *probe) {
	want := p.record(newUser(), values{"a": "1"})
	id := p.create(want)
	thief := p.record(newUser(), values{"a": "2", "b": "2"})
	for _, store := range p.stores {
		p.wantFault("Create with an id that is used", store.Create(p.ctx, id, thief))
	}
	p.has(id, want)
	p.lists(want.User, id)
	p.lists(thief.User)
}

func createsOnce(p *probe) {
	for range p.opts.Rounds {
		id := newID()
		records := make([]sessions.Record, 4)
		for i := range records {
			records[i] = p.record(newUser(), values{"a": randomText(4)})
		}
		var won, kept atomic.Int64
		p.parallel(len(records), func(i int, store sessions.Store) {
			if store.Create(p.ctx, id, records[i]) == nil {
				won.Add(1)
				kept.Store(int64(i))
			}
		})
		if won.Load() != 1 {
			p.failf("%d of 4 calls of Create with one id succeeded, want 1", won.Load())
			return
		}
		p.has(id, records[kept.Load()])
		for i, r := range records {
			if int64(i) != kept.Load() {
				p.lists(r.User)
			}
		}
	}
}

func deleteChecks() []check {
	return []check{
		{"removes the record", ruleDelete, func(p *probe) {
			user := newUser()
			id, other := p.create(p.record(user, values{"a": "1"})), p.makes(values{"a": "2"})
			p.must("Delete", p.store.Delete(p.ctx, id))
			p.gone("a deleted record", id)
			p.lists(user)
			p.holds(other, values{"a": "2"})
		}},
		{"of a missing id", ruleDeleteNone, func(p *probe) {
			p.must("Delete of an id that was never used", p.store.Delete(p.ctx, newID()))
			id := p.makes(nil)
			p.must("Delete", p.store.Delete(p.ctx, id))
			p.must("Delete of a deleted record", p.store.Delete(p.ctx, id))
		}},
		{"is final", ruleRevive, deletesForGood},
	}
}

func deletesForGood(p *probe) {
	user := newUser()
	id := p.create(p.record(user, values{"a": "1"}))
	p.must("Delete", p.store.Delete(p.ctx, id))
	p.refusesWrites("a deleted record", id, user)
	p.lists(user)
}
