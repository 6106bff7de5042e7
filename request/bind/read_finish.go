package bind

import (
	"reflect"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// progress is what became of the fields of one value of an object. A field that is in none of the sets was
// not sent.
//
// Rules that look at other fields need it: required_with=Name is about whether Name was sent, not about
// whether it is zero. If a value could not be read, its field has a value that nobody has sent. Rules that
// compare fields are left out then; the client gets to know about them when it can send such values.
type progress struct {
	as         format       // in which the object is written, "" for an input
	sent       rules.Fields // not absent and not null
	broken     rules.Fields // sent, but refused already
	null       rules.Fields // sent as null, so that they have no default
	unreadable bool         // one of the broken ones could not be read
}

// finish completes a struct when all of its text has been read. It gives absent fields their defaults. Then
// it validates what can be validated only now: fields that should have been sent, those whose rules look at
// other fields, and the struct as a whole.
func (o *object) finish(v reflect.Value, p *progress, found *violations, memory *budget) {
	if !o.needsFinish || found.isFull() || memory.isSpent() {
		return
	}
	o.setDefaults(v, p, memory)
	fine := p.broken.IsEmpty() // rules for the struct as a whole may rely on its fields
	for i := range o.fields {
		f := &o.fields[i]
		switch {
		case p.broken.Has(i): // each field has one violation
		case !p.sent.Has(i):
			if broken := f.absent(v, p); broken != nil {
				found.add(f.violation(o.wireNames(f, broken, p.as), p.as))
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

// setDefaults gives absent fields their defaults. To the rules, a field with a default is one that was
// sent. A null was sent, so it has no default.
func (o *object) setDefaults(v reflect.Value, p *progress, memory *budget) {
	for i := range o.fields {
		if f := &o.fields[i]; f.defaultText != nil && !p.sent.Has(i) && !p.broken.Has(i) && !p.null.Has(i) {
			memory.take(f.defaultSize)
			f.node.setDefault(*f.defaultText, f.of(v, memory))
			p.sent.Set(i)
		}
	}
}

// absent returns the rule that a field breaks which was not sent, nil for none.
func (f *field) absent(v reflect.Value, p *progress) *rules.Rule {
	switch {
	case f.required:
		return &missing
	case !f.rules.NeedsParent():
		return nil
	}
	n := f.node
	if n.kind == kindOptional {
		n = n.elem // rules are for the T of an Optional[T]
	}
	return f.rules.Absent(reflect.Zero(n.typ), f.parent(v, p))
}

// missing is the broken rule of a field that is required whatever its tag says, such as a parameter of the
// path.
var missing = rules.Rule{Name: "required"}

// parent returns what the rules of a field see of the fields around it, in the struct that declares it. The
// struct is empty if it is embedded by a pointer and nothing of it was sent.
func (f *field) parent(v reflect.Value, p *progress) rules.Parent {
	in := rules.Parent{Struct: f.declaring(v), Sent: p.sent}
	if p.unreadable {
		in.Unread = p.broken
	} else {
		in.Sent.Add(p.broken) // they break rules, but have the values that were sent
	}
	if !in.Struct.IsValid() {
		in.Struct = reflect.Zero(f.parentType)
	}
	return in
}

// declaring returns the struct that declares the field. It is invalid behind a nil pointer.
func (f *field) declaring(v reflect.Value) reflect.Value {
	return embedded(v, f.index[:len(f.index)-1])
}
