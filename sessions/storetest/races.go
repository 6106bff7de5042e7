package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/soay-go/soay/sessions"
)

func raceChecks() []check {
	return []check{
		{"of Delete and late writes", ruleRevive, (*probe).racesDelete},
		{"of Rename and Delete", ruleDeleteMoved, (*probe).racesRenameDelete},
		{"of many Renames and Delete", ruleDeleteMoved, (*probe).racesRenamesDelete},
		{"of two Deletes and Rename", ruleDeleteMoved, (*probe).racesDeletes},
		{"of Rename and late writes", ruleRenameOld, (*probe).racesRename},
		{"of two Renames", ruleRename, (*probe).racesRenames},
		{"of a new user and Delete", ruleListUser, (*probe).racesUserDelete},
		{"of a new user and Rename", ruleListUser, (*probe).racesUserRename},
		{"of many Renames and DeleteUser", ruleUserMoves, (*probe).racesRenamesDeleteUser},
		{"of late writes and DeleteUser", ruleUserFinal, (*probe).racesWritesDeleteUser},
		{"of ListUser and Rename", ruleListUser, listsDuringRename},
	}
}

// late reports any error but ErrGone, which means that a call came too late. It returns whether the call came in
// time.
func (p *probe) late(call string, err error) bool {
	if err != nil && !errors.Is(err, sessions.ErrGone) {
		p.failf("%s in a race failed: %v; want nil or sessions.ErrGone", call, err)
	}
	return err == nil
}

// rounds repeats a race until the first failure.
func (p *probe) rounds(f func()) {
	for range p.opts.Rounds {
		if f(); p.t.Failed() {
			return
		}
	}
}

func (p *probe) racesDelete() {
	p.rounds(func() {
		user := newUser()
		id, to := p.create(p.record(user, values{"a": "1"})), newID()
		c := p.change(values{"b": "2"})
		c.User = &user
		p.parallel(6, func(i int, store sessions.Store) {
			switch i {
			case 0, 3:
				p.late("Update", store.Update(p.ctx, id, c))
			case 1, 4:
				p.late("Modify", store.Modify(p.ctx, id, "a", set("2")))
			default:
				if err := store.Delete(p.ctx, id); err != nil {
					p.failf("Delete in a race failed: %v", err)
				}
			}
		})
		p.gone("a record that was deleted in a race", id)
		p.gone("an id that was not used", to)
		p.lists(user)
	})
}

func (p *probe) racesRenameDelete() {
	p.rounds(func() {
		before, user := newUser(), newUser()
		id, to := p.create(p.record(before, values{"a": "1"})), newID()
		c := p.change(nil)
		c.User = &user
		p.parallel(2, func(i int, store sessions.Store) {
			if i == 0 {
				p.late("Rename", store.Rename(p.ctx, id, to, c))
			} else if err := store.Delete(p.ctx, id); err != nil {
				p.failf("Delete in a race failed: %v", err)
			}
		})
		p.gone("the old id", id)
		p.gone("the new id of a record that was deleted before or after it moved", to)
		p.lists(before)
		p.lists(user)
	})
}

// racesRename checks that a write beside a Rename either comes first and is in the record, or fails.
func (p *probe) racesRename() {
	p.rounds(func() {
		want := values{"a": "1"}
		id, to := p.makes(want), newID()
		var inTime [6]bool
		p.parallel(7, func(i int, store sessions.Store) {
			switch {
			case i == 6:
				if err := store.Rename(p.ctx, id, to, p.change(nil)); err != nil {
					p.failf("Rename in a race failed: %v", err)
				}
			case i%2 == 0:
				inTime[i] = p.late("Update", store.Update(p.ctx, id, p.change(values{fmt.Sprint("key ", i): "2"})))
			default:
				inTime[i] = p.late("Modify", store.Modify(p.ctx, id, fmt.Sprint("key ", i), set("2")))
			}
		})
		p.gone("the old id", id)
		for i, ok := range inTime {
			if ok {
				want[fmt.Sprint("key ", i)] = "2"
			}
		}
		p.holds(to, want)
	})
}

func (p *probe) racesRenames() {
	p.rounds(func() {
		user := newUser()
		id := p.create(p.record(user, values{"a": "1"}))
		to, moved := []string{newID(), newID(), newID()}, make([]bool, 3)
		p.parallel(len(to), func(i int, store sessions.Store) {
			moved[i] = p.late("Rename", store.Rename(p.ctx, id, to[i], p.change(nil)))
		})
		p.gone("the old id", id)
		var winners []string
		for i, ok := range moved {
			if ok {
				winners = append(winners, to[i])
				continue
			}
			p.gone("the new id of a Rename that failed", to[i])
		}
		if len(winners) != 1 {
			p.failf("%d of 3 calls of Rename with one old id succeeded, want 1", len(winners))
			return
		}
		p.holds(winners[0], values{"a": "1"})
		p.lists(user, winners[0])
	})
}

func (p *probe) racesUserDelete() {
	p.rounds(func() {
		before, after := newUser(), newUser()
		id := p.create(p.record(before, nil))
		c := p.change(nil)
		c.User = &after
		p.parallel(2, func(i int, store sessions.Store) {
			if i == 0 {
				p.late("Update", store.Update(p.ctx, id, c))
			} else if err := store.Delete(p.ctx, id); err != nil {
				p.failf("Delete in a race failed: %v", err)
			}
		})
		p.gone("a deleted record", id)
		p.lists(before)
		p.lists(after)
	})
}

func (p *probe) racesUserRename() {
	p.rounds(func() {
		before, after := newUser(), newUser()
		id, to := p.create(p.record(before, nil)), newID()
		c := p.change(nil)
		c.User = &after
		var updated atomic.Bool
		p.parallel(2, func(i int, store sessions.Store) {
			if i == 0 {
				updated.Store(p.late("Update", store.Update(p.ctx, id, c)))
			} else if err := store.Rename(p.ctx, id, to, p.change(nil)); err != nil {
				p.failf("Rename in a race failed: %v", err)
			}
		})
		owner, other := before, after
		if updated.Load() {
			owner, other = after, before
		}
		p.lists(owner, to)
		p.lists(other)
	})
}
