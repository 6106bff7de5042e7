package storetest

import "github.com/soay-go/soay/sessions"

func listUserChecks() []check {
	return []check{
		{"of an unknown user", ruleListUser, func(p *probe) { p.lists(newUser()) }},
		{"of several records", ruleListUser, func(p *probe) {
			user := newUser()
			one, two, other := p.create(p.record(user, nil)), p.create(p.record(user, nil)), p.create(p.record(newUser(), nil))
			p.lists(user, one, two)
			p.must("Delete", p.store.Delete(p.ctx, one))
			p.lists(user, two)
			p.holds(other, nil)
		}},
		{"of nobody", ruleNobody, func(p *probe) {
			id := p.makes(nil)
			p.lists("")
			nobody := ""
			c := p.change(nil)
			c.User = &nobody
			p.must("Update", p.store.Update(p.ctx, id, c))
			p.lists("")
		}},
		{"follows the user", ruleListUser, followsUser},
		{"tells similar users apart", ruleListUser, similarUsers},
	}
}

func followsUser(p *probe) {
	ann, bob, nobody := newUser(), newUser(), ""
	stays, moves := p.create(p.record(ann, nil)), p.create(p.record(ann, nil))
	c := p.change(nil)
	c.User = &bob
	p.must("Update", p.store.Update(p.ctx, moves, c))
	p.lists(ann, stays)
	p.lists(bob, moves)
	c.User = nil
	p.must("Update without a user", p.store.Update(p.ctx, moves, c))
	p.lists(bob, moves)
	to := newID()
	p.must("Rename", p.store.Rename(p.ctx, moves, to, p.change(nil)))
	p.lists(bob, to)
	c.User = &nobody
	p.must("Update", p.store.Update(p.ctx, to, c))
	p.lists(bob)
	p.lists(ann, stays)
}

// similarUsers are users that databases may compare as equal, or may not accept as text.
func similarUsers(p *probe) {
	base := newUser()
	ids := map[string]string{}
	for _, suffix := range []string{"", " ", "  ", "a", "A", "ä", "Ä", "a\u0308", "%", "_", "*", "?", "'", `"`, `\`, ":", "{a}", "\n", "🐑"} {
		ids[base+suffix] = ""
	}
	for user := range ids {
		ids[user] = p.create(p.record(user, nil))
	}
	for user, id := range ids {
		p.lists(user, id)
		r, err := p.store.Load(p.ctx, id)
		p.must("Load", err)
		if r.User != user {
			p.failf("Load gives User %q, want %q", r.User, user)
		}
	}
}

// listsDuringRename checks that ListUser finds a record that is moving between two ids. A program that ends the
// sessions of a user one by one relies on it.
func listsDuringRename(p *probe) {
	user := newUser()
	id := p.create(p.record(user, nil))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 4 * p.opts.Rounds {
			to := newID()
			if err := p.stores[i%len(p.stores)].Rename(p.ctx, id, to, p.change(nil)); err != nil {
				p.failf("Rename failed: %v", err)
				return
			}
			id = to
		}
	}()
	p.parallel(2, func(_ int, store sessions.Store) {
		for {
			ids, err := store.ListUser(p.ctx, user)
			if err != nil || len(ids) == 0 {
				p.failf("ListUser while the one record is renamed = %.12q, %v; want an id", ids, err)
				break
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	<-done
	p.lists(user, id)
}
