package bind

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// validate checks the values that were sent, and completes the struct.
func (f *filler) validate() {
	if f.o.hasRules {
		f.check()
	}
	f.o.finish(f.v, &f.p, &f.found, &f.memory)
}

// check checks the rules that need one value alone. JSON bodies were checked while they were read.
func (f *filler) check() {
	for i := range f.o.fields {
		field := &f.o.fields[i]
		// The body of an input was validated when it was read.
		if field.rules == nil || field.in == inBody && f.p.as == "" || !f.p.sent.Has(i) || f.p.broken.Has(i) {
			continue
		}
		if broken := field.check(field.node.bare(field.of(f.v, nil))); broken != nil {
			f.found.add(field.violation(broken, f.p.as))
			f.p.broken.Set(i)
		}
	}
}

// check returns the first rule that a value, or an element of a list, breaks.
func (f *field) check(v reflect.Value) *rules.Rule {
	broken, elem := f.rules.Check(v), f.rules.Elem()
	if broken != nil || elem == nil || v.Kind() != reflect.Slice {
		return broken
	}
	n := f.node.inner().elem
	for i := 0; i < v.Len() && broken == nil; i++ {
		broken = elem.Check(n.bare(v.Index(i)))
	}
	return broken
}

// compare checks the rules of a field that look at other fields, and reports whether all are obeyed. It
// runs when the struct is complete, so that the order in which the fields were sent does not matter.
func (o *object) compare(f *field, v reflect.Value, p *progress, found *violations) bool {
	// The violations get the name and the pointer of the field only now, since elements have none of their own.
	var wrong violations
	f.node.compare(f.rules, f.of(v, nil), f.parent(v, p), &wrong)
	for _, one := range wrong.list {
		rule := o.wireNames(f, &rules.Rule{Name: one.rule, Param: one.param}, p.as)
		out := f.violation(rule, p.as)
		out.pointer += one.pointer
		found.add(out)
	}
	return len(wrong.list) == 0
}

// compare checks these rules for a value and its elements.
func (n *node) compare(r *rules.Rules, v reflect.Value, in rules.Parent, found *violations) {
	if v = n.bare(v); r == nil || !v.IsValid() || found.isFull() {
		return // no rules, a null, or enough violations
	}
	if broken := r.CheckIn(v, in); broken != nil {
		found.add(violation{rule: broken.Name, param: broken.Param})
		return
	}
	switch n = n.inner(); { // rules behind dive; structs inside have validated themselves
	case r.Elem() == nil && r.Keys() == nil:
	case n.kind == kindSlice, n.kind == kindArray:
		n.compareElements(r, v, in, found)
	case n.kind == kindMap:
		n.compareEntries(r, v, in, found)
	}
}

// compareElements checks them for the elements of a list.
func (n *node) compareElements(r *rules.Rules, v reflect.Value, in rules.Parent, found *violations) {
	path, asked := in.Path, r.NeedsPath() // a path is text, which is not made without need
	for i := 0; i < v.Len() && !found.isFull(); i++ {
		if asked {
			in.Path = path + "[" + strconv.Itoa(i) + "]"
		}
		before := len(found.list)
		n.elem.compare(r.Elem(), v.Index(i), in, found)
		if len(found.list) > before {
			found.within(before, strconv.Itoa(i))
		}
	}
}

// compareEntries checks them for the keys and values of a map, in the order of the keys, so that the same
// body has the same violations each time.
func (n *node) compareEntries(r *rules.Rules, v reflect.Value, in rules.Parent, found *violations) {
	names := map[string]reflect.Value{} // the keys by the names that clients know
	path, asked := in.Path, r.NeedsPath()
	for _, key := range v.MapKeys() {
		names[keyName(key)] = key
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if found.isFull() {
			return
		}
		before := len(found.list)
		if asked {
			in.Path = path + "[" + name + "]"
		}
		n.key.compare(r.Keys(), names[name], in, found)
		elem := reflect.New(n.elem.typ).Elem() // a value in a map cannot be addressed
		elem.Set(v.MapIndex(names[name]))
		n.elem.compare(r.Elem(), elem, in, found)
		found.within(before, name)
	}
}

// keyName returns a key as the client writes it.
func keyName(key reflect.Value) string {
	if key.Kind() == reflect.String {
		return key.String() // a string is read as it is, whatever its methods write
	}
	if m, ok := key.Interface().(encoding.TextMarshaler); ok {
		if text, err := m.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(key)
}
