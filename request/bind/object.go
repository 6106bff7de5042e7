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

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// object knows the fields of a struct. It never changes once it is compiled.
type object struct {
	typ         reflect.Type
	fields      []field
	json        names  // of the fields in JSON
	form        places // in forms
	xml         places
	hasRules    bool    // a field has rules
	needsFinish bool    // there is something to judge when all fields are filled
	inner       [][]int // indexes of embedded structs with rules for them as a whole
	c           *Compiler
}

// field is one field of a struct that is filled.
type field struct {
	name     string // on the wire
	pointer  string // to it from its object in JSON
	formName string // in a form
	xmlName  string
	goName   string
	in       source
	index    []int
	typ      reflect.Type

	parentType reflect.Type // the struct that declares it

	node          *node
	rules         *rules.Rules
	required      bool
	asString      bool // in JSON it stands inside a string
	omit          bool // it is left out of output when empty
	needsParent   bool // its rules look at other fields
	isList        bool // it takes several texts
	emptyIsAbsent bool // an empty text is no value for it
	defaultText   *string

	defaultSize int64 // what a default takes behind the field, about
	tag         reflect.StructTag
}

// object compiles the members of a struct.
func (c *Compiler) object(t reflect.Type) (*object, error) {
	fields, err := c.members(t)
	if err != nil {
		return nil, err
	}
	o := &object{typ: t, fields: fields, c: c}
	var errs []error
	for i := range o.fields {
		f := &o.fields[i]
		if err := c.complete(f); err != nil {
			errs = append(errs, fmt.Errorf("field %s of %s: %w", f.goName, t, err))
		}
		if source, ok := sourceOf(f.tag); ok && source != inForm {
			errs = append(errs, fmt.Errorf("field %s of %s: the tag %s has no place inside a body", f.goName, t, source))
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
func (c *Compiler) complete(f *field) (err error) {
	if f.node, err = c.node(f.typ); err != nil {
		return err
	}
	f.needsParent = needsParent(f.rules)
	f.isList, f.emptyIsAbsent = f.node.isTexts(), f.node.emptyIsAbsent()
	text, ok := f.tag.Lookup("default")
	if !ok {
		return nil
	}
	switch {
	case f.required:
		return errors.New("it is required, so its default is never used")
	case f.node.kind == kindOptional:
		return errors.New("an Optional has no default; ask it with Or")
	}
	f.defaultText, f.defaultSize = &text, f.node.pointerSize()
	if f.isList {
		f.defaultSize += int64(strings.Count(text, ",")+1) * (f.node.inner().elem.size + f.node.inner().elem.pointerSize())
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
	o.needsFinish = o.c.rules.HasStructRules()
	for i := range o.fields {
		f := &o.fields[i]
		o.json.add(f.name)
		o.form.put(f.formName, i)
		o.xml.put(f.xmlName, i)
		o.hasRules = o.hasRules || f.rules != nil
		o.needsFinish = o.needsFinish || f.needsParent || f.required && f.in != inPath || f.defaultText != nil // a path has all of its parameters
		f.rules.Link(func(index []int) int { return o.number(f, index) })
	}
	o.findEmbedded(o.typ, nil)
}

// number returns the position of a field that stands beside f in the struct that declares that,
// negative if it is not filled here.
func (o *object) number(f *field, index []int) int {
	at := slices.Concat(f.index[:len(f.index)-1], index)
	return slices.IndexFunc(o.fields, func(other field) bool { return slices.Equal(other.index, at) })
}

// findEmbedded finds the structs that are embedded and have rules of their own, the innermost first.
func (o *object) findEmbedded(t reflect.Type, index []int) {
	if !o.c.rules.HasStructRules() {
		return
	}
	for i := range t.NumField() {
		sf := t.Field(i)
		inner := structOf(sf.Type)
		if !sf.Anonymous || inner == nil || !o.isFlat(append(index, i)) {
			continue
		}
		at := append(slices.Clone(index), i)
		o.findEmbedded(inner, at)
		if o.c.rules.HasStructRule(inner) {
			o.inner = append(o.inner, at)
		}
	}
}

// isFlat reports whether fields of an embedded struct are fields of this one.
func (o *object) isFlat(index []int) bool {
	return slices.ContainsFunc(o.fields, func(f field) bool {
		return len(f.index) > len(index) && slices.Equal(f.index[:len(index)], index)
	})
}

// of returns the field in a struct, making what embedded pointers on the way point to.
func (f *field) of(v reflect.Value, memory *budget) reflect.Value {
	if len(f.index) == 1 {
		return v.Field(f.index[0])
	}
	for i, at := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				memory.take(int64(v.Type().Elem().Size()))
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

// embedded returns a struct that is embedded in v, or v itself, invalid behind a nil pointer.
func embedded(v reflect.Value, index []int) reflect.Value {
	for _, at := range index {
		if v = v.Field(at); v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
	}
	return v
}

// compare asks the rules of a field that look at the fields beside it, and reports whether they are
// content.
func (o *object) compare(f *field, v reflect.Value, p *progress, found *violations) bool {
	var wrong violations
	f.node.compare(f.rules, f.of(v, nil), f.parent(v, p), &wrong)
	for _, one := range wrong.list {
		rule := o.wireNames(f, &rules.Rule{Name: one.rule, Param: one.param})
		out := f.violation(rule, p.as)
		out.pointer += one.pointer
		found.add(out)
	}
	return len(wrong.list) == 0
}

// compare asks the rules of a value and of its elements.
func (n *node) compare(r *rules.Rules, v reflect.Value, in rules.Parent, found *violations) {
	if v = n.bare(v); r == nil || !v.IsValid() || found.isFull() {
		return // there are no rules, or it is null, or nobody is told any more
	}
	if broken := r.CheckIn(v, in); broken != nil {
		found.add(violation{rule: broken.Name, param: broken.Param})
		return
	}
	switch n = n.inner(); {
	case r.Elem() == nil && r.Keys() == nil:
	case n.kind == kindSlice, n.kind == kindArray:
		n.compareElements(r, v, in, found)
	case n.kind == kindMap:
		n.compareEntries(r, v, in, found)
	}
}

// compareElements asks the rules of the elements of a list.
func (n *node) compareElements(r *rules.Rules, v reflect.Value, in rules.Parent, found *violations) {
	path, asked := in.Path, r.NeedsPath()
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

// compareEntries asks the rules of the keys and values of a map, in the order of the keys.
func (n *node) compareEntries(r *rules.Rules, v reflect.Value, in rules.Parent, found *violations) {
	names := map[string]reflect.Value{}
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
		elem := reflect.New(n.elem.typ).Elem() // which can be addressed
		elem.Set(v.MapIndex(names[name]))
		n.elem.compare(r.Elem(), elem, in, found)
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
