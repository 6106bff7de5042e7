package storetest

func instanceChecks() []check {
	return []check{
		{"see each other's writes", ruleShared, func(p *probe) {
			id := p.makes(values{"a": "1"})
			p.holds(id, values{"a": "1"}) // both know it now
			for i, v := range []values{{"a": "2"}, {"a": "3"}, {"a": "4"}} {
				p.must("Update", p.stores[i%2].Update(p.ctx, id, p.change(v)))
				p.holds(id, v)
			}
			p.must("Modify", p.stores[1].Modify(p.ctx, id, "a", set("5")))
			p.holds(id, values{"a": "5"})
		}},
		{"merge their writes", ruleMerge, func(p *probe) {
			id := p.makes(values{"a": "1"})
			p.holds(id, values{"a": "1"})
			p.must("Update", p.stores[0].Update(p.ctx, id, p.change(values{"b": "2"})))
			p.must("Update", p.stores[1].Update(p.ctx, id, p.change(values{"c": "3"})))
			p.holds(id, values{"a": "1", "b": "2", "c": "3"})
		}},
		{"refuse what the other one ended", ruleRevive, func(p *probe) {
			user := newUser()
			id := p.create(p.record(user, values{"a": "1"}))
			p.lists(user, id)
			p.must("Delete", p.stores[0].Delete(p.ctx, id))
			p.wantGone("Update", p.stores[1].Update(p.ctx, id, p.change(values{"a": "2"})))
			p.wantGone("Modify", p.stores[1].Modify(p.ctx, id, "a", set("2")))
			p.wantGone("Rename", p.stores[1].Rename(p.ctx, id, newID(), p.change(nil)))
			p.gone("a deleted record", id)
			p.lists(user)
		}},
		{"refuse what the other one renamed", ruleRenameOld, func(p *probe) {
			user := newUser()
			id, to := p.create(p.record(user, values{"a": "1"})), newID()
			p.holds(id, values{"a": "1"})
			p.must("Rename", p.stores[0].Rename(p.ctx, id, to, p.change(nil)))
			p.wantGone("Update", p.stores[1].Update(p.ctx, id, p.change(values{"a": "2"})))
			p.gone("the old id", id)
			p.holds(to, values{"a": "1"})
			p.lists(user, to)
			p.must("Delete", p.stores[1].Delete(p.ctx, id))
			p.gone("what the other one renamed", to)
			p.lists(user)
		}},
		{"end the sessions of a user", ruleDeleteUser, func(p *probe) {
			user := newUser()
			id, to := p.create(p.record(user, nil)), newID()
			p.must("Rename", p.stores[0].Rename(p.ctx, id, to, p.change(nil)))
			p.must("DeleteUser", p.stores[1].DeleteUser(p.ctx, user))
			p.wantGone("Rename", p.stores[0].Rename(p.ctx, to, newID(), p.change(nil)))
			p.gone("a record of a user whose records the other one has removed", to)
			p.lists(user)
		}},
	}
}
