package bind

import (
	"reflect"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// progress says what became of the fields of one value of an object.
type progress struct {
	as         format       // how the object is written, "" for an input as a whole
	sent       rules.Fields // not absent and not null
	broken     rules.Fields // sent, but refused already
	null       rules.Fields // sent as null, so that they have no default
	unreadable bool         // something could not be read, so that comparing with it makes no sense
}

// finish gives absent fields their defaults and judges what can be judged only now: fields that
// should have been sent, those whose rules look at others, and the struct as a whole.
func (o *object) finish(v reflect.Value, p *progress, found *violations, memory *budget) {
	if !o.needsFinish || found.isFull() || memory.isSpent() {
		return
	}
	o.setDefaults(v, p, memory)
	fine := p.broken.IsEmpty()
	for i := range o.fields {
		f := &o.fields[i]
		switch {
		case p.broken.Has(i):
		case !p.sent.Has(i):
			if broken := f.absent(v, p); broken != nil {
				found.add(f.violation(o.wireNames(f, broken), p.as))
				fine = false
			}
		case f.needsParent && !p.unreadable:
			fine = o.compare(f, v, p, found) && fine
		}
	}
	if fine && o.c.rules.HasStructRules() {
		o.validate(v, p.as, found)
	}
}

// setDefaults gives absent fields their defaults, before any rule looks at them. To the rules a field
// with a default is one that was sent.
func (o *object) setDefaults(v reflect.Value, p *progress, memory *budget) {
	for i := range o.fields {
		if f := &o.fields[i]; f.defaultText != nil && !p.sent.Has(i) && !p.broken.Has(i) && !p.null.Has(i) {
			memory.take(f.defaultSize)
			f.node.setDefault(*f.defaultText, f.of(v, memory))
			p.sent.Set(i)
		}
	}
}

// absent returns the rule that is broken by a field that was not sent.
func (f *field) absent(v reflect.Value, p *progress) *rules.Rule {
	switch {
	case f.required:
		return &missing
	case !f.rules.NeedsParent():
		return nil
	}
	n := f.node
	if n.kind == kindOptional {
		n = n.elem
	}
	return f.rules.Absent(reflect.Zero(n.typ), f.parent(v, p))
}

// missing is the rule of values that must be there whatever their tags say, such as parameters of
// the path.
var missing = rules.Rule{Name: "required"}

// parent returns what the rules of a field see of the fields beside it, in the struct that declares
// it. That is empty where it is embedded by a pointer and nothing of it was sent.
func (f *field) parent(v reflect.Value, p *progress) rules.Parent {
	in := rules.Parent{Struct: f.declaring(v), Sent: p.sent}
	if p.unreadable {
		in.Unread = p.broken
	} else {
		in.Sent.Add(p.broken) // which break rules of their own, but have values
	}
	if !in.Struct.IsValid() {
		in.Struct = reflect.Zero(f.parentType)
	}
	return in
}

// declaring returns the struct that declares the field, invalid behind a nil pointer.
func (f *field) declaring(v reflect.Value) reflect.Value {
	return embedded(v, f.index[:len(f.index)-1])
}
