package storetest

import (
	"time"

	"github.com/soay-go/soay/sessions"
)

func updateChecks() []check {
	return []check{
		{"keeps what it does not name", ruleMerge, func(p *probe) {
			id := p.makes(values{"a": "1", "b": "1"})
			p.must("Update", p.store.Update(p.ctx, id, p.change(values{"c": "2"})))
			p.must("Update", p.store.Update(p.ctx, id, p.change(values{"b": "3"})))
			p.holds(id, values{"a": "1", "b": "3", "c": "2"})
		}},
		{"sets values", ruleSet, func(p *probe) {
			id := p.makes(values{"a": "1"})
			p.must("Update", p.store.Update(p.ctx, id, p.change(values{"a": "longer than it was", "b": ""})))
			p.holds(id, values{"a": "longer than it was", "b": ""})
		}},
		{"deletes values", ruleDeleteKeys, updateDeletes},
		{"clears before it sets", ruleClear, func(p *probe) {
			id := p.makes(values{"a": "1", "b": "1"})
			c := p.change(values{"b": "2", "c": "2"})
			c.Clear = true
			p.must("Update with Clear and Set", p.store.Update(p.ctx, id, c))
			p.holds(id, values{"b": "2", "c": "2"})
		}},
		{"clears all", ruleClear, func(p *probe) {
			id := p.makes(values{"a": "1", "b": "1"})
			c := p.change(nil)
			c.Clear = true
			p.must("Update with Clear", p.store.Update(p.ctx, id, c))
			p.holds(id, nil)
			p.must("Update of a record without values", p.store.Update(p.ctx, id, p.change(values{"c": "2"})))
			p.holds(id, values{"c": "2"})
		}},
		{"replaces the times", ruleTimes, updateTimes},
		{"replaces the start", ruleCreated, func(p *probe) {
			want := p.record("", values{"a": "1"})
			id := p.create(want)
			c := p.change(nil)
			c.Created = want.Created.Add(-time.Minute)
			for range 2 { // the second time without one
				p.must("Update", p.store.Update(p.ctx, id, c))
				r := sessions.Record{Values: want.Values, Created: want.Created.Add(-time.Minute), Seen: c.Seen, Expires: c.Expires}
				p.has(id, r)
				c.Created = time.Time{}
			}
		}},
		{"changes the user", ruleUser, updateUser},
		{"of a missing id", ruleUpdateGone, updateMissing},
	}
}

func updateDeletes(p *probe) {
	id := p.makes(values{"a": "1", "b": "1", "c": "1"})
	c := p.change(values{"d": "2"})
	c.Delete = []string{"a", "c", "never there"}
	p.must("Update with Delete", p.store.Update(p.ctx, id, c))
	p.holds(id, values{"b": "1", "d": "2"})
	c = p.change(nil)
	c.Delete = []string{"b", "d"}
	p.must("Update that deletes the last values", p.store.Update(p.ctx, id, c))
	p.holds(id, nil)
}

func updateTimes(p *probe) {
	want := p.record(newUser(), values{"a": "1"})
	want.Created = want.Created.Add(-time.Minute)
	id := p.create(want)
	c := p.change(nil)
	for _, d := range []time.Duration{time.Minute, -time.Minute} { // later than it was, and earlier
		c.Seen, c.Expires = want.Seen.Add(d), want.Expires.Add(d)
		p.must("Update", p.store.Update(p.ctx, id, c))
		want.Seen, want.Expires = c.Seen, c.Expires
		p.has(id, want)
	}
}

func updateUser(p *probe) {
	ann, bob, nobody := newUser(), newUser(), ""
	id := p.makes(values{"a": "1"})
	for _, user := range []*string{&ann, &bob, nil, &nobody} {
		want := bob
		if user != nil {
			want = *user
		}
		c := p.change(nil)
		c.User = user
		p.must("Update", p.store.Update(p.ctx, id, c))
		r := p.record(want, values{"a": "1"})
		r.Seen, r.Expires = c.Seen, c.Expires
		got, err := p.store.Load(p.ctx, id)
		p.must("Load", err)
		if got.User != want {
			p.failf("Load gives User %q, want %q", got.User, want)
		}
		p.sameValues(got.Values, r.Values)
	}
}

func updateMissing(p *probe) {
	id, user := newID(), newUser()
	c := p.change(values{"a": "1"})
	c.User = &user
	for _, clear := range []bool{false, true} {
		c.Clear = clear
		p.wantGone("Update of an id that was never used", p.store.Update(p.ctx, id, c))
	}
	p.wantGone("Update of nothing", p.store.Update(p.ctx, id, p.change(nil)))
	p.gone("an id that was only updated", id)
	p.lists(user)
}
