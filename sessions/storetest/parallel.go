package storetest

import (
	"bytes"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/soay-go/soay/sessions"
)

func parallelChecks() []check {
	return []check{
		{"updates of 100 keys", ruleMerge, updatesKeys},
		{"200 increments", ruleModifyAtomic, func(p *probe) {
			id := p.makes(nil)
			p.parallel(200, func(_ int, store sessions.Store) { p.increments(store, id, "n") })
			p.holds(id, values{"n": "200"})
		}},
		{"increments beside updates", ruleMerge, incrementsAndUpdates},
		{"deletes beside updates", ruleMerge, deletesAndUpdates},
		{"records of one user", ruleListUser, func(p *probe) {
			user, ids := newUser(), make([]string, 50)
			p.parallel(len(ids), func(i int, store sessions.Store) {
				ids[i] = newID()
				if err := store.Create(p.ctx, ids[i], p.record(user, nil)); err != nil {
					p.failf("Create failed: %v", err)
				}
			})
			p.lists(user, ids...)
		}},
		{"loads see whole updates", ruleUpdate, loadsWhole},
	}
}

// increments adds one to a number in the store.
func (p *probe) increments(store sessions.Store, id, key string) {
	err := store.Modify(p.ctx, id, key, func(value []byte) ([]byte, error) {
		n := 0
		if value != nil {
			var err error
			if n, err = strconv.Atoi(string(value)); err != nil {
				return nil, err
			}
		}
		return strconv.AppendInt(nil, int64(n+1), 10), nil
	})
	if err != nil {
		p.failf("Modify failed: %v", err)
	}
}

func (p *probe) updates(store sessions.Store, id string, c sessions.Change) {
	if err := store.Update(p.ctx, id, c); err != nil {
		p.failf("Update failed: %v", err)
	}
}

func updatesKeys(p *probe) {
	want := values{"first": "1"}
	id := p.makes(want)
	for i := range 100 {
		want[fmt.Sprint("key ", i)] = fmt.Sprint(i)
	}
	p.parallel(100, func(i int, store sessions.Store) {
		p.updates(store, id, p.change(values{fmt.Sprint("key ", i): fmt.Sprint(i)}))
	})
	p.holds(id, want)
}

func incrementsAndUpdates(p *probe) {
	want := values{"n": "50", "m": "50"}
	id := p.makes(nil)
	for i := range 50 {
		want[fmt.Sprint("key ", i)] = fmt.Sprint(i)
	}
	p.parallel(150, func(i int, store sessions.Store) {
		switch {
		case i < 50:
			p.updates(store, id, p.change(values{fmt.Sprint("key ", i): fmt.Sprint(i)}))
		case i < 100:
			p.increments(store, id, "n")
		default:
			p.increments(store, id, "m")
		}
	})
	p.holds(id, want)
}

func deletesAndUpdates(p *probe) {
	start, want := values{}, values{}
	for i := range 25 {
		start[fmt.Sprint("old ", i)] = "1"
		want[fmt.Sprint("new ", i)] = "1"
	}
	id := p.makes(start)
	p.parallel(50, func(i int, store sessions.Store) {
		c := p.change(nil)
		if i < 25 {
			c.Delete = []string{fmt.Sprint("old ", i)}
		} else {
			c.Set = values{fmt.Sprint("new ", i-25): "1"}.bytes()
		}
		p.updates(store, id, c)
	})
	p.holds(id, want)
}

// loadsWhole checks that no Load sees half of a change.
func loadsWhole(p *probe) {
	id := p.makes(values{"a": "0", "b": "0"})
	var writing atomic.Int64
	writing.Store(2)
	p.parallel(4, func(i int, store sessions.Store) {
		if i < 2 {
			defer writing.Add(-1)
			for round := range p.opts.Rounds {
				n := fmt.Sprint(i, " ", round)
				p.updates(store, id, p.change(values{"a": n, "b": n}))
			}
			return
		}
		for writing.Load() > 0 {
			r, err := store.Load(p.ctx, id)
			if err != nil || !bytes.Equal(r.Values["a"], r.Values["b"]) {
				p.failf("Load beside an Update of two values gives %.60q and %.60q, %v; want both of one Update",
					r.Values["a"], r.Values["b"], err)
				return
			}
		}
	})
}
