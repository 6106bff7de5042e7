package storetest

import (
	"time"

	"github.com/soay-go/soay/sessions"
)

func renameChecks() []check {
	return []check{
		{"moves the whole record", ruleRename, func(p *probe) {
			want := p.record(newUser(), values{"a": "1", "b": ""})
			id, to := p.create(want), newID()
			p.must("Rename", p.store.Rename(p.ctx, id, to, unchanged(want)))
			p.has(to, want)
			p.lists(want.User, to)
		}},
		{"kills the old id", ruleRenameOld, renameKills},
		{"twice", ruleRename, func(p *probe) {
			want := p.record(newUser(), values{"a": "1"})
			id, second, third := p.create(want), newID(), newID()
			p.must("Rename", p.store.Rename(p.ctx, id, second, unchanged(want)))
			p.must("Rename", p.store.Rename(p.ctx, second, third, unchanged(want)))
			p.gone("the first id", id)
			p.gone("the second id", second)
			p.has(third, want)
			p.lists(want.User, third)
		}},
		{"of a missing id", ruleRenameGone, func(p *probe) {
			to := newID()
			p.wantGone("Rename of an id that was never used", p.store.Rename(p.ctx, newID(), to, p.change(nil)))
			p.gone("the new id of nothing", to)
		}},
		{"to an id that is used", ruleRenameTaken, renameTaken},
		{"applies a change", ruleRename, renameChanges},
		{"applies a change that clears", ruleRename, renameClears},
		{"changes the user", ruleRename, renameOwns},
	}
}

// unchanged returns a change that changes nothing of a record.
func unchanged(r sessions.Record) sessions.Change {
	return sessions.Change{Seen: r.Seen, Expires: r.Expires}
}

func renameChanges(p *probe) {
	want := p.record("", values{"a": "1", "b": "1", "c": "1"})
	id, to := p.create(want), newID()
	c := unchanged(want)
	c.Set, c.Delete = values{"b": "2", "d": ""}.bytes(), []string{"a", "never there"}
	c.Created = want.Created.Add(-time.Hour)
	c.Seen, c.Expires = want.Seen.Add(-time.Minute), want.Expires.Add(-time.Minute)
	p.must("Rename with a change", p.store.Rename(p.ctx, id, to, c))
	p.gone("the old id", id)
	want.Values, want.Created, want.Seen, want.Expires = values{"b": "2", "c": "1", "d": ""}.bytes(), c.Created, c.Seen, c.Expires
	p.has(to, want)
}

func renameClears(p *probe) {
	want := p.record(newUser(), values{"a": "1", "b": "1"})
	id, to := p.create(want), newID()
	c := unchanged(want)
	c.Clear, c.Set = true, values{"b": "2"}.bytes()
	p.must("Rename with Clear and Set", p.store.Rename(p.ctx, id, to, c))
	p.gone("the old id", id)
	want.Values = c.Set
	p.has(to, want)
}

// renameOwns checks the user of a session when a user signs in, when another user does, and when it has no user
// again.
func renameOwns(p *probe) {
	ann, bob, nobody := newUser(), newUser(), ""
	id, before := p.makes(values{"a": "1"}), nobody
	for _, user := range []string{ann, bob, nobody} {
		to, c := newID(), p.change(values{user: "was here"})
		c.User = &user
		p.must("Rename with a user", p.store.Rename(p.ctx, id, to, c))
		p.gone("the old id", id)
		p.lists(before)
		r, err := p.store.Load(p.ctx, to)
		p.must("Load", err)
		if r.User != user {
			p.failf("Load gives User %q, want %q", r.User, user)
		}
		if user != nobody {
			p.lists(user, to)
		}
		id, before = to, user
	}
	p.holds(id, values{"a": "1", ann: "was here", bob: "was here", nobody: "was here"})
}

func renameKills(p *probe) {
	user, thief := newUser(), newUser()
	id, to := p.create(p.record(user, values{"a": "1"})), newID()
	p.must("Rename", p.store.Rename(p.ctx, id, to, p.change(nil)))
	p.gone("the old id", id)
	p.refusesWrites("the old id", id, thief)
	p.holds(to, values{"a": "1"})
	p.lists(user, to)
	p.lists(thief)
}

func renameTaken(p *probe) {
	mine, yours := p.record(newUser(), values{"a": "1"}), p.record(newUser(), values{"a": "2"})
	id, taken := p.create(mine), p.create(yours)
	c := p.change(values{"a": "3"})
	c.User = &yours.User
	p.wantFault("Rename to an id that is used", p.store.Rename(p.ctx, id, taken, c))
	p.has(id, mine)
	p.has(taken, yours)
	p.lists(mine.User, id)
	p.lists(yours.User, taken)
}
