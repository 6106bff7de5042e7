package bind

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/soay-go/soay/request/bind/rules"
)

// object knows the fields of a struct. It never changes once it is compiled.
type object struct {
	typ    reflect.Type
	fields []field
	json   names  // of the fields in JSON
	form   places // in forms
	xml    places
	ruled  bool // a field has rules
	after  bool // there is something to judge when all fields are filled
	c      *Compiler
}

// field is one field of a struct that is filled.
type field struct {
	name     string // on the wire
	pointer  string // to it from its object in JSON
	formName string // in a form
	xmlName  string
	goName   string
	in       Source
	index    []int
	node     *node
	rules    *rules.Rules
	required bool
	asString bool
	byParent bool // its rules look at other fields
	isList   bool // it takes several texts
	blank    bool // an empty text is no value for it
	fallback *string

	fallbackSize int64 // what a default takes behind the field, about
	tag          reflect.StructTag
}

// object compiles the members of a struct.
func (c *Compiler) object(t reflect.Type) (*object, error) {
	properties, err := c.Properties(t)
	if err != nil {
		return nil, err
	}
	o := &object{typ: t, fields: make([]field, len(properties)), c: c}
	var errs []error
	for i, p := range properties {
		f := &o.fields[i]
		*f = field{
			name: p.Name, goName: p.FieldName, in: InBody, index: p.index, rules: p.Rules, required: p.Required,
			asString: p.AsString, tag: p.Tag,
		}
		f.formName, f.xmlName, f.pointer = p.FormName, p.XMLName, pointerTo(p.Name)
		if err := c.complete(f, t.FieldByIndex(p.index)); err != nil {
			errs = append(errs, fmt.Errorf("field %s of %s: %w", p.FieldName, t, err))
		}
		if source, ok := sourceOf(p.Tag); ok && source != Form {
			errs = append(errs, fmt.Errorf("field %s of %s: the tag %s has no place inside a body", p.FieldName, t, source))
		}
	}
	o.prepare()
	return o, errors.Join(append(errs, o.checkCase())...)
}

// checkCase refuses members that differ only in case: no client could send both, since
// strictjson refuses what two readers might take for one.
func (o *object) checkCase() error {
	for i := range o.fields {
		for j := range i {
			if a, b := &o.fields[j], &o.fields[i]; strings.EqualFold(a.name, b.name) {
				return fmt.Errorf("fields %s and %s of %s: the names %q and %q differ only in case", a.goName, b.goName, o.typ, a.name, b.name)
			}
		}
	}
	return nil
}

// complete fills in what follows from the type and tags of a field.
func (c *Compiler) complete(f *field, sf reflect.StructField) (err error) {
	if f.node, err = c.node(sf.Type); err != nil {
		return err
	}
	f.byParent = needsParent(f.rules)
	f.isList, f.blank = f.node.isTexts(), f.node.blankIsAbsent()
	text, ok := sf.Tag.Lookup("default")
	if !ok {
		return nil
	}
	switch {
	case f.required:
		return errors.New("it is required, so its default is never used")
	case f.node.kind == kindOptional:
		return errors.New("an Optional has no default; ask it with Or")
	}
	f.fallback, f.fallbackSize = &text, f.node.behind()
	if f.isList {
		f.fallbackSize += int64(strings.Count(text, ",")+1) * (f.node.inner().elem.size + f.node.inner().elem.behind())
	}
	return f.checkDefault(text)
}

// checkDefault refuses a default that no client could have sent.
func (f *field) checkDefault(text string) error {
	v := reflect.New(f.node.typ).Elem()
	switch rule := f.node.setDefault(text, v); rule {
	case "":
	case ruleRange:
		return fmt.Errorf("the default %q is beyond the type %s", text, f.node.typ)
	default:
		return fmt.Errorf("the default %q is no %s", text, rule)
	}
	if broken := f.check(f.node.bare(v)); broken != nil {
		return fmt.Errorf("the default %q breaks the rule %s", text, broken.Name)
	}
	return nil
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

// prepare notes what requests should not have to find out.
func (o *object) prepare() {
	o.after = o.c.rules.HasStructRules()
	for i := range o.fields {
		f := &o.fields[i]
		o.json.add(f.name)
		o.form.put(f.formName, i)
		o.xml.put(f.xmlName, i)
		o.ruled = o.ruled || f.rules != nil
		o.after = o.after || f.byParent || f.required && f.in != Path || f.fallback != nil // a path has all of its parameters
	}
}

// of returns the field in a struct, making what embedded pointers on the way point to.
func (f *field) of(v reflect.Value, room *budget) reflect.Value {
	if len(f.index) == 1 {
		return v.Field(f.index[0])
	}
	for i, at := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				room.take(int64(v.Type().Elem().Size()))
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(at)
	}
	return v
}

// progress says what became of the fields of one value of an object.
type progress struct {
	as     Format // how the object is written, "" for an input as a whole
	sent   bits   // not absent and not null
	broken bits   // sent, but refused already
	unread bool   // something could not be read, so that comparing with it makes no sense
}

// bits is a set of small numbers.
type bits struct {
	low  uint64
	high []uint64 // for fields from the 65th on
}

func (b *bits) set(i int) {
	if i < 64 {
		b.low |= 1 << i
		return
	}
	for i/64 > len(b.high) {
		b.high = append(b.high, 0)
	}
	b.high[i/64-1] |= 1 << (i % 64)
}

func (b *bits) isEmpty() bool { return b.low == 0 && len(b.high) == 0 }

func (b *bits) has(i int) bool {
	if i < 64 {
		return b.low&(1<<i) != 0
	}
	return i/64 <= len(b.high) && b.high[i/64-1]&(1<<(i%64)) != 0
}

// finish gives absent fields their defaults and judges what can be judged only now: fields that
// should have been sent, those whose rules look at others, and the struct as a whole.
func (o *object) finish(v reflect.Value, p *progress, found *faults, room *budget) {
	if !o.after || found.isFull() || room.isSpent() {
		return
	}
	o.setDefaults(v, p, room)
	fine := p.broken.isEmpty()
	for i := range o.fields {
		f := &o.fields[i]
		switch {
		case p.broken.has(i):
		case !p.sent.has(i):
			if broken := f.absent(v); broken != nil {
				found.add(f.fault(o.wireNames(broken), p.as))
				fine = false
			}
		case f.byParent && !p.unread:
			fine = o.compare(f, v, p.as, found) && fine
		}
	}
	if fine && o.c.rules.HasStructRules() {
		o.judge(v, p.as, found)
	}
}

// setDefaults gives absent fields their defaults, before any rule looks at them.
func (o *object) setDefaults(v reflect.Value, p *progress, room *budget) {
	for i := range o.fields {
		if f := &o.fields[i]; f.fallback != nil && !p.sent.has(i) && !p.broken.has(i) {
			room.take(f.fallbackSize)
			f.node.setDefault(*f.fallback, f.of(v, room))
		}
	}
}

// compare asks the rules of a field that look at the fields beside it, and reports whether they are
// content.
func (o *object) compare(f *field, v reflect.Value, as Format, found *faults) bool {
	var wrong faults
	f.node.compare(f.rules, f.of(v, nil), v, &wrong)
	for _, one := range wrong.list {
		rule := o.wireNames(&rules.Rule{Name: one.rule, Param: one.param})
		told := f.fault(rule, as)
		told.pointer += one.pointer
		found.add(told)
	}
	return len(wrong.list) == 0
}

// compare asks the rules of a value and of its elements; parent is the struct that they look at.
func (n *node) compare(r *rules.Rules, v, parent reflect.Value, found *faults) {
	if v = n.bare(v); r == nil || !v.IsValid() || found.isFull() {
		return // there are no rules, or it is null, or nobody is told any more
	}
	if broken := r.CheckIn(v, parent); broken != nil {
		found.add(fault{rule: broken.Name, param: broken.Param})
		return
	}
	switch n = n.inner(); {
	case r.Elem() == nil && r.Keys() == nil:
	case n.kind == kindSlice, n.kind == kindArray:
		for i := 0; i < v.Len() && !found.isFull(); i++ {
			before := len(found.list)
			n.elem.compare(r.Elem(), v.Index(i), parent, found)
			found.within(before, strconv.Itoa(i))
		}
	case n.kind == kindMap:
		n.compareEntries(r, v, parent, found)
	}
}

// compareEntries asks the rules of the keys and values of a map, in the order of the keys.
func (n *node) compareEntries(r *rules.Rules, v, parent reflect.Value, found *faults) {
	names := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		names[keyName(key)] = key
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if found.isFull() {
			return
		}
		before := len(found.list)
		n.key.compare(r.Keys(), names[name], parent, found)
		elem := reflect.New(n.elem.typ).Elem() // which can be addressed
		elem.Set(v.MapIndex(names[name]))
		n.elem.compare(r.Elem(), elem, parent, found)
		found.within(before, name)
	}
}

// keyName returns what the client calls a key.
func keyName(key reflect.Value) string {
	if key.Kind() == reflect.String {
		return key.String() // whatever its methods make of it
	}
	if m, ok := key.Interface().(encoding.TextMarshaler); ok {
		if text, err := m.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(key)
}

// needsParent reports whether rules, or those of elements, look at the struct around their values.
func needsParent(r *rules.Rules) bool {
	return r != nil && (r.NeedsParent() || needsParent(r.Elem()) || needsParent(r.Keys()))
}

// absent returns the rule that is broken by a field that was not sent.
func (f *field) absent(parent reflect.Value) *rules.Rule {
	switch {
	case f.required:
		return &missing
	case f.fallback != nil || !f.rules.NeedsParent():
		return nil
	}
	n := f.node
	if n.kind == kindOptional {
		n = n.elem
	}
	return f.rules.Absent(reflect.Zero(n.typ), parent)
}

// missing is the rule of values that must be there whatever their tags say, such as parameters of
// the path.
var missing = rules.Rule{Name: "required"}
