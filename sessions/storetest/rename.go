package storetest

func renameChecks() []check {
	return []check{
		{"moves the whole record", ruleRename, func(p *probe) {
			want := p.record(newUser(), values{"a": "1", "b": ""})
			id, to := p.create(want), newID()
			p.must("Rename", p.store.Rename(p.ctx, id, to))
			p.has(to, want)
			p.lists(want.User, to)
		}},
		{"kills the old id", ruleRenameOld, renameKills},
		{"twice", ruleRename, func(p *probe) {
			want := p.record(newUser(), values{"a": "1"})
			id, second, third := p.create(want), newID(), newID()
			p.must("Rename", p.store.Rename(p.ctx, id, second))
			p.must("Rename", p.store.Rename(p.ctx, second, third))
			p.gone("the first id", id)
			p.gone("the second id", second)
			p.has(third, want)
			p.lists(want.User, third)
		}},
		{"of a missing id", ruleRenameGone, func(p *probe) {
			to := newID()
			p.wantGone("Rename of an id that was never used", p.store.Rename(p.ctx, newID(), to))
			p.gone("the new id of nothing", to)
		}},
		{"to an id that is used", ruleRename, renameTaken},
	}
}

func renameKills(p *probe) {
	user, thief := newUser(), newUser()
	id, to := p.create(p.record(user, values{"a": "1"})), newID()
	p.must("Rename", p.store.Rename(p.ctx, id, to))
	p.gone("the old id", id)
	c := p.change(values{"a": "2"})
	c.User = &thief
	p.wantGone("Update of the old id", p.store.Update(p.ctx, id, c))
	p.wantGone("Modify of the old id", p.store.Modify(p.ctx, id, "a", set("2")))
	other := newID()
	p.wantGone("Rename of the old id", p.store.Rename(p.ctx, id, other))
	p.must("Delete of the old id", p.store.Delete(p.ctx, id))
	p.gone("the old id", id)
	p.gone("an id that the old one was renamed to", other)
	p.holds(to, values{"a": "1"})
	p.lists(user, to)
	p.lists(thief)
}

func renameTaken(p *probe) {
	mine, yours := p.record(newUser(), values{"a": "1"}), p.record(newUser(), values{"a": "2"})
	id, taken := p.create(mine), p.create(yours)
	p.wantFault("Rename to an id that is used", p.store.Rename(p.ctx, id, taken))
	p.has(id, mine)
	p.has(taken, yours)
	p.lists(mine.User, id)
	p.lists(yours.User, taken)
}
