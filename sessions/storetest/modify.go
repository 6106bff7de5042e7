package storetest

import (
	"errors"
	"fmt"
)

func modifyChecks() []check {
	return []check{
		{"replaces one value", ruleModify, modifies},
		{"of a missing key", ruleModifyNil, modifiesMissing},
		{"tells an empty value from a missing one", ruleModifyNil, modifiesEmpty},
		{"with a nil result", ruleModifyNil, func(p *probe) {
			id := p.makes(values{"a": "1", "b": "1"})
			none := func([]byte) ([]byte, error) { return nil, nil }
			p.must("Modify", p.store.Modify(p.ctx, id, "a", none))
			p.must("Modify of a missing key", p.store.Modify(p.ctx, id, "never there", none))
			p.holds(id, values{"b": "1"})
		}},
		{"with an error", ruleModifyError, modifiesError},
		{"with a panic", ruleModifyError, modifiesPanic},
		{"of a missing id", ruleModifyGone, func(p *probe) {
			id := newID()
			p.wantGone("Modify of an id that was never used", p.store.Modify(p.ctx, id, "a", set("1")))
			p.gone("an id that was only modified", id)
		}},
	}
}

func modifies(p *probe) {
	want := p.record(newUser(), values{"a": "1", "b": "1"})
	id := p.create(want)
	p.must("Modify", p.store.Modify(p.ctx, id, "a", func(value []byte) ([]byte, error) {
		return append(value, " and more"...), nil
	}))
	want.Values["a"] = []byte("1 and more")
	p.has(id, want)
	p.lists(want.User, id)
}

func modifiesMissing(p *probe) {
	id := p.makes(values{"a": "1"})
	p.must("Modify", p.store.Modify(p.ctx, id, "b", func(value []byte) ([]byte, error) {
		if value != nil {
			p.failf("f got %q for a missing key, want nil", value)
		}
		return []byte("2"), nil
	}))
	p.holds(id, values{"a": "1", "b": "2"})
}

func modifiesEmpty(p *probe) {
	id := p.makes(values{"a": "1"})
	p.must("Modify", p.store.Modify(p.ctx, id, "a", func([]byte) ([]byte, error) { return []byte{}, nil }))
	p.holds(id, values{"a": ""})
	p.must("Modify", p.store.Modify(p.ctx, id, "a", func(value []byte) ([]byte, error) {
		if value == nil {
			p.failf("f got nil for an empty value, want one that is empty and not nil")
		}
		return value, nil
	}))
	p.holds(id, values{"a": ""})
}

func modifiesError(p *probe) {
	want := p.record("", values{"a": "1"})
	id := p.create(want)
	cause := errors.New("f does not like it")
	for _, key := range []string{"a", "b"} {
		err := p.store.Modify(p.ctx, id, key, func([]byte) ([]byte, error) {
			return []byte("2"), fmt.Errorf("wrapped: %w", cause)
		})
		if !errors.Is(err, cause) {
			p.failf("Modify = %v, want the error of f: %v", err, cause)
		}
	}
	p.has(id, want)
}

// modifiesPanic checks that f can panic, as the code of an application may do, and that no lock and no transaction
// is left behind.
func modifiesPanic(p *probe) {
	id := p.makes(values{"a": "1"})
	func() {
		defer func() {
			if v := recover(); v != "f panics" {
				p.failf("after a panic of f: recover() = %v, want the value of the panic", v)
			}
		}()
		err := p.store.Modify(p.ctx, id, "a", func([]byte) ([]byte, error) { panic("f panics") })
		p.failf("Modify = %v, want the panic of f", err)
	}()
	p.holds(id, values{"a": "1"})
	p.must("Modify after a panic", p.store.Modify(p.ctx, id, "a", set("2")))
	p.holds(id, values{"a": "2"})
}
